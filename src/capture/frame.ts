import { MAX_IP_LENGTH, META_MAC, META_TUNNEL, META_VERDICT, foldAddress } from './batch.ts';
import type { Batch } from './batch.ts';

/**
 * The packet being decoded on the general path: one object for a whole capture, its fields overwritten for
 * each packet. Link decoders read and write it, the IP decoder turns it into a row.
 */
export class Frame {
  /** Offsets in the caller's bytes: the frame's first byte, and the one after its last captured byte. */
  start = 0;
  end = 0;
  /** Length of the frame on the wire, in bytes; never less than what was captured. */
  original = 0;
  seconds = 0;
  nanos = 0;
  ifIndex = 0;
  vlan = 0;
  /** Id of the tunnel that was opened; valid where `meta` has META_TUNNEL. */
  tunnel = 0;
  /** Bits of the `meta` column that the link layer knows: verdict, direction, META_MAC, META_TUNNEL. */
  meta = 0;
  srcMacHigh = 0;
  srcMacLow = 0;
  dstMacHigh = 0;
  dstMacLow = 0;
  /** Whether MAC addresses are wanted. */
  readonly macs: boolean;
  /** Which tunnels are opened: bits of tunnelBits. */
  readonly tunnels: number;

  constructor(macs: boolean, tunnels = 0) {
    this.macs = macs;
    this.tunnels = tunnels;
  }

  /** Notes the MAC addresses of an Ethernet header that is wholly captured. */
  readMacs(bytes: Uint8Array, at: number): void {
    this.meta |= META_MAC;
    this.dstMacHigh = read16(bytes, at);
    this.dstMacLow = read32(bytes, at + 2);
    this.srcMacHigh = read16(bytes, at + 6);
    this.srcMacLow = read32(bytes, at + 8);
  }

  /** Notes a source MAC address where the link layer tells no other; the destination is then all zeros. */
  readSourceMac(bytes: Uint8Array, at: number): void {
    this.meta |= META_MAC;
    this.srcMacHigh = read16(bytes, at);
    this.srcMacLow = read32(bytes, at + 2);
    this.dstMacHigh = 0;
    this.dstMacLow = 0;
  }

  /**
   * Appends a row to a batch that is not full. `meta` is the IP layer's part of the column; addresses are
   * set by the caller.
   */
  append(batch: Batch, ports: number, meta: number, length: number): number {
    const row = batch.count;
    batch.ports[row] = ports;
    batch.meta[row] = meta;
    batch.length[row] = length < MAX_IP_LENGTH ? length : MAX_IP_LENGTH;
    this.finish(batch);
    return row;
  }

  /** Completes the row at `batch.count`, whose ports, meta (the IP layer's part) and length are set, and
   * counts it. */
  finish(batch: Batch): void {
    const row = batch.count;
    const seconds = this.seconds;
    batch.time[row] = seconds;
    batch.nanos[row] = this.nanos;
    batch.ifIndex[row] = this.ifIndex;
    batch.vlan[row] = this.vlan;
    batch.meta[row]! |= this.meta;
    if ((this.meta & META_MAC) !== 0) {
      batch.srcMacHigh[row] = this.srcMacHigh;
      batch.srcMacLow[row] = this.srcMacLow;
      batch.dstMacHigh[row] = this.dstMacHigh;
      batch.dstMacLow[row] = this.dstMacLow;
    }
    if ((this.meta & META_TUNNEL) !== 0) batch.tunnel[row] = this.tunnel;
    if ((this.meta & META_VERDICT) !== 0) batch.verdicts++;
    if (row === 0) {
      batch.minTime = seconds;
      batch.maxTime = seconds;
    } else {
      if (seconds < batch.minTime) batch.minTime = seconds;
      if (seconds > batch.maxTime) batch.maxTime = seconds;
    }
    batch.count = row + 1;
  }
}

/** Writes the eight address words of an IPv6 header at `at` into a row whose meta has META_IPV6. */
export function setAddresses6(batch: Batch, row: number, bytes: Uint8Array, at: number): void {
  const word = 4 * row;
  const { src6, dst6 } = batch;
  for (let i = 0; i < 4; i++) {
    src6[word + i] = read32(bytes, at + 8 + 4 * i);
    dst6[word + i] = read32(bytes, at + 24 + 4 * i);
  }
  batch.src[row] = foldAddress(src6[word]!, src6[word + 1]!, src6[word + 2]!, src6[word + 3]!);
  batch.dst[row] = foldAddress(dst6[word]!, dst6[word + 1]!, dst6[word + 2]!, dst6[word + 3]!);
}

/** A 16-bit word in network byte order; the caller has checked that it is there. */
export function read16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

/** A 32-bit word in network byte order, signed. */
export function read32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
