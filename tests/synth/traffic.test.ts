import { describe, expect, test } from 'vitest';
import { type TrafficOptions, trafficOptions } from '../../src/synth/options.ts';
import { Packet } from '../../src/synth/packet.ts';
import { Traffic } from '../../src/synth/traffic.ts';

const FIN = 1;
const SYN = 2;
const RST = 4;
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
    expect(Math.abs((100 * totals[what].packets) / totals.packets - percent)).toBeLessThan(0.6);
    if (percent === 0 || percent === 100) expect(totals[what].packets).toBe(percent * 200);
  });

  test('TCP connections open, carry data and close as the protocol says', () => {
    let closed = 0;
    let reset = 0;
    let refused = 0;
    let unanswered = 0;
    for (const list of conversationsOf(packets.filter((packet) => packet.protocol === 6)).values()) {
      const client = list[0]!.sourcePort;
      const flags = list.map((packet) => packet.tcpFlags);
      expect(flags[0]).toBe(SYN);
      if (list.every((packet) => packet.tcpFlags === SYN)) {
        unanswered++;
        expect(new Set(list.map((packet) => packet.sequence)).size).toBe(1);
        continue;
      }
      if (flags[1] === (RST | ACK)) {
        refused++;
        for (const [i, packet] of list.entries()) {
          expect(packet.tcpFlags).toBe(i % 2 === 0 ? SYN : RST | ACK);
          if (i % 2 === 1) expect(packet.acknowledgement).toBe((list[0]!.sequence + 1) | 0);
        }
        continue;
      }
      expect(flags[1]).toBe(SYN | ACK);
      if (flags.at(-1) === (RST | ACK)) reset++;
      else {
        closed++;
        expect(flags.slice(-3)).toEqual([FIN | ACK, FIN | ACK, ACK]);
        expect(list.slice(-3).map((packet) => packet.sourcePort === client)).toEqual([true, false, true]);
      }
      // Each side's sequence numbers go on where its last segment ended; the other side is acknowledged.
      const next = new Map<boolean, number>();
      for (const packet of list) {
        const side = packet.sourcePort === client;
        const syn = (packet.tcpFlags & SYN) !== 0;
        if (next.has(side)) expect(packet.sequence).toBe(next.get(side));
        if (next.has(!side)) expect(packet.acknowledgement).toBe(next.get(!side));
        const fin = (packet.tcpFlags & FIN) !== 0;
        const taken = packet.datagramBytes - (syn ? 24 : 20) + (syn || fin ? 1 : 0);
        next.set(side, (packet.sequence + taken) | 0);
      }
    }
    for (const seen of [closed, reset, refused, unanswered]) expect(seen).toBeGreaterThan(10);
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
    const open = new Map<string, { next: number; time: number; total: number }>();
    let datagrams = 0;
    for (const packet of packets.filter((packet) => packet.fragment)) {
      const id = packet.ipv6 ? packet.identification >>> 0 : packet.identification & 0xffff;
      const key = [packet.ipv6, packet.source, packet.destination, packet.protocol, id].join(' ');
      const time = packet.seconds * 1e6 + packet.micros;
      const headers = packet.ipv6 ? 48 : 20;
      const at = open.get(key);
      if (at === undefined) expect(packet.fragmentOffset).toBe(0);
      else {
        expect(packet.fragmentOffset).toBe(at.next);
        expect(packet.datagramBytes).toBe(at.total);
        expect(time - at.time).toBeLessThan(1e6);
      }
      expect(packet.fragmentOffset % 8).toBe(0);
      const next = packet.fragmentOffset + packet.length - headers;
      if (packet.moreFragments) {
        expect(next % 8).toBe(0);
        expect(next).toBeLessThan(packet.datagramBytes);
        open.set(key, { next, time, total: packet.datagramBytes });
      } else {
        expect(next).toBe(packet.datagramBytes);
        expect(open.delete(key)).toBe(true);
        datagrams++;
      }
    }
    expect(open.size).toBe(0);
    expect(datagrams).toBeGreaterThan(300);
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
