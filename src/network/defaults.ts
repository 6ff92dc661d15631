/** The networks that nobody described: what `record` uses without a network file, and a new service. */
import { messageOf, UsageError } from '../base/errors.ts';
import { comparePrefixes, containsPrefix, formatPrefix, parsePrefix, type Prefix } from '../base/prefixes.ts';
import { hashedId, isAccountId, isRegion } from './ids.ts';
import { createNetwork, type Network } from './model.ts';
import { NO_TAGS } from './tags.ts';

export const DEFAULT_ACCOUNT = '123456789012';
export const DEFAULT_REGION = 'eu-central-1';

/** Whose a network is whose description does not say. */
export interface Owner {
  readonly account: string;
  readonly region: string;
}

/** Private IPv4 (RFC 1918), unique local (RFC 4193) and link-local (RFC 4291) IPv6 addresses (S2.7). */
export const PRIVATE_PREFIXES: readonly string[] = Object.freeze([
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  'fc00::/7',
  'fe80::/10',
]);

/** The owner that command line options name; a UsageError for what is none. */
export function ownerFromOptions(options: { account?: string; region?: string }): Owner {
  const { account = DEFAULT_ACCOUNT, region = DEFAULT_REGION } = options;
  if (!isAccountId(account)) throw new UsageError(`--account ${account}: an account id is 12 digits`);
  if (!isRegion(region)) {
    throw new UsageError(
      `--region ${region}: a region is named like ${DEFAULT_REGION} (a-z, 0-9 and hyphens)`,
    );
  }
  return { account, region };
}

/**
 * One VPC with one subnet for each prefix, all discovering (S2.7): the longest prefix that holds an address
 * decides its subnet. Ids depend on account, region and prefix only: the same address has the same interface
 * id whatever other prefixes are given. A UsageError names a bad prefix.
 */
export function discoveringNetwork(owner: Owner, cidrs: readonly string[] = PRIVATE_PREFIXES): Network {
  const byText = new Map<string, Prefix>();
  for (const text of cidrs) {
    try {
      const prefix = parsePrefix(text);
      byText.set(formatPrefix(prefix), prefix);
    } catch (error) {
      throw new UsageError(`--cidr: ${messageOf(error)}`);
    }
  }
  const vpcId = hashedId('vpc', `weir vpc ${owner.account} ${owner.region}`);
  const base = { origin: 'default', accountId: owner.account, tags: NO_TAGS } as const;
  return createNetwork({
    accounts: [{ id: owner.account, name: undefined }],
    regions: [{ name: owner.region, zones: [] }],
    vpcs: [
      {
        ...base,
        id: vpcId,
        region: owner.region,
        cidrs: outermost([...byText.values()]),
        awsReserved: false,
      },
    ],
    subnets: Array.from(byText, ([text, prefix]) => ({
      ...base,
      id: hashedId('subnet', `${vpcId} ${text}`),
      vpcId,
      cidrs: [prefix],
      azId: undefined,
      discover: true,
      placement: undefined,
    })),
    interfaces: [],
    instances: [],
  });
}

/** The prefixes that lie in no other one, in order. */
function outermost(prefixes: readonly Prefix[]): Prefix[] {
  const out: Prefix[] = [];
  for (const prefix of prefixes.toSorted(comparePrefixes)) {
    if (out.length === 0 || !containsPrefix(out.at(-1)!, prefix)) out.push(prefix);
  }
  return out;
}
