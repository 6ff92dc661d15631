import { describe, expect, test } from 'vitest';
import { decodeFrame, ethernet, ipv4, ipv6, join, tcp, u16, u32, udp } from './build.ts';
import type { Bytes } from './build.ts';

const PACKET = ipv4(tcp(1000, 80, 2));
const PACKET6 = ipv6(udp(1000, 53), { next: 17 });
const ROW = { src: '10.0.0.1', dst: '192.0.2.7', sport: 1000, dport: 80, flags: 2, length: 40 };

function cooked(type: number, protocol: number, payload: Bytes, hardware = 1): Uint8Array {
  return join(u16(type), u16(hardware), u16(6), '02 00 00 00 00 0a 00 00', u16(protocol), payload);
}

function cookedV2(type: number, protocol: number, payload: Bytes, index = 3, hardware = 1): Uint8Array {
  return join(
    u16(protocol),
    u16(0),
    u32(index),
    u16(hardware),
    [type, 6],
    '02 00 00 00 00 0a 00 00',
    payload,
  );
}

describe.each([
  ['Linux cooked v1', 113, 16, 0, cooked],
  ['Linux cooked v2', 276, 20, 3, cookedV2],
] as const)('%s', (_, linkType, headerBytes, ifIndex, build) => {
  test('IPv4 and IPv6, with direction and interface', () => {
    expect(decodeFrame(build(0, 0x0800, PACKET), linkType)).toMatchObject({
      ...ROW,
      direction: 'in',
      ifIndex,
    });
    expect(decodeFrame(build(4, 0x86dd, PACKET6), linkType)).toMatchObject({
      dport: 53,
      direction: 'out',
      ifIndex,
    });
  });
  test('all that was received came in', () => {
    for (const type of [0, 1, 2, 3])
      expect(decodeFrame(build(type, 0x0800, PACKET), linkType)).toMatchObject({ direction: 'in' });
    expect(decodeFrame(build(5, 0x0800, PACKET), linkType)).not.toHaveProperty('direction');
  });
  test("the sender's MAC", () => {
    expect(decodeFrame(build(0, 0x0800, PACKET), linkType, { macs: true })).toMatchObject({
      macs: '02000000000a 000000000000',
    });
    expect(decodeFrame(build(0, 0x0800, PACKET), linkType)).not.toHaveProperty('macs');
  });
  test('VLAN tags and LLC inside', () => {
    expect(decodeFrame(build(0, 0x8100, join(u16(12), u16(0x0800), PACKET)), linkType)).toMatchObject({
      ...ROW,
      vlan: 12,
    });
    expect(decodeFrame(build(0, 4, join('aa aa 03 00 00 00 08 00', PACKET)), linkType)).toMatchObject(ROW);
  });
  test('what is not IP', () => {
    for (const protocol of [0x0806, 0x0001, 0x0003, 0x000c])
      expect(decodeFrame(build(0, protocol, PACKET), linkType)).toBe('not_ip');
    expect(decodeFrame(build(0, 4, '42 42 03 00 00 00 00 00'), linkType)).toBe('not_ip');
  });
  test('netlink messages are not IP, whatever their protocol says', () => {
    const frame = linkType === 113 ? cooked(0, 0x0800, PACKET, 824) : cookedV2(0, 0x0800, PACKET, 3, 824);
    expect(decodeFrame(frame, linkType)).toBe('not_ip');
  });
  test('a header cut anywhere', () => {
    for (let captured = 0; captured < headerBytes; captured++)
      expect(decodeFrame(build(0, 0x0800, PACKET).subarray(0, captured), linkType, {}, 60)).toBe(
        'link_truncated',
      );
  });
  test('an offloaded length leaves the header out', () => {
    const frame = build(4, 0x0800, ipv4(tcp(1, 2, 16), { totalLength: 0 }));
    expect(decodeFrame(frame, linkType, {}, 30_000 + headerBytes)).toMatchObject({
      length: 30_000,
      offloaded: true,
    });
  });
});

test('an interface index with its highest bit set stays positive', () => {
  expect(decodeFrame(cookedV2(0, 0x0800, PACKET, 0xfffffffe), 276)).toMatchObject({ ifIndex: 0xfffffffe });
});

describe('raw IP', () => {
  test.each([12, 14, 101, 228, 229])('link type %i', (linkType) => {
    expect(decodeFrame(PACKET, linkType)).toMatchObject(ROW);
    expect(decodeFrame(PACKET6, linkType)).toMatchObject({ dport: 53, protocol: 17 });
    expect(decodeFrame('00 00 00 00', linkType)).toBe('ip_bad_version');
  });
});

describe('null and loopback', () => {
  test.each([0, 108])('link type %i takes either byte order', (linkType) => {
    for (const family of [2, 10, 23, 24, 28, 30]) {
      expect(decodeFrame(join([family, 0, 0, 0], PACKET), linkType)).toMatchObject(ROW);
      expect(decodeFrame(join([0, 0, 0, family], PACKET6), linkType)).toMatchObject({ dport: 53 });
    }
    for (const family of ['00 00 00 07', '07 00 00 00', '00 02 00 00', 'ff ff ff ff'])
      expect(decodeFrame(join(family, PACKET), linkType)).toBe('not_ip');
    expect(decodeFrame('02 00 00', linkType)).toBe('link_truncated');
    expect(decodeFrame('02 00 00 00', linkType)).toBe('ip_truncated');
  });
});

test('other link types are counted, not guessed', () => {
  for (const linkType of [105, 127, 147, 195, 220, 65535])
    expect(decodeFrame(ethernet(0x0800, PACKET), linkType)).toBe('unknown_link_type');
});
