import type { Resource } from './resource.ts';

/** A VPC's way to and from the internet; a VPC has one at most. */
export interface InternetGateway extends Resource {
  readonly region: string;
  readonly vpcId: string;
}
