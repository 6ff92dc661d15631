import type { TrafficOptions } from '../../../src/synth/options.ts';
import type { Hosts } from '../../../src/synth/hosts.ts';
import { Packet } from '../../../src/synth/packet.ts';
import { Traffic } from '../../../src/synth/traffic.ts';
import { formatIPv4, formatIPv6 } from '../../../src/base/addresses.ts';
import type { FlowRow } from '../../capture/netflow/support.ts';

export interface Sum {
  packets: number;
  bytes: number;
}

function add(sums: Map<string, Sum>, key: string, packets: number, bytes: number): void {
  const sum = sums.get(key) ?? { packets: 0, bytes: 0 };
  sum.packets += packets;
  sum.bytes += bytes;
  sums.set(key, sum);
}

function addressOf(hosts: Hosts, host: number, ipv6: boolean): string {
  const words = hosts.ipv6;
  return ipv6
    ? formatIPv6(words[4 * host]!, words[4 * host + 1]!, words[4 * host + 2]!, words[4 * host + 3]!)
    : formatIPv4(hosts.ipv4[host]!);
}

/** What the model itself has of each 5-tuple (ICMP: type), without fragments. */
export function modelled(options: TrafficOptions): Map<string, Sum> {
  const traffic = new Traffic(options);
  const packet = new Packet();
  const sums = new Map<string, Sum>();
  while (traffic.next(packet)) {
    const icmp = packet.protocol === 1 || packet.protocol === 58;
    const ports = icmp ? [0, packet.icmpType << 8] : [packet.sourcePort, packet.destinationPort];
    const ends = [packet.source, packet.destination].map((host) =>
      addressOf(traffic.hosts, host, packet.ipv6),
    );
    add(sums, [...ends, ...ports, packet.protocol, packet.vlan].join(' '), 1, packet.length);
  }
  return sums;
}

/** The same of rows that were decoded. */
export function decoded(rows: readonly FlowRow[]): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const row of rows)
    add(
      sums,
      [row.src, row.dst, row.sport, row.dport, row.protocol, row['vlan'] ?? 0].join(' '),
      row.packets,
      row.bytes,
    );
  return sums;
}

/** In an order of their own, for comparing. */
export function sorted(sums: ReadonlyMap<string, Sum>): [string, Sum][] {
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
}
