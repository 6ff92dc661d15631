import { META_VERDICT } from './batch.ts';

/**
 * The columnar batch of exporters: one row is one exported flow, or one sampled packet (sFlow), which counts
 * for the packets it stands for. Addresses, ports and meta lie as in Batch, so that both are hashed and
 * compared alike; where a Batch has a packet's time and length, this has the flow's counts and both its ends.
 * Typed arrays only, reused from call to call; no object per row.
 */

/** Rows of a batch: some 150 bytes each, so fewer than a packet batch has. */
export const FLOW_BATCH_ROWS = 1024;

/** Most packets, and bytes, that a row may count for: more than any port carries in a flow, so that sums stay exact in
 * 53 bits. What an exporter says beyond it is capped where it is read, and counted. */
export const MAX_ROW_COUNT = 2 ** 48;

/** Bits of the `meta` column beside those of batch.ts, which has none above 24. */
/** The columns postSrc, postDst, postPorts (and postSrc6, postDst6) hold the addresses behind a translation;
 * a side that the exporter does not report is as before it. */
export const META_TRANSLATED = 1 << 25;
/** Of a translated row: postSrc6 and postDst6 are set (the family may differ from META_IPV6: NAT64). */
export const META_POST_IPV6 = 1 << 26;

/** Values of the `reason` column: why the exporter did not forward the row's packets. */
export const DROP_NONE = 0;
/** An access list or policy: the only reason that is a REJECT. */
export const DROP_DENIED = 1;
export const DROP_NO_ROUTE = 2;
export const DROP_BLACKHOLE = 3;
export const DROP_MTU_EXCEEDED = 4;
export const DROP_TTL_EXPIRED = 5;
/** Any other: queues, policers, malformed packets. */
export const DROP_OTHER = 6;

/** Values of the `event` column: a row that tells an event rather than, or beside, counts. Rows with an event
 * may have no packets: they carry a verdict or a translation only. */
export const EVENT_NONE = 0;
export const EVENT_FLOW_CREATED = 1;
export const EVENT_FLOW_DELETED = 2;
/** A firewall refused the flow's packet; most exporters give no counts with it. */
export const EVENT_FLOW_DENIED = 3;
export const EVENT_NAT_CREATED = 4;
export const EVENT_NAT_DELETED = 5;

/** The columns of up to FLOW_BATCH_ROWS flows. Rows 0 to count-1 are valid. Every column is set for every row
 * except where its comment says when it is valid. */
export class FlowBatch {
  count = 0;
  /** The flow's end, which decides its window (S7.4): whole seconds since the epoch, unsigned, and the
   * nanoseconds beyond them. */
  readonly time = new Uint32Array(FLOW_BATCH_ROWS);
  readonly nanos = new Uint32Array(FLOW_BATCH_ROWS);
  /** The flow's start as the exporter reports it, in seconds; never after `time`. */
  readonly start = new Uint32Array(FLOW_BATCH_ROWS);
  /** IPv4: the address, first octet in the highest byte. IPv6: foldAddress() of the four words. */
  readonly src = new Int32Array(FLOW_BATCH_ROWS);
  readonly dst = new Int32Array(FLOW_BATCH_ROWS);
  /** As in Batch: source port << 16 | destination port; ICMP and ICMPv6: type << 8 | code. */
  readonly ports = new Int32Array(FLOW_BATCH_ROWS);
  /** As in Batch: protocol, TCP flags (FIN, SYN, RST; ACK only where the exporter tells a SYN-ACK from a SYN
   * and an ACK: S7.2), family, verdict, direction (of flowDirection), META_MAC; and META_TRANSLATED and
   * META_POST_IPV6. */
  readonly meta = new Int32Array(FLOW_BATCH_ROWS);
  /** Packets and IP bytes, scaled by `sampling` (S7.3), whole numbers up to MAX_ROW_COUNT. */
  readonly packets = new Float64Array(FLOW_BATCH_ROWS);
  readonly bytes = new Float64Array(FLOW_BATCH_ROWS);
  /** The rate that packets and bytes were scaled by: 1 for none, 0 for unknown and therefore not scaled. */
  readonly sampling = new Uint32Array(FLOW_BATCH_ROWS);
  /** Number of the exporter in its registry, and its observation domain (v5: engine type << 8 | id; sFlow:
   * sub-agent). */
  readonly exporter = new Uint32Array(FLOW_BATCH_ROWS);
  readonly domain = new Uint32Array(FLOW_BATCH_ROWS);
  /** ifIndex that the flow came in and went out by; 0 where it is not known. */
  readonly ingress = new Uint32Array(FLOW_BATCH_ROWS);
  readonly egress = new Uint32Array(FLOW_BATCH_ROWS);
  /** VLAN id (12 bits), 0 without one. */
  readonly vlan = new Uint16Array(FLOW_BATCH_ROWS);
  /** As in Batch: valid where META_TUNNEL is set. */
  readonly tunnel = new Uint32Array(FLOW_BATCH_ROWS);
  /** A DROP_ value: why the row's packets were not forwarded. */
  readonly reason = new Uint8Array(FLOW_BATCH_ROWS);
  /** An EVENT_ value. */
  readonly event = new Uint8Array(FLOW_BATCH_ROWS);
  /** The four 32-bit words of IPv6 addresses, at 4 × row. Valid where META_IPV6 is set. */
  readonly src6 = new Int32Array(4 * FLOW_BATCH_ROWS);
  readonly dst6 = new Int32Array(4 * FLOW_BATCH_ROWS);
  /** Behind the translation, as src, dst, ports, src6 and dst6. Valid where META_TRANSLATED is set, the
   * last two where META_POST_IPV6 is. */
  readonly postSrc = new Int32Array(FLOW_BATCH_ROWS);
  readonly postDst = new Int32Array(FLOW_BATCH_ROWS);
  readonly postPorts = new Int32Array(FLOW_BATCH_ROWS);
  readonly postSrc6 = new Int32Array(4 * FLOW_BATCH_ROWS);
  readonly postDst6 = new Int32Array(4 * FLOW_BATCH_ROWS);
  /** MAC addresses: 16 high bits and 32 low bits. Valid where META_MAC is set. */
  readonly srcMacHigh = new Uint16Array(FLOW_BATCH_ROWS);
  readonly srcMacLow = new Uint32Array(FLOW_BATCH_ROWS);
  readonly dstMacHigh = new Uint16Array(FLOW_BATCH_ROWS);
  readonly dstMacLow = new Uint32Array(FLOW_BATCH_ROWS);
  /** Smallest and largest `time` of the rows; undefined values while count is 0. */
  minTime = 0xffffffff;
  maxTime = 0;
  /** How many rows carry a verdict: lets the verdict pass be skipped. */
  verdicts = 0;

  /** Counts the row at `count`, whose columns are set. */
  finish(): void {
    const row = this.count;
    const time = this.time[row]!;
    if (time < this.minTime) this.minTime = time;
    if (time > this.maxTime) this.maxTime = time;
    if ((this.meta[row]! & META_VERDICT) !== 0) this.verdicts++;
    this.count = row + 1;
  }

  /** Empties the batch; columns keep their old values until they are written again. */
  clear(): void {
    this.count = 0;
    this.verdicts = 0;
    this.minTime = 0xffffffff;
    this.maxTime = 0;
  }
}

/**
 * Where decoders put rows: a batch, and what empties it. `flush` is called when the batch is full and another
 * row is to come; it hands the rows on and must clear the batch.
 */
export interface FlowSink {
  readonly batch: FlowBatch;
  readonly flush: (batch: FlowBatch) => void;
}
