import type { Prefix } from '../base/prefixes.ts';
import type { Placement } from './interface.ts';
import type { Resource } from './resource.ts';

/** A part of a VPC. Subnets of one VPC may nest: the longest prefix wins. */
export interface Subnet extends Resource {
  readonly vpcId: string;
  readonly cidrs: readonly Prefix[];
  readonly azId: string | undefined;
  /** Addresses that nothing declares become interfaces when they are seen (S2.6). */
  readonly discover: boolean;
  /** Of its interfaces that name none. */
  readonly placement: Placement | undefined;
}
