/** The data of a network file that is being made: its keys, what they hold, and their order. */
import type { DraftKind } from './draft.ts';

/** A resource in the data: keys of network.yaml, which come and go. */
export type Data = Record<string, unknown>;

/** Keys of a VPC for what lies in it beside its subnets. */
export const IN_VPCS: Readonly<Record<string, DraftKind>> = {
  internetGateway: 'internet gateway',
  egressOnlyInternetGateway: 'egress-only internet gateway',
  vpnGateway: 'virtual private gateway',
  natGateways: 'NAT gateway',
  routeTables: 'route table',
  endpoints: 'VPC endpoint',
  securityGroups: 'security group',
  networkAcls: 'network ACL',
  encryptionControl: 'encryption control',
};

/** Keys of the file for what lies in no VPC, in its order. */
export const IN_FILE: Readonly<Record<string, DraftKind>> = {
  instances: 'instance',
  prefixLists: 'prefix list',
  transitGateways: 'transit gateway',
  peeringConnections: 'peering connection',
  loadBalancers: 'load balancer',
  autoScalingGroups: 'Auto Scaling group',
  ecsTasks: 'ECS task',
  blockPublicAccess: 'Block Public Access',
};

/** Keys of what lies in other resources of the file: the kind, that of what it lies in, and that one's key. */
export const INSIDE: readonly {
  readonly key: string;
  readonly kind: DraftKind;
  readonly around: DraftKind;
  readonly list: string;
}[] = [
  {
    key: 'attachments',
    kind: 'transit gateway attachment',
    around: 'transit gateway',
    list: 'transitGateways',
  },
  {
    key: 'routeTables',
    kind: 'transit gateway route table',
    around: 'transit gateway',
    list: 'transitGateways',
  },
  {
    key: 'exclusions',
    kind: 'Block Public Access exclusion',
    around: 'Block Public Access',
    list: 'blockPublicAccess',
  },
];

/** What lists of a network file hold one of. */
export const NOUNS: Readonly<Record<string, string>> = {
  accounts: 'account',
  regions: 'region',
  zones: 'zone',
  vpcs: 'VPC',
  subnets: 'subnet',
  interfaces: 'interface',
  natGateways: 'NAT gateway',
  routeTables: 'route table',
  endpoints: 'VPC endpoint',
  securityGroups: 'security group',
  networkAcls: 'network ACL',
  attachments: 'transit gateway attachment',
  exclusions: 'Block Public Access exclusion',
  ...IN_FILE,
};
/** What a VPC has one of. */
export const SINGLES: Readonly<Record<string, string>> = {
  internetGateway: 'internet gateway',
  egressOnlyInternetGateway: 'egress-only internet gateway',
  vpnGateway: 'virtual private gateway',
  encryptionControl: 'encryption control',
};

/** What a list or member of the data holds; `top` is the list of the file that it is in. */
export function nounOf(key: string, top: string): string {
  if (key === 'routeTables' && top === 'transitGateways') return 'transit gateway route table';
  return NOUNS[key] ?? SINGLES[key] ?? key;
}

/** What a resource is known by. */
export function nameOf(data: Data): string | undefined {
  return [data['id'], data['arn'], data['name']].find((it) => typeof it === 'string');
}

/** Keys in the order in which docs/network.md has them; lists of what lies inside come last. */
const ORDER = [
  'id',
  'arn',
  'name',
  'account',
  'region',
  'kind',
  'cidrs',
  'azId',
  'discover',
  'primary',
  'secondary',
  'ipv6',
  'mac',
  'instance',
  'nitro',
  'placement',
  'bind',
  'tags',
];

function rank(key: string): number {
  const at = ORDER.indexOf(key);
  return at < 0 ? ORDER.length : at;
}

/** Puts the keys of a resource into their order, in place. */
export function orderKeys(data: Data): void {
  const entries = Object.entries(data);
  for (const [key] of entries) delete data[key];
  for (const [key, value] of entries.sort(([a], [b]) => rank(a) - rank(b))) data[key] = value;
}
