import type { Resource } from './resource.ts';

/** A VPC's way to the internet over IPv6, for connections from inside only; a VPC has one at most. */
export interface EgressOnlyInternetGateway extends Resource {
  readonly region: string;
  readonly vpcId: string;
}
