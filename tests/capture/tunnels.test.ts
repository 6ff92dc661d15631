import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openCapture } from '../../src/capture/open.ts';
import { TUNNEL_KINDS, type TunnelKind } from '../../src/capture/tunnels.ts';
import { Batch } from '../../src/capture/batch.ts';
import {
  type Bytes,
  decodeFrame,
  enhancedPacket,
  ethernet,
  interfaceBlock,
  ipv4,
  join,
  pcap,
  readCapture,
  sectionHeader,
  tcp,
  u16,
  udp,
} from './build.ts';
import {
  ALL_TUNNELS,
  erspan2,
  erspan3,
  geneve,
  gre,
  GRE,
  INNER4,
  INNER6,
  INNER_PACKETS,
  innerFrame,
  over4,
  over6,
  TUNNELLED,
  vxlan,
} from './tunnelled.ts';

const MACS = '060000000001 060000000002';
const OUTER_MACS = '02000000000a 02000000000b';
const on = { tunnels: ALL_TUNNELS, macs: true };
const only = (...kinds: TunnelKind[]) => ({ tunnels: new Set(kinds), macs: true });

/** A packet by itself, as raw IP. */
const plain = (packet: Bytes) => decodeFrame(packet, 101);
const typeOf = (packet: Uint8Array): number => (packet[0]! >>> 4 === 6 ? 0x86dd : 0x0800);

describe('the packet inside is the row', () => {
  test.each(Object.entries(TUNNELLED))('%s', (_, { kind, frame, id, inner, vlan }) => {
    const expected = {
      ...(plain(inner) as object),
      tunnel: id,
      vlan: vlan ?? 0,
      ...(vlan !== undefined && { macs: MACS }),
    };
    expect(decodeFrame(frame, 1, on)).toEqual(expected);
    expect(decodeFrame(frame, 1, only(kind))).toEqual(expected);
    // Without MAC addresses, and from a capture that says more of its packets.
    const { macs: _macs, ...withoutMacs } = expected as { macs?: string };
    expect(decodeFrame(frame, 1, { tunnels: ALL_TUNNELS })).toEqual(withoutMacs);
    const ng = readCapture(join(sectionHeader(), interfaceBlock(1), enhancedPacket(0, 5n, frame)), on);
    expect(ng.rows).toMatchObject([{ ...expected, seconds: 0, nanos: 5000 }]);
  });
  test.each(Object.entries(TUNNELLED))('%s: closed where it is not to be opened', (_, { kind, frame }) => {
    const outer = decodeFrame(frame, 1, { macs: true });
    expect(outer).toMatchObject({ macs: OUTER_MACS });
    expect(outer).not.toHaveProperty('tunnel');
    expect(decodeFrame(frame, 1, only(...TUNNEL_KINDS.filter((it) => it !== kind)))).toEqual(outer);
    expect(decodeFrame(frame, 1, only())).toEqual(outer);
  });
  test.each(INNER_PACKETS.map((packet, i) => [i, packet] as const))(
    'packets of all kinds: %i',
    (_, packet) => {
      const row = plain(packet) as object;
      for (const frame of [
        over4(17, vxlan(7, innerFrame(typeOf(packet), packet))),
        over6(17, geneve(7, packet, typeOf(packet))),
        over4(GRE, gre(typeOf(packet), packet, { key: 7 })),
        over4(GRE, erspan2(7, innerFrame(typeOf(packet), packet))),
      ]) {
        const { macs: _macs, ...found } = decodeFrame(frame, 1, on) as { macs?: string };
        expect(found).toEqual({ ...row, tunnel: 7 });
      }
    },
  );
  test('direction, interface and verdict are those of where it was seen', () => {
    const packet = join(ipv4(gre(0x0800, INNER4), { protocol: GRE }));
    const cooked = join('08 00 00 00', '00 00 00 05', '00 01 04 06', '02 00 00 00 00 0a 00 00', packet);
    const row = decodeFrame(cooked, 276, on);
    expect(row).toMatchObject({ tunnel: 0, src: '10.1.0.5', ifIndex: 5, direction: 'out' });
    expect(row).not.toHaveProperty('macs');
  });
  test('padding of the outer frame is no part of what is inside', () => {
    // The inner header says more than the tunnel holds; what stands behind it is padding.
    const short = join(ipv4(udp(1, 2), { protocol: 17, totalLength: 60 })).subarray(0, 21);
    const frame = join(over4(GRE, gre(0x0800, short)), 'ff '.repeat(40));
    expect(decodeFrame(frame, 1, on)).toMatchObject({ sport: 0, dport: 0, length: 60, tunnel: 0 });
  });
  test('a mirror may carry what the short way takes, in a batch with others', () => {
    const frames = [ethernet(0x0800, INNER4), TUNNELLED['VXLAN over IPv4']!.frame, ethernet(0x86dd, INNER6)];
    const { rows } = readCapture(pcap(frames), on);
    expect(rows.map(({ tunnel, dport }) => [tunnel, dport])).toEqual([
      [undefined, 443],
      [0xfedcba, 443],
      [undefined, 53],
    ]);
  });
});

describe('what stays closed is its own row', () => {
  const outer = (frame: Uint8Array) => {
    const row = decodeFrame(frame, 1, { macs: true });
    expect(decodeFrame(frame, 1, on)).toEqual(row);
    return row;
  };
  const body = join('00 '.repeat(64));
  test.each([
    ['a VXLAN header without a network identifier', over4(17, vxlan(7, innerFrame(0x0800, INNER4), 4789, 0))],
    ['a UDP packet that is shorter than the header', over4(17, udp(9, 4789, '08 00 00'))],
    ['a reply from the port of a tunnel', over4(17, udp(4789, 5000, '08 00 00 00 00 00 07 00'))],
    ['TCP to the same port', over4(6, tcp(1000, 4789, 2))],
    ['another version of Geneve', over4(17, geneve(7, INNER4, 0x0800, [], 0x40))],
    ['Geneve with options beyond the packet', over4(17, udp(9, 6081, '3f 00 65 58 00 00 07 00 00 00'))],
    ['PPTP, which is version 1 of GRE', over4(GRE, join('30 01 88 0b 00 10 00 01', body))],
    ['GRE with a routing field', over4(GRE, join('40 00 08 00 00 00 00 00', INNER4))],
    ['GRE that is shorter than its header', over4(GRE, '20 00 08 00 00')],
    ['ERSPAN of another version', over4(GRE, erspan2(7, innerFrame(0x0800, INNER4), 3))],
    ['ERSPAN that is shorter than its header', over4(GRE, gre(0x22eb, '20 00 00 01', { sequence: 1 }))],
  ])('%s', (_, frame) => {
    expect(outer(frame)).toMatchObject({ src: '198.51.100.1' });
  });
  test('fragments of the outer packet', () => {
    const datagram = vxlan(7, innerFrame(0x0800, INNER4));
    expect(outer(over4(17, datagram.subarray(0, 64), { more: true }))).toMatchObject({
      dport: 4789,
      fragment: { part: 'first' },
    });
    expect(outer(over4(17, datagram.subarray(64), { offset: 64 }))).toMatchObject({
      fragment: { part: 'later' },
    });
    expect(outer(over6(44, join('11 00 00 01 00 00 30 39', datagram)))).toMatchObject({ dport: 4789 });
    // A fragment header without a fragment (RFC 6946) is a whole packet.
    expect(decodeFrame(over6(44, join('11 00 00 00 00 00 30 39', datagram)), 1, on)).toMatchObject({
      tunnel: 7,
    });
  });
  test('a tunnel inside of a tunnel: its packet is the row of the first', () => {
    const nested = ipv4(vxlan(8, innerFrame(0x0800, INNER4)), {
      protocol: 17,
      src: '10.9.0.1',
      dst: '10.9.0.2',
    });
    for (const frame of [
      over4(17, vxlan(7, innerFrame(0x0800, nested))),
      over4(GRE, gre(0x0800, nested, { key: 7 })),
    ]) {
      expect(decodeFrame(frame, 1, on)).toMatchObject({
        src: '10.9.0.1',
        dport: 4789,
        protocol: 17,
        tunnel: 7,
      });
    }
    const inner = ipv4(gre(0x0800, INNER4), { protocol: GRE, src: '10.9.0.1' });
    expect(decodeFrame(over4(GRE, gre(0x0800, inner)), 1, on)).toMatchObject({
      src: '10.9.0.1',
      protocol: GRE,
    });
  });
});

describe('tunnels without a packet are counted by reason', () => {
  const arp = '00 01 08 00 06 04 00 01 02 00 00 00 00 0a 0a 00 00 01 00 00 00 00 00 00 0a 00 00 02';
  test.each([
    ['ARP in VXLAN', over4(17, vxlan(7, innerFrame(0x0806, arp))), 'not_ip'],
    ['LLC in GRE', over4(GRE, gre(0x6558, innerFrame(38, join('42 42 03', '00 '.repeat(35))))), 'not_ip'],
    ['a keepalive of GRE', over4(GRE, gre(0, [])), 'not_ip'],
    ['IS-IS in GRE', over4(GRE, gre(0x00fe, '83 1b 01 00')), 'not_ip'],
    ['ERSPAN III of another frame type', over4(GRE, erspan3(7, innerFrame(0x0800, INNER4), 1)), 'not_ip'],
    ['no room for a frame', over4(17, vxlan(7, '02 00 00')), 'link_truncated'],
    ['no room for a packet', over4(GRE, gre(0x0800, '45 00')), 'ip_truncated'],
    ['neither IPv4 nor IPv6', over4(GRE, gre(0x0800, '00 '.repeat(40))), 'ip_bad_version'],
    ['nested tags', over4(GRE, gre(0x6558, innerFrame(0x8100, '00 01 81 00 '.repeat(12)))), 'link_malformed'],
  ])('%s', (_, frame, reason) => {
    expect(decodeFrame(frame, 1, on)).toBe(reason);
  });
  test.each(Object.entries(TUNNELLED))('%s, cut at every byte', (_, { frame, kind, id, inner }) => {
    const { src } = plain(inner) as { src: string };
    // Truncated, the outer packet, the inner packet; anything else is wrong.
    const letter = (found: ReturnType<typeof decodeFrame>): string => {
      if (typeof found === 'string') return /^(?:link|ip|tunnel)_truncated$/.test(found) ? 't' : found;
      if (found.tunnel === undefined) return found.dport === 0 ? 'o' : 'outer';
      return found.tunnel === id && found.src === src ? 'i' : 'inner';
    };
    const ends = Array.from(frame, (_byte, end) => end);
    // Cut by the capture: the frame was longer. decodeFrame checks that there is a row or one reason.
    const found = ends
      .map((end) => letter(decodeFrame(frame.subarray(0, end), 1, on, frame.length)))
      .join('');
    // Without its ports nothing says that a UDP packet is a tunnel.
    expect(found).toMatch(kind === 'vxlan' || kind === 'geneve' ? /^t+oooot+i+$/ : /^t+i+$/);
    expect(found.indexOf('i')).toBe(frame.length - inner.length + (inner[0]! >>> 4 === 6 ? 40 : 20));
    // Cut by who sent it: the capture has all there is.
    for (const end of ends) expect(() => decodeFrame(frame.subarray(0, end), 1, on)).not.toThrow();
  });
  test('cut inside of the tunnel header', () => {
    const frame = TUNNELLED['VXLAN over IPv4']!.frame;
    expect(decodeFrame(frame.subarray(0, 14 + 20 + 8 + 4), 1, on, frame.length)).toBe('tunnel_truncated');
    expect(decodeFrame(frame.subarray(0, 14 + 20 + 8 + 8 + 4), 1, on, frame.length)).toBe('link_truncated');
    expect(decodeFrame(frame.subarray(0, 14 + 20 + 8 + 8 + 14 + 4), 1, on, frame.length)).toBe(
      'ip_truncated',
    );
  });
});

test('any bytes in any tunnel: a row or a reason, never more than the tunnel is said to hold', () => {
  const payload = fc.uint8Array({ maxLength: 120 });
  const wraps: ((bytes: Uint8Array, n: number) => Uint8Array)[] = [
    (bytes, n) => over4(17, udp(1, [4789, 8472, 6081][n % 3]!, bytes)),
    (bytes, n) => over6(17, udp(1, [4789, 8472, 6081][n % 3]!, bytes)),
    (bytes) => over4(GRE, bytes),
    (bytes, n) =>
      over4(GRE, join([(n << 4) & 0xf0, 0], u16([0x0800, 0x6558, 0x88be, 0x22eb][n % 4]!), bytes)),
    (bytes, n) => over6(17, vxlan(n, bytes)),
    (bytes, n) => over4(17, geneve(n, bytes)),
    (bytes, n) => over4(GRE, erspan2(n, bytes)),
    (bytes, n) => over4(17, vxlan(n, innerFrame(n % 2 ? 0x0800 : 0x86dd, bytes))),
  ];
  const property = fc.property(
    fc.constantFrom(...wraps),
    payload,
    fc.nat(255),
    fc.nat(200),
    (wrap, bytes, n, lost) => {
      const frame = wrap(bytes, n);
      const captured = frame.subarray(0, Math.max(0, frame.length - lost));
      const found = decodeFrame(captured, 1, on, frame.length);
      return typeof found === 'string' || found.length >= 20;
    },
  );
  const details = fc.check(property, { interruptAfterTimeLimit: 2500, numRuns: 5000 });
  expect(fc.defaultReportMessage(details)).toBeUndefined();
  expect(details.numRuns).toBeGreaterThan(100);
});

test('a capture without tunnels: the same rows whether they would be opened or not', () => {
  const frames = Array.from({ length: 3000 }, (_, i) =>
    ethernet(
      0x0800,
      ipv4(i % 3 === 0 ? tcp(i, 443, 16) : udp(i, 6000 + (i % 80), 'aa'), { protocol: i % 3 === 0 ? 6 : 17 }),
    ),
  );
  const bytes = pcap(frames);
  expect(readCapture(bytes, only('vxlan', 'gre')).rows).toEqual(readCapture(bytes, { macs: true }).rows);
  const decoder = openCapture(bytes, on)!;
  const batch = new Batch();
  batch.clear();
  decoder.decode(bytes, 0, bytes.length, batch);
  // Geneve's port is among them: those that hold no Geneve are rows too, or counted.
  expect(decoder.counters.packets).toBe(
    batch.count + decoder.counters.rejectedPackets.reduce((a, b) => a + b, 0),
  );
});
