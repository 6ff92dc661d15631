/** The traffic model: all packets of a trace in time order, one at a time. */
import { IPV4_BYTES, IPV6_BYTES } from '../capture/constants.ts';
import { Calendar } from './calendar.ts';
import {
  type Conversations,
  ICMP,
  ICMP_FRAGMENTED,
  TCP_CLOSED,
  TCP_REFUSED,
  TCP_RESET,
  TCP_UNANSWERED,
  UDP_FRAGMENTED,
  planConversations,
} from './conversations.ts';
import { Hosts } from './hosts.ts';
import type { TrafficOptions } from './options.ts';
import {
  ECHO_REPLY,
  ECHO_REPLY_V6,
  ECHO_REQUEST,
  ECHO_REQUEST_V6,
  ICMP_ECHO_BYTES,
  IPV6_FRAGMENT_BYTES,
  MTU,
  type Packet,
  TCP_ACK,
  TCP_BYTES,
  TCP_FIN,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
  TCP_SYN_BYTES,
  UDP_BYTES,
} from './packet.ts';
import { Random } from './random.ts';
import { TrafficCounters, type TrafficTotals } from './totals.ts';

/** Payload of a fragment that is not the last: the most that fits, in units of 8 bytes. */
const FRAGMENT_UNIT = (MTU - IPV4_BYTES) & ~7;
const FRAGMENT_UNIT_V6 = (MTU - IPV6_BYTES - IPV6_FRAGMENT_BYTES) & ~7;
/** Fewest bytes of a last fragment's payload: its IPv4 length is then 40. */
const LAST_FRAGMENT_BYTES = 20;
/** Microseconds between the fragments of one datagram. */
const FRAGMENT_GAP = 12;
/** 802.1Q ids of service tags: one for each of so many inner ids. */
const VLANS_PER_SERVICE = 16;

/**
 * Makes the packets of a trace. The same options give the same packets. Memory: about 100 bytes for each
 * 5-tuple and 20 for each host, none for packets.
 */
export class Traffic {
  readonly hosts: Hosts;
  readonly #options: TrafficOptions;
  readonly #rows: Conversations;
  readonly #calendar: Calendar;
  readonly #random: Random;
  readonly #counters = new TrafficCounters();
  // What changes in a conversation as it goes on, one entry for each.
  readonly #sent: Uint32Array;
  readonly #clientSequence: Int32Array;
  readonly #serverSequence: Int32Array;
  /** Of a datagram that is being sent in fragments: size (0: none), offset of the next one, id, direction. */
  readonly #datagram: Uint16Array;
  readonly #offset: Uint16Array;
  readonly #fragmentId: Int32Array;
  readonly #towardsClient: Uint8Array;
  #identification: number;

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.hosts = new Hosts(options.hosts, options.prefixes, new Random(options.seed, 2));
    this.#random = new Random(options.seed, 3);
    this.#identification = this.#random.word();
    const rows = planConversations(options);
    this.#rows = rows;
    this.#sent = new Uint32Array(rows.count);
    this.#clientSequence = new Int32Array(rows.count);
    this.#serverSequence = new Int32Array(rows.count);
    this.#datagram = new Uint16Array(rows.count);
    this.#offset = new Uint16Array(rows.count);
    this.#fragmentId = new Int32Array(rows.count);
    this.#towardsClient = new Uint8Array(rows.count);
    this.#calendar = new Calendar(rows.count, options.seconds * 1e6, options.packets);
    for (let row = 0; row < rows.count; row++) {
      this.#clientSequence[row] = this.#random.word();
      this.#serverSequence[row] = this.#random.word();
      this.#calendar.push(row, rows.start[row]!);
    }
  }

  /** Exact sums over the packets made so far. */
  get totals(): TrafficTotals {
    return this.#counters.totals(this.#rows);
  }

  /** Fills in the next packet; false when the trace has ended. Times never fall. */
  next(packet: Packet): boolean {
    const row = this.#calendar.pop();
    if (row < 0) return false;
    const rows = this.#rows;
    const time = this.#calendar.timeOf(row);
    const seconds = Math.floor(time / 1e6);
    packet.seconds = this.#options.start + seconds;
    packet.micros = Math.floor(time - seconds * 1e6);
    packet.ipv6 = rows.ipv6[row] === 1;
    packet.protocol = rows.protocol(row);
    packet.vlan = rows.vlan[row]!;
    packet.serviceVlan = this.#options.qinq ? 1 + Math.floor((packet.vlan - 1) / VLANS_PER_SERVICE) : 0;
    packet.fragment = false;
    this.#identification = (this.#identification + 1) | 0;
    packet.identification = this.#identification;
    if (rows.kind[row]! <= TCP_UNANSWERED) this.#segment(row, packet);
    else this.#datagramOrPart(row, packet);
    this.#counters.add(packet);
    const sent = ++this.#sent[row]!;
    if (sent < rows.packets[row]!) this.#calendar.push(row, time + this.#gap(row, time, sent));
    return true;
  }

  /** Microseconds to a conversation's next packet: what is left of its time, spread over what is left to send,
   * with chance; never beyond its end. */
  #gap(row: number, time: number, sent: number): number {
    const rows = this.#rows;
    const left = rows.packets[row]! - sent;
    const mean = (rows.end[row]! - time) / left;
    if (this.#offset[row]! > 0) return Math.min(FRAGMENT_GAP, mean);
    if (sent < 3 && rows.kind[row]! <= TCP_RESET) return Math.min(rows.roundTrip[row]!, mean);
    return mean * Math.min(this.#random.exponential(), 0.9 * left);
  }

  /** Sets hosts and, where there are some, ports. */
  #direct(row: number, packet: Packet, towardsClient: boolean): void {
    const rows = this.#rows;
    packet.source = towardsClient ? rows.server[row]! : rows.client[row]!;
    packet.destination = towardsClient ? rows.client[row]! : rows.server[row]!;
    packet.sourcePort = towardsClient ? rows.serverPort[row]! : rows.clientPort[row]!;
    packet.destinationPort = towardsClient ? rows.clientPort[row]! : rows.serverPort[row]!;
  }

  #segment(row: number, packet: Packet): void {
    const rows = this.#rows;
    const kind = rows.kind[row]!;
    const sent = this.#sent[row]!;
    const left = rows.packets[row]! - sent;
    if (kind === TCP_UNANSWERED) this.#control(row, packet, false, TCP_SYN);
    else if (kind === TCP_REFUSED) {
      const answer = sent % 2 === 1;
      this.#control(row, packet, answer, answer ? TCP_RST | TCP_ACK : TCP_SYN);
    } else if (sent === 0) this.#control(row, packet, false, TCP_SYN);
    else if (sent === 1) this.#control(row, packet, true, TCP_SYN | TCP_ACK);
    else if (kind === TCP_RESET && left === 1) {
      this.#control(row, packet, sent > 2 && (row & 1) === 1, TCP_RST | TCP_ACK);
    } else if (sent === 2) this.#control(row, packet, false, TCP_ACK);
    else if (kind === TCP_CLOSED && left === 3) this.#control(row, packet, false, TCP_FIN | TCP_ACK);
    else if (kind === TCP_CLOSED && left === 2) this.#control(row, packet, true, TCP_FIN | TCP_ACK);
    else if (kind === TCP_CLOSED && left === 1) this.#control(row, packet, false, TCP_ACK);
    else this.#data(row, packet);
  }

  /** A segment without payload. */
  #control(row: number, packet: Packet, towardsClient: boolean, flags: number): void {
    this.#fillSegment(row, packet, towardsClient, flags, 0);
    if ((flags & (TCP_SYN | TCP_FIN)) === 0) return;
    // A refused or unanswered SYN is the same one again.
    if (this.#rows.kind[row]! >= TCP_REFUSED) return;
    if (towardsClient) this.#serverSequence[row]!++;
    else this.#clientSequence[row]!++;
  }

  /** A segment of an open connection: three of five come from the server; half of the client's only
   * acknowledge. */
  #data(row: number, packet: Packet): void {
    const dice = this.#random.word();
    const towardsClient = (dice & 0xff) < 154;
    const most = Math.min(
      MTU - TCP_BYTES - (packet.ipv6 ? IPV6_BYTES : IPV4_BYTES),
      towardsClient ? this.#rows.response[row]! : this.#rows.request[row]!,
    );
    const full = (dice & 0x300) !== 0;
    // The upper 16 bits of the same number choose the size.
    const some = 1 + (((dice >>> 16) * most) >>> 16);
    if (towardsClient) {
      const payload = full ? most : some;
      this.#fillSegment(row, packet, true, full ? TCP_ACK : TCP_ACK | TCP_PSH, payload);
      this.#serverSequence[row]! += payload;
    } else if ((dice & 0x400) === 0) this.#fillSegment(row, packet, false, TCP_ACK, 0);
    else {
      this.#fillSegment(row, packet, false, TCP_ACK | TCP_PSH, some);
      this.#clientSequence[row]! += some;
    }
  }

  #fillSegment(row: number, packet: Packet, towardsClient: boolean, flags: number, payload: number): void {
    this.#direct(row, packet, towardsClient);
    const client = this.#clientSequence[row]!;
    const server = this.#serverSequence[row]!;
    packet.tcpFlags = flags;
    packet.sequence = towardsClient ? server : client;
    packet.acknowledgement = (flags & TCP_ACK) === 0 ? 0 : towardsClient ? client : server;
    if (this.#rows.kind[row] === TCP_REFUSED && towardsClient) {
      // RFC 9293, section 3.10.7.1: sequence 0, and what the SYN took is acknowledged.
      packet.sequence = 0;
      packet.acknowledgement = (client + 1) | 0;
    }
    packet.datagramBytes = ((flags & TCP_SYN) === 0 ? TCP_BYTES : TCP_SYN_BYTES) + payload;
    packet.length = packet.datagramBytes + (packet.ipv6 ? IPV6_BYTES : IPV4_BYTES);
  }

  /** A UDP or ICMP packet: a whole datagram, or the next fragment of one. */
  #datagramOrPart(row: number, packet: Packet): void {
    const rows = this.#rows;
    const kind = rows.kind[row]!;
    const sent = this.#sent[row]!;
    if (this.#offset[row] === 0) this.#towardsClient[row] = this.#chooseSide(row, sent) ? 1 : 0;
    const towardsClient = this.#towardsClient[row] === 1;
    this.#direct(row, packet, towardsClient);
    if (kind >= ICMP) {
      packet.icmpType = echoType(packet.ipv6, towardsClient);
      packet.sourcePort = row & 0xffff;
      packet.destinationPort = (sent >>> 1) & 0xffff;
    }
    if (kind === UDP_FRAGMENTED || kind === ICMP_FRAGMENTED) {
      if (this.#offset[row] === 0) this.#beginDatagram(row, packet, sent);
      this.#fragment(row, packet);
      return;
    }
    const most = towardsClient ? rows.response[row]! : rows.request[row]!;
    if (kind >= ICMP) packet.datagramBytes = ICMP_ECHO_BYTES + most;
    else packet.datagramBytes = UDP_BYTES + this.#random.between(Math.max(12, most >> 1), most);
    packet.length = packet.datagramBytes + (packet.ipv6 ? IPV6_BYTES : IPV4_BYTES);
  }

  /** Whether the next datagram is the server's: the second is, so that both sides are seen; later ones by
   * turns (ICMP) or by chance. */
  #chooseSide(row: number, sent: number): boolean {
    if (row >= this.#rows.firstOneWay || sent === 0) return false;
    const kind = this.#rows.kind[row]!;
    if (kind === ICMP) return sent % 2 === 1;
    if (kind === UDP_FRAGMENTED || kind === ICMP_FRAGMENTED) return this.#towardsClient[row] === 0;
    return sent === 1 || (this.#random.word() & 1) === 1;
  }

  /** Decides how many fragments the datagram has: two to four, or five where one packet alone would be left. */
  #beginDatagram(row: number, packet: Packet, sent: number): void {
    let left = this.#rows.packets[row]! - sent;
    // The first datagram leaves two packets for the server's.
    if (sent === 0 && row < this.#rows.firstOneWay) left -= 2;
    let count = Math.min(left, this.#random.between(2, 4));
    if (left - count === 1) count++;
    const unit = packet.ipv6 ? FRAGMENT_UNIT_V6 : FRAGMENT_UNIT;
    this.#datagram[row] = (count - 1) * unit + this.#random.between(LAST_FRAGMENT_BYTES, unit);
    this.#fragmentId[row] = packet.identification;
  }

  #fragment(row: number, packet: Packet): void {
    const offset = this.#offset[row]!;
    const total = this.#datagram[row]!;
    const unit = packet.ipv6 ? FRAGMENT_UNIT_V6 : FRAGMENT_UNIT;
    const bytes = Math.min(unit, total - offset);
    packet.fragment = true;
    packet.identification = this.#fragmentId[row]!;
    packet.fragmentOffset = offset;
    packet.moreFragments = offset + bytes < total;
    packet.datagramBytes = total;
    packet.length = bytes + (packet.ipv6 ? IPV6_BYTES + IPV6_FRAGMENT_BYTES : IPV4_BYTES);
    this.#offset[row] = packet.moreFragments ? offset + bytes : 0;
  }
}

function echoType(ipv6: boolean, towardsClient: boolean): number {
  if (ipv6) return towardsClient ? ECHO_REPLY_V6 : ECHO_REQUEST_V6;
  return towardsClient ? ECHO_REPLY : ECHO_REQUEST;
}
