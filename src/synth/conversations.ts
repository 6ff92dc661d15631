/** The conversations of a trace, planned before its first packet: who talks to whom, how, how much. */
import { UsageError } from '../base/errors.ts';
import { IP_ICMP, IP_ICMPV6, IP_TCP, IP_UDP } from '../capture/constants.ts';
import type { TrafficOptions } from './options.ts';
import { Random } from './random.ts';
import { ShareSplitter } from './shares.ts';
import { ZipfSampler, zipfSizes } from './zipf.ts';

/** How a conversation goes. TCP: opened by a handshake and closed by FIN from both sides; ended by RST; each
 * SYN answered by RST; each SYN unanswered. */
export const TCP_CLOSED = 0;
export const TCP_RESET = 1;
export const TCP_REFUSED = 2;
export const TCP_UNANSWERED = 3;
/** UDP and ICMP echo, each datagram in one packet or each in several. */
export const UDP = 4;
export const UDP_FRAGMENTED = 5;
export const ICMP = 6;
export const ICMP_FRAGMENTED = 7;

/** Fewest packets of a TCP connection that is closed in order: three to open it, three to close it. */
export const CLOSED_PACKETS = 6;
/** A refused connection is not tried more often than a few times. */
const REFUSED_PACKETS = 8;
/** Two-way fragmented conversations need two fragments for each side. */
const FRAGMENTED_PACKETS = 4;

const TCP_PORTS = [443, 443, 443, 80, 22, 5432, 3306, 6379, 9092, 8080, 25, 389, 3389, 5672, 9200, 27017];
const UDP_PORTS = [53, 53, 53, 443, 443, 123, 514, 161, 1812, 3478, 5060];
/** The ports that Linux gives to clients (net.ipv4.ip_local_port_range). */
const CLIENT_PORTS_FROM = 32_768;
const CLIENT_PORTS_TO = 60_999;

/** Part of 5-tuples that nothing comes back for. */
const ONE_WAY = 0.02;
/** Some hosts serve far more than others; clients are chosen evenly. */
const SERVER_EXPONENT = 0.9;
/** Draws for a 5-tuple that is not taken yet, before giving up. */
const MAX_DRAWS = 1000;
const DRAWS_BY_POPULARITY = 8;

/** Columns, one row for each conversation, from most packets to fewest. */
export class Conversations {
  readonly count: number;
  /** Rows from here on have packets from the client only: one 5-tuple instead of two. */
  readonly firstOneWay: number;
  readonly packets: Uint32Array;
  readonly kind: Uint8Array;
  readonly ipv6: Uint8Array;
  readonly client: Int32Array;
  readonly server: Int32Array;
  /** 0 for ICMP. */
  readonly clientPort: Uint16Array;
  readonly serverPort: Uint16Array;
  readonly vlan: Uint16Array;
  /** Longest payload of a request and of a response, in bytes. */
  readonly request: Uint16Array;
  readonly response: Uint16Array;
  /** Microseconds from the trace's beginning: the first packet's time, and when the last is out at latest. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** Microseconds between a handshake's packets. */
  readonly roundTrip: Uint32Array;

  constructor(count: number, firstOneWay: number) {
    this.count = count;
    this.firstOneWay = firstOneWay;
    this.packets = new Uint32Array(count);
    this.kind = new Uint8Array(count);
    this.ipv6 = new Uint8Array(count);
    this.client = new Int32Array(count);
    this.server = new Int32Array(count);
    this.clientPort = new Uint16Array(count);
    this.serverPort = new Uint16Array(count);
    this.vlan = new Uint16Array(count);
    this.request = new Uint16Array(count);
    this.response = new Uint16Array(count);
    this.start = new Float64Array(count);
    this.end = new Float64Array(count);
    this.roundTrip = new Uint32Array(count);
  }

  /** IP protocol number. */
  protocol(row: number): number {
    const kind = this.kind[row]!;
    if (kind <= TCP_UNANSWERED) return IP_TCP;
    if (kind <= UDP_FRAGMENTED) return IP_UDP;
    return this.ipv6[row] === 1 ? IP_ICMPV6 : IP_ICMP;
  }
}

/**
 * Plans all conversations. Their packets add up to options.packets and their 5-tuples, no two of them equal,
 * to options.flows. UsageError when there are not enough hosts for that many different 5-tuples.
 */
export function planConversations(options: TrafficOptions): Conversations {
  const random = new Random(options.seed, 1);
  // An odd number of 5-tuples needs an odd number of one-way conversations.
  const oneWay = Math.min(options.flows, 2 * Math.round((options.flows * ONE_WAY) / 2) + (options.flows % 2));
  const twoWay = (options.flows - oneWay) / 2;
  const rows = new Conversations(twoWay + oneWay, twoWay);
  rows.packets.set(zipfSizes(options.packets, rows.count, (i) => (i < twoWay ? 2 : 1)));
  chooseKinds(rows, options, random);
  chooseFragmented(rows, options, random);
  chooseEnds(rows, options, random);
  for (let row = 0; row < rows.count; row++) {
    choosePayload(rows, row, random);
    chooseTimes(rows, row, options.seconds * 1e6, random);
  }
  return rows;
}

function chooseKinds(rows: Conversations, options: TrafficOptions, random: Random): void {
  const total = options.packets;
  const icmpPart = options.icmp / 100;
  const icmp = new ShareSplitter(icmpPart, total, random);
  // Of what ICMP leaves.
  const udp = new ShareSplitter(
    icmpPart < 1 ? Math.min(1, options.udp / 100 / (1 - icmpPart)) : 0,
    total * (1 - icmpPart),
    random,
  );
  const ipv6 = new ShareSplitter(options.ipv6 / 100, total, random);
  for (let row = 0; row < rows.count; row++) {
    const packets = rows.packets[row]!;
    rows.ipv6[row] = ipv6.take(packets) ? 1 : 0;
    if (icmp.take(packets)) rows.kind[row] = ICMP;
    else if (udp.take(packets)) rows.kind[row] = UDP;
    else rows.kind[row] = tcpKind(packets, row >= rows.firstOneWay, random.unit());
  }
}

function tcpKind(packets: number, oneWay: boolean, dice: number): number {
  if (oneWay) return TCP_UNANSWERED;
  if (packets === 2 || (packets <= REFUSED_PACKETS && dice < 0.15)) return TCP_REFUSED;
  return packets < CLOSED_PACKETS || dice > 0.93 ? TCP_RESET : TCP_CLOSED;
}

function canFragment(rows: Conversations, row: number): boolean {
  if (rows.kind[row] !== UDP && rows.kind[row] !== ICMP) return false;
  return rows.packets[row]! >= (row < rows.firstOneWay ? FRAGMENTED_PACKETS : FRAGMENTED_PACKETS / 2);
}

function chooseFragmented(rows: Conversations, options: TrafficOptions, random: Random): void {
  if (options.fragments === 0) return;
  let able = 0;
  for (let row = 0; row < rows.count; row++) if (canFragment(rows, row)) able += rows.packets[row]!;
  const wanted = (options.packets * options.fragments) / 100;
  const splitter = new ShareSplitter(Math.min(1, able === 0 ? 1 : wanted / able), able, random);
  for (let row = 0; row < rows.count; row++) {
    if (canFragment(rows, row) && splitter.take(rows.packets[row]!)) {
      rows.kind[row] = rows.kind[row] === UDP ? UDP_FRAGMENTED : ICMP_FRAGMENTED;
    }
  }
}

/** Hosts, ports and VLANs. */
function chooseEnds(rows: Conversations, options: TrafficOptions, random: Random): void {
  const taken = new TupleSet(rows);
  const servers = new ZipfSampler(options.hosts, SERVER_EXPONENT);
  for (let row = 0; row < rows.count; row++) {
    const kind = rows.kind[row]!;
    let draws = 0;
    do {
      if (++draws > MAX_DRAWS) {
        throw new UsageError(
          `${options.flows} different flows do not fit among ${options.hosts} hosts: ` +
            'give more --hosts, fewer --flows or less --icmp',
        );
      }
      const server = draws <= DRAWS_BY_POPULARITY ? servers.sample(random) - 1 : random.below(options.hosts);
      rows.server[row] = server;
      rows.client[row] = (server + random.between(1, options.hosts - 1)) % options.hosts;
      if (kind >= ICMP) continue;
      const ports = kind >= UDP ? UDP_PORTS : TCP_PORTS;
      rows.serverPort[row] = ports[random.below(ports.length)]!;
      rows.clientPort[row] = random.between(CLIENT_PORTS_FROM, CLIENT_PORTS_TO);
    } while (!taken.add(row));
    rows.vlan[row] = options.vlans === 0 ? 0 : 1 + (rows.server[row]! % options.vlans);
  }
}

function choosePayload(rows: Conversations, row: number, random: Random): void {
  const kind = rows.kind[row]!;
  if (kind >= ICMP) {
    const payload = random.below(4) > 0 ? 56 : random.between(12, 1400);
    rows.request[row] = payload;
    rows.response[row] = payload;
  } else if (kind >= UDP) {
    const bulk = random.below(4) === 0;
    rows.request[row] = bulk ? 1200 : random.between(24, 120);
    rows.response[row] = bulk ? 1350 : random.between(60, 500);
  } else {
    rows.request[row] = random.between(60, 900);
    // Most responses fill their segments.
    rows.response[row] = random.below(10) < 7 ? 0xffff : random.between(80, 1400);
  }
}

/** A start and a length, within the trace of `span` microseconds. */
function chooseTimes(rows: Conversations, row: number, span: number, random: Random): void {
  const packets = rows.packets[row]!;
  // Mean gaps of 2 to 128 ms, as many in each octave; one conversation in 16 idles through the trace.
  const gap = 2000 * Math.exp(random.unit() * 6 * Math.LN2);
  const wanted = random.below(16) === 0 ? random.unit() * span : packets * gap;
  const length = Math.min(wanted, span);
  const start = random.unit() * (span - length);
  rows.start[row] = start;
  rows.end[row] = start + length;
  rows.roundTrip[row] = random.between(200, 40_000);
}

/** Which 5-tuples are taken: an open-addressed index over the rows planned so far. */
class TupleSet {
  readonly #rows: Conversations;
  readonly #slots: Int32Array;

  constructor(rows: Conversations) {
    this.#rows = rows;
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * rows.count + 2))).fill(-1);
  }

  /** False when an earlier row has the same 5-tuple; else the row is added. */
  add(row: number): boolean {
    const rows = this.#rows;
    const mask = this.#slots.length - 1;
    let hash = Math.imul(rows.client[row]!, 0x2c1b3c6d) ^ Math.imul(rows.server[row]!, 0x297a2d39);
    hash = Math.imul(hash ^ (hash >>> 15) ^ rows.protocol(row), 0x85ebca6b | 0);
    hash ^= Math.imul((rows.clientPort[row]! << 16) | rows.serverPort[row]!, 0xc2b2ae35 | 0);
    let slot = (hash ^ (hash >>> 16)) & mask;
    for (; this.#slots[slot] !== -1; slot = (slot + 1) & mask) {
      if (this.#same(row, this.#slots[slot]!)) return false;
    }
    this.#slots[slot] = row;
    return true;
  }

  #same(a: number, b: number): boolean {
    const rows = this.#rows;
    return (
      rows.client[a] === rows.client[b] &&
      rows.server[a] === rows.server[b] &&
      rows.clientPort[a] === rows.clientPort[b] &&
      rows.serverPort[a] === rows.serverPort[b] &&
      rows.ipv6[a] === rows.ipv6[b] &&
      rows.protocol(a) === rows.protocol(b)
    );
  }
}
