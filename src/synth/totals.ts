/** Exact sums over a generated trace: what a reader of the capture must find. */
import { IP_ICMP, IP_ICMPV6, IP_TCP, IP_UDP } from '../capture/constants.ts';
import type { Conversations } from './conversations.ts';
import type { Packet } from './packet.ts';

export interface PacketsAndBytes {
  readonly packets: number;
  /** IP bytes: headers and payload, no link header (S1.1). */
  readonly bytes: number;
}

export interface TrafficTotals extends PacketsAndBytes {
  /** Distinct 5-tuples of the whole trace (ICMP: addresses, type and code). */
  readonly flows: number;
  readonly conversations: number;
  readonly ipv4: PacketsAndBytes;
  readonly ipv6: PacketsAndBytes;
  readonly tcp: PacketsAndBytes;
  readonly udp: PacketsAndBytes;
  /** ICMP and ICMPv6. */
  readonly icmp: PacketsAndBytes;
  /** First and later fragments. */
  readonly fragments: PacketsAndBytes;
}

const IPV4 = 0;
const IPV6 = 1;
const TCP = 2;
const UDP = 3;
const ICMP = 4;
const FRAGMENTS = 5;

/** The counters behind TrafficTotals: packets at 2 × class, bytes after them. */
export class TrafficCounters {
  readonly #sums = new Float64Array(12);

  /** Counts one packet. */
  add(packet: Packet): void {
    this.#count(packet.ipv6 ? IPV6 : IPV4, packet.length);
    this.#count(protocolClass(packet.protocol), packet.length);
    if (packet.fragment) this.#count(FRAGMENTS, packet.length);
  }

  /** The sums so far. */
  totals(rows: Conversations): TrafficTotals {
    const ipv4 = this.#sum(IPV4);
    const ipv6 = this.#sum(IPV6);
    return {
      packets: ipv4.packets + ipv6.packets,
      bytes: ipv4.bytes + ipv6.bytes,
      flows: rows.count + rows.firstOneWay,
      conversations: rows.count,
      ipv4,
      ipv6,
      tcp: this.#sum(TCP),
      udp: this.#sum(UDP),
      icmp: this.#sum(ICMP),
      fragments: this.#sum(FRAGMENTS),
    };
  }

  #count(kind: number, bytes: number): void {
    this.#sums[2 * kind]!++;
    this.#sums[2 * kind + 1]! += bytes;
  }

  #sum(kind: number): PacketsAndBytes {
    return { packets: this.#sums[2 * kind]!, bytes: this.#sums[2 * kind + 1]! };
  }
}

function protocolClass(protocol: number): number {
  if (protocol === IP_TCP) return TCP;
  if (protocol === IP_UDP) return UDP;
  if (protocol === IP_ICMP || protocol === IP_ICMPV6) return ICMP;
  throw new RangeError(`the model makes no packets of protocol ${protocol}`);
}
