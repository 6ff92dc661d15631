import { describe, expect, test } from 'vitest';
import { MAX_LINK_HEADERS, MAX_MPLS_LABELS } from '../../src/capture/ethernet.ts';
import { decodeFrame, ethernet, ipv4, ipv6, join, tcp, u16, udp } from './build.ts';
import type { Bytes } from './build.ts';

const PACKET = ipv4(tcp(1000, 80, 2));
const PACKET6 = ipv6(udp(1000, 53), { next: 17 });
const ROW = { src: '10.0.0.1', dst: '192.0.2.7', sport: 1000, dport: 80, flags: 2, length: 40 };

function tag(id: number, type: number, payload: Bytes): Uint8Array {
  return join(u16(id), u16(type), payload);
}

function label(bottom: boolean): number[] {
  return [0, 1, bottom ? 1 : 0, 64];
}

describe('Ethernet', () => {
  test('no tag, no MACs unless they are wanted', () => {
    expect(decodeFrame(ethernet(0x0800, PACKET))).toMatchObject({ ...ROW, vlan: 0 });
    expect(decodeFrame(ethernet(0x0800, PACKET))).not.toHaveProperty('macs');
  });
  test('MACs, on the fast and on the general path', () => {
    const macs = '02000000000a 02000000000b';
    expect(decodeFrame(ethernet(0x0800, PACKET), 1, { macs: true })).toMatchObject({ ...ROW, macs });
    expect(decodeFrame(ethernet(0x86dd, ipv6(tcp(1, 2, 3))), 1, { macs: true })).toMatchObject({
      macs,
      flags: 3,
    });
    expect(decodeFrame(ethernet(0x8100, tag(5, 0x0800, PACKET)), 1, { macs: true })).toMatchObject({
      macs,
      vlan: 5,
    });
  });
  test.each([0x0806, 0x88cc, 0x8863, 0x0600, 0x88e5, 0xffff])('type %i is not IP', (type) => {
    expect(decodeFrame(ethernet(type, PACKET))).toBe('not_ip');
  });
  test('a header cut anywhere', () => {
    for (let captured = 0; captured < 14; captured++)
      expect(decodeFrame(ethernet(0x0800, PACKET).subarray(0, captured), 1, {}, 54)).toBe('link_truncated');
    expect(decodeFrame(ethernet(0x0800, []), 1, {}, 54)).toBe('ip_truncated');
  });
});

describe('VLAN tags', () => {
  test.each([0x8100, 0x88a8, 0x9100])('type %i', (type) => {
    expect(decodeFrame(ethernet(type, tag(0xe064, 0x0800, PACKET)))).toMatchObject({ ...ROW, vlan: 100 });
    expect(decodeFrame(ethernet(type, tag(4094, 0x86dd, PACKET6)))).toMatchObject({ vlan: 4094, dport: 53 });
  });
  test('of two tags the outer one counts, unless it is a priority tag', () => {
    expect(decodeFrame(ethernet(0x88a8, tag(7, 0x8100, tag(9, 0x0800, PACKET))))).toMatchObject({
      ...ROW,
      vlan: 7,
    });
    expect(decodeFrame(ethernet(0x8100, tag(0xe000, 0x8100, tag(9, 0x0800, PACKET))))).toMatchObject({
      vlan: 9,
    });
    expect(decodeFrame(ethernet(0x8100, tag(0xe000, 0x0800, PACKET)))).toMatchObject({ ...ROW, vlan: 0 });
  });
  test('not IP inside, cut inside, and no limitless nesting', () => {
    expect(decodeFrame(ethernet(0x8100, tag(1, 0x0806, PACKET)))).toBe('not_ip');
    expect(decodeFrame(ethernet(0x8100, [0, 1, 8]))).toBe('link_truncated');
    const nested = (n: number) =>
      Array.from({ length: n }).reduce<Uint8Array>(
        (inner, _, i) => tag(1, i === 0 ? 0x0800 : 0x8100, inner),
        PACKET,
      );
    expect(decodeFrame(ethernet(0x8100, nested(MAX_LINK_HEADERS)))).toMatchObject(ROW);
    expect(decodeFrame(ethernet(0x8100, nested(MAX_LINK_HEADERS + 1)))).toBe('link_malformed');
  });
  test('an offloaded length leaves tags out', () => {
    const frame = ethernet(0x8100, tag(1, 0x0800, ipv4(tcp(1, 2, 16), { totalLength: 0 })));
    expect(decodeFrame(frame, 1, {}, 50_018)).toMatchObject({ length: 50_000, offloaded: true });
  });
});

describe('MPLS', () => {
  test.each([0x8847, 0x8848])('type %i: the nibble behind the stack decides', (type) => {
    expect(decodeFrame(ethernet(type, join(label(true), PACKET)))).toMatchObject(ROW);
    expect(decodeFrame(ethernet(type, join(label(false), label(true), PACKET6)))).toMatchObject({
      dport: 53,
    });
    expect(decodeFrame(ethernet(type, join(label(true), [0, 0, 0, 0], ethernet(0x0800, PACKET))))).toBe(
      'not_ip',
    );
  });
  test('behind a VLAN tag', () => {
    expect(decodeFrame(ethernet(0x8100, tag(6, 0x8847, join(label(true), PACKET))))).toMatchObject({
      ...ROW,
      vlan: 6,
    });
  });
  test('cut and endless stacks', () => {
    expect(decodeFrame(ethernet(0x8847, [0, 1, 1]))).toBe('link_truncated');
    expect(decodeFrame(ethernet(0x8847, label(true)))).toBe('link_truncated');
    const stack = (n: number) => Array.from({ length: n }, (_, i) => label(i === n - 1)).flat();
    expect(decodeFrame(ethernet(0x8847, join(stack(MAX_MPLS_LABELS), PACKET)))).toMatchObject(ROW);
    expect(decodeFrame(ethernet(0x8847, join(stack(MAX_MPLS_LABELS + 1), PACKET)))).toBe('link_malformed');
  });
});

function session(protocol: Bytes, payload: Bytes): Uint8Array {
  return ethernet(0x8864, join('11 00 00 01', u16(join(protocol, payload).length), protocol, payload));
}

describe('PPPoE', () => {
  test('IPv4, IPv6, MPLS, and a compressed protocol field', () => {
    expect(decodeFrame(session('00 21', PACKET))).toMatchObject(ROW);
    expect(decodeFrame(session('00 57', PACKET6))).toMatchObject({ dport: 53 });
    expect(decodeFrame(session('02 81', join(label(true), PACKET)))).toMatchObject(ROW);
    expect(decodeFrame(session('21', PACKET))).toMatchObject(ROW);
  });
  test('what else PPP carries is not IP, and a header may be cut', () => {
    expect(decodeFrame(session('c0 21', PACKET))).toBe('not_ip');
    for (let captured = 14; captured < 22; captured++)
      expect(decodeFrame(session('00 21', PACKET).subarray(0, captured), 1, {}, 62)).toBe('link_truncated');
  });
});

/** PACKET behind an LLC header, with the length in place of a type. */
function framed(llc: Bytes): Uint8Array {
  const payload = join(llc, PACKET);
  return ethernet(payload.length, payload);
}

describe('802.3', () => {
  test('an EtherType in a SNAP header', () => {
    expect(decodeFrame(framed('aa aa 03 00 00 00 08 00'))).toMatchObject(ROW);
    expect(decodeFrame(framed('aa aa 03 00 00 f8 08 00'))).toMatchObject(ROW);
    expect(decodeFrame(framed('aa aa 03 00 00 00 08 06'))).toBe('not_ip');
  });
  test('other LLC frames are not IP', () => {
    expect(decodeFrame(framed('42 42 03 00 00 00 08 00'))).toBe('not_ip');
    expect(decodeFrame(framed('aa aa 03 00 00 0c 08 00'))).toBe('not_ip');
    expect(decodeFrame(framed('aa aa 03 00 00 00 00 2e'))).toBe('not_ip');
    expect(decodeFrame(ethernet(0x05dd, PACKET))).toBe('not_ip');
  });
  test('a cut LLC header is truncated only while it may be SNAP', () => {
    expect(decodeFrame(ethernet(38, 'aa aa 03 00 00 00 08'))).toBe('link_truncated');
    expect(decodeFrame(ethernet(38, 'aa'))).toBe('link_truncated');
    expect(decodeFrame(ethernet(38, '42 42 03'))).toBe('not_ip');
  });
});
