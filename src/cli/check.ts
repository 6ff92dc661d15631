import { Command } from 'commander';
import { suggestion } from '../base/suggestion.ts';
import { type Fault, type Path, YamlFile, readTextFile } from '../base/yaml-file.ts';
import { discoveringNetwork, ownerFromOptions } from '../network/defaults.ts';
import type { Network } from '../network/model.ts';
import type { ServiceRanges } from '../network/service-ranges.ts';
import { Snapshot } from '../network/snapshot.ts';
import { summaryOf } from '../network/summary.ts';
import { MAX_NETWORK_FILE, parseNetwork } from '../network/yaml.ts';
import { parseServiceRanges, readServiceRanges } from '../rules/read-service-ranges.ts';
import { CONFIG_ONLY_KEYS, parseConfig, type SourceConfig } from '../service/serve/config.ts';
import { plural } from './text.ts';

interface CheckFlags {
  readonly account?: string;
  readonly region?: string;
}

/** `weir check FILE…`: validates configuration and network files; every error with file, line and column. */
export function checkCommand(): Command {
  return new Command('check')
    .description('validate configuration and network files: every error with file, line and column')
    .argument('<file...>', 'weir.yaml and network.yaml files, lists of address ranges (ip-ranges.json)')
    .option('--account <id>', 'account of what names none (default: 123456789012)')
    .option('--region <name>', 'region of what names none (default: eu-central-1)')
    .action((files: readonly string[], flags: CheckFlags) => {
      for (const file of files) process.stdout.write(`${file}: good (${check(file, flags)})\n`);
    });
}

/** Says what is in a file that is good. */
function check(file: string, flags: CheckFlags): string {
  const text = readTextFile(file, 'file', MAX_NETWORK_FILE);
  if (isServiceRanges(text)) return rangesSay(parseServiceRanges(text, file));
  return isConfiguration(text, file)
    ? checkConfiguration(text, file, flags)
    : checkNetwork(text, file, flags).says;
}

function checkConfiguration(text: string, file: string, flags: CheckFlags): string {
  const { listen, network, sources, account, region, ipRanges } = parseConfig(text, file);
  const owner = { account, region, ...flags };
  const inner =
    network === undefined
      ? { says: 'a network that discovers', network: discoveringNetwork(ownerFromOptions(owner)) }
      : checkNetwork(readTextFile(network, 'network file', MAX_NETWORK_FILE), network, owner);
  const faults = missingVpcs(sources, inner.network, network ?? 'the network');
  if (faults.length > 0) new YamlFile(text, file).refuse(faults);
  const named = network === undefined ? inner.says : `${network}: ${inner.says}`;
  const recorded = sources.length === 0 ? '' : `${plural(sources.length, 'source')}; `;
  const ranges = ipRanges === undefined ? '' : `; ${ipRanges}: ${rangesSay(readServiceRanges(ipRanges))}`;
  return `listens at ${listen.host}:${listen.port}; ${recorded}${named}${ranges}`;
}

function checkNetwork(text: string, file: string, flags: CheckFlags): { says: string; network: Network } {
  const network = parseNetwork(text, file, ownerFromOptions(flags));
  // What only shows when a snapshot is built: two interfaces with one address.
  Snapshot.build(network, { version: 1, scopes: [...network.vpcs.keys()].map((id) => [id]) });
  const says = summaryOf(network)
    .map(({ count, noun }) => plural(count, noun))
    .join(', ');
  return { says, network };
}

/** VPCs that sources see and that are not in the network: they would see nothing. */
function missingVpcs(sources: readonly SourceConfig[], network: Network, where: string): Fault[] {
  const known = [...network.vpcs.keys()];
  return sources.flatMap((source, index) => {
    const own = { vpcs: source.vpcs, path: ['sources', index] as Path };
    const exporters = 'exporters' in source ? source.exporters : [];
    const lists = [
      own,
      ...exporters.map(({ vpcs }, k) => ({ vpcs, path: [...own.path, 'exporters', k] as Path })),
    ];
    return lists.flatMap(({ vpcs, path }) => missing(source.name, vpcs ?? [], path));
  });

  function missing(name: string, vpcs: readonly string[], path: Path): Fault[] {
    return vpcs.flatMap((id, place): Fault[] => {
      if (network.vpcs.has(id)) return [];
      const near = suggestion(id, known);
      const hint =
        near === undefined ? `it has ${known.slice(0, 5).join(', ') || 'none'}` : `did you mean ${near}?`;
      const message = `source ${name} sees VPC ${id}, which is not in ${where}: ${hint}`;
      return [{ path: [...path, 'vpcs', place], message }];
    });
  }
}

function rangesSay({ codes }: ServiceRanges): string {
  return `address ranges of ${plural(codes.length, 'service')}`;
}

/** The vendor's list says so in its first lines; nothing else has that key. */
function isServiceRanges(text: string): boolean {
  return /^\s*\{[^{[]*"(?:syncToken|prefixes|ipv6_prefixes)"\s*:/.test(text.slice(0, 4096));
}

/** A configuration has keys that no network file has. */
function isConfiguration(text: string, file: string): boolean {
  const data = new YamlFile(text, file).data();
  return typeof data === 'object' && data !== null && CONFIG_ONLY_KEYS.some((key) => key in data);
}
