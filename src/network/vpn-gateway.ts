import type { Resource } from './resource.ts';

/** A virtual private gateway: a VPC's way to a VPN or a Direct Connect; a VPC has one at most. */
export interface VpnGateway extends Resource {
  readonly region: string;
  readonly vpcId: string;
  /** AS number of its side of a BGP session. */
  readonly amazonSideAsn: number;
}
