import { REJECTIONS } from './decoder.ts';
import type { DecoderCounters } from './decoder.ts';

/**
 * What the link and IP decoders return in place of a position when a packet makes no row: the bitwise
 * complement of the index in REJECTIONS, so that it is below 0.
 */
export const REJECT_NOT_IP = ~0;
export const REJECT_UNKNOWN_LINK_TYPE = ~1;
export const REJECT_LINK_TRUNCATED = ~2;
export const REJECT_LINK_MALFORMED = ~3;
export const REJECT_IP_TRUNCATED = ~4;
export const REJECT_IP_BAD_VERSION = ~5;
export const REJECT_IP_BAD_HEADER_LENGTH = ~6;
export const REJECT_IP_BAD_TOTAL_LENGTH = ~7;
export const REJECT_IP_BAD_EXTENSION = ~8;
export const REJECT_TUNNEL_TRUNCATED = ~9;

/** Counters at zero, one column for each of REJECTIONS. */
export function newCounters(): DecoderCounters {
  return {
    packets: 0,
    offloaded: 0,
    rejectedPackets: new Float64Array(REJECTIONS.length),
    rejectedBytes: new Float64Array(REJECTIONS.length),
  };
}
