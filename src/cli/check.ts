import { Command } from 'commander';
import { YamlFile, readTextFile } from '../base/yaml-file.ts';
import { ownerFromOptions } from '../network/defaults.ts';
import { Snapshot } from '../network/snapshot.ts';
import { MAX_NETWORK_FILE, parseNetwork } from '../network/yaml.ts';
import { CONFIG_ONLY_KEYS, parseConfig } from '../service/serve/config.ts';
import { plural } from './text.ts';

interface CheckFlags {
  readonly account?: string;
  readonly region?: string;
}

/** `weir check FILE…`: validates configuration and network files; every error with file, line and column. */
export function checkCommand(): Command {
  return new Command('check')
    .description('validate configuration and network files: every error with file, line and column')
    .argument('<file...>', 'weir.yaml and network.yaml files')
    .option('--account <id>', 'account of what names none (default: 123456789012)')
    .option('--region <name>', 'region of what names none (default: eu-central-1)')
    .action((files: readonly string[], flags: CheckFlags) => {
      for (const file of files) process.stdout.write(`${file}: good (${check(file, flags)})\n`);
    });
}

/** Says what is in a file that is good. */
function check(file: string, flags: CheckFlags): string {
  const text = readTextFile(file, 'file', MAX_NETWORK_FILE);
  if (isConfiguration(text, file)) {
    const { listen, network, sources } = parseConfig(text, file);
    const inner = network === undefined ? 'a network that discovers' : `${network}: ${check(network, flags)}`;
    const recorded = sources.length === 0 ? '' : `${plural(sources.length, 'source')}; `;
    return `listens at ${listen.host}:${listen.port}; ${recorded}${inner}`;
  }
  const network = parseNetwork(text, file, ownerFromOptions(flags));
  // What only shows when a snapshot is built: two interfaces with one address.
  Snapshot.build(network, { version: 1, scopes: [...network.vpcs.keys()].map((id) => [id]) });
  return [
    plural(network.vpcs.size, 'VPC'),
    plural(network.subnets.size, 'subnet'),
    plural(network.interfaces.size, 'interface'),
  ].join(', ');
}

/** A configuration has keys that no network file has. */
function isConfiguration(text: string, file: string): boolean {
  const data = new YamlFile(text, file).data();
  return typeof data === 'object' && data !== null && CONFIG_ONLY_KEYS.some((key) => key in data);
}
