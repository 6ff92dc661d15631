import type { ResourceKind } from '../../../network/resources.ts';

/** What can have tags. */
export type TaggedKind = ResourceKind | 'flowLog';

/** The kinds that have tags, as the API names them; in the order in which DescribeTags lists them. */
export const TAGGED_TYPES = {
  flowLog: 'vpc-flow-log',
  instance: 'instance',
  interface: 'network-interface',
  natGateway: 'natgateway',
  subnet: 'subnet',
  transitGateway: 'transit-gateway',
  transitGatewayAttachment: 'transit-gateway-attachment',
  vpc: 'vpc',
} as const satisfies Record<TaggedKind, string>;

export type TaggedType = (typeof TAGGED_TYPES)[TaggedKind];
