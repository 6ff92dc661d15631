import { META_IPV6, META_TCP_FLAGS_SHIFT, foldAddress } from './batch.ts';
import type { Batch } from './batch.ts';
import { IPV4_BYTES, IPV6_BYTES, IP_TCP, IP_UDP, UDP_BYTES } from './constants.ts';

/** Captured bytes that the common packets need: Ethernet, IP and TCP up to its flags. */
export const COMMON4_BYTES = 48;
const COMMON6_BYTES = 68;
const TCP_BYTES = 20;
/** The EtherType of IPv4, version 4, a header of 5 words: a frame's bytes 12 to 14. */
const PLAIN_IPV4 = 0x080045;
/** The EtherType of IPv6 and version 6: 20 bits from byte 12 on. */
const PLAIN_IPV6 = 0x86dd6;
/** More fragments, and the offset. */
const FRAGMENTED = 0x3fff;

/**
 * The shortest way for what nearly all of most captures is: unfragmented TCP and UDP over IPv4 without
 * options, or over IPv6 without extension headers, in untagged Ethernet II frames. Writes addresses, ports,
 * meta and length of row `row`, and nothing else, if the frame at `at` is such a packet and at least
 * COMMON4_BYTES of it are captured; false for all others, which go the general way. Both ways give the same rows.
 */
export function setCommonRow(
  view: DataView,
  bytes: Uint8Array,
  at: number,
  captured: number,
  batch: Batch,
  row: number,
): boolean {
  const word = view.getUint32(at + 12, false);
  if (word >>> 8 === PLAIN_IPV4) return setRow4(view, bytes, at, batch, row);
  return word >>> 12 === PLAIN_IPV6 && captured >= COMMON6_BYTES && setRow6(view, bytes, at, batch, row);
}

function setRow4(view: DataView, bytes: Uint8Array, at: number, batch: Batch, row: number): boolean {
  const protocol = bytes[at + 23]!;
  const length = view.getUint16(at + 16, false);
  if ((view.getUint16(at + 20, false) & FRAGMENTED) !== 0) return false;
  if (protocol === IP_TCP && length >= IPV4_BYTES + TCP_BYTES)
    batch.meta[row] = IP_TCP | (bytes[at + 47]! << META_TCP_FLAGS_SHIFT);
  else if (protocol === IP_UDP && length >= IPV4_BYTES + UDP_BYTES) batch.meta[row] = IP_UDP;
  else return false;
  batch.length[row] = length;
  batch.src[row] = view.getInt32(at + 26, false);
  batch.dst[row] = view.getInt32(at + 30, false);
  batch.ports[row] = view.getInt32(at + 34, false);
  return true;
}

function setRow6(view: DataView, bytes: Uint8Array, at: number, batch: Batch, row: number): boolean {
  const protocol = bytes[at + 20]!;
  const payload = view.getUint16(at + 18, false);
  if (protocol === IP_TCP && payload >= TCP_BYTES)
    batch.meta[row] = META_IPV6 | IP_TCP | (bytes[at + 67]! << META_TCP_FLAGS_SHIFT);
  else if (protocol === IP_UDP && payload >= UDP_BYTES) batch.meta[row] = META_IPV6 | IP_UDP;
  else return false;
  batch.length[row] = IPV6_BYTES + payload;
  batch.src[row] = setWords(view, at + 22, batch.src6, 4 * row);
  batch.dst[row] = setWords(view, at + 38, batch.dst6, 4 * row);
  batch.ports[row] = view.getInt32(at + 54, false);
  return true;
}

function setWords(view: DataView, at: number, words: Int32Array, index: number): number {
  const a = view.getInt32(at, false);
  const b = view.getInt32(at + 4, false);
  const c = view.getInt32(at + 8, false);
  const d = view.getInt32(at + 12, false);
  words[index] = a;
  words[index + 1] = b;
  words[index + 2] = c;
  words[index + 3] = d;
  return foldAddress(a, b, c, d);
}
