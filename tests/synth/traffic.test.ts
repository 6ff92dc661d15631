import { describe, expect, test } from 'vitest';
import { type TrafficOptions, trafficOptions } from '../../src/synth/options.ts';
import { Packet } from '../../src/synth/packet.ts';
import { Traffic } from '../../src/synth/traffic.ts';

const FIN = 1;
const SYN = 2;
const RST = 4;
const PSH = 8;
const ACK = 16;

function allPackets(given: Partial<TrafficOptions>): { packets: Packet[]; traffic: Traffic } {
  const traffic = new Traffic(trafficOptions(given));
  const packets: Packet[] = [];
  for (let packet = new Packet(); traffic.next(packet); packet = new Packet()) packets.push(packet);
  return { packets, traffic };
}

/** Packets of each conversation in order, by its two ends. */
function conversationsOf(packets: readonly Packet[]): Map<string, Packet[]> {
  const out = new Map<string, Packet[]>();
  for (const packet of packets) {
    const icmp = packet.protocol !== 6 && packet.protocol !== 17;
    const a = `${packet.source}:${icmp ? '' : packet.sourcePort}`;
    const b = `${packet.destination}:${icmp ? '' : packet.destinationPort}`;
    const key = `${packet.ipv6} ${packet.protocol} ${a < b ? `${a} ${b}` : `${b} ${a}`}`;
    const list = out.get(key);
    if (list) list.push(packet);
    else out.set(key, [packet]);
  }
  return out;
}

/** How a TCP conversation went, by its flags and order alone; the flags themselves where it is none of these. */
function wayOf(list: readonly Packet[]): string {
  const client = list[0]!.sourcePort;
  const script = list.map(({ sourcePort, tcpFlags }) => `${sourcePort === client ? 'c' : 's'}${tcpFlags}`);
  if (script.every((step) => step === `c${SYN}`)) {
    return new Set(list.map((packet) => packet.sequence)).size === 1 ? 'unanswered' : 'SYN changed';
  }
  if (script.every((step, i) => step === (i % 2 === 0 ? `c${SYN}` : `s${RST | ACK}`))) {
    const expected = (list[0]!.sequence + 1) | 0;
    return list.every(({ acknowledgement }, i) => acknowledgement === (i % 2 === 0 ? 0 : expected))
      ? 'refused'
      : 'RST acknowledges something else';
  }
  const text = script.join(' ');
  const data = `( [cs](${ACK}|${ACK | PSH}))*`;
  const opened = `^c${SYN} s${SYN | ACK}`;
  if (new RegExp(`${opened} c${ACK}${data} c${FIN | ACK} s${FIN | ACK} c${ACK}$`).test(text)) return 'closed';
  if (new RegExp(`${opened}( c${ACK}${data})? [cs]${RST | ACK}$`).test(text)) return 'reset';
  return text;
}

/** Each side's sequence numbers go on where its last segment ended, and the other side is acknowledged. */
function sequenceFaults(list: readonly Packet[]): string[] {
  const faults: string[] = [];
  const next = new Map<boolean, number>();
  for (const [i, packet] of list.entries()) {
    const side = packet.sourcePort === list[0]!.sourcePort;
    if ((next.get(side) ?? packet.sequence) !== packet.sequence) faults.push(`sequence of segment ${i}`);
    if ((next.get(!side) ?? 0) !== packet.acknowledgement) faults.push(`acknowledgement of segment ${i}`);
    const syn = (packet.tcpFlags & SYN) !== 0;
    const fin = (packet.tcpFlags & FIN) !== 0;
    const taken = packet.datagramBytes - (syn ? 24 : 20) + (syn || fin ? 1 : 0);
    next.set(side, (packet.sequence + taken) | 0);
  }
  return faults;
}

/** Puts datagrams together as a receiver would that takes fragments only in order. */
function reassemble(fragments: readonly Packet[]): {
  datagrams: number;
  unfinished: number;
  faults: string[];
} {
  const open = new Map<string, { next: number; time: number; total: number }>();
  const faults: string[] = [];
  let datagrams = 0;
  for (const packet of fragments) {
    const id = packet.ipv6 ? packet.identification >>> 0 : packet.identification & 0xffff;
    const key = [packet.ipv6, packet.source, packet.destination, packet.protocol, id].join(' ');
    const time = packet.seconds * 1e6 + packet.micros;
    const at = open.get(key) ?? { next: 0, time, total: packet.datagramBytes };
    const next = packet.fragmentOffset + packet.length - (packet.ipv6 ? 48 : 20);
    if (packet.fragmentOffset !== at.next) faults.push(`${key}: at ${packet.fragmentOffset}, not ${at.next}`);
    if (packet.datagramBytes !== at.total) faults.push(`${key}: another datagram`);
    if (time - at.time > 1e6) faults.push(`${key}: ${time - at.time} µs later`);
    if (packet.fragmentOffset % 8 !== 0) faults.push(`${key}: offset ${packet.fragmentOffset}`);
    if (packet.moreFragments !== next < at.total || next > at.total) faults.push(`${key}: ends at ${next}`);
    if (packet.moreFragments) open.set(key, { next, time, total: at.total });
    else {
      open.delete(key);
      datagrams++;
    }
  }
  return { datagrams, unfinished: open.size, faults };
}

const { packets, traffic } = allPackets({ packets: 40_000, flows: 4000, icmp: 4, fragments: 4, ipv6: 20 });

describe('Traffic', () => {
  test('times never fall and stay inside the trace', () => {
    let last = 0;
    for (const packet of packets) {
      const time = packet.seconds * 1e6 + packet.micros;
      expect(packet.micros >= 0 && packet.micros < 1e6 && Number.isInteger(packet.micros)).toBe(true);
      expect(time).toBeGreaterThanOrEqual(last);
      last = time;
    }
    expect(packets[0]!.seconds).toBe(1_700_000_400);
    expect(last).toBeLessThan((1_700_000_400 + 300) * 1e6);
    // It is not over long before its end either.
    expect(last).toBeGreaterThan((1_700_000_400 + 290) * 1e6);
  });

  test('IP lengths are from 40 to 1500, and both happen', () => {
    const lengths = packets.map((packet) => packet.length);
    expect(Math.min(...lengths)).toBe(40);
    expect(Math.max(...lengths)).toBe(1500);
    expect(lengths.every((length) => Number.isInteger(length))).toBe(true);
  });

  test('the totals are what comes out', () => {
    const totals = traffic.totals;
    const count = (wanted: (packet: Packet) => boolean): { packets: number; bytes: number } => {
      const some = packets.filter(wanted);
      return { packets: some.length, bytes: some.reduce((sum, packet) => sum + packet.length, 0) };
    };
    expect(totals.packets).toBe(40_000);
    expect(totals.bytes).toBe(count(() => true).bytes);
    expect(totals.ipv4).toEqual(count((packet) => !packet.ipv6));
    expect(totals.ipv6).toEqual(count((packet) => packet.ipv6));
    expect(totals.tcp).toEqual(count((packet) => packet.protocol === 6));
    expect(totals.udp).toEqual(count((packet) => packet.protocol === 17));
    expect(totals.icmp).toEqual(count((packet) => packet.protocol === 1 || packet.protocol === 58));
    expect(totals.fragments).toEqual(count((packet) => packet.fragment));
    expect(totals.flows).toBe(4000);
    expect(totals.conversations).toBe(conversationsOf(packets).size);
  });

  test.each<[Partial<TrafficOptions>, 'ipv6' | 'udp' | 'icmp' | 'fragments', number]>([
    [{ ipv6: 0 }, 'ipv6', 0],
    [{ ipv6: 5 }, 'ipv6', 5],
    [{ ipv6: 100 }, 'ipv6', 100],
    [{ udp: 0 }, 'udp', 0],
    [{ udp: 40 }, 'udp', 40],
    [{ udp: 100 }, 'udp', 100],
    [{ icmp: 0 }, 'icmp', 0],
    [{ icmp: 10 }, 'icmp', 10],
    [{ fragments: 0 }, 'fragments', 0],
    [{ fragments: 3 }, 'fragments', 3],
    [{ udp: 50, icmp: 0, fragments: 30 }, 'fragments', 30],
  ])('%o gives %s packets of %d percent', (given, what, percent) => {
    const totals = allPackets({ packets: 20_000, ...given }).traffic.totals;
    const exact = percent === 0 || percent === 100;
    expect(Math.abs(totals[what].packets - percent * 200)).toBeLessThanOrEqual(exact ? 0 : 120);
  });

  test('TCP connections open, carry data and close as the protocol says', () => {
    const ways: Record<string, number> = {};
    const wrong: string[] = [];
    for (const list of conversationsOf(packets.filter((packet) => packet.protocol === 6)).values()) {
      const way = wayOf(list);
      ways[way] = (ways[way] ?? 0) + 1;
      if (way === 'closed' || way === 'reset') wrong.push(...sequenceFaults(list));
    }
    expect(wrong).toEqual([]);
    expect(Object.keys(ways).sort()).toEqual(['closed', 'refused', 'reset', 'unanswered']);
    for (const seen of Object.values(ways)) expect(seen).toBeGreaterThan(10);
  });

  test('echo requests have their replies, with the same identifier and sequence number', () => {
    const icmp = packets.filter((packet) => packet.protocol === 1 || packet.protocol === 58);
    let pairs = 0;
    for (const list of conversationsOf(icmp.filter((packet) => !packet.fragment)).values()) {
      const [request, reply] = list[0]!.ipv6 ? [128, 129] : [8, 0];
      for (let i = 0; i + 1 < list.length; i += 2) {
        if (list[i + 1]!.source === list[i]!.source) break; // nothing answers here
        expect([list[i]!.icmpType, list[i + 1]!.icmpType]).toEqual([request, reply]);
        expect(list[i + 1]!.sourcePort).toBe(list[i]!.sourcePort);
        expect(list[i + 1]!.destinationPort).toBe(list[i]!.destinationPort);
        expect(list[i + 1]!.length).toBe(list[i]!.length);
        pairs++;
      }
    }
    expect(pairs).toBeGreaterThan(50);
  });

  test('fragments: the first one first, no gap, no overlap, the last one ends the datagram', () => {
    const found = reassemble(packets.filter((packet) => packet.fragment));
    expect(found.faults).toEqual([]);
    expect(found.unfinished).toBe(0);
    expect(found.datagrams).toBeGreaterThan(300);
  });

  test('both directions of a two-way conversation are seen, of a one-way one only one', () => {
    const twoWay = [...conversationsOf(packets).values()].filter(
      (list) => new Set(list.map((packet) => packet.source)).size === 2,
    );
    const totals = traffic.totals;
    expect(twoWay.length).toBe(totals.flows - totals.conversations);
  });

  test('service tags go round VLAN tags', () => {
    const tagged = allPackets({ packets: 5000, vlans: 40, hosts: 400, qinq: true }).packets;
    for (const packet of tagged) expect(packet.serviceVlan).toBe(Math.ceil(packet.vlan / 16));
    expect(new Set(tagged.map((packet) => packet.serviceVlan))).toEqual(new Set([1, 2, 3]));
    expect(allPackets({ packets: 100, vlans: 2 }).packets.every((packet) => packet.serviceVlan === 0)).toBe(
      true,
    );
  });

  test('the smallest traces', () => {
    expect(allPackets({ packets: 1 }).packets).toHaveLength(1);
    const two = allPackets({ packets: 2, flows: 2, udp: 0, icmp: 0 }).packets;
    expect(two.map((packet) => packet.tcpFlags)).toEqual([SYN, RST | ACK]);
    expect(allPackets({ packets: 1000, flows: 1, seconds: 1 }).packets).toHaveLength(1000);
    expect(allPackets({ packets: 1000, flows: 1000 }).packets).toHaveLength(1000);
  });
});
