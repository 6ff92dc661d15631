import type { Resource } from './resource.ts';

/** A regional NAT gateway: one for a whole VPC, without a subnet of its own. Traffic is recorded at it. */
export interface NatGateway extends Resource {
  readonly region: string;
  readonly vpcId: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}
