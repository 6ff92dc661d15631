/** Where everything that lines take lies in memory, in bytes, behind what deflate has there. */
import { END } from '../deflate/memory';

/** "0." to "255." as words, the first digit in the lowest byte, and bytes: how long each is. */
export const OCTETS: usize = (END + 63) & ~63;
export const OCTET_BYTES: usize = OCTETS + 4 * 256;
/** "00" to "ff" as half words. */
export const HEX: usize = OCTET_BYTES + 256;
/** Bytes by set of zero groups of an IPv6 address: the run that `::` stands for. */
export const RUNS: usize = HEX + 2 * 256;

/** Ops of lines of flows, and of NODATA and SKIPDATA lines: bytes. */
export const OPS_BYTES: usize = 512;
export const OPS: usize = RUNS + 256;
export const STATUS_OPS: usize = OPS + OPS_BYTES;

/** Lines: as many as fit. Their entries, addresses and texts. Both small, so that they are still in the cache when they
 * are printed. */
export const LINES_BYTES: usize = 1 << 14;
export const LINES: usize = STATUS_OPS + OPS_BYTES;
export const TEXTS_BYTES: usize = 1 << 18;
export const TEXTS: usize = LINES + LINES_BYTES;

/** What is printed, up to the end of the memory, which grows. */
export const WRITTEN: usize = TEXTS + TEXTS_BYTES + 64;
