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
  return Snapshot.build(network, {
    version: 1,
    services,
    scopes: flags.vpc === 'all' ? 'all' : [commaList('--vpc', [flags.vpc])],
    // One prefix of --cidr may be everything there is.
    limits: { perSubnet: DISCOVERY_LIMITS.total },
  });
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
