/** Datagrams of very many flows, encoded once; what changes from time to time is patched in. */
import { IP_TCP } from '../../capture/constants.ts';
import { ECHO_REPLY, ECHO_REPLY_V6, ECHO_REQUEST, ECHO_REQUEST_V6, TCP_ACK, TCP_PSH } from '../packet.ts';
import { type Conversations, ICMP } from '../conversations.ts';
import type { ExportField } from '../exports/elements.ts';
import { FIELDS } from '../exports/elements.ts';
import { FlowExport } from '../exports/flow.ts';
import { V5Encoder } from '../exports/netflow-v5.ts';
import type { Hosts } from '../hosts.ts';
import { type Announcer, announcerOf } from './announce.ts';
import type { ExporterOptions } from './datagram.ts';
import { portOf } from './interfaces.ts';
import { setAddress } from './model.ts';

/** A datagram with where in it things change. */
export interface FloodDatagram {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly exporter: number;
  readonly records: number;
  readonly packets: number;
  readonly octets: number;
  /** Where its records begin, and octets from one to the next. */
  readonly at: number;
  readonly stride: number;
  /** Where in a record its start and its end are. */
  readonly startAt: number;
  readonly endAt: number;
}

const V5_HEADER = 24;
const V5_RECORD = 48;
const V5_FIRST = 24;
const V5_LAST = 28;
const SET_HEADER = 4;
const TCP_HEADER_BYTES = 40;

/** Flows of a plan, both directions of each conversation: the first `forward` rows, then those that answer. */
function flowCount(rows: Conversations): number {
  return rows.count + rows.firstOneWay;
}

/** Fills in flow `index` of 0 to flowCount - 1; times are patched in later. */
function fillFlow(flow: FlowExport, rows: Conversations, hosts: Hosts, index: number): void {
  const answer = index >= rows.count;
  const row = answer ? index - rows.count : index;
  const source = answer ? rows.server[row]! : rows.client[row]!;
  const destination = answer ? rows.client[row]! : rows.server[row]!;
  flow.ipv6 = rows.ipv6[row] === 1;
  setAddress(flow.source, hosts, source, flow.ipv6);
  setAddress(flow.destination, hosts, destination, flow.ipv6);
  flow.protocol = rows.protocol(row);
  flow.vlan = rows.vlan[row]!;
  flow.ingress = portOf(source);
  flow.egress = portOf(destination);
  const packets = rows.packets[row]!;
  flow.packets = row >= rows.firstOneWay ? packets : answer ? packets - (packets >> 1) : packets >> 1;
  const payload = Math.min(1400, answer ? rows.response[row]! : rows.request[row]!);
  flow.bytes = flow.packets * (TCP_HEADER_BYTES + payload);
  flow.tcpFlags = flow.protocol === IP_TCP ? TCP_ACK | TCP_PSH : 0;
  if (rows.kind[row]! >= ICMP) {
    flow.sourcePort = 0;
    const request = flow.ipv6 ? ECHO_REQUEST_V6 : ECHO_REQUEST;
    const reply = flow.ipv6 ? ECHO_REPLY_V6 : ECHO_REPLY;
    flow.destinationPort = (answer ? reply : request) << 8;
    return;
  }
  flow.sourcePort = answer ? rows.serverPort[row]! : rows.clientPort[row]!;
  flow.destinationPort = answer ? rows.clientPort[row]! : rows.serverPort[row]!;
}

/** Encodes all flows, dealt out over the exporters datagram by datagram; those of one family stand together. */
export function encodeFlood(options: ExporterOptions, rows: Conversations, hosts: Hosts): FloodDatagram[] {
  const out: FloodDatagram[] = [];
  const flow = new FlowExport();
  const count = flowCount(rows);
  for (const ipv6 of [false, true]) {
    const packer = options.kind === 'netflow-v5' ? new V5Packer(options) : new TemplatePacker(options, ipv6);
    let sums = { records: 0, packets: 0, octets: 0 };
    const take = (): void => {
      if (sums.records === 0) return;
      const bytes = packer.take();
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      out.push({ bytes, view, exporter: out.length % options.exporters, ...sums, ...packer.places });
      sums = { records: 0, packets: 0, octets: 0 };
    };
    for (let index = 0; index < count; index++) {
      const row = index >= rows.count ? index - rows.count : index;
      if ((rows.ipv6[row] === 1) !== ipv6) continue;
      fillFlow(flow, rows, hosts, index);
      if (!packer.add(flow)) {
        take();
        packer.add(flow);
      }
      sums.records++;
      sums.packets += flow.packets;
      sums.octets += flow.bytes;
    }
    take();
  }
  return out;
}

type Places = Pick<FloodDatagram, 'at' | 'stride' | 'startAt' | 'endAt'>;

class V5Packer {
  readonly places: Places = { at: V5_HEADER, stride: V5_RECORD, startAt: V5_FIRST, endAt: V5_LAST };
  readonly #encoder: V5Encoder;

  constructor(options: ExporterOptions) {
    this.#encoder = new V5Encoder({ boot: 0, rate: options.sampling === 1 ? 0 : options.sampling });
  }

  add(flow: FlowExport): boolean {
    if (this.#encoder.full) return false;
    this.#encoder.add(flow);
    return true;
  }

  take(): Uint8Array {
    return this.#encoder.end(0).slice();
  }
}

class TemplatePacker {
  readonly places: Places;
  readonly #announcer: Announcer;

  constructor(options: ExporterOptions, ipv6: boolean) {
    this.#announcer = announcerOf({ ...options, sequence: 0 }, 0, 0);
    const fields = ipv6 ? this.#announcer.fields6 : this.#announcer.fields4;
    // The templates themselves are sent in datagrams of their own: these are forgotten.
    this.#announcer.announce();
    this.#announcer.encoder.end(0);
    const v9 = options.kind === 'netflow-v9';
    this.places = {
      at: (v9 ? 20 : 16) + SET_HEADER,
      stride: placeOf(fields, undefined),
      startAt: placeOf(fields, v9 ? FIELDS.startUptime : FIELDS.startMillis),
      endAt: placeOf(fields, v9 ? FIELDS.endUptime : FIELDS.endMillis),
    };
  }

  add(flow: FlowExport): boolean {
    flow.sampler = this.#announcer.sampler;
    return this.#announcer.encoder.add(this.#announcer.templateOf(flow), flow, 0);
  }

  take(): Uint8Array {
    return this.#announcer.encoder.end(0).slice();
  }
}

/** Octets before a field; of all of them without one. */
function placeOf(fields: readonly ExportField[], wanted: ExportField | undefined): number {
  let at = 0;
  for (const field of fields) {
    if (field === wanted) return at;
    at += field.length;
  }
  return at;
}
