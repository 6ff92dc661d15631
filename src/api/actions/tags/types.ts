import type { ResourceKind } from '../../../network/resources.ts';

/** What can have tags. */
export type TaggedKind = ResourceKind | 'flowLog';

/** The kinds that have tags, as the API names them; in the order in which DescribeTags lists them. */
export const TAGGED_TYPES = {
  flowLog: 'vpc-flow-log',
  egressOnlyInternetGateway: 'egress-only-internet-gateway',
  encryptionControl: 'vpc-encryption-control',
  instance: 'instance',
  interface: 'network-interface',
  internetGateway: 'internet-gateway',
  natGateway: 'natgateway',
  networkAcl: 'network-acl',
  peeringConnection: 'vpc-peering-connection',
  prefixList: 'prefix-list',
  publicAccessExclusion: 'vpc-block-public-access-exclusion',
  routeTable: 'route-table',
  securityGroup: 'security-group',
  subnet: 'subnet',
  transitGateway: 'transit-gateway',
  transitGatewayAttachment: 'transit-gateway-attachment',
  transitGatewayRouteTable: 'transit-gateway-route-table',
  vpc: 'vpc',
  vpcEndpoint: 'vpc-endpoint',
  vpnGateway: 'vpn-gateway',
} as const satisfies Record<TaggedKind, string>;

export type TaggedType = (typeof TAGGED_TYPES)[TaggedKind];
