import type { Resource } from './resource.ts';

export type Switch = 'enable' | 'disable';

/** What a transit gateway was made with. Weir forwards nothing: it only keeps and shows them. */
export interface TransitGatewayOptions {
  /** AS number of its side of a BGP session. */
  readonly amazonSideAsn: number;
  readonly autoAcceptSharedAttachments: Switch;
  readonly defaultRouteTableAssociation: Switch;
  readonly defaultRouteTablePropagation: Switch;
  readonly vpnEcmpSupport: Switch;
  readonly dnsSupport: Switch;
  readonly securityGroupReferencingSupport: Switch;
  readonly multicastSupport: Switch;
  /** As text. */
  readonly cidrBlocks: readonly string[];
}

/** A router between VPCs, which are attached to it. */
export interface TransitGateway extends Resource {
  readonly region: string;
  readonly description: string | undefined;
  /** Milliseconds since the epoch; undefined for what the file declares. */
  readonly createdAt: number | undefined;
  readonly options: TransitGatewayOptions;
}

/** A switch as the API has it. */
export function switched(on: boolean): Switch {
  return on ? 'enable' : 'disable';
}
