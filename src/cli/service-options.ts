/** Options of the commands that work with a service, and what follows from them. */
import { type Command, Option } from 'commander';
import { WeirClient } from '../service/endpoint/client.ts';
import { findPlace } from '../service/endpoint/client-credentials.ts';
import { DEFAULT_DATA } from '../service/serve/config.ts';

/** Which running service a command is for. */
export interface ServiceFlags {
  readonly to?: string;
  readonly data?: string;
  readonly profile?: string;
}

/** `--data` of commands that work on a data directory, whether a service runs on it or not. */
export function dataOption(): Option {
  return new Option('--data <dir>', 'the data directory of the service').default(DEFAULT_DATA);
}

/** `--to`, `--data` and `--profile` of commands that reach a running service over HTTP. */
export function serviceOptions(command: Command): Command {
  return command
    .option('--to <url>', 'the service, such as http://127.0.0.1:4580')
    .option('--data <dir>', `its data directory on this machine (default, without --to: ${DEFAULT_DATA})`)
    .option('--profile <name>', 'profile of the AWS files with a key of the service');
}

/** A client of the service that the flags name; in the directory by default. */
export function openClient(flags: ServiceFlags): WeirClient {
  const { to, profile } = flags;
  const data = flags.data ?? (to === undefined && profile === undefined ? DEFAULT_DATA : undefined);
  return new WeirClient(findPlace({ to, data, profile }, process.env));
}
