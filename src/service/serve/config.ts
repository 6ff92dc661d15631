import { isAbsolute, join, dirname } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../../base/errors.ts';
import { readTextFile, schemaFaults, YamlFile } from '../../base/yaml-file.ts';
import { DEFAULT_QUOTA } from '../../flow-logs/create.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../network/defaults.ts';
import { isAccountId, isRegion } from '../../network/ids.ts';

/** Where the service listens unless told otherwise: this machine only. */
export const DEFAULT_LISTEN = '127.0.0.1:4580';
/** Where its state lives unless told otherwise. */
export const DEFAULT_DATA = './data';
/** Longest configuration file, in bytes. */
const MAX_CONFIG_FILE = 1 << 20;
const MAX_PORT = 65_535;

export interface ListenAt {
  readonly host: string;
  /** 0 is any free port. */
  readonly port: number;
}

/** What `weir serve` runs by: weir.yaml, and flags above it. */
export interface ServiceConfig {
  readonly account: string;
  readonly region: string;
  readonly listen: ListenAt;
  /** Path of network.yaml; undefined: one VPC that discovers the private ranges. */
  readonly network: string | undefined;
  /** Most flow logs of one resource. */
  readonly flowLogsPerResource: number;
}

const schema = z.strictObject({
  account: z
    .string()
    .refine(isAccountId, { error: 'is no account id: write 12 digits, in quotes' })
    .default(DEFAULT_ACCOUNT),
  region: z
    .string()
    .refine(isRegion, { error: `is no region name: write one like ${DEFAULT_REGION}` })
    .default(DEFAULT_REGION),
  listen: z
    .string()
    .refine((text) => parseListen(text) !== undefined, {
      error: 'is no address to listen at: write HOST:PORT, such as 127.0.0.1:4580 or [::1]:4580',
    })
    .default(DEFAULT_LISTEN),
  network: z.string().min(1).optional(),
  flowLogsPerResource: z.int().min(1).max(100_000).default(DEFAULT_QUOTA),
});

/** Keys that tell a configuration from a network file. */
export const CONFIG_ONLY_KEYS = ['listen', 'network', 'flowLogsPerResource'] as const;

/** Every default. */
export function defaultConfig(): ServiceConfig {
  return configOf(schema.parse({}), undefined);
}

/** Reads weir.yaml. A UserError with every fault at its line and column. */
export function readConfigFile(file: string): ServiceConfig {
  return parseConfig(readTextFile(file, 'configuration', MAX_CONFIG_FILE), file);
}

/** The configuration that a text describes; paths in it are taken from the folder of `file`. */
export function parseConfig(text: string, file: string): ServiceConfig {
  const document = new YamlFile(text, file);
  const result = schema.safeParse(document.data() ?? {}, { reportInput: true });
  if (!result.success) {
    return document.refuse(schemaFaults(schema, result.error.issues, [], {}, 'the configuration'));
  }
  return configOf(result.data, file);
}

function configOf(data: z.output<typeof schema>, file: string | undefined): ServiceConfig {
  const { network } = data;
  const beside =
    network === undefined || file === undefined || isAbsolute(network)
      ? network
      : join(dirname(file), network);
  return {
    account: data.account,
    region: data.region,
    listen: parseListen(data.listen)!,
    network: beside,
    flowLogsPerResource: data.flowLogsPerResource,
  };
}

/** HOST:PORT, an IPv6 host in brackets; undefined for what is none. */
export function parseListen(text: string): ListenAt | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  return port > MAX_PORT ? undefined : { host: (match[1] ?? match[2])!, port };
}

/** The same for a flag: wrong use when it is none. */
export function listenFromFlag(text: string): ListenAt {
  const at = parseListen(text);
  if (at === undefined) throw new UsageError(`--listen ${text}: write HOST:PORT, such as ${DEFAULT_LISTEN}`);
  return at;
}

/** A host as it stands in a URL. */
export function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
