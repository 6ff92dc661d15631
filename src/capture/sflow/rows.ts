import {
  Batch,
  MAX_IP_LENGTH,
  META_IPV6,
  META_MAC,
  META_TCP_FLAGS_SHIFT,
  META_TUNNEL,
  META_VERDICT_SHIFT,
  foldAddress,
} from '../batch.ts';
import { IP_ICMP, IP_ICMPV6, IP_TCP } from '../constants.ts';
import {
  EVENT_NONE,
  FLOW_BATCH_ROWS,
  type FlowBatch,
  type FlowSink,
  MAX_ROW_COUNT,
  META_POST_IPV6,
  META_TRANSLATED,
} from '../flow-batch.ts';
import { PacketDecoder } from '../packet.ts';
import type { TunnelKind } from '../tunnels.ts';
import { SFLOW_ADDRESS_IPV6 } from './constants.ts';
import { REJECT_HEADER, REJECT_HEADER_PROTOCOL, REJECT_NO_PACKET, type SflowCounters } from './counters.ts';
import type { SampleRecords } from './sample.ts';

const MICROS = 1_000_000;
const NANOS = 1000;
const VLAN_ID = 0xfff;

/** Makes rows of samples. Its fields are what the sample says beside its records, set before each row. */
export class SampleRows {
  /** One packet of so many was sampled; 0: not told. */
  rate = 0;
  ingress = 0;
  egress = 0;
  /** DROP_ and VERDICT_ values. */
  reason = 0;
  verdict = 0;
  /** META_INCOMING or META_OUTGOING, seen from the data source; 0: not told. */
  direction = 0;
  exporter = 0;
  domain = 0;
  readonly #sink: FlowSink;
  readonly #counters: SflowCounters;
  readonly #maxRate: number;
  /** Sampled headers go the way of captured packets, one at a time. */
  readonly #packets: PacketDecoder;
  readonly #packet = new Batch();
  readonly #rejected: Float64Array;

  constructor(
    sink: FlowSink,
    counters: SflowCounters,
    maxRate: number,
    tunnels: ReadonlySet<TunnelKind> = new Set(),
  ) {
    this.#packets = new PacketDecoder({ macs: true, tunnels });
    this.#sink = sink;
    this.#counters = counters;
    this.#maxRate = maxRate;
    this.#rejected = this.#packets.counters.rejectedPackets;
  }

  /** Appends the row of a sample: of its header, else of the addresses that the agent took from it. False for a
   * sample that makes none, which is counted. */
  append(bytes: Uint8Array, view: DataView, records: SampleRecords, receiveMicros: number): boolean {
    const { batch, flush } = this.#sink;
    if (batch.count === FLOW_BATCH_ROWS) flush(batch);
    const row = batch.count;
    let length = -1;
    if (records.linkType > 0) length = this.#header(bytes, view, records, batch, row);
    if (length < 0 && (records.ipv4 !== 0 || records.ipv6 !== 0)) {
      length = sampledIp(view, records, batch, row);
      // The header's fault costs nothing.
      this.#rejected.fill(0);
    }
    if (length < 0) {
      this.#reject(records);
      return false;
    }
    if (records.natType !== 0 || records.natPorts !== 0) setNat(view, records, batch, row);
    const seconds = Math.floor(receiveMicros / MICROS);
    batch.time[row] = seconds;
    batch.nanos[row] = (receiveMicros - seconds * MICROS) * NANOS;
    batch.start[row] = seconds;
    const capped = this.rate > this.#maxRate;
    const rate = capped ? this.#maxRate : this.rate;
    if (capped) this.#counters.samplingCapped++;
    if (rate === 0) this.#counters.unsampledUnknown++;
    batch.sampling[row] = rate;
    batch.packets[row] = rate || 1;
    const scaled = length * (rate || 1);
    if (scaled > MAX_ROW_COUNT) this.#counters.countsCapped++;
    batch.bytes[row] = Math.min(scaled, MAX_ROW_COUNT);
    batch.meta[row]! |= (this.verdict << META_VERDICT_SHIFT) | this.direction;
    batch.reason[row] = this.reason;
    batch.event[row] = EVENT_NONE;
    batch.ingress[row] = this.ingress;
    batch.egress[row] = this.egress;
    // The switch's VLAN is that of the outer packet.
    const tunnelled = (batch.meta[row]! & META_TUNNEL) !== 0;
    if (records.vlan !== 0 && !tunnelled) batch.vlan[row] = records.vlan & VLAN_ID;
    batch.exporter[row] = this.exporter;
    batch.domain[row] = this.domain;
    batch.finish();
    this.#counters.rows++;
    return true;
  }

  /** Sets addresses, ports and meta of a row from a sampled header. Returns the IP length, -1 when it is none. */
  #header(bytes: Uint8Array, view: DataView, records: SampleRecords, batch: FlowBatch, row: number): number {
    const packet = this.#packet;
    packet.clear();
    const { header, headerBytes, frameBytes } = records;
    const offloaded = this.#packets.counters.offloaded;
    this.#packets.decodeFast(view, bytes, header, headerBytes, frameBytes, records.linkType, false, packet);
    if (packet.count === 0) return -1;
    this.#counters.offloaded += this.#packets.counters.offloaded - offloaded;
    const meta = packet.meta[0]!;
    batch.src[row] = packet.src[0]!;
    batch.dst[row] = packet.dst[0]!;
    batch.ports[row] = packet.ports[0]!;
    batch.meta[row] = meta;
    batch.vlan[row] = packet.vlan[0]!;
    if ((meta & META_TUNNEL) !== 0) batch.tunnel[row] = packet.tunnel[0]!;
    if ((meta & META_IPV6) !== 0) {
      for (let i = 0; i < 4; i++) {
        batch.src6[4 * row + i] = packet.src6[i]!;
        batch.dst6[4 * row + i] = packet.dst6[i]!;
      }
    }
    if ((meta & META_MAC) !== 0) {
      batch.srcMacHigh[row] = packet.srcMacHigh[0]!;
      batch.srcMacLow[row] = packet.srcMacLow[0]!;
      batch.dstMacHigh[row] = packet.dstMacHigh[0]!;
      batch.dstMacLow[row] = packet.dstMacLow[0]!;
    }
    return packet.length[0]!;
  }

  /** Counts a sample without a row: by the reason of its header where it had one. */
  #reject(records: SampleRecords): void {
    const { rejected } = this.#counters;
    if (records.linkType < 0) rejected[REJECT_HEADER_PROTOCOL]!++;
    else if (records.linkType === 0) rejected[REJECT_NO_PACKET]!++;
    else {
      for (let reason = 0; reason < this.#rejected.length; reason++) {
        rejected[REJECT_HEADER + reason]! += this.#rejected[reason]!;
      }
    }
    this.#rejected.fill(0);
  }
}

/** Sets a row from a sampled IPv4 or IPv6 record. Returns the IP length. */
function sampledIp(view: DataView, records: SampleRecords, batch: FlowBatch, row: number): number {
  const ipv6 = records.ipv4 === 0;
  const at = ipv6 ? records.ipv6 : records.ipv4;
  const protocol = view.getUint32(at + 4, false) & 0xff;
  const size = ipv6 ? 16 : 4;
  if (ipv6) {
    batch.src[row] = readWords(view, at + 8, batch.src6, 4 * row);
    batch.dst[row] = readWords(view, at + 24, batch.dst6, 4 * row);
  } else {
    batch.src[row] = view.getInt32(at + 8, false);
    batch.dst[row] = view.getInt32(at + 12, false);
  }
  const ports = at + 8 + 2 * size;
  const source = view.getUint32(ports, false) & 0xffff;
  const destination = view.getUint32(ports + 4, false) & 0xffff;
  const icmp = protocol === IP_ICMP || protocol === IP_ICMPV6;
  // "Source port number or equivalent": type and code (inferred).
  batch.ports[row] = icmp ? ((source & 0xff) << 8) | (destination & 0xff) : (source << 16) | destination;
  let meta = protocol;
  if (ipv6) meta |= META_IPV6;
  if (protocol === IP_TCP) meta |= (view.getUint32(ports + 8, false) & 0xff) << META_TCP_FLAGS_SHIFT;
  batch.meta[row] = meta;
  batch.vlan[row] = 0;
  return Math.min(view.getUint32(at, false), MAX_IP_LENGTH);
}

/** Sets the columns behind the translation of a row; a part that is not told is as before it. */
function setNat(view: DataView, records: SampleRecords, batch: FlowBatch, row: number): void {
  const ipv6 = (batch.meta[row]! & META_IPV6) !== 0;
  const post6 = records.natType === 0 ? ipv6 : records.natType === SFLOW_ADDRESS_IPV6;
  if (records.natType === 0) {
    batch.postSrc[row] = batch.src[row]!;
    batch.postDst[row] = batch.dst[row]!;
    if (ipv6) {
      for (let i = 4 * row; i < 4 * row + 4; i++) {
        batch.postSrc6[i] = batch.src6[i]!;
        batch.postDst6[i] = batch.dst6[i]!;
      }
    }
  } else if (post6) {
    batch.postSrc[row] = readWords(view, records.natSource, batch.postSrc6, 4 * row);
    batch.postDst[row] = readWords(view, records.natDestination, batch.postDst6, 4 * row);
  } else {
    batch.postSrc[row] = view.getInt32(records.natSource, false);
    batch.postDst[row] = view.getInt32(records.natDestination, false);
  }
  batch.postPorts[row] = batch.ports[row]!;
  if (records.natPorts !== 0) {
    const source = view.getUint32(records.natPorts, false);
    batch.postPorts[row] = (source << 16) | (view.getUint32(records.natPorts + 4, false) & 0xffff);
  }
  batch.meta[row]! |= META_TRANSLATED | (post6 ? META_POST_IPV6 : 0);
}

function readWords(view: DataView, at: number, words: Int32Array, index: number): number {
  for (let i = 0; i < 4; i++) words[index + i] = view.getInt32(at + 4 * i, false);
  return foldAddress(words[index]!, words[index + 1]!, words[index + 2]!, words[index + 3]!);
}
