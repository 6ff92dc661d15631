/**
 * The columnar batch: what every source hands to the flow table (docs/design.md, "The batch is columnar").
 * One row is one IP packet header. Typed arrays only, reused from call to call; no object per packet.
 */

/** Rows of a batch: what stays in the second-level cache with the flow index beside it. */
export const BATCH_ROWS = 1024;

/** Bits of the `meta` column. Bits 0 to 7 are the IP protocol number, bits 8 to 15 the TCP flags byte. */
export const META_PROTOCOL = 0xff;
export const META_TCP_FLAGS_SHIFT = 8;
export const META_IPV6 = 1 << 16;
/** The first fragment of a datagram: offset 0, more fragments to come. `ports` holds its real ports. */
export const META_FRAGMENT_FIRST = 1 << 17;
/** A later fragment: offset above 0. `ports` is 0 until flows/ finds the first one (S1.3). */
export const META_FRAGMENT_LATER = 1 << 18;
/** The length comes from the frame: IPv4 total length 0, or an IPv6 jumbogram (S1.1). */
export const META_OFFLOADED = 1 << 19;
/** The verdict that the source reports: two bits, one of the VERDICT_ values. */
export const META_VERDICT_SHIFT = 20;
export const META_VERDICT = 3 << META_VERDICT_SHIFT;
/** The link layer says that the packet left (Linux cooked "outgoing", NFLOG with an output device only). */
export const META_OUTGOING = 1 << 22;
/** The link layer says that the packet came in (Linux cooked "to us", NFLOG with an input device only). */
export const META_INCOMING = 1 << 23;
/** What the link layer says of the direction; neither bit: nothing. */
export const META_DIRECTION = META_OUTGOING | META_INCOMING;
/** The columns srcMacHigh, srcMacLow, dstMacHigh and dstMacLow hold this row's MAC addresses. */
export const META_MAC = 1 << 24;

/** The packet was inside a tunnel, whose id stands in the `tunnel` column. */
export const META_TUNNEL = 1 << 27;

export const VERDICT_NONE = 0;
export const VERDICT_ACCEPT = 1;
export const VERDICT_REJECT = 2;

/** The columns of up to BATCH_ROWS packets. Rows 0 to count-1 are valid. Every column is set for every row
 * except where its comment says when it is valid. */
export class Batch {
  count = 0;
  /** Event time: whole seconds since the epoch, unsigned, and the nanoseconds beyond them. */
  readonly time = new Uint32Array(BATCH_ROWS);
  readonly nanos = new Uint32Array(BATCH_ROWS);
  /** IPv4: the address, first octet in the highest byte. IPv6: foldAddress() of the four words. */
  readonly src = new Int32Array(BATCH_ROWS);
  readonly dst = new Int32Array(BATCH_ROWS);
  /** Source port << 16 | destination port (TCP, UDP, SCTP and others that RFC-wise start with two 16-bit
   * ports: DCCP, UDP-Lite); ICMP and ICMPv6: type << 8 | code; everything else, and what was not
   * captured: 0. */
  readonly ports = new Int32Array(BATCH_ROWS);
  readonly meta = new Int32Array(BATCH_ROWS);
  /** IP length in bytes, header included (S1.1), at most MAX_IP_LENGTH. */
  readonly length = new Uint32Array(BATCH_ROWS);
  /** Which interface of the source saw it: pcapng interface number (over all sections, from 0), Linux
   * cooked v2 or NFLOG interface index; 0 where the format has none. */
  readonly ifIndex = new Uint32Array(BATCH_ROWS);
  /** Outer VLAN id (12 bits); 0 without a tag, or with a priority tag only. */
  readonly vlan = new Uint16Array(BATCH_ROWS);
  /** Fragment identification (IPv4: 16 bits, IPv6: 32 bits). Valid for fragments only. */
  readonly fragment = new Uint32Array(BATCH_ROWS);
  /** The four 32-bit words of IPv6 addresses, at 4 × row. Valid where META_IPV6 is set. */
  readonly src6 = new Int32Array(4 * BATCH_ROWS);
  readonly dst6 = new Int32Array(4 * BATCH_ROWS);
  /** MAC addresses: 16 high bits and 32 low bits. Valid where META_MAC is set. */
  readonly srcMacHigh = new Uint16Array(BATCH_ROWS);
  readonly srcMacLow = new Uint32Array(BATCH_ROWS);
  readonly dstMacHigh = new Uint16Array(BATCH_ROWS);
  readonly dstMacLow = new Uint32Array(BATCH_ROWS);
  /** Id of the tunnel that the packet was in: VXLAN and Geneve network identifier, GRE key (0 without one),
   * ERSPAN session. Valid where META_TUNNEL is set. */
  readonly tunnel = new Uint32Array(BATCH_ROWS);
  /** Smallest and largest `time` of the rows, kept by the decoder; undefined values while count is 0. */
  minTime = 0;
  maxTime = 0;
  /** How many rows have META_FRAGMENT_FIRST or META_FRAGMENT_LATER: lets the fragment pass be skipped. */
  fragments = 0;
  /** How many rows carry a verdict: lets the verdict pass be skipped. */
  verdicts = 0;

  /** Empties the batch; columns keep their old values until they are written again. */
  clear(): void {
    this.count = 0;
    this.fragments = 0;
    this.verdicts = 0;
    this.minTime = 0xffffffff;
    this.maxTime = 0;
  }
}

/** Longest IP length that a row may carry: an offloaded segment of a 32-bit frame length is clamped here so
 * that sums stay exact in 53 bits. */
export const MAX_IP_LENGTH = 0x7fffffff;

/** Folds an IPv6 address into the 32 bits that stand in the src and dst columns: equal addresses give equal
 * folds; the flow table compares the words themselves. */
export function foldAddress(a: number, b: number, c: number, d: number): number {
  let h = Math.imul(a ^ (a >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ b ^ (h >>> 12), 0x297a2d39);
  h = Math.imul(h ^ c ^ (h >>> 15), 0x85ebca6b);
  h = Math.imul(h ^ d ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
