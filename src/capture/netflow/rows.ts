import {
  META_INCOMING,
  META_IPV6,
  META_MAC,
  META_OUTGOING,
  META_TCP_FLAGS_SHIFT,
  META_VERDICT_SHIFT,
  foldAddress,
} from '../batch.ts';
import { IP_ICMP, IP_ICMPV6, IP_TCP } from '../constants.ts';
import {
  DROP_NONE,
  EVENT_FLOW_DENIED,
  EVENT_NONE,
  FLOW_BATCH_ROWS,
  type FlowBatch,
  type FlowSink,
  MAX_ROW_COUNT,
} from '../flow-batch.ts';
import type { ExportContext } from './context.ts';
import {
  type ExportCounters,
  NOTE_COUNTS_CAPPED,
  NOTE_DENIED_UNCOUNTED,
  NOTE_LAYER2_OCTETS,
  NOTE_PACKETS_UNKNOWN,
  NOTE_TIME_CLAMPED,
  NOTE_TIME_INVERTED,
  NOTE_TIME_UNKNOWN,
  NOTE_TOTALS_EVICTED,
  NOTE_TOTALS_RESET,
  NOTE_UNSAMPLED_UNKNOWN,
  REJECT_NOT_IP,
  REJECT_NO_COUNTERS,
} from './counters.ts';
import {
  DENIED_EVENT_PACKETS,
  dropReason,
  eventOf,
  exportedFlags,
  firewallVerdict,
  forwardingVerdict,
} from './meaning.ts';
import type { Plan } from './plan.ts';
import * as slot from './slots.ts';
import { FlowTimes, TIMES_CLAMPED, TIMES_INVERTED, TIMES_UNKNOWN } from './times.ts';
import { TotalCounters } from './totals.ts';
import { copyWords, isSet6, setTranslation, translates, turnAround } from './translation.ts';
import { CHUNK, type Values } from './values.ts';

/** Layer 2 headers that layer 2 octets are lessened by: Ethernet, and a VLAN tag where the record has one. */
const ETHERNET_HEADER = 14;
const VLAN_TAG = 4;
/** flowEndReason of flows that go on: active timeout (RFC 5102, section 5.11.3). */
const END_ACTIVE = 2;
/** The whole key of a flow, for total counters, beside its addresses. */
const TOTALS_KEY = [
  slot.SLOT_PROTOCOL,
  slot.SLOT_SRC_PORT,
  slot.SLOT_DST_PORT,
  slot.SLOT_ICMP4,
  slot.SLOT_ICMP6,
  slot.SLOT_INGRESS,
  slot.SLOT_EGRESS,
  slot.SLOT_DIRECTION,
  slot.SLOT_VLAN,
  slot.SLOT_START,
  slot.SLOT_START_UPTIME,
];
const SOURCE = slot.ADDRESS_SRC * CHUNK;
const DESTINATION = slot.ADDRESS_DST * CHUNK;
const DIRECTION_INGRESS = 0;
const DIRECTION_EGRESS = 1;
const VLAN_ID = 0xfff;
const NANOS = 1000;
const MICROS = 1_000_000;

/** Makes rows of a flow batch from the columns of a chunk. One for each decoder. */
export class RowBuilder {
  readonly #sink: FlowSink;
  readonly #counters: ExportCounters;
  readonly #times = new FlowTimes();
  readonly #totals: TotalCounters;
  /** Of the direction being read. */
  #packets = 0;
  #bytes = 0;

  constructor(sink: FlowSink, counters: ExportCounters, totals: number) {
    this.#sink = sink;
    this.#counters = counters;
    this.#totals = new TotalCounters(totals);
  }

  /** Appends the rows of `count` records; `rates` has the sampling rate of each, 0 where it is not known. */
  append(plan: Plan, values: Values, count: number, rates: Float64Array, context: ExportContext): void {
    const counters = this.#counters;
    counters.records += count;
    const { has4, has6 } = plan;
    const ip4 = (has4[slot.ADDRESS_SRC]! | has4[slot.ADDRESS_DST]!) !== 0;
    const ip6 = (has6[slot.ADDRESS_SRC]! | has6[slot.ADDRESS_DST]!) !== 0;
    if (!ip4 && !ip6) {
      counters.rejected[REJECT_NOT_IP]! += count;
      return;
    }
    for (let k = 0; k < count; k++) {
      const ipv6 = ip6 && (!ip4 || isIpv6(values, k));
      if (isUnspecified(values, k, ipv6)) {
        counters.rejected[REJECT_NOT_IP]!++;
        continue;
      }
      const event = eventOf(
        values.numbers[slot.SLOT_FIREWALL_EVENT * CHUNK + k]!,
        values.numbers[slot.SLOT_NAT_EVENT * CHUNK + k]!,
      );
      this.#count(plan, values, k, 0, ipv6, context);
      let rate = rates[k]!;
      if (event === EVENT_FLOW_DENIED && this.#packets === 0 && this.#bytes === 0) {
        this.#packets = DENIED_EVENT_PACKETS;
        // An event is not sampled.
        rate = 1;
        counters.notes[NOTE_DENIED_UNCOUNTED]!++;
      }
      const forward = this.#packets !== 0 || this.#bytes !== 0 || event !== EVENT_NONE;
      if (forward) this.#row(plan, values, k, 0, ipv6, event, rate, context);
      let back = false;
      if (plan.reverse) {
        this.#count(plan, values, k, slot.REVERSE, ipv6, context);
        back = this.#packets !== 0 || this.#bytes !== 0;
        if (back) this.#row(plan, values, k, slot.REVERSE, ipv6, EVENT_NONE, rates[k]!, context);
      }
      // Of a record that only the other direction has a row of, that row is the record's own.
      if (forward && back) counters.reverseRows++;
      else if (!forward && !back) counters.rejected[REJECT_NO_COUNTERS]!++;
    }
  }

  /** Sets packets and bytes of one direction: deltas, else totals, else layer 2 (S7.1). */
  #count(plan: Plan, values: Values, k: number, base: number, ipv6: boolean, context: ExportContext): void {
    const { has } = plan;
    const numbers = values.numbers;
    let packets = numbers[(base + slot.SLOT_PACKETS) * CHUNK + k]!;
    let bytes = numbers[(base + slot.SLOT_OCTETS) * CHUNK + k]!;
    const deltas = (has[base + slot.SLOT_PACKETS]! | has[base + slot.SLOT_OCTETS]!) !== 0;
    let layer2 = 0;
    if (has[base + slot.SLOT_OCTETS] === 0) layer2 = numbers[(base + slot.SLOT_LAYER2_OCTETS) * CHUNK + k]!;
    const totalSlots =
      has[base + slot.SLOT_PACKETS_TOTAL]! |
      has[base + slot.SLOT_OCTETS_TOTAL]! |
      has[base + slot.SLOT_LAYER2_OCTETS_TOTAL]!;
    if (!deltas && totalSlots !== 0) {
      packets = numbers[(base + slot.SLOT_PACKETS_TOTAL) * CHUNK + k]!;
      bytes = numbers[(base + slot.SLOT_OCTETS_TOTAL) * CHUNK + k]!;
      if (has[base + slot.SLOT_OCTETS_TOTAL] === 0)
        bytes = numbers[(base + slot.SLOT_LAYER2_OCTETS_TOTAL) * CHUNK + k]!;
      if (packets !== 0 || bytes !== 0) {
        this.#difference(values, k, base, ipv6, packets, bytes, context);
        packets = this.#totals.packets;
        bytes = this.#totals.bytes;
      }
      if (has[base + slot.SLOT_OCTETS_TOTAL] === 0 && layer2 === 0) {
        layer2 = bytes;
        bytes = 0;
      }
    }
    if (packets === 0 && (bytes !== 0 || layer2 !== 0)) {
      packets = 1;
      this.#counters.notes[NOTE_PACKETS_UNKNOWN]!++;
    }
    if (bytes === 0 && layer2 !== 0) {
      const header = ETHERNET_HEADER + (numbers[slot.SLOT_VLAN * CHUNK + k] === 0 ? 0 : VLAN_TAG);
      bytes = Math.max(0, layer2 - packets * header);
      this.#counters.notes[NOTE_LAYER2_OCTETS]!++;
    }
    this.#packets = packets;
    this.#bytes = bytes;
  }

  #difference(
    values: Values,
    k: number,
    base: number,
    ipv6: boolean,
    packets: number,
    bytes: number,
    context: ExportContext,
  ): void {
    const { numbers } = values;
    const { domain } = context;
    let low = foldAddress(domain.exporter.number, domain.id, base, domain.version);
    let high = foldAddress(domain.id, domain.exporter.number, domain.version, base);
    for (let address = 0; address < 2; address++) {
      const at = address * CHUNK + k;
      for (let i = ipv6 ? 0 : 3; i < 4; i++) {
        const word = ipv6 ? values.addresses6[4 * at + i]! : values.addresses4[at]!;
        low = foldAddress(low, word, i, address);
        high = foldAddress(word, address, high, i);
      }
    }
    for (const part of TOTALS_KEY) {
      const number = numbers[part * CHUNK + k]!;
      low = foldAddress(low, number, (number / 0x1_0000_0000) | 0, part);
      high = foldAddress(part, (number / 0x1_0000_0000) | 0, number, high);
    }
    const reason = numbers[slot.SLOT_END_REASON * CHUNK + k]!;
    const { evicted, reset } = this.#totals;
    this.#totals.report(high, low, packets, bytes, reason !== 0 && reason !== END_ACTIVE);
    this.#counters.notes[NOTE_TOTALS_EVICTED]! += this.#totals.evicted - evicted;
    this.#counters.notes[NOTE_TOTALS_RESET]! += this.#totals.reset - reset;
  }

  #row(
    plan: Plan,
    values: Values,
    k: number,
    base: number,
    ipv6: boolean,
    event: number,
    rate: number,
    context: ExportContext,
  ): void {
    const { batch, flush } = this.#sink;
    if (batch.count === FLOW_BATCH_ROWS) flush(batch);
    const numbers = values.numbers;
    const row = batch.count;
    const back = base !== 0;
    const protocol = numbers[slot.SLOT_PROTOCOL * CHUNK + k]! & 0xff;
    let meta = protocol;
    if (protocol === IP_TCP) {
      const flags = exportedFlags(
        numbers[(base + slot.SLOT_TCP_FLAGS) * CHUNK + k]!,
        numbers[(base + slot.SLOT_FIRST_FLAGS) * CHUNK + k]!,
        this.#packets,
      );
      meta |= flags << META_TCP_FLAGS_SHIFT;
    }
    if (ipv6) {
      meta |= META_IPV6;
      batch.src[row] = copyWords(values.addresses6, 4 * (SOURCE + k), batch.src6, 4 * row);
      batch.dst[row] = copyWords(values.addresses6, 4 * (DESTINATION + k), batch.dst6, 4 * row);
    } else {
      batch.src[row] = values.addresses4[SOURCE + k]!;
      batch.dst[row] = values.addresses4[DESTINATION + k]!;
    }
    const icmp = protocol === IP_ICMP || protocol === IP_ICMPV6;
    batch.ports[row] = icmp ? icmpOf(plan, numbers, k, protocol) : portsOf(numbers, k);
    if (translates(plan)) meta |= setTranslation(batch, row, values, k, ipv6);
    if (back) meta = turnAround(batch, row, meta, !icmp);
    const forwarding = numbers[(base + slot.SLOT_FORWARDING) * CHUNK + k]!;
    // The firewall's word on a connection is on both its directions.
    const firewall = firewallVerdict(numbers[slot.SLOT_FIREWALL_EVENT * CHUNK + k]!);
    meta |= (firewall || forwardingVerdict(forwarding)) << META_VERDICT_SHIFT;
    batch.reason[row] = dropReason(forwarding);
    batch.event[row] = event;
    if (plan.has[slot.SLOT_DIRECTION] !== 0) {
      const direction = numbers[slot.SLOT_DIRECTION * CHUNK + k]!;
      if (direction === (back ? DIRECTION_EGRESS : DIRECTION_INGRESS)) meta |= META_INCOMING;
      else if (direction <= DIRECTION_EGRESS) meta |= META_OUTGOING;
    }
    if ((plan.has[slot.SLOT_SRC_MAC_HIGH]! | plan.has[slot.SLOT_DST_MAC_HIGH]!) !== 0) {
      meta |= META_MAC;
      const source = (back ? slot.SLOT_DST_MAC_HIGH : slot.SLOT_SRC_MAC_HIGH) * CHUNK + k;
      const destination = (back ? slot.SLOT_SRC_MAC_HIGH : slot.SLOT_DST_MAC_HIGH) * CHUNK + k;
      batch.srcMacHigh[row] = numbers[source]!;
      batch.srcMacLow[row] = numbers[source + CHUNK]!;
      batch.dstMacHigh[row] = numbers[destination]!;
      batch.dstMacLow[row] = numbers[destination + CHUNK]!;
    }
    batch.meta[row] = meta;
    batch.ingress[row] = numbers[(back ? slot.SLOT_EGRESS : slot.SLOT_INGRESS) * CHUNK + k]!;
    batch.egress[row] = numbers[(back ? slot.SLOT_INGRESS : slot.SLOT_EGRESS) * CHUNK + k]!;
    batch.vlan[row] = numbers[slot.SLOT_VLAN * CHUNK + k]! & VLAN_ID;
    const noted = this.#times.read(plan, values, k, base, context);
    this.#finish(batch, row, noted, this.#packets, this.#bytes, rate, context);
  }

  /** Appends a NetFlow v5 record: the same as a chunk's, without a template. */
  appendV5(view: DataView, at: number, rate: number, context: ExportContext): void {
    const counters = this.#counters;
    counters.records++;
    const packets = view.getUint32(at + 16, false);
    const bytes = view.getUint32(at + 20, false);
    if (packets === 0 && bytes === 0) {
      counters.rejected[REJECT_NO_COUNTERS]!++;
      return;
    }
    const { batch, flush } = this.#sink;
    if (batch.count === FLOW_BATCH_ROWS) flush(batch);
    const row = batch.count;
    const protocol = view.getUint8(at + 38);
    let meta = protocol;
    if (protocol === IP_TCP)
      meta |= exportedFlags(view.getUint8(at + 37), 0, packets) << META_TCP_FLAGS_SHIFT;
    const ports = view.getInt32(at + 32, false);
    batch.src[row] = view.getInt32(at, false);
    batch.dst[row] = view.getInt32(at + 4, false);
    batch.ports[row] = protocol === IP_ICMP ? ports & 0xffff || ports >>> 16 : ports;
    batch.meta[row] = meta;
    batch.ingress[row] = view.getUint16(at + 12, false);
    batch.egress[row] = view.getUint16(at + 14, false);
    batch.vlan[row] = 0;
    batch.reason[row] = DROP_NONE;
    batch.event[row] = EVENT_NONE;
    const noted = this.#times.readUptime(
      view.getUint32(at + 24, false),
      view.getUint32(at + 28, false),
      context,
    );
    this.#finish(batch, row, noted, packets, bytes, rate, context);
  }

  /** Sets times, scaled counts and the exporter of a row, and counts it. */
  #finish(
    batch: FlowBatch,
    row: number,
    noted: number,
    packets: number,
    bytes: number,
    rate: number,
    context: ExportContext,
  ): void {
    const counters = this.#counters;
    const times = this.#times;
    if (noted !== 0) noteTimes(counters, noted);
    const end = Math.floor(times.end / MICROS);
    batch.time[row] = end;
    batch.nanos[row] = (times.end - end * MICROS) * NANOS;
    batch.start[row] = Math.floor(times.start / MICROS);
    if (rate > 0) {
      batch.packets[row] = rate === 1 ? packets : Math.round(packets * rate);
      batch.bytes[row] = rate === 1 ? bytes : Math.round(bytes * rate);
    } else {
      batch.packets[row] = packets;
      batch.bytes[row] = bytes;
      counters.notes[NOTE_UNSAMPLED_UNKNOWN]!++;
    }
    if (batch.packets[row] > MAX_ROW_COUNT || batch.bytes[row] > MAX_ROW_COUNT) {
      batch.packets[row] = Math.min(batch.packets[row], MAX_ROW_COUNT);
      batch.bytes[row] = Math.min(batch.bytes[row], MAX_ROW_COUNT);
      counters.notes[NOTE_COUNTS_CAPPED]!++;
    }
    batch.sampling[row] = Math.round(rate);
    batch.exporter[row] = context.domain.exporter.number;
    batch.domain[row] = context.domain.id;
    batch.finish();
    counters.rows++;
  }
}

function noteTimes(counters: ExportCounters, noted: number): void {
  if ((noted & TIMES_CLAMPED) !== 0) counters.notes[NOTE_TIME_CLAMPED]!++;
  if ((noted & TIMES_INVERTED) !== 0) counters.notes[NOTE_TIME_INVERTED]!++;
  if ((noted & TIMES_UNKNOWN) !== 0) counters.notes[NOTE_TIME_UNKNOWN]!++;
}

/** Of a record with fields of both families: IPv6 where the IPv4 ones are empty, or ipVersion says so. */
function isIpv6(values: Values, k: number): boolean {
  const version = values.numbers[slot.SLOT_IP_VERSION * CHUNK + k]!;
  if (version === 4 || version === 6) return version === 6;
  return (
    (values.addresses4[SOURCE + k]! | values.addresses4[DESTINATION + k]!) === 0 &&
    (isSet6(values.addresses6, 4 * (SOURCE + k)) || isSet6(values.addresses6, 4 * (DESTINATION + k)))
  );
}

/** Both addresses all zeros: a record of something that is not IP. */
function isUnspecified(values: Values, k: number, ipv6: boolean): boolean {
  return ipv6
    ? !isSet6(values.addresses6, 4 * (SOURCE + k)) && !isSet6(values.addresses6, 4 * (DESTINATION + k))
    : (values.addresses4[SOURCE + k]! | values.addresses4[DESTINATION + k]!) === 0;
}

function portsOf(numbers: Float64Array, k: number): number {
  const source = numbers[slot.SLOT_SRC_PORT * CHUNK + k]!;
  return (source << 16) | (numbers[slot.SLOT_DST_PORT * CHUNK + k]! & 0xffff);
}

/** Type << 8 | code: of their own elements, else of a port that holds type × 256 + code (S1.4). */
function icmpOf(plan: Plan, numbers: Float64Array, k: number, protocol: number): number {
  const { has } = plan;
  const four = protocol === IP_ICMP;
  const whole = four ? slot.SLOT_ICMP4 : slot.SLOT_ICMP6;
  if (has[whole] !== 0) return numbers[whole * CHUNK + k]! & 0xffff;
  const type = four ? slot.SLOT_ICMP4_TYPE : slot.SLOT_ICMP6_TYPE;
  const code = four ? slot.SLOT_ICMP4_CODE : slot.SLOT_ICMP6_CODE;
  if (has[type] !== 0)
    return ((numbers[type * CHUNK + k]! & 0xff) << 8) | (numbers[code * CHUNK + k]! & 0xff);
  // Several exporters fill the IPv4 element for ICMPv6 too.
  const other = four ? slot.SLOT_ICMP6 : slot.SLOT_ICMP4;
  if (has[other] !== 0) return numbers[other * CHUNK + k]! & 0xffff;
  const ports = portsOf(numbers, k);
  return ports & 0xffff || ports >>> 16;
}
