import { REJECTIONS } from '../decoder.ts';

/** Why sFlow datagrams and samples did not become rows; behind these, the reasons of sampled headers. */
const SFLOW_REASONS = [
  // datagrams
  'datagram_short', // shorter than its header
  'version_unknown', // not 5
  'agent_malformed', // an agent address of an unknown type
  'exporters_full', // more exporters or agents than the limits
  // samples: what could not be framed costs the rest of the datagram, once
  'sample_cut', // a sample, or the count of samples, beyond the datagram
  'sample_malformed', // shorter than its fields, or its records go beyond it
  'sample_unknown', // another enterprise's, or a format that is not known
  'no_packet', // a flow sample without a header or addresses
  'header_protocol', // a sampled header that is no Ethernet, IPv4 or IPv6
] as const;

export const SFLOW_REJECTIONS = [...SFLOW_REASONS, ...REJECTIONS] as const;
export type SflowRejection = (typeof SFLOW_REJECTIONS)[number];

export const REJECT_DATAGRAM_SHORT = 0;
export const REJECT_VERSION_UNKNOWN = 1;
export const REJECT_AGENT_MALFORMED = 2;
export const REJECT_EXPORTERS_FULL = 3;
export const REJECT_SAMPLE_CUT = 4;
export const REJECT_SAMPLE_MALFORMED = 5;
export const REJECT_SAMPLE_UNKNOWN = 6;
export const REJECT_NO_PACKET = 7;
export const REJECT_HEADER_PROTOCOL = 8;
/** The first of the reasons of sampled headers (REJECTIONS). */
export const REJECT_HEADER = SFLOW_REASONS.length;

/**
 * Counters of an sFlow decoder. They add up: samples = counterSamples + rows + rejected samples (all reasons from
 * sample_malformed on).
 */
export class SflowCounters {
  datagrams = 0;
  /** Samples that could be framed. */
  samples = 0;
  /** Samples of interface counters, which say nothing of flows. */
  counterSamples = 0;
  /** Rows, and those of them that are discarded packets. */
  rows = 0;
  discards = 0;
  /** Rows of samples that tell no rate: not scaled (S7.3). */
  unsampledUnknown = 0;
  samplingCapped = 0;
  /** Rows of bytes above MAX_ROW_COUNT: only headers that lie about their frame make them. */
  countsCapped = 0;
  /** Rows whose IP length came from the frame (S1.1). */
  offloaded = 0;
  /** Indexed as SFLOW_REJECTIONS. */
  readonly rejected = new Float64Array(SFLOW_REJECTIONS.length);

  /** Rejections by reason, those that are not 0. */
  rejections(): Partial<Record<SflowRejection, number>> {
    const out: Partial<Record<SflowRejection, number>> = {};
    for (const [index, reason] of SFLOW_REJECTIONS.entries())
      if (this.rejected[index] !== 0) out[reason] = this.rejected[index]!;
    return out;
  }
}
