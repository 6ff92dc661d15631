import type { Prefix } from '../base/prefixes.ts';
import type { Resource } from './resource.ts';

/** An address space of its own: the same private address in two VPCs is two different hosts (S2.1). */
export interface Vpc extends Resource {
  readonly region: string;
  /** Both families, apart from each other. */
  readonly cidrs: readonly Prefix[];
  /** Leave out what the service itself never logs: its DNS, metadata, time and licence servers (S1.5). */
  readonly awsReserved: boolean;
}
