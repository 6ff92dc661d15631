/**
 * The reference: a slow and plain reading of captures, for tests only. It shares nothing with src/ but the
 * text form of addresses, so that an error there and an error here are unlikely to be the same one. Objects,
 * strings and BigInt as they come; a fault in the file throws away nothing that was readable before it.
 */
import { readFileSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import { readIp, type Ip } from './ip.ts';
import { readLink, type Macs } from './link.ts';

/** One frame of a capture. */
export interface Frame {
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  readonly linkType: number;
  /** pcapng: number of the interface over all sections; 0 elsewhere. */
  readonly interfaceNumber: number;
  readonly bytes: Buffer;
  /** Length on the wire, of which `bytes` may be the beginning only. */
  readonly originalLength: number;
  /** Byte order of the file: NFLOG's attributes have it. */
  readonly littleEndian: boolean;
}

/** One frame as the rules of counting see it. */
export interface Packet {
  readonly time: bigint;
  readonly originalLength: number;
  /** What it is: an IP packet, another protocol, or IP that cannot be read. */
  readonly outcome: 'ip' | 'not_ip' | 'malformed';
  readonly ip: Ip | undefined;
  readonly ifIndex: number;
  /** What the link layer says of the packet's way, where it says so. */
  readonly way: 'in' | 'out' | undefined;
  readonly vlan: number;
  readonly verdict: 'ACCEPT' | 'REJECT' | undefined;
  readonly macs: Macs | undefined;
  readonly linkType: number;
}

/** All packets of a capture file (pcap, pcapng, gzip of either), in the file's order. */
export function readPackets(path: string): Packet[] {
  return readFrames(path).map(toPacket);
}

/** All frames of a capture file, up to the first place that cannot be read. */
export function readFrames(path: string): Frame[] {
  let bytes: Buffer = readFileSync(path);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    bytes = gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
  }
  return bytes.length >= 4 && bytes.readUInt32BE(0) === 0x0a0d0d0a ? readPcapng(bytes) : readPcap(bytes);
}

function toPacket(frame: Frame): Packet {
  const link = readLink(frame);
  const common = {
    time: link.time ?? frame.time,
    originalLength: frame.originalLength,
    ifIndex: link.ifIndex ?? frame.interfaceNumber,
    way: link.way,
    vlan: link.vlan,
    verdict: link.verdict,
    macs: link.macs,
    linkType: frame.linkType,
  };
  if (link.outcome !== 'ip') return { ...common, outcome: link.outcome, ip: undefined };
  const captured = frame.bytes.subarray(link.offset, link.end);
  const ip = readIp(captured, frame.originalLength - link.offset - link.behind);
  return { ...common, outcome: ip === undefined ? 'malformed' : 'ip', ip };
}

/** pcap: a header of 24 bytes, then records of 16 bytes and the frame. */
function readPcap(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  if (bytes.length < 24) return frames;
  const magic = bytes.readUInt32LE(0);
  const littleEndian = magic === 0xa1b2c3d4 || magic === 0xa1b23c4d;
  const u32 = (at: number): number => (littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const nano = u32(0) === 0xa1b23c4d;
  if (!nano && u32(0) !== 0xa1b2c3d4) return frames;
  const linkType = u32(20) & 0xffff;
  for (let at = 24; at + 16 <= bytes.length;) {
    const length = u32(at + 8);
    if (at + 16 + length > bytes.length) break;
    frames.push({
      time: BigInt(u32(at)) * 1_000_000_000n + BigInt(u32(at + 4)) * (nano ? 1n : 1000n),
      linkType,
      interfaceNumber: 0,
      bytes: bytes.subarray(at + 16, at + 16 + length),
      originalLength: u32(at + 12),
      littleEndian,
    });
    at += 16 + length;
  }
  return frames;
}

/** One interface of a pcapng section. */
interface Interface {
  readonly number: number;
  readonly linkType: number;
  readonly snapLength: number;
  /** Time stamps are in units of 1/ticks seconds, `offset` seconds after the epoch. */
  readonly ticks: bigint;
  readonly offset: bigint;
}

/** pcapng (draft-ietf-opsawg-pcapng): blocks of type, length, body, length. */
function readPcapng(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  let littleEndian = true;
  let interfaces: Interface[] = [];
  let interfaceCount = 0;
  let lastTime = 0n;
  const u16 = (at: number): number => (littleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const u32 = (at: number): number => (littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  for (let at = 0; at + 12 <= bytes.length;) {
    const type = u32(at);
    if (type === 0x0a0d0d0a) {
      littleEndian = bytes.readUInt32LE(at + 8) === 0x1a2b3c4d;
      interfaces = [];
    }
    const length = u32(at + 4);
    if (length < 12 || length % 4 !== 0 || at + length > bytes.length) break;
    const end = at + length - 4;
    const body = at + 8;
    const add = (
      port: Interface | undefined,
      time: bigint,
      from: number,
      captured: number,
      original: number,
    ): void => {
      if (port === undefined || from + captured > end) return;
      const { linkType, number } = port;
      const piece = bytes.subarray(from, from + captured);
      frames.push({
        time,
        linkType,
        interfaceNumber: number,
        bytes: piece,
        originalLength: original,
        littleEndian,
      });
    };
    const stamp = (port: Interface | undefined, high: number, low: number): bigint => {
      const ticks = (BigInt(high) << 32n) | BigInt(low);
      lastTime = port ? (ticks * 1_000_000_000n) / port.ticks + port.offset * 1_000_000_000n : 0n;
      return lastTime;
    };
    if (type === 1) {
      interfaces.push(readInterface(body, end));
    } else if (type === 6) {
      const port = interfaces[u32(body)];
      add(port, stamp(port, u32(body + 4), u32(body + 8)), body + 20, u32(body + 12), u32(body + 16));
    } else if (type === 2) {
      const port = interfaces[u16(body)];
      add(port, stamp(port, u32(body + 4), u32(body + 8)), body + 20, u32(body + 12), u32(body + 16));
    } else if (type === 3) {
      // A simple packet has no time of its own: it takes the one before it.
      const port = interfaces[0];
      const limit = port && port.snapLength > 0 ? port.snapLength : Number.POSITIVE_INFINITY;
      add(port, lastTime, body + 4, Math.min(u32(body), limit, end - body - 4), u32(body));
    }
    at += length;
  }
  return frames;

  function readInterface(body: number, end: number): Interface {
    let ticks = 1_000_000n;
    let offset = 0n;
    for (let at = body + 8; at + 4 <= end;) {
      const code = u16(at);
      const size = u16(at + 2);
      if (code === 0) break;
      if (code === 9) {
        const resolution = bytes[at + 4]!;
        ticks = resolution & 0x80 ? 1n << BigInt(resolution & 0x7f) : 10n ** BigInt(resolution);
      } else if (code === 14) {
        offset = littleEndian ? bytes.readBigInt64LE(at + 4) : bytes.readBigInt64BE(at + 4);
      }
      at += 4 + Math.ceil(size / 4) * 4;
    }
    return { number: interfaceCount++, linkType: u16(body), snapLength: u32(body + 4), ticks, offset };
  }
}
