/**
 * Sums by interval, direction and 5-tuple: those of record lines, and those of packets counted without this
 * project's code. The reading of captures here knows only what `weir generate` makes (Ethernet with VLAN tags,
 * IPv4 and IPv6 with fragments), but a million packets of it in a few seconds.
 */
import { readFileSync } from 'node:fs';
import type { SharkPacket } from '../reference/tshark.ts';

/** Packets and bytes of each `interval direction source destination sport dport protocol`. */
export type Tally = Map<string, [packets: number, bytes: number]>;

/** What a record line must have to be tallied. */
export const TALLY_FIELDS =
  'start interface-id flow-direction pkt-srcaddr pkt-dstaddr srcport dstport protocol packets bytes';

export interface TalliedLines {
  readonly tally: Tally;
  /** Rows that stand twice: the same interval, direction and 5-tuple. */
  readonly doubled: readonly string[];
  /** The interface of each address, as far as it has one and no other address has it. */
  readonly interfaces: ReadonlyMap<string, string>;
}

/** Adds lines of the format TALLY_FIELDS up. An address with two interfaces throws, and the reverse. */
export function tallyLines(lines: readonly string[], seconds: number): TalliedLines {
  const tally: Tally = new Map();
  const doubled: string[] = [];
  const interfaces = new Map<string, string>();
  const addresses = new Map<string, string>();
  for (const line of lines) {
    const [start, id, direction, source, destination, ...rest] = line.split(' ');
    const [sport, dport, protocol, packets, bytes] = rest;
    const time = Number(start);
    const key = [time - (time % seconds), direction, source, destination, sport, dport, protocol].join(' ');
    if (tally.has(key)) doubled.push(key);
    tally.set(key, [Number(packets), Number(bytes)]);
    const own = direction === 'egress' ? source! : destination!;
    if ((interfaces.get(own) ?? id) !== id || (addresses.get(id!) ?? own) !== own)
      throw new Error(`${own} and ${id} belong to others too`);
    interfaces.set(own, id!);
    addresses.set(id!, own);
  }
  return { tally, doubled, interfaces };
}

/** Adds a packet at each of its ends that is held. */
function add(
  tally: Tally,
  interval: number,
  flow: Flow,
  length: number,
  holds: (address: string) => boolean,
): void {
  for (const [direction, end] of [
    ['egress', flow.source],
    ['ingress', flow.destination],
  ] as const) {
    if (!holds(end)) continue;
    const key = `${interval} ${direction} ${flow.text}`;
    const sum = tally.get(key);
    if (sum === undefined) tally.set(key, [1, length]);
    else {
      sum[0]++;
      sum[1] += length;
    }
  }
}

interface Flow {
  readonly source: string;
  readonly destination: string;
  /** Addresses, ports (0 for ICMP), protocol. */
  readonly text: string;
}

/** Adds up what tshark says. */
export function tallyShark(
  packets: readonly SharkPacket[],
  seconds: number,
  holds: (address: string) => boolean,
): Tally {
  const tally: Tally = new Map();
  for (const { source, destination, sourcePort, destinationPort, protocol, second, length } of packets) {
    const text = [source, destination, sourcePort, destinationPort, protocol].join(' ');
    add(tally, second - (second % seconds), { source, destination, text }, length, holds);
  }
  return tally;
}

/** Adds up a generated pcap file, little-endian, Ethernet. */
export function tallyCapture(path: string, seconds: number, holds: (address: string) => boolean): Tally {
  const bytes = readFileSync(path);
  const tally: Tally = new Map();
  const flows = new Map<string, Flow>();
  const datagrams = new Map<string, Flow>();
  for (let at = 24; at < bytes.length;) {
    const time = bytes.readUInt32LE(at);
    const captured = bytes.readUInt32LE(at + 8);
    let from = at + 16 + 12;
    at += 16 + captured;
    while ([0x8100, 0x88a8].includes(bytes.readUInt16BE(from))) from += 4;
    const type = bytes.readUInt16BE(from);
    const ip = from + 2;
    if (type !== 0x0800 && type !== 0x86dd) throw new Error(`ethertype ${type.toString(16)}`);
    const six = type === 0x86dd;
    const length = six ? 40 + bytes.readUInt16BE(ip + 4) : bytes.readUInt16BE(ip + 2);
    let protocol = bytes[six ? ip + 6 : ip + 9]!;
    const addresses = six ? bytes.subarray(ip + 8, ip + 40) : bytes.subarray(ip + 12, ip + 20);
    let transport = ip + (six ? 40 : (bytes[ip]! & 15) * 4);
    let fragment = six ? 0 : bytes.readUInt16BE(ip + 6) & 0x3fff;
    let id = bytes.readUInt16BE(ip + 4);
    let offset = fragment & 0x1fff;
    if (six && protocol === 44) {
      protocol = bytes[transport]!;
      fragment = bytes.readUInt16BE(transport + 2);
      offset = fragment >> 3;
      id = bytes.readUInt32BE(transport + 4);
      transport += 8;
    }
    const datagram = fragment === 0 ? '' : `${addresses.toString('latin1')} ${protocol} ${id}`;
    let flow = offset === 0 ? undefined : datagrams.get(datagram);
    if (flow === undefined) {
      const ported = offset === 0 && (protocol === 6 || protocol === 17);
      const ports = ported ? bytes.readUInt32BE(transport) : 0;
      const name = `${addresses.toString('latin1')} ${ports} ${protocol}`;
      flow = flows.get(name);
      if (flow === undefined) flows.set(name, (flow = flowOf(addresses, ports, protocol)));
      if (fragment !== 0 && offset === 0) datagrams.set(datagram, flow);
    }
    add(tally, time - (time % seconds), flow, length, holds);
  }
  return tally;
}

function flowOf(addresses: Buffer, ports: number, protocol: number): Flow {
  const half = addresses.length / 2;
  const [source, destination] = [addresses.subarray(0, half), addresses.subarray(half)].map(textOf);
  const text = `${source} ${destination} ${ports >>> 16} ${ports & 0xffff} ${protocol}`;
  return { source: source!, destination: destination!, text };
}

/** An address as text; the shortest form of IPv6 (RFC 5952) is also that of URLs. */
function textOf(address: Buffer): string {
  if (address.length === 4) return address.join('.');
  const groups = address.toString('hex').match(/.{4}/g)!;
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** The same sums by a longer interval. */
export function widen(tally: Tally, seconds: number): Tally {
  const wide: Tally = new Map();
  for (const [key, [packets, bytes]] of tally) {
    const space = key.indexOf(' ');
    const start = Number(key.slice(0, space));
    const name = `${start - (start % seconds)}${key.slice(space)}`;
    const sum = wide.get(name);
    if (sum === undefined) wide.set(name, [packets, bytes]);
    else {
      sum[0] += packets;
      sum[1] += bytes;
    }
  }
  return wide;
}

/** What one tally has and the other has not, or otherwise; the first few. */
export function differences(got: Tally, wanted: Tally): string[] {
  const out: string[] = [];
  for (const [key, sum] of wanted) {
    const other = got.get(key);
    if (other?.[0] !== sum[0] || other[1] !== sum[1])
      out.push(`${key}: ${sum.join(' ')}, but got ${other?.join(' ')}`);
  }
  for (const key of got.keys()) if (!wanted.has(key)) out.push(`${key}: got, but not there`);
  return out.slice(0, 5);
}

/** Packets of a tally at one end. */
export function packetsOf(tally: Tally, direction: 'egress' | 'ingress'): number {
  let sum = 0;
  for (const [key, [packets]] of tally) if (key.includes(` ${direction} `)) sum += packets;
  return sum;
}
