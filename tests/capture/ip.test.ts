import { describe, expect, test } from 'vitest';
import { MAX_IP_LENGTH } from '../../src/capture/batch.ts';
import { MAX_EXTENSION_HEADERS } from '../../src/capture/ip.ts';
import { decodeFrame, ethernet, icmp, ipv4, ipv6, join, tcp, udp } from './build.ts';
import type { Bytes } from './build.ts';

const RAW = 101;

/** As raw IP (always the general path) and as Ethernet (the fast path where it applies): the same row. */
function decode(packet: Bytes, original?: number) {
  const bytes = join(packet);
  const raw = decodeFrame(bytes, RAW, {}, original);
  const type = bytes[0]! >>> 4 === 6 ? 0x86dd : 0x0800;
  const framed = decodeFrame(
    ethernet(type, bytes),
    1,
    {},
    original === undefined ? undefined : original + 14,
  );
  expect(framed).toEqual(raw);
  return raw;
}

describe('IPv4', () => {
  test('TCP: addresses, ports, flags and IP length', () => {
    expect(decode(ipv4(tcp(49152, 443, 0x12, 'de ad be ef')))).toEqual({
      seconds: 1_700_000_000,
      nanos: 0,
      src: '10.0.0.1',
      dst: '192.0.2.7',
      sport: 49152,
      dport: 443,
      protocol: 6,
      flags: 0x12,
      length: 44,
      ifIndex: 0,
      vlan: 0,
    });
  });
  test('addresses and ports with their highest bits set', () => {
    expect(
      decode(ipv4(udp(65535, 65534), { protocol: 17, src: '255.1.2.3', dst: '224.0.0.251' })),
    ).toMatchObject({
      src: '255.1.2.3',
      dst: '224.0.0.251',
      sport: 65535,
      dport: 65534,
      length: 28,
      flags: 0,
    });
  });
  test.each([
    ['UDP', 17],
    ['DCCP', 33],
    ['SCTP', 132],
    ['UDP-Lite', 136],
  ])('%s begins with two ports', (_, protocol) => {
    expect(decode(ipv4(udp(53, 5353, 'aa'), { protocol }))).toMatchObject({
      sport: 53,
      dport: 5353,
      protocol,
    });
  });
  test('ICMP: type and code', () => {
    expect(decode(ipv4(icmp(3, 13), { protocol: 1 }))).toMatchObject({
      sport: 0,
      dport: (3 << 8) | 13,
      protocol: 1,
    });
  });
  test.each([2, 4, 41, 47, 50, 51, 89, 255])('protocol %i is kept by number, without ports', (protocol) => {
    expect(decode(ipv4(udp(53, 5353, 'aa'), { protocol }))).toMatchObject({ sport: 0, dport: 0, protocol });
  });
  test('options are skipped', () => {
    const row = decode(ipv4(tcp(1, 2, 2), { options: '94 04 00 00 01 01 01 00' }));
    expect(row).toMatchObject({ sport: 1, dport: 2, flags: 2, length: 48 });
  });
  test('trailing padding of Ethernet is no part of the packet', () => {
    const packet = join(ipv4(udp(7, 9), { protocol: 17 }), '00 '.repeat(18));
    expect(decode(packet)).toMatchObject({ length: 28, sport: 7, dport: 9 });
    // A total length without room for ports: what follows is padding, not ports.
    expect(decode(ipv4(udp(7, 9), { protocol: 17, totalLength: 20 }))).toMatchObject({
      length: 20,
      sport: 0,
      dport: 0,
    });
    expect(decode(ipv4(udp(7, 9), { protocol: 17, totalLength: 22 }))).toMatchObject({ sport: 7, dport: 0 });
    expect(decode(ipv4(tcp(7, 9, 2), { totalLength: 33 }))).toMatchObject({ sport: 7, dport: 9, flags: 0 });
  });
  test('fragments: the first has ports, later ones have none', () => {
    expect(decode(ipv4(tcp(1, 2, 16, '00 00 00 00'), { more: true, id: 0xfedc }))).toMatchObject({
      sport: 1,
      dport: 2,
      flags: 16,
      fragment: { part: 'first', id: 0xfedc },
    });
    for (const more of [true, false]) {
      expect(decode(ipv4(tcp(1, 2, 16), { more, offset: 1480, id: 0xfedc }))).toMatchObject({
        sport: 0,
        dport: 0,
        flags: 0,
        protocol: 6,
        fragment: { part: 'later', id: 0xfedc },
      });
    }
  });
  test('total length 0 takes the frame length without its link header', () => {
    const row = decode(ipv4(tcp(1, 2, 24), { totalLength: 0 }), 65_000);
    expect(row).toMatchObject({ length: 65_000, offloaded: true, flags: 24 });
    expect(decode(ipv4(tcp(1, 2, 24), { totalLength: 0 }))).toMatchObject({ length: 40 });
    expect(decodeFrame(ipv4(tcp(1, 2, 24), { totalLength: 0 }), RAW, {}, 0xffffffff)).toMatchObject({
      length: MAX_IP_LENGTH,
    });
  });
  test('the length does not depend on what was captured', () => {
    expect(decode(ipv4(tcp(1, 2, 16), { totalLength: 1500 }), 1500)).toMatchObject({ length: 1500 });
  });
  test('a transport header cut anywhere leaves a row', () => {
    const whole = ipv4(tcp(513, 1027, 0x11));
    for (let captured = 20; captured < 40; captured++) {
      expect(decode(whole.subarray(0, captured), 40)).toMatchObject({
        length: 40,
        sport: captured >= 22 ? 513 : 0,
        dport: captured >= 24 ? 1027 : 0,
        flags: captured >= 34 ? 0x11 : 0,
      });
    }
    const ping = ipv4(icmp(8, 3), { protocol: 1 });
    expect(decode(ping.subarray(0, 21), 32)).toMatchObject({ dport: 0 });
    expect(decode(ping.subarray(0, 22), 32)).toMatchObject({ dport: 0x803 });
  });
  test('what is no packet is rejected by reason', () => {
    for (let captured = 1; captured < 20; captured++)
      expect(decode(ipv4(tcp(1, 2, 2)).subarray(0, captured), 40)).toBe('ip_truncated');
    expect(decodeFrame([], RAW)).toBe('ip_truncated');
    expect(decode(ipv4(tcp(1, 2, 2), { options: '01 01 01 01' }).subarray(0, 23), 44)).toBe('ip_truncated');
    expect(decode(ipv4(tcp(1, 2, 2), { first: 0x44 }))).toBe('ip_bad_header_length');
    expect(decode(ipv4(tcp(1, 2, 2), { totalLength: 19 }))).toBe('ip_bad_total_length');
    expect(decode(ipv4(tcp(1, 2, 2), { options: '01 01 01 01', totalLength: 23 }))).toBe(
      'ip_bad_total_length',
    );
    expect(decode(ipv4(tcp(1, 2, 2), { first: 0x55 }))).toBe('ip_bad_version');
    expect(decode(ipv4(tcp(1, 2, 2), { first: 0x05 }))).toBe('ip_bad_version');
  });
});

/** Extension headers: next header, then what the number means. */
function extension(next: number, bytes = 8): Uint8Array {
  return join(
    [next, bytes / 8 - 1],
    Array.from({ length: bytes - 2 }, () => 0),
  );
}

/** A fragment header before UDP: offset and flags in `word`. */
function fragmentHeader(word: number): Uint8Array {
  return join([17, 0], [word >> 8, word & 255], 'fe dc ba 98');
}

/** Destination options, `headers` times, before TCP. */
function chainOf(headers: number): Uint8Array {
  return join(...Array.from({ length: headers - 1 }, () => extension(60)), extension(6), tcp(1, 2, 2));
}

describe('IPv6', () => {
  test('TCP: addresses, ports, flags and IP length', () => {
    expect(decode(ipv6(tcp(50000, 22, 2, 'de ad be ef')))).toEqual({
      seconds: 1_700_000_000,
      nanos: 0,
      src: '2001:db8::1',
      dst: 'fd00::2:3',
      sport: 50000,
      dport: 22,
      protocol: 6,
      flags: 2,
      length: 64,
      ifIndex: 0,
      vlan: 0,
    });
  });
  test('UDP and ICMPv6', () => {
    expect(decode(ipv6(udp(53, 65535), { next: 17 }))).toMatchObject({ sport: 53, dport: 65535, length: 48 });
    expect(decode(ipv6(icmp(135, 0), { next: 58 }))).toMatchObject({
      sport: 0,
      dport: 135 << 8,
      protocol: 58,
    });
  });
  test.each([
    ['hop-by-hop options', 0],
    ['routing', 43],
    ['destination options', 60],
    ['mobility', 135],
    ['HIP', 139],
    ['Shim6', 140],
  ])('%s is passed over', (_, next) => {
    for (const bytes of [8, 24])
      expect(decode(ipv6(join(extension(6, bytes), tcp(80, 81, 18)), { next }))).toMatchObject({
        protocol: 6,
        sport: 80,
        dport: 81,
        flags: 18,
        length: 60 + bytes,
      });
  });
  test('an authentication header counts in words of 4 bytes', () => {
    const ah = join(
      [17, 4],
      Array.from({ length: 22 }, () => 0),
    );
    expect(decode(ipv6(join(ah, udp(5, 6)), { next: 51 }))).toMatchObject({
      protocol: 17,
      sport: 5,
      dport: 6,
    });
  });
  test('a chain of several', () => {
    const chain = join(extension(60), extension(43, 16), extension(60, 24), extension(17), udp(5, 6));
    expect(decode(ipv6(chain, { next: 0 }))).toMatchObject({ protocol: 17, sport: 5, dport: 6, length: 104 });
  });
  test('ESP, no next header and unknown protocols end the chain by number', () => {
    for (const next of [50, 59, 4, 41, 47, 253])
      expect(decode(ipv6(udp(5, 6), { next }))).toMatchObject({ protocol: next, sport: 0, dport: 0 });
    expect(decode(ipv6([], { next: 59 }))).toMatchObject({ protocol: 59, length: 40 });
    expect(decode(ipv6(extension(50), { next: 60 }))).toMatchObject({ protocol: 50 });
    expect(decode(ipv6(extension(59), { next: 60 }))).toMatchObject({ protocol: 59 });
  });
  test('mobility, HIP and Shim6 messages keep their own number', () => {
    for (const next of [135, 139, 140])
      expect(decode(ipv6(extension(59), { next }))).toMatchObject({ protocol: next });
  });
  test('fragments', () => {
    expect(decode(ipv6(join(fragmentHeader(1), udp(5, 6)), { next: 44 }))).toMatchObject({
      sport: 5,
      dport: 6,
      length: 56,
      fragment: { part: 'first', id: 0xfedcba98 },
    });
    for (const word of [1448 | 1, 1448, 8])
      expect(decode(ipv6(join(fragmentHeader(word), udp(5, 6)), { next: 44 }))).toMatchObject({
        sport: 0,
        dport: 0,
        protocol: 17,
        fragment: { part: 'later', id: 0xfedcba98 },
      });
    // An atomic fragment is a whole packet.
    const atomic = decode(ipv6(join(fragmentHeader(0), udp(5, 6)), { next: 44 }));
    expect(atomic).toMatchObject({ sport: 5, dport: 6 });
    expect(atomic).not.toHaveProperty('fragment');
    // The reserved bits are no offset.
    expect(decode(ipv6(join(fragmentHeader(6), udp(5, 6)), { next: 44 }))).not.toHaveProperty('fragment');
  });
  test('a fragment header behind another header, and options in the first fragment', () => {
    const chain = join(extension(44), [60, 0, 0, 1, 0, 0, 0, 9], extension(6), tcp(7, 8, 16));
    expect(decode(ipv6(chain, { next: 0 }))).toMatchObject({
      protocol: 6,
      sport: 7,
      dport: 8,
      fragment: { part: 'first', id: 9 },
    });
  });
  test('jumbograms and offloaded segments take the frame length', () => {
    const jumbo = join('06 00 c2 04 00 01 86 a0', tcp(1, 2, 16));
    expect(decode(ipv6(jumbo, { next: 0, payloadLength: 0 }), 100_040)).toMatchObject({
      length: 100_040,
      offloaded: true,
      sport: 1,
      dport: 2,
      protocol: 6,
    });
    expect(decode(ipv6(tcp(1, 2, 16), { payloadLength: 0 }), 70_000)).toMatchObject({
      length: 70_000,
      offloaded: true,
      flags: 16,
    });
  });
  test('a transport header cut anywhere leaves a row', () => {
    const whole = ipv6(tcp(513, 1027, 0x11));
    for (let captured = 40; captured < 60; captured++)
      expect(decode(whole.subarray(0, captured), 60)).toMatchObject({
        length: 60,
        sport: captured >= 42 ? 513 : 0,
        dport: captured >= 44 ? 1027 : 0,
        flags: captured >= 54 ? 0x11 : 0,
      });
  });
  test('what is no packet is rejected by reason', () => {
    for (let captured = 1; captured < 40; captured++)
      expect(decode(ipv6(tcp(1, 2, 2)).subarray(0, captured), 60)).toBe('ip_truncated');
    const options = ipv6(join(extension(44), [6, 0, 0, 1, 0, 0, 0, 9], tcp(1, 2, 2)), { next: 60 });
    expect(decode(options.subarray(0, 41), options.length)).toBe('ip_truncated');
    expect(decode(options.subarray(0, 49), options.length)).toBe('ip_truncated');
    expect(decode(options.subarray(0, 55), options.length)).toBe('ip_truncated');
    expect(decode(options.subarray(0, 56), options.length)).toMatchObject({ protocol: 6, sport: 0 });
    // A chain that leaves the packet.
    expect(decode(ipv6(extension(60), { next: 60 }))).toBe('ip_bad_extension');
    expect(decode(join(ipv6('06 ff 00 00 00 00 00 00', { next: 60 }), tcp(1, 2, 2)))).toBe(
      'ip_bad_extension',
    );
    // One that only leaves the captured part: the protocol is known.
    expect(decode(ipv6('06 ff 00 00 00 00 00 00', { next: 60, payloadLength: 2068 }), 2108)).toMatchObject({
      protocol: 6,
      sport: 0,
      length: 2108,
    });
  });
  test('the chain is bounded', () => {
    expect(decode(ipv6(chainOf(MAX_EXTENSION_HEADERS), { next: 60 }))).toMatchObject({
      protocol: 6,
      sport: 1,
    });
    expect(decode(ipv6(chainOf(MAX_EXTENSION_HEADERS + 1), { next: 60 }))).toBe('ip_bad_extension');
  });
});
