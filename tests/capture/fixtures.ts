import {
  block,
  enhancedPacket,
  ethernet,
  icmp,
  interfaceBlock,
  ipv4,
  ipv6,
  join,
  option,
  pad4,
  pcap,
  sectionHeader,
  tcp,
  text,
  time64,
  u16,
  u32,
  udp,
  word16,
  word32,
} from './build.ts';

/** Captures of every format and link type, each with a bit of everything: for tests that take them all. */

const TIME = 1_700_000_000_123_456n;

/** IP packets of every kind that makes a row. */
export const PACKETS: readonly Uint8Array[] = [
  ipv4(tcp(49152, 443, 2)),
  ipv4(tcp(443, 49152, 18, 'de ad be ef')),
  ipv4(udp(5353, 53, 'ab cd'), { protocol: 17, src: '172.16.3.4', dst: '224.0.0.251' }),
  ipv4(icmp(8, 0), { protocol: 1 }),
  ipv4(tcp(22, 50000, 24), { options: '94 04 00 00' }),
  ipv4(udp(111, 222, '00 '.repeat(16)), { protocol: 17, more: true, id: 77 }),
  ipv4('00 '.repeat(24), { protocol: 17, offset: 24, id: 77 }),
  ipv4(join(u16(2905), u16(2906), u32(1), u32(0)), { protocol: 132 }),
  ipv4('00 00 08 00 00 00 00 00', { protocol: 47 }),
  ipv6(tcp(50001, 80, 16, '68 69')),
  ipv6(udp(546, 547, '01'), { next: 17, src: 'fe80::1', dst: 'ff02::1:2' }),
  ipv6(icmp(128, 0), { next: 58 }),
  ipv6(join('3a 00 05 02 00 00 01 00', icmp(143, 0)), { next: 0, dst: 'ff02::16' }),
  ipv6(join('3c 00 01 04 00 00 00 00', '06 00 01 04 00 00 00 00', tcp(1, 2, 17)), { next: 60 }),
  ipv6(join('11 00 00 01 00 00 30 39', udp(1000, 2000, '00 '.repeat(8))), { next: 44 }),
  ipv6(join('11 00 00 10 00 00 30 39', '00 '.repeat(8)), { next: 44 }),
  ipv6(join('3b 00 01 04 00 00 00 00'), { next: 60 }),
];

function etherType(packet: Uint8Array): number {
  return packet[0]! >>> 4 === 6 ? 0x86dd : 0x0800;
}

/** Ethernet frames: the packets bare, then each in one of the encapsulations, then what is not IP. */
export const FRAMES: readonly Uint8Array[] = [
  ...PACKETS.map((packet) => ethernet(etherType(packet), packet)),
  ...PACKETS.map((packet, i) => {
    const type = etherType(packet);
    const protocol = type === 0x0800 ? 0x0021 : 0x0057;
    switch (i % 5) {
      case 0:
        return ethernet(0x8100, join(u16(100 + i), u16(type), packet));
      case 1:
        return ethernet(0x88a8, join(u16(200 + i), u16(0x8100), u16(7), u16(type), packet));
      case 2:
        return ethernet(0x8847, join('00 01 00 40 00 02 01 40', packet));
      case 3:
        return ethernet(0x8864, join('11 00 00 01', u16(packet.length + 2), u16(protocol), packet));
      default:
        return ethernet(packet.length + 8, join('aa aa 03 00 00 00', u16(type), packet));
    }
  }),
  ethernet(0x0806, '00 01 08 00 06 04 00 01 02 00 00 00 00 0a 0a 00 00 01 00 00 00 00 00 00 0a 00 00 02'),
  ethernet(0x0026, '42 42 03 00 00 00 00 00'),
];

function nflogAttribute(type: number, value: Uint8Array, little: boolean): Uint8Array {
  return pad4(join(word16(value.length + 4, little), word16(type, little), value));
}

function nflogMessage(packet: Uint8Array, i: number, little: boolean): Uint8Array {
  return join(
    [packet[0]! >>> 4 === 6 ? 10 : 2, 0, 0, 5],
    nflogAttribute(1, join(u16(etherType(packet)), '01 00'), little),
    nflogAttribute(10, join(text(['ACCEPT ', 'fw REJECT', 'other'][i % 3]!), [0]), little),
    nflogAttribute(i % 2 === 0 ? 4 : 5, join(u32(i + 1)), little),
    nflogAttribute(8, join('00 06 00 00 02 00 00 00 00 0a 00 00'), little),
    nflogAttribute(3, join(u32(0), u32(1_650_000_000 + i), u32(0), u32(500_000)), little),
    nflogAttribute(9, packet, little),
  );
}

function pcapng(little: boolean): Uint8Array {
  const length = (data: Uint8Array) => word32(data.length, little);
  const frame = FRAMES[0]!;
  return join(
    sectionHeader(little),
    interfaceBlock(
      1,
      join(option(2, text('eth0'), little), option(9, [6], little), option(0, [], little)),
      little,
    ),
    ...FRAMES.map((data, i) => enhancedPacket(0, TIME + BigInt(i), data, little)),
    block(4, join(word16(0, little), word16(0, little)), little),
    block(3, join(length(frame), frame), little),
    block(
      2,
      join(word16(0, little), word16(3, little), time64(TIME, little), length(frame), length(frame), frame),
      little,
    ),
    sectionHeader(!little),
    interfaceBlock(101, option(9, [9], !little), !little),
    interfaceBlock(239, option(9, [0xa0], !little), !little),
    ...PACKETS.map((data, i) => enhancedPacket(0, 1000n * TIME + BigInt(i), data, !little)),
    ...PACKETS.map((data, i) =>
      enhancedPacket(1, (1_700_000_000n << 32n) + BigInt(i), nflogMessage(data, i, !little), !little),
    ),
  );
}

const cooked = PACKETS.map((packet, i) =>
  join(u16(i % 5), '00 01 00 06 02 00 00 00 00 0a 00 00', u16(etherType(packet)), packet),
);
const cookedV2 = PACKETS.map((packet, i) =>
  join(u16(etherType(packet)), '00 00', u32(i), '00 01', [i % 5, 6], '02 00 00 00 00 0a 00 00', packet),
);
const families = PACKETS.map((packet) => (packet[0]! >>> 4 === 6 ? 30 : 2));
const nullFrames = PACKETS.map((packet, i) => join([families[i]!, 0, 0, 0], packet));
const loopFrames = PACKETS.map((packet, i) => join([0, 0, 0, families[i]!], packet));
/** Frames as a snapshot length of 84 bytes leaves them. */
const snapped = FRAMES.map((frame) => ({ data: frame.subarray(0, 84), original: frame.length }));

/** Every capture by name. */
export const CAPTURES: Readonly<Record<string, Uint8Array>> = {
  'pcap, little-endian, microseconds': pcap([...FRAMES]),
  'pcap, big-endian, microseconds': pcap([...FRAMES], { little: false }),
  'pcap, little-endian, nanoseconds': pcap([...FRAMES], { magic: 0xa1b23c4d }),
  'pcap, big-endian, nanoseconds': pcap([...FRAMES], { magic: 0xa1b23c4d, little: false }),
  'pcap, modified': pcap([...FRAMES], { magic: 0xa1b2cd34 }),
  'pcap, snapped': pcap(snapped),
  'pcap, Linux cooked': pcap(cooked, { linkType: 113 }),
  'pcap, Linux cooked v2': pcap(cookedV2, { linkType: 276 }),
  'pcap, raw IP': pcap([...PACKETS], { linkType: 101 }),
  'pcap, null': pcap(nullFrames, { linkType: 0 }),
  'pcap, loopback': pcap(loopFrames, { linkType: 108, little: false }),
  'pcap, NFLOG, little-endian': pcap(
    PACKETS.map((packet, i) => nflogMessage(packet, i, true)),
    { linkType: 239 },
  ),
  'pcap, NFLOG, big-endian': pcap(
    PACKETS.map((packet, i) => nflogMessage(packet, i, false)),
    { linkType: 239, little: false },
  ),
  'pcapng, little-endian first': pcapng(true),
  'pcapng, big-endian first': pcapng(false),
};
