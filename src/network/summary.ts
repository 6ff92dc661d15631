import type { Network } from './model.ts';
import { KINDS, LISTS, type ResourceKind } from './resources.ts';

/** What the kinds are called in a sentence, one of each. */
const NOUNS: Readonly<Record<ResourceKind, string>> = {
  vpc: 'VPC',
  subnet: 'subnet',
  instance: 'instance',
  interface: 'interface',
  prefixList: 'prefix list',
  routeTable: 'route table',
  internetGateway: 'internet gateway',
  egressOnlyInternetGateway: 'egress-only internet gateway',
  vpnGateway: 'virtual private gateway',
  natGateway: 'NAT gateway',
  transitGateway: 'transit gateway',
  transitGatewayAttachment: 'transit gateway attachment',
  transitGatewayRouteTable: 'transit gateway route table',
  peeringConnection: 'peering connection',
  vpcEndpoint: 'endpoint',
  securityGroup: 'security group',
  networkAcl: 'network ACL',
  encryptionControl: 'encryption control',
  publicAccessExclusion: 'Block Public Access exclusion',
};
/** Said even when there are none. */
const ALWAYS: ReadonlySet<ResourceKind> = new Set(['vpc', 'subnet', 'interface']);

export interface Counted {
  readonly count: number;
  readonly noun: string;
}

/** How much of each kind a network declares: without what the service makes by itself. */
export function summaryOf(network: Network): Counted[] {
  const counted = KINDS.filter((kind) => kind !== 'instance').map((kind) => {
    let count = 0;
    for (const it of network[LISTS[kind]].values()) if (!('implied' in it && it.implied)) count++;
    return { count, noun: NOUNS[kind], always: ALWAYS.has(kind) };
  });
  const named = [
    { count: network.instances.size, noun: NOUNS.instance },
    { count: network.loadBalancers.size, noun: 'load balancer' },
    { count: network.autoScalingGroups.size, noun: 'Auto Scaling group' },
    { count: network.ecsTasks.size, noun: 'ECS task' },
    { count: network.publicAccessBlocks.length, noun: 'Block Public Access option' },
    { count: network.scopes.length, noun: 'scope' },
  ].map((it) => ({ ...it, always: false }));
  return [...counted, ...named]
    .filter(({ count, always }) => always || count > 0)
    .map(({ count, noun }) => ({ count, noun }));
}
