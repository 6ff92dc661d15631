import { META_INCOMING, META_OUTGOING, VERDICT_ACCEPT, VERDICT_NONE, VERDICT_REJECT } from '../batch.ts';
import { DROP_DENIED, DROP_NONE, type FlowSink } from '../flow-batch.ts';
import {
  type Agent,
  DEFAULT_SFLOW_LIMITS,
  type SflowExporter,
  type SflowLimits,
  SflowRegistry,
} from './agents.ts';
import {
  INTERFACE_DISCARDED,
  INTERFACE_INDEX,
  INTERFACE_INTERNAL,
  SAMPLE_COUNTERS,
  SAMPLE_COUNTERS_EXPANDED,
  SAMPLE_DISCARDED,
  SAMPLE_FLOW,
  SAMPLE_FLOW_EXPANDED,
  SFLOW_ADDRESS_IPV4,
  SFLOW_ADDRESS_IPV6,
  SFLOW_VERSION,
} from './constants.ts';
import {
  REJECT_AGENT_MALFORMED,
  REJECT_DATAGRAM_SHORT,
  REJECT_EXPORTERS_FULL,
  REJECT_SAMPLE_CUT,
  REJECT_SAMPLE_MALFORMED,
  REJECT_SAMPLE_UNKNOWN,
  REJECT_VERSION_UNKNOWN,
  SflowCounters,
} from './counters.ts';
import { discardReason } from './discards.ts';
import { SampleRows } from './rows.ts';
import { SampleRecords } from './sample.ts';
import type { TunnelKind } from '../tunnels.ts';

const MILLIS = 1000;
const SAMPLE_BYTES = 8;
/** Fields of a sample before its records. */
const FLOW_BYTES = 32;
const EXPANDED_BYTES = 44;
const DISCARDED_BYTES = 32;
/** A data source or an interface in one word: type or format in the high bits. */
const SOURCE_INDEX = 0x00ff_ffff;
const INTERFACE_VALUE = 0x3fff_ffff;
/** Sets apart the keys of data sources of discarded packets. */
const DISCARDED_SOURCE = 0x1_0000_0000;

/**
 * Decodes sFlow version 5 datagrams of any number of exporters into a flow batch: each flow sample is a row that counts
 * for as many packets as one was sampled of (S7.1, S7.3), each discarded packet a row of its own. sFlow tells no times:
 * rows have the receive time. Pure: no I/O, no clock, never throws on what came from the wire.
 */
export class SflowDecoder {
  readonly counters = new SflowCounters();
  readonly registry: SflowRegistry;
  readonly #rows: SampleRows;
  readonly #records = new SampleRecords();
  readonly #agentAddress = new Int32Array(4);
  #view: DataView = new DataView(new ArrayBuffer(0));

  /** `tunnels`: which are opened in sampled headers, as CaptureOptions has it. */
  constructor(
    sink: FlowSink,
    limits: Partial<SflowLimits> = {},
    tunnels: ReadonlySet<TunnelKind> = new Set(),
  ) {
    const all = { ...DEFAULT_SFLOW_LIMITS, ...limits };
    this.registry = new SflowRegistry(all);
    this.#rows = new SampleRows(sink, this.counters, all.samplingRate, tunnels);
  }

  /**
   * Decodes the datagram bytes[from, to), which came from `address` at `receiveMicros`:
   *
   *   version 4 | address type 4 | agent 4 or 16 | sub-agent 4 | sequence 4 | uptime 4 | samples 4
   *   sample   enterprise << 12 | format 4 | length 4 | data
   */
  datagram(bytes: Uint8Array, from: number, to: number, address: string, receiveMicros: number): void {
    const { counters } = this;
    counters.datagrams++;
    if (to - from < 8) {
      counters.rejected[REJECT_DATAGRAM_SHORT]!++;
      return;
    }
    const view = this.#viewOf(bytes);
    if (view.getUint32(from, false) !== SFLOW_VERSION) {
      counters.rejected[REJECT_VERSION_UNKNOWN]!++;
      return;
    }
    const type = view.getUint32(from + 4, false);
    const size = type === SFLOW_ADDRESS_IPV4 ? 4 : type === SFLOW_ADDRESS_IPV6 ? 16 : 0;
    if (size === 0) {
      counters.rejected[REJECT_AGENT_MALFORMED]!++;
      return;
    }
    let at = from + 8 + size;
    if (to - at < 16) {
      counters.rejected[REJECT_DATAGRAM_SHORT]!++;
      return;
    }
    const now = receiveMicros / MILLIS;
    const exporter = this.registry.exporter(address, now);
    for (let i = 0; i < 4; i++)
      this.#agentAddress[i] = size === 16 ? view.getInt32(from + 8 + 4 * i, false) : 0;
    if (size === 4) this.#agentAddress[3] = view.getInt32(from + 8, false);
    const agent = exporter && this.registry.agent(exporter, this.#agentAddress, view.getUint32(at, false));
    if (exporter === undefined || agent === undefined) {
      counters.rejected[REJECT_EXPORTERS_FULL]!++;
      return;
    }
    exporter.lastSeen = now;
    const uptime = view.getUint32(at + 8, false);
    // A restart begins all numbers anew; an uptime that is behind by little was overtaken on the way.
    if (agent.uptime >= 0 && uptime + 10_000 < agent.uptime) restart(agent);
    if (uptime > agent.uptime || uptime + 10_000 < agent.uptime) agent.uptime = uptime;
    agent.sequence.next(view.getUint32(at + 4, false), 1, now);
    const samples = view.getUint32(at + 12, false);
    at += 16;
    for (let i = 0; i < samples; i++) {
      const length = to - at < SAMPLE_BYTES ? -1 : view.getUint32(at + 4, false);
      if (length < 0 || length > to - at - SAMPLE_BYTES) {
        counters.rejected[REJECT_SAMPLE_CUT]!++;
        return;
      }
      const format = view.getUint32(at, false);
      at += SAMPLE_BYTES;
      counters.samples++;
      this.#sample(bytes, view, format, at, at + length, exporter, agent, receiveMicros);
      at += length;
    }
  }

  /** Time goes by: settles gaps. Once a second or so. */
  tick(nowMicros: number): void {
    this.#settle(nowMicros / MILLIS);
  }

  /** Nothing more comes. */
  end(): void {
    this.#settle(Infinity);
  }

  #settle(now: number): void {
    for (const exporter of this.registry.exporters.values())
      for (const agent of exporter.agents) {
        agent.sequence.settle(now);
        for (const source of agent.sources.values()) source.sequence.settle(now);
      }
  }

  /**
   *   flow      sequence 4 | source 4 | rate 4 | pool 4 | drops 4 | input 4 | output 4 | records 4
   *   expanded  sequence 4 | source type 4 | index 4 | rate 4 | pool 4 | drops 4 | input format 4 | value 4 |
   *             output format 4 | value 4 | records 4
   *   discarded sequence 4 | source type 4 | index 4 | drops 4 | input 4 | output 4 | reason 4 | records 4
   */
  #sample(
    bytes: Uint8Array,
    view: DataView,
    format: number,
    at: number,
    end: number,
    exporter: SflowExporter,
    agent: Agent,
    receiveMicros: number,
  ): void {
    const { counters } = this;
    const rows = this.#rows;
    if (format === SAMPLE_COUNTERS || format === SAMPLE_COUNTERS_EXPANDED) {
      counters.counterSamples++;
      return;
    }
    const expanded = format === SAMPLE_FLOW_EXPANDED;
    const discarded = format === SAMPLE_DISCARDED;
    if (!expanded && !discarded && format !== SAMPLE_FLOW) {
      counters.rejected[REJECT_SAMPLE_UNKNOWN]!++;
      return;
    }
    const fields = expanded ? EXPANDED_BYTES : discarded ? DISCARDED_BYTES : FLOW_BYTES;
    if (end - at < fields) {
      counters.rejected[REJECT_SAMPLE_MALFORMED]!++;
      return;
    }
    let source: number;
    let drops: number;
    rows.reason = DROP_NONE;
    if (discarded) {
      source = sourceKey(view.getUint32(at + 4, false), view.getUint32(at + 8, false), true);
      drops = view.getUint32(at + 12, false);
      rows.rate = 1;
      rows.ingress = knownIndex(view.getUint32(at + 16, false));
      rows.egress = knownIndex(view.getUint32(at + 20, false));
      rows.reason = discardReason(view.getUint32(at + 24, false));
    } else if (expanded) {
      source = sourceKey(view.getUint32(at + 4, false), view.getUint32(at + 8, false), false);
      rows.rate = view.getUint32(at + 12, false);
      drops = view.getUint32(at + 20, false);
      rows.ingress = interfaceOf(view.getUint32(at + 24, false), view.getUint32(at + 28, false));
      this.#output(view.getUint32(at + 32, false), view.getUint32(at + 36, false));
    } else {
      const word = view.getUint32(at + 4, false);
      source = sourceKey(word >>> 24, word & SOURCE_INDEX, false);
      rows.rate = view.getUint32(at + 8, false);
      drops = view.getUint32(at + 16, false);
      const input = view.getUint32(at + 20, false);
      const output = view.getUint32(at + 24, false);
      rows.ingress = interfaceOf(input >>> 30, input & INTERFACE_VALUE);
      this.#output(output >>> 30, output & INTERFACE_VALUE);
    }
    rows.verdict = VERDICT_NONE;
    if (rows.reason !== DROP_NONE)
      rows.verdict = rows.reason === DROP_DENIED ? VERDICT_REJECT : VERDICT_ACCEPT;
    rows.direction = directionOf(source, rows.ingress, rows.egress);
    const state = this.registry.source(agent, source);
    if (state !== undefined) {
      state.drops(drops);
      state.sequence.next(view.getUint32(at, false), 1, receiveMicros / MILLIS);
    }
    if (!this.#records.read(view, at + fields, end, view.getUint32(at + fields - 4, false))) {
      counters.rejected[REJECT_SAMPLE_MALFORMED]!++;
      return;
    }
    rows.exporter = exporter.number;
    rows.domain = agent.subAgent;
    if (rows.append(bytes, view, this.#records, receiveMicros) && discarded) counters.discards++;
  }

  /** Where the packet went, or why nowhere. */
  #output(format: number, value: number): void {
    this.#rows.egress = interfaceOf(format, value);
    if (format === INTERFACE_DISCARDED) this.#rows.reason = discardReason(value);
  }

  #viewOf(bytes: Uint8Array): DataView {
    const view = this.#view;
    if (
      view.buffer !== bytes.buffer ||
      view.byteOffset !== bytes.byteOffset ||
      view.byteLength !== bytes.byteLength
    )
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return this.#view;
  }
}

function restart(agent: Agent): void {
  agent.sequence.restart();
  for (const source of agent.sources.values()) source.sequence.restart();
}

/** One number for type, index and whether it is of discarded packets, which are numbered apart. */
function sourceKey(type: number, index: number, discarded: boolean): number {
  return (type & 0xff) * 2 * DISCARDED_SOURCE + (discarded ? DISCARDED_SOURCE : 0) + index;
}

/**
 * Which way the packet went at the data source (sFlow version 5, section 4.2.1): in, where that is the interface it came
 * in by; out, where it left by it. Of a packet that went back by where it came from, in: it was sampled on its way in.
 */
function directionOf(source: number, ingress: number, egress: number): number {
  const index = source % (2 * DISCARDED_SOURCE) < DISCARDED_SOURCE ? source : source - DISCARDED_SOURCE;
  // Other kinds of sources (a VLAN, a module) have higher keys than any ifIndex.
  if (index === 0) return 0;
  if (index === ingress) return META_INCOMING;
  return index === egress ? META_OUTGOING : 0;
}

/** ifIndex of an interface; 0 where it is none, several, or not known. */
function interfaceOf(format: number, value: number): number {
  return format === INTERFACE_INDEX ? knownIndex(value) : 0;
}

function knownIndex(value: number): number {
  return value === INTERFACE_INTERNAL || value === 0xffff_ffff ? 0 : value;
}
