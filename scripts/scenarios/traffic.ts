/** Traffic of the scenarios: packets named by what they do, made a capture in order of time. Nothing is random. */
import { parseIPv4, parseIPv6 } from '../../src/base/addresses.ts';
import { LINK_ETHERNET, LINK_NFLOG } from '../../src/capture/constants.ts';
import { CaptureWriter } from '../../src/synth/capture-writer.ts';
import {
  ECHO_REPLY,
  ECHO_REPLY_V6,
  ECHO_REQUEST,
  ECHO_REQUEST_V6,
  Packet,
  TCP_ACK,
  TCP_FIN,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
} from '../../src/synth/packet.ts';
import { type Around, Framer } from './frames.ts';

/** Where frames go without a MAC address of their own: a router's two devices. */
const ROUTER = '02:00:5e:00:00:01';
const HOST = '02:00:5e:00:00:02';

/** What is around packets of one way; without it they pass the router, untagged. */
export type Link = Partial<Around>;

/** Packets of one connection that go one way. */
export interface Way extends Link {
  readonly packets: number;
  /** IP bytes of all of them. */
  readonly bytes: number;
  /** Unix seconds of the first and the last. */
  readonly start: number;
  readonly end: number;
  /** What the first packet is, if not one of an open connection. */
  readonly opens?: 'syn' | 'syn-ack';
  /** What the last packet is. */
  readonly closes?: 'fin' | 'rst';
  /** The capture has the packets only here, behind others that have later times: they came late. */
  readonly writtenAt?: number;
}

interface Sent {
  readonly at: number;
  /** What the capture is ordered by: the time, unless packets come late. */
  readonly order: number;
  readonly packet: Packet;
  readonly link: Link;
  readonly connection: string;
}

export interface CaptureOptions {
  /** Bytes kept of each frame. */
  readonly snaplen?: number;
  /** Connections as a firewall's log messages, with the prefix of their link. */
  readonly nflog?: boolean;
  /** IPv4 identification 0 in all packets, as some stacks send where fragmentation is forbidden (RFC 6864). */
  readonly withoutIds?: boolean;
  /** Unix seconds from and before which packets are written: a capture in several files. */
  readonly part?: readonly [from: number, before: number];
}

const TCP = 6;
const UDP = 17;
const ICMP = 1;
const ICMPV6 = 58;
/** A packet's part of a second: the first of a connection comes a little behind the full second. */
const FIRST_AT = 0.1;
const ANSWERED_AFTER = 0.0015;

/** A capture in the making. */
export class Traffic {
  readonly #options: CaptureOptions;
  readonly #sent: Sent[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #v4: number[] = [];
  readonly #v6: number[] = [];

  constructor(options: CaptureOptions = {}) {
    this.#options = options;
  }

  /** Packets of a TCP connection one way: `from` and `to` are address and port, as in "10.0.0.1 443". */
  tcp(from: string, to: string, way: Way): this {
    const header = from.includes(':') ? 60 : 40;
    const lengths = lengthsOf(way, header, way.opens === undefined ? header : header + 4);
    lengths.forEach((length, i) => {
      let flags = length > header ? TCP_ACK | TCP_PSH : TCP_ACK;
      if (i === 0 && way.opens !== undefined) flags = way.opens === 'syn' ? TCP_SYN : TCP_SYN | TCP_ACK;
      else if (i === way.packets - 1 && way.closes === 'fin') flags |= TCP_FIN;
      else if (i === way.packets - 1 && way.closes === 'rst') flags = TCP_RST | TCP_ACK;
      this.#add(from, to, timeOf(way, i), way, TCP, length, (packet) => {
        packet.tcpFlags = flags;
      });
    });
    return this;
  }

  /** Datagrams one way. */
  udp(from: string, to: string, way: Way): this {
    const header = from.includes(':') ? 48 : 28;
    lengthsOf(way, header, header).forEach((length, i) =>
      this.#add(from, to, timeOf(way, i), way, UDP, length, () => {}),
    );
    return this;
  }

  /** Echo requests, or replies. `from` and `to` are addresses; the identifier and sequence numbers are the same. */
  echo(kind: 'request' | 'reply', from: string, to: string, way: Way): this {
    const six = from.includes(':');
    const header = six ? 48 : 28;
    const request = six ? ECHO_REQUEST_V6 : ECHO_REQUEST;
    const reply = six ? ECHO_REPLY_V6 : ECHO_REPLY;
    lengthsOf(way, header, header).forEach((length, i) =>
      this.#add(
        `${from} 4711`,
        `${to} ${i + 1}`,
        timeOf(way, i),
        way,
        six ? ICMPV6 : ICMP,
        length,
        (packet) => {
          packet.icmpType = kind === 'request' ? request : reply;
        },
      ),
    );
    return this;
  }

  /** The capture's bytes: pcap with microseconds, in order of time. */
  bytes(): Uint8Array {
    const { snaplen = 96, nflog = false, withoutIds = false, part = [0, Infinity] } = this.#options;
    const linkType = nflog ? LINK_NFLOG : LINK_ETHERNET;
    const writer = new CaptureWriter({ format: 'pcap', linkType, snaplen });
    const framer = new Framer({
      count: this.#numbers.size,
      ipv4: Int32Array.from(this.#v4),
      ipv6: Int32Array.from(this.#v6),
    });
    const chunks: Uint8Array[] = [];
    const sequences = new Map<string, number>();
    // Sorting is stable: what was added first goes first.
    const inOrder = [...this.#sent].sort((a, b) => a.order - b.order);
    for (const [k, { at, packet, link, connection }] of inOrder.entries()) {
      number(packet, connection, sequences);
      if (at < part[0] || at >= part[1]) continue;
      packet.identification = withoutIds ? 0 : (k + 1) & 0xffff;
      const { fromMac = ROUTER, toMac = HOST, vlan = 0, prefix = 'ACCEPT ' } = link;
      const around = { fromMac, toMac, vlan, prefix };
      const { bytes, originalLength } = nflog
        ? framer.nflog(packet, around)
        : framer.ethernet(packet, around);
      if (writer.full) chunks.push(writer.take());
      const seconds = Math.floor(at);
      writer.packet(seconds, Math.round((at - seconds) * 1e6) * 1000, bytes, originalLength);
    }
    return Buffer.concat([...chunks, writer.take()]);
  }

  #add(
    from: string,
    to: string,
    at: number,
    link: Way,
    protocol: number,
    length: number,
    set: (packet: Packet) => void,
  ): void {
    const [source = '', sourcePort = '0'] = from.split(' ');
    const [destination = '', destinationPort = '0'] = to.split(' ');
    const packet = new Packet();
    packet.ipv6 = source.includes(':');
    packet.source = this.#host(source);
    packet.destination = this.#host(destination);
    packet.sourcePort = Number(sourcePort);
    packet.destinationPort = Number(destinationPort);
    packet.protocol = protocol;
    packet.length = length;
    packet.datagramBytes = length - (packet.ipv6 ? 40 : 20);
    set(packet);
    const connection = `${link.vlan ?? 0}/${from}/${to}`;
    this.#sent.push({ at, order: link.writtenAt ?? at, packet, link, connection });
  }

  #host(address: string): number {
    const known = this.#numbers.get(address);
    if (known !== undefined) return known;
    const host = this.#numbers.size;
    this.#numbers.set(address, host);
    const words = address.includes(':') ? parseIPv6(address) : undefined;
    const word = words === undefined ? parseIPv4(address) : 0;
    if (word === undefined) throw new Error(`${address} is no address`);
    this.#v4[host] = word;
    for (let i = 0; i < 4; i++) this.#v6[4 * host + i] = words?.[i] ?? 0;
    return host;
  }
}

/** Lengths that add up to the bytes: the first as short as it can be when it opens, the others alike. */
function lengthsOf(way: Way, header: number, opening: number): number[] {
  const first = way.opens === undefined ? 0 : 1;
  const rest = way.packets - first;
  const left = way.bytes - first * opening;
  const short = rest === 0 ? 0 : Math.floor(left / rest);
  const longer = rest === 0 ? 0 : left % rest;
  if (short < header && rest > 0)
    throw new Error(`${way.bytes} bytes are too few for ${way.packets} packets`);
  if (short + Math.sign(longer) > 1500)
    throw new Error(`${way.bytes} bytes are too many for ${way.packets} packets`);
  return [
    ...Array.from({ length: first }, () => opening),
    ...Array.from({ length: rest }, (_, i) => (i < longer ? short + 1 : short)),
  ];
}

/** The first packet opens or answers, the second completes the handshake, the others are spread evenly. */
function timeOf(way: Way, i: number): number {
  const base = way.start + FIRST_AT + (way.opens === 'syn-ack' ? ANSWERED_AFTER : 0);
  if (i === 0) return base;
  if (i === 1 && way.packets > 2 && way.opens === 'syn') return base + 2 * ANSWERED_AFTER;
  const last = way.end + FIRST_AT + (way.opens === 'syn-ack' ? 0.003 : 0.002);
  return base + ((last - base) * i) / (way.packets - 1);
}

/** Sequence and acknowledgement numbers, by what either side has sent before. */
function number(packet: Packet, connection: string, sequences: Map<string, number>): void {
  if (packet.protocol !== TCP) return;
  const [vlan, from, to] = connection.split('/');
  const back = `${vlan}/${to}/${from}`;
  const syn = (packet.tcpFlags & TCP_SYN) !== 0;
  const payload = packet.datagramBytes - (syn ? 24 : 20);
  const sequence = sequences.get(connection) ?? 1000;
  packet.sequence = sequence | 0;
  packet.acknowledgement = (packet.tcpFlags & TCP_ACK) === 0 ? 0 : (sequences.get(back) ?? 1001) | 0;
  const flags = syn || (packet.tcpFlags & TCP_FIN) !== 0 ? 1 : 0;
  sequences.set(connection, sequence + payload + flags);
}
