/** Lines of chunks that are no text, for those who follow flow logs. */
import type { ParquetBody } from '../../delivery/chunk.ts';

/** Text that a follower of a flow log gets of one commit, in bytes; of more, the lines that fit. */
export const TAIL_BYTES = 1 << 20;

/** Row groups with the lines that they were made of, or the first of these. Delivery leaves the lines. */
export interface FollowedBody extends ParquetBody {
  readonly lines: Uint8Array;
  /** Bytes of all lines. */
  readonly allBytes: number;
}

export function isFollowed(body: ParquetBody): body is FollowedBody {
  return 'lines' in body;
}
