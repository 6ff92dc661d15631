/** What `weir record` records for, and which lines it writes: the flags that name a network and a format. */
import { UsageError, UserError } from '../base/errors.ts';
import { discoveringNetwork, ownerFromOptions } from '../network/defaults.ts';
import type { Network } from '../network/model.ts';
import { DISCOVERY_LIMITS } from '../network/overlay.ts';
import { Snapshot } from '../network/snapshot.ts';
import type { FormatKind } from '../records/catalogue.ts';
import { defaultLogFormat, type LogFormat, parseLogFormat } from '../records/formats.ts';
import type { TrafficType } from '../records/select.ts';
import type { TagFieldSpecification } from '../records/tag-fields.ts';
import { commaList } from './lists.ts';

/** One prefix of --cidr may be everything there is. */
const LIMITS = { perSubnet: DISCOVERY_LIMITS.total };
/** Resources left out of an address space that are named. */
const MAX_TOLD = 20;

export interface NetworkFlags {
  readonly kind: FormatKind;
  readonly cidr?: readonly string[];
  readonly network?: string;
  readonly ipRanges?: string;
  readonly vpc: string;
  readonly account?: string;
  readonly region?: string;
  readonly interval?: string;
  readonly format?: string;
  readonly tagField?: readonly string[];
  readonly trafficType?: TrafficType;
}

/** Records of transit gateways are of 60 s, without a verdict, and of what a network file declares. */
export function checkKind({ kind, interval, trafficType, network }: NetworkFlags): void {
  if (kind === 'vpc') return;
  if (interval === '600') throw new UsageError('--interval 600: records of transit gateways are of 60 s');
  if (trafficType !== undefined) {
    throw new UsageError('--traffic-type: records of transit gateways have no verdict');
  }
  if (network === undefined) {
    throw new UsageError('--kind transit-gateway needs a network with transit gateways: add --network FILE');
  }
}

/** Seconds. */
export function intervalFrom({ kind, interval }: NetworkFlags): 60 | 600 {
  return interval === '60' || kind === 'transit-gateway' ? 60 : 600;
}

export async function snapshotFrom(flags: NetworkFlags): Promise<Snapshot> {
  const network = await networkFrom(flags);
  if (flags.kind === 'transit-gateway' && network.transitGatewayAttachments.size === 0) {
    throw new UserError(
      `${flags.network} has no attachment of a transit gateway: there is nothing to record`,
    );
  }
  const services =
    flags.ipRanges === undefined
      ? undefined
      : (await import('../rules/read-service-ranges.ts')).readServiceRanges(flags.ipRanges);
  const options = { version: 1, services, limits: LIMITS };
  if (flags.vpc !== 'all') {
    return Snapshot.build(network, { ...options, scopes: [commaList('--vpc', [flags.vpc])] });
  }
  if (network.scopes.length === 0) return Snapshot.build(network, { ...options, scopes: 'all' });
  const named = new Set(network.scopes.flatMap(({ vpcIds }) => vpcIds));
  const vpcs = [...network.vpcs];
  const others = vpcs.filter(([id]) => !named.has(id));
  // The VPCs that no rule names keep their addresses; the second scope is there to refuse overlaps among these.
  const snapshot = Snapshot.build(
    // Of a key that comes twice, a Map keeps the first place.
    { ...network, vpcs: new Map([...others, ...vpcs]) },
    { ...options, scopes: ['all', others.map(([id]) => id)], overlaps: 'refuse-named' },
  );
  tellLeftOut(snapshot.conflicts);
  return snapshot;
}

function tellLeftOut(conflicts: Snapshot['conflicts']): void {
  for (const { id, vpcId, reason } of conflicts.slice(0, MAX_TOLD)) {
    process.stderr.write(`weir: ${id} of ${vpcId} is seen only where scopes say so: ${reason}\n`);
  }
  const more = conflicts.length - MAX_TOLD;
  if (more > 0) process.stderr.write(`weir: and ${more} more that are seen only where scopes say so\n`);
}

async function networkFrom({ account, region, network, cidr }: NetworkFlags): Promise<Network> {
  const owner = ownerFromOptions({
    ...(account === undefined ? {} : { account }),
    ...(region === undefined ? {} : { region }),
  });
  if (network === undefined) {
    return cidr === undefined
      ? discoveringNetwork(owner)
      : discoveringNetwork(owner, commaList('--cidr', cidr));
  }
  if (cidr !== undefined) {
    throw new UsageError('--cidr and --network exclude each other: the network file lists your prefixes');
  }
  // Loaded only here: most recordings need no YAML.
  return (await import('../network/yaml.ts')).readNetworkFile(network, owner);
}

export function formatFrom({ kind, format, tagField }: NetworkFlags): LogFormat {
  const tagFields = (tagField ?? []).map(tagFieldFrom);
  if (format === undefined && tagFields.length === 0) return defaultLogFormat(kind);
  const result = parseLogFormat(format ?? defaultLogFormat(kind).text, { kind, tagFields });
  if (!result.ok) throw new UsageError(`--format: ${result.message}`);
  return result.format;
}

export function tagFieldFrom(text: string): TagFieldSpecification {
  const equals = text.indexOf('=');
  if (equals < 1)
    throw new UsageError(`--tag-field ${text}: write TYPE=KEY or TYPE=KEY,KEY, as in instance=Name`);
  return {
    resourceType: text.slice(0, equals),
    tagKeys: text.slice(equals + 1).split(','),
  };
}
