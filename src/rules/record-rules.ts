/** The derived fields of VPC records, as records/ asks for them. rules/rules.ts answers. */
import type { Line } from './line.ts';

export interface RecordRules {
  /** Called before lines of a window are written: the network behind may have gained something since. */
  begin(): void;
  /** traffic-path: 1 to 8; 0 prints `-`. */
  trafficPath(line: Line): number;
  /** The interface that egress traffic goes to next, or that ingress traffic came from; NO_INTERFACE prints `-` in
   * all fields next-hop-…. */
  nextHop(line: Line): number;
  /** Index plus 1 of the service (in `serviceCodes`) of the source or the destination; 0 prints `-`. */
  sourceService(line: Line): number;
  destinationService(line: Line): number;
  readonly serviceCodes: readonly string[];
  /** reject-reason: 0 prints `-`. */
  rejectReason(line: Line): RejectReason;
  /** False when no line can have a reason: bytes then need not ask. */
  readonly rejectsForReasons: boolean;
  /** encryption-status: 0 to 3; -1 prints `-`. */
  encryptionStatus(line: Line): number;
}

export const REASON_NONE = 0;
/** VPC Block Public Access. Bytes of such records print `-` (record format 1.1). */
export const REASON_BPA = 1;
/** Rejected by a VPC endpoint because of encryption controls. */
export const REASON_EC = 2;
export type RejectReason = typeof REASON_NONE | typeof REASON_BPA | typeof REASON_EC;

/** The fields that transit gateway records work out of an attachment and its pair. */
export interface TransitRules {
  /**
   * The attachment that traffic which comes in at `attachment` (a number) leaves by, to a destination; NO_INTERFACE
   * where the gateway's routes have none, or drop it. Equal-cost routes: the first.
   */
  leavesBy(attachment: number, six: boolean, destination: Int32Array): number;
  /** The attachment that traffic from a VPC to an address enters a transit gateway by, as the route table of the
   * sender's subnet says; NO_INTERFACE where it goes another way. `sender`: number of a network interface. */
  entersBy(sender: number, six: boolean, destination: Int32Array): number;
  /** What an attachment says of one end of a flow, whose address it is: the attachment's subnet and interface in the
   * zone of the address's subnet, else its first. Kept: the same object for the same answer. */
  end(attachment: number, six: boolean, address: Int32Array): TransitEnd;
}

/** Undefined prints `-`. */
export interface TransitEnd {
  readonly attachmentId: string | undefined;
  readonly vpcAccountId: string | undefined;
  readonly vpcId: string | undefined;
  readonly subnetId: string | undefined;
  readonly interfaceId: string | undefined;
  readonly azId: string | undefined;
}

/** What is said of an end whose attachment is not known. */
export const NO_END: TransitEnd = Object.freeze({
  attachmentId: undefined,
  vpcAccountId: undefined,
  vpcId: undefined,
  subnetId: undefined,
  interfaceId: undefined,
  azId: undefined,
});
