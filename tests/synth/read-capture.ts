/** A slow and plain reader of captures, written for these tests only: it shares no code with src/. */
import { execFileSync, spawnSync } from 'node:child_process';

interface ReadPacket {
  seconds: number;
  nanos: number;
  original: number;
  bytes: Uint8Array;
}

export interface ReadCapture {
  linkType: number;
  snaplen: number;
  packets: ReadPacket[];
}

export function readPcap(bytes: Uint8Array): ReadCapture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magics: Record<string, [boolean, number]> = {
    d4c3b2a1: [true, 1000],
    a1b2c3d4: [false, 1000],
    '4d3cb2a1': [true, 1],
    a1b23c4d: [false, 1],
  };
  const magic = Buffer.from(bytes.subarray(0, 4)).toString('hex');
  const kind = magics[magic];
  if (kind === undefined) throw new Error(`no pcap magic: ${magic}`);
  const [little, unit] = kind;
  if (view.getUint16(4, little) !== 2 || view.getUint16(6, little) !== 4) throw new Error('no version 2.4');
  const packets: ReadPacket[] = [];
  let at = 24;
  while (at < bytes.length) {
    const captured = view.getUint32(at + 8, little);
    const end = at + 16 + captured;
    if (end > bytes.length) throw new Error(`packet at ${at} is cut`);
    packets.push({
      seconds: view.getUint32(at, little),
      nanos: view.getUint32(at + 4, little) * unit,
      original: view.getUint32(at + 12, little),
      bytes: bytes.subarray(at + 16, end),
    });
    at = end;
  }
  return { linkType: view.getUint32(20, little), snaplen: view.getUint32(16, little), packets };
}

export function readPcapng(bytes: Uint8Array): ReadCapture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== 0x0a0d0d0a) throw new Error('no section header');
  const little = view.getUint32(8) === 0x4d3c2b1a;
  if (!little && view.getUint32(8) !== 0x1a2b3c4d) throw new Error('no byte order magic');
  const out: ReadCapture = { linkType: -1, snaplen: -1, packets: [] };
  let units = 1_000_000n;
  for (let at = 0; at < bytes.length;) {
    const type = view.getUint32(at, little);
    const length = view.getUint32(at + 4, little);
    if (length % 4 !== 0 || view.getUint32(at + length - 4, little) !== length)
      throw new Error(`block at ${at}`);
    if (type === 1) {
      out.linkType = view.getUint16(at + 8, little);
      out.snaplen = view.getUint32(at + 12, little);
      if (view.getUint16(at + 16, little) !== 9 || view.getUint16(at + 18, little) !== 1) {
        throw new Error('no time resolution');
      }
      units = 10n ** BigInt(view.getUint8(at + 20));
    } else if (type === 6) {
      const time = (BigInt(view.getUint32(at + 12, little)) << 32n) | BigInt(view.getUint32(at + 16, little));
      const captured = view.getUint32(at + 20, little);
      if (length !== 32 + Math.ceil(captured / 4) * 4) throw new Error(`block length at ${at}`);
      out.packets.push({
        seconds: Number(time / units),
        nanos: Number(((time % units) * 1_000_000_000n) / units),
        original: view.getUint32(at + 24, little),
        bytes: bytes.subarray(at + 28, at + 28 + captured),
      });
    } else if (type !== 0x0a0d0d0a) throw new Error(`block type ${type}`);
    at += length;
  }
  return out;
}

export interface ReadIp {
  version: 4 | 6;
  source: string;
  destination: string;
  protocol: number;
  ipLength: number;
  /** Captured bytes of the IP packet, header included. */
  ip: Uint8Array;
  /** Captured bytes after the IP headers. */
  payload: Uint8Array;
  /** Length of what follows the IP headers, captured or not. */
  payloadLength: number;
  identification: number;
  fragment: boolean;
  offset: number;
  more: boolean;
  vlans: number[];
}

/** Takes an Ethernet (1), raw (101) or Linux cooked v2 (276) frame apart. */
export function readFrame(bytes: Uint8Array, linkType = 1): ReadIp {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const vlans: number[] = [];
  let at = 0;
  let ether = view.getUint8(0) >> 4 === 4 ? 0x0800 : 0x86dd;
  if (linkType === 276) {
    ether = view.getUint16(0);
    at = 20;
  } else if (linkType === 1) {
    at = 12;
    while (view.getUint16(at) === 0x8100 || view.getUint16(at) === 0x88a8) {
      vlans.push(view.getUint16(at + 2) & 0xfff);
      at += 4;
    }
    ether = view.getUint16(at);
    at += 2;
  }
  const ip = bytes.subarray(at);
  return ether === 0x0800 ? readIPv4(ip, vlans) : readIPv6(ip, vlans);
}

function readIPv4(ip: Uint8Array, vlans: number[]): ReadIp {
  const view = new DataView(ip.buffer, ip.byteOffset, ip.byteLength);
  if (view.getUint8(0) !== 0x45) throw new Error('no IPv4 header');
  const field = view.getUint16(6);
  return {
    version: 4,
    source: [...ip.subarray(12, 16)].join('.'),
    destination: [...ip.subarray(16, 20)].join('.'),
    protocol: view.getUint8(9),
    ipLength: view.getUint16(2),
    ip,
    payload: ip.subarray(20),
    payloadLength: view.getUint16(2) - 20,
    identification: view.getUint16(4),
    fragment: (field & 0x3fff) !== 0,
    offset: (field & 0x1fff) * 8,
    more: (field & 0x2000) !== 0,
    vlans,
  };
}

function readIPv6(ip: Uint8Array, vlans: number[]): ReadIp {
  const view = new DataView(ip.buffer, ip.byteOffset, ip.byteLength);
  if (view.getUint8(0) >> 4 !== 6) throw new Error('no IPv6 header');
  const fragment = view.getUint8(6) === 44;
  const headers = fragment ? 48 : 40;
  const field = fragment ? view.getUint16(42) : 0;
  return {
    version: 6,
    source: Buffer.from(ip.subarray(8, 24)).toString('hex'),
    destination: Buffer.from(ip.subarray(24, 40)).toString('hex'),
    protocol: view.getUint8(fragment ? 40 : 6),
    ipLength: 40 + view.getUint16(4),
    ip,
    payload: ip.subarray(headers),
    payloadLength: 40 + view.getUint16(4) - headers,
    identification: fragment ? view.getUint32(44) : 0,
    fragment,
    offset: field & 0xfff8,
    more: (field & 1) === 1,
    vlans,
  };
}

/** The 5-tuple as text, ICMP with type and code; undefined for a later fragment. */
export function tupleOf(ip: ReadIp): string | undefined {
  if (ip.offset > 0) return undefined;
  const view = new DataView(ip.payload.buffer, ip.payload.byteOffset);
  const icmp = ip.protocol === 1 || ip.protocol === 58;
  const ports = icmp ? view.getUint16(0) & 0xff00 : view.getUint32(0);
  return `${ip.source} ${ip.destination} ${ip.protocol} ${ports}`;
}

/** One's complement sum of 16-bit words, bytes beyond the end as zeros: 0xffff over a right checksum. */
export function onesSum(parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let i = 0; i < part.length; i += 2) {
      sum += part[i]! * 256 + (part[i + 1] ?? 0);
      if (sum > 0xffff) sum -= 0xffff;
    }
  }
  return sum;
}

/** Sum over transport header, zero payload and pseudo header: 0xffff when the checksum is right. */
export function transportSum(ip: ReadIp, transportLength: number): number {
  if (ip.protocol === 1) return onesSum([ip.payload]);
  const addresses = ip.version === 4 ? ip.ip.subarray(12, 20) : ip.ip.subarray(8, 40);
  const tail = new Uint8Array([0, ip.protocol, transportLength >> 8, transportLength & 255]);
  return onesSum([addresses, tail, ip.payload]);
}

/** Whether a tool is there. In CI it must be. */
export function hasTool(name: string): boolean {
  const found = spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
  if (!found && process.env['CI'] === 'true') throw new Error(`${name} is missing: CI must have it`);
  return found;
}

const TSHARK = 'tshark';

/** Fields of every packet as tshark sees them, without guesses at protocols above UDP and TCP. */
export function tsharkFields(path: string, fields: readonly string[]): string[][] {
  const out = execFileSync(
    TSHARK,
    [
      '-nr',
      path,
      '-o',
      'ip.check_checksum:TRUE',
      '-T',
      'fields',
      ...fields.flatMap((field) => ['-e', field]),
    ],
    { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  return out
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
}
