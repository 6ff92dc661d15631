import { readdirSync } from 'node:fs';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readFrames, readPackets, type Packet } from './packets.ts';
import { hasTshark, sharkPackets, type SharkPacket } from './tshark.ts';

const EXAMPLES = new URL('../../examples/', import.meta.url).pathname;
const captures = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(?:pcap|pcapng)(?:\.gz)?$/.test(name))
  .sort();

/** Bytes of these headers without options. */
const ETHERNET_IP_TCP = 14 + 20 + 20;

/** Bytes from pieces of hex and lists. */
function frame(...parts: (string | number[])[]): Buffer {
  return Buffer.concat(
    parts.map((part) =>
      typeof part === 'string' ? Buffer.from(part.replaceAll(' ', ''), 'hex') : Buffer.from(part),
    ),
  );
}

/** An IPv6 header from its payload length and next header, in hex. */
function header6(payload: string, next: string): string {
  return `60000000 ${payload} ${next} 40 fd000000000000000000000000000001 fd000000000000000000000000000002`;
}

/** A pcapng block. */
function block(big: boolean, type: number, body: Buffer): Buffer {
  const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
  const out = Buffer.alloc(12 + padded.length);
  const u32 = (value: number, at: number): unknown =>
    big ? out.writeUInt32BE(value, at) : out.writeUInt32LE(value, at);
  u32(type, 0);
  u32(out.length, 4);
  padded.copy(out, 8);
  u32(out.length, out.length - 4);
  return out;
}

/** A reference packet in the form of tshark's, fragments not joined. */
function asShark(packet: Packet, number: number): Omit<SharkPacket, 'point'> {
  const ip = packet.ip!;
  const { source, destination, protocol, length, sourcePort, destinationPort, icmp, flags } = ip;
  const second = Number(packet.time / 1_000_000_000n);
  const { vlan } = packet;
  return {
    number,
    second,
    source,
    destination,
    protocol,
    length,
    sourcePort,
    destinationPort,
    icmp,
    flags,
    vlan,
  };
}

describe.skipIf(!hasTshark() && process.env['CI'] !== 'true')('the reference reads what tshark reads', () => {
  test.each(captures)('%s', (name) => {
    const packets = readPackets(join(EXAMPLES, name));
    // tshark reads no flags where a TCP header is cut.
    const cut = readFrames(join(EXAMPLES, name)).every(({ bytes }) => bytes.length < ETHERNET_IP_TCP);
    const shark = sharkPackets(join(EXAMPLES, name));
    const own = packets.flatMap((packet, i) => (packet.outcome === 'ip' ? [asShark(packet, i + 1)] : []));
    const later = new Set(packets.flatMap(({ ip }, i) => (ip?.fragment?.first === false ? [i + 1] : [])));
    expect(own.length).toBeGreaterThan(0);
    expect(cut ? own.map((it) => ({ ...it, flags: 0 })) : own).toEqual(
      shark.map(({ point: _point, ...rest }) =>
        later.has(rest.number) ? { ...rest, sourcePort: 0, destinationPort: 0, icmp: 0 } : rest,
      ),
    );
  });
});

describe('what the examples do not hold', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-reference-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** UDP 10.0.0.1:1111 to 10.0.0.2:53, 28 bytes. */
  const UDP4 = '45 00 001c 0001 0000 40 11 0000 0a000001 0a000002 0457 0035 0008 0000';
  const MACS = '020000000001 020000000002';

  function one(linkType: number, bytes: Buffer, originalLength = bytes.length, big = false): Packet {
    const header = Buffer.alloc(40);
    const u32 = (value: number, at: number): unknown =>
      big ? header.writeUInt32BE(value, at) : header.writeUInt32LE(value, at);
    [0xa1b2c3d4, 0x00040002, 0, 0, 262144, linkType, 1_700_000_000, 5, bytes.length, originalLength].forEach(
      (value, i) => u32(value, 4 * i),
    );
    const path = join(folder, 'one.pcap');
    writeFileSync(path, Buffer.concat([header, bytes]));
    return readPackets(path)[0]!;
  }

  test.each([
    ['Ethernet', 1, frame(MACS, '0800', UDP4)],
    ['priority tag', 1, frame(MACS, '8100 0000 0800', UDP4)],
    ['MPLS, two labels', 1, frame(MACS, '8847 00010040 00011140', UDP4)],
    ['PPPoE', 1, frame(MACS, '8864 1100 0001 001e 0021', UDP4)],
    ['raw IP', 101, frame(UDP4)],
    ['raw IPv4', 228, frame(UDP4)],
    ['null, little endian', 0, frame('02000000', UDP4)],
    ['loop', 108, frame('00000002', UDP4)],
  ])('%s', (_name, linkType, bytes) => {
    for (const big of [false, true]) {
      const packet = one(linkType, bytes, bytes.length, big);
      expect(packet).toMatchObject({ outcome: 'ip', time: 1_700_000_000_000_005_000n });
      expect(packet.ip).toMatchObject({
        source: '10.0.0.1',
        destination: '10.0.0.2',
        sourcePort: 1111,
        destinationPort: 53,
        length: 28,
        fragment: undefined,
      });
    }
  });

  test('MPLS labels end at the bottom of the stack', () => {
    expect(one(1, frame(MACS, '8847 00010040 00011140', UDP4)).outcome).toBe('ip');
    expect(one(1, frame(MACS, '8847 00010040 00011040')).outcome).toBe('malformed');
  });

  test('padding does not count, an offloaded segment has the length of its frame', () => {
    expect(
      one(
        1,
        frame(
          MACS,
          '0800',
          UDP4,
          Array.from({ length: 18 }, () => 0),
        ),
      ).ip!.length,
    ).toBe(28);
    const segment = one(1, frame(MACS, '0800', UDP4.replace('001c', '0000')), 70_014);
    expect(segment.ip).toMatchObject({ length: 70_000, offloaded: true });
  });

  test('what is no IP, and IP that cannot be read', () => {
    expect(one(1, frame(MACS, '0806', '0001 0800 0604 0001')).outcome).toBe('not_ip');
    expect(one(1, frame(MACS)).outcome).toBe('malformed');
    expect(one(101, frame(UDP4.slice(0, 30))).outcome).toBe('malformed');
    expect(one(101, frame(`44${UDP4.slice(2)}`)).outcome).toBe('malformed');
    expect(one(101, frame(UDP4.replace('001c', '0013'))).outcome).toBe('malformed');
    expect(one(101, frame(`55${UDP4.slice(2)}`)).outcome).toBe('malformed');
  });

  test('IPv6 through options and a fragment header; an atomic fragment is none', () => {
    const options = '3c 00 010400000000 06 00 010400000000';
    const tcp = '01bb 1f90 00000001 00000000 5012 ffff 0000 0000';
    expect(one(101, frame(header6('0024', '00'), options, tcp)).ip).toMatchObject({
      protocol: 6,
      sourcePort: 443,
      destinationPort: 8080,
      flags: 0x12,
      length: 76,
    });
    const fragment = (word: string): Packet =>
      one(101, frame(header6('001c', '2c'), `06 00 ${word} 00000007`, tcp));
    expect(fragment('0001').ip!.fragment).toEqual({ id: 7, first: true });
    expect(fragment('0000').ip!.fragment).toBeUndefined();
    expect(fragment('0009').ip).toMatchObject({ fragment: { id: 7, first: false }, sourcePort: 0, flags: 0 });
  });

  test('pcapng: byte orders, sections, resolutions, offsets, simple and old blocks; a cut keeps what was before', () => {
    const raw = frame(UDP4);
    const little = [
      block(false, 0x0a0d0d0a, frame('4d3c2b1a 0100 0000 ffffffffffffffff')),
      // Raw IP, units of 1/2^10 s, 100 s after the epoch.
      block(false, 1, frame('6500 0000 00000000 0900 0100 8a000000 0e00 0800 6400000000000000 0000 0000')),
      block(false, 6, frame('00000000 00000000 00080000 1c000000 1c000000', [...raw])),
      block(false, 3, frame('1c000000', [...raw])),
    ];
    const big = [
      block(true, 0x0a0d0d0a, frame('1a2b3c4d 0001 0000 ffffffffffffffff')),
      block(true, 1, frame('0065 0000 00000000')),
      block(true, 2, frame('0000 0000 00000000 001e8480 0000001c 0000001c', [...raw])),
    ];
    const path = join(folder, 'sections.pcapng');
    writeFileSync(path, Buffer.concat([...little, ...big]));
    const frames = readFrames(path);
    expect(frames.map((it) => it.time)).toEqual([102_000_000_000n, 102_000_000_000n, 2_000_000_000n]);
    expect(frames.map((it) => it.interfaceNumber)).toEqual([0, 0, 1]);
    expect(readPackets(path).map((it) => it.ip?.length)).toEqual([28, 28, 28]);
    writeFileSync(path, Buffer.concat([...little, ...big]).subarray(0, -5));
    expect(readFrames(path)).toHaveLength(2);
  });
});
