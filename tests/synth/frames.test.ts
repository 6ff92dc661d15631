import { describe, expect, test } from 'vitest';
import { parsePrefix } from '../../src/base/prefixes.ts';
import {
  FRAME_LINK_TYPES,
  FrameEncoder,
  type FrameLinkType,
  MAX_HEADER_BYTES,
} from '../../src/synth/frames.ts';
import { Hosts } from '../../src/synth/hosts.ts';
import { trafficOptions } from '../../src/synth/options.ts';
import { Packet } from '../../src/synth/packet.ts';
import { Random } from '../../src/synth/random.ts';
import { Traffic } from '../../src/synth/traffic.ts';
import { onesSum, readFrame, transportSum } from './read-capture.ts';

const ETHERNET = 1;

function encode(encoder: FrameEncoder, packet: Packet): Uint8Array {
  const bytes = new Uint8Array(4 + MAX_HEADER_BYTES);
  encoder.encode(new DataView(bytes.buffer), 4, packet);
  return bytes.subarray(4, 4 + encoder.headerBytes);
}

/** Two hosts: 192.0.2.1 and 192.0.2.2, 2001:db8::1 and 2001:db8::2, in either order. */
function twoHosts(): Hosts {
  return new Hosts(2, ['192.0.2.0/30', '2001:db8::/126'].map(parsePrefix), new Random(1));
}

function udpPacket(): Packet {
  return Object.assign(new Packet(), {
    source: 0,
    destination: 1,
    protocol: 17,
    sourcePort: 5353,
    destinationPort: 53,
    length: 60,
    datagramBytes: 40,
    identification: 0x12345,
  });
}

/** Fields of a header, put together. */
function hex(...fields: string[]): string {
  return fields.join('');
}

describe('FrameEncoder', () => {
  test.each(FRAME_LINK_TYPES)(
    'all checksums of all kinds of packets are right (link type %d)',
    (linkType) => {
      const given = { packets: 6000, flows: 900, ipv6: 40, icmp: 10, fragments: 10, udp: 40 };
      const traffic = new Traffic(trafficOptions(given));
      const encoder = new FrameEncoder(traffic.hosts, linkType);
      const seen = new Map<string, number>();
      const packet = new Packet();
      while (traffic.next(packet)) {
        const ip = readFrame(encode(encoder, packet), linkType);
        const kind = `${ip.version} ${ip.protocol} ${ip.offset > 0 ? 'later' : ''}`;
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
        const headerSum = ip.version === 4 ? onesSum([ip.ip.subarray(0, 20)]) : 0xffff;
        const sum = ip.offset > 0 ? 0xffff - ip.payload.length : transportSum(ip, packet.datagramBytes);
        expect([headerSum, sum]).toEqual([0xffff, 0xffff]);
        expect([ip.ipLength, ip.fragment]).toEqual([packet.length, packet.fragment]);
        const wanted = packet.fragment ? [packet.fragmentOffset, packet.moreFragments] : [0, false];
        expect([ip.offset, ip.more]).toEqual(wanted);
      }
      const kinds = [
        '4 1 ',
        '4 1 later',
        '4 17 ',
        '4 17 later',
        '4 6 ',
        '6 17 ',
        '6 17 later',
        '6 58 ',
        '6 6 ',
      ];
      expect([...seen.keys()]).toEqual(expect.arrayContaining(kinds));
    },
  );

  test('Ethernet: MAC addresses of the hosts, frame length of the whole packet', () => {
    const encoder = new FrameEncoder(twoHosts(), ETHERNET);
    const frame = encode(encoder, udpPacket());
    expect(Buffer.from(frame.subarray(0, 14)).toString('hex')).toBe('0200000000010200000000000800');
    expect(encoder.headerBytes).toBe(14 + 20 + 8);
    expect(encoder.frameBytes).toBe(14 + 60);
  });

  test('tags: one, or one in another', () => {
    const encoder = new FrameEncoder(twoHosts(), ETHERNET);
    const tagged = encode(encoder, Object.assign(udpPacket(), { vlan: 4094 }));
    expect(Buffer.from(tagged.subarray(12, 18)).toString('hex')).toBe('81000ffe0800');
    expect(encoder.frameBytes).toBe(18 + 60);
    const twice = encode(encoder, Object.assign(udpPacket(), { vlan: 5, serviceVlan: 7 }));
    expect(Buffer.from(twice.subarray(12, 22)).toString('hex')).toBe(hex('88a8000781000005', '0800'));
    expect(readFrame(twice).vlans).toEqual([7, 5]);
    expect(encoder.frameBytes).toBe(22 + 60);
  });

  test('raw IP begins with the IP header, Linux cooked v2 with its own', () => {
    const raw = new FrameEncoder(twoHosts(), 101);
    expect(encode(raw, udpPacket())[0]).toBe(0x45);
    expect(raw.frameBytes).toBe(60);
    const cooked = new FrameEncoder(twoHosts(), 276);
    const frame = encode(cooked, Object.assign(udpPacket(), { source: 1, destination: 0 }));
    const header = hex('0800', '0000', '00000001', '0001', '00', '06', '0200000000010000');
    expect(Buffer.from(frame.subarray(0, 20)).toString('hex')).toBe(header);
    expect(cooked.frameBytes).toBe(80);
  });

  test('an IPv4 header as bytes', () => {
    const frame = encode(new FrameEncoder(twoHosts(), 101), udpPacket());
    const text = Buffer.from(frame.subarray(0, 10)).toString('hex');
    expect(text).toBe(hex('4500003c', '23454000', '4011'));
    expect(new Set([frame[15], frame[19]])).toEqual(new Set([1, 2]));
    expect(Buffer.from(frame.subarray(20, 26)).toString('hex')).toBe(hex('14e9', '0035', '0028'));
  });

  test('an IPv6 fragment as bytes', () => {
    const part = {
      ipv6: true,
      fragment: true,
      fragmentOffset: 1448,
      moreFragments: true,
      identification: -2,
    };
    const frame = encode(
      new FrameEncoder(twoHosts(), 101),
      Object.assign(udpPacket(), part, { length: 1496 }),
    );
    expect(frame).toHaveLength(48);
    expect(Buffer.from(frame.subarray(0, 8)).toString('hex')).toBe(hex('60000000', '05b0', '2c40'));
    expect(Buffer.from(frame.subarray(40)).toString('hex')).toBe(hex('1100', '05a9', 'fffffffe'));
  });

  test('a UDP checksum that comes out as 0 is written as all ones', () => {
    const encoder = new FrameEncoder(twoHosts(), 101);
    const packet = udpPacket();
    let found = 0;
    for (let port = 0; port < 65_536; port++) {
      packet.sourcePort = port;
      const frame = encode(encoder, packet);
      const field = (frame[26]! << 8) | frame[27]!;
      expect(field).not.toBe(0);
      if (field === 0xffff) found++;
    }
    expect(found).toBeGreaterThan(0);
  });

  test('no header is longer than MAX_HEADER_BYTES', () => {
    const syn = Object.assign(udpPacket(), { ipv6: true, vlan: 1, serviceVlan: 1, protocol: 6, tcpFlags: 2 });
    const link: FrameLinkType = ETHERNET;
    const encoder = new FrameEncoder(twoHosts(), link);
    encode(encoder, Object.assign(syn, { length: 64, datagramBytes: 24 }));
    expect(encoder.headerBytes).toBe(MAX_HEADER_BYTES);
  });
});
