import { formatIPv4, formatIPv6, parseIPv4, parseIPv6 } from '../../src/base/addresses.ts';
import {
  BATCH_ROWS,
  Batch,
  META_FRAGMENT_FIRST,
  META_FRAGMENT_LATER,
  META_INCOMING,
  META_IPV6,
  META_MAC,
  META_OFFLOADED,
  META_OUTGOING,
  META_TUNNEL,
  META_VERDICT,
  META_VERDICT_SHIFT,
  foldAddress,
} from '../../src/capture/batch.ts';
import { REJECTIONS } from '../../src/capture/decoder.ts';
import type { CaptureDecoder, Rejection } from '../../src/capture/decoder.ts';
import { openCapture } from '../../src/capture/open.ts';
import type { CaptureOptions } from '../../src/capture/open.ts';

/** Builders of packets and captures, byte by byte, and a reader that turns batches into plain objects. */

/** Bytes of numbers, of text in hex (spaces ignored), or as they are. */
export type Bytes = Uint8Array | readonly number[] | string;

export function join(...parts: Bytes[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(
      parts.map((part) =>
        typeof part === 'string' ? Buffer.from(part.replaceAll(' ', ''), 'hex') : Uint8Array.from(part),
      ),
    ),
  );
}

/** Big-endian words. */
export function u16(value: number): number[] {
  return [(value >>> 8) & 255, value & 255];
}
export function u32(value: number): number[] {
  return [...u16(value >>> 16), ...u16(value & 0xffff)];
}
/** Words of either byte order, as capture files hold them. */
export function word16(value: number, little: boolean): number[] {
  return little ? u16(value).reverse() : u16(value);
}
export function word32(value: number, little: boolean): number[] {
  return little ? u32(value).reverse() : u32(value);
}

export function text(value: string): number[] {
  return [...Buffer.from(value)];
}

const MAC_A = '02 00 00 00 00 0a';
const MAC_B = '02 00 00 00 00 0b';

/** An Ethernet frame from MAC_A to MAC_B. */
export function ethernet(type: number, payload: Bytes): Uint8Array {
  return join(MAC_B, MAC_A, u16(type), payload);
}

export interface IPv4Fields {
  src?: string;
  dst?: string;
  protocol?: number;
  options?: Bytes;
  id?: number;
  /** In bytes. */
  offset?: number;
  more?: boolean;
  totalLength?: number;
  /** Overrides version and header length. */
  first?: number;
}

export function ipv4(payload: Bytes, fields: IPv4Fields = {}): Uint8Array {
  const options = join(fields.options ?? []);
  const body = join(payload);
  const fragment = (fields.more ? 0x2000 : 0) | ((fields.offset ?? 0) / 8);
  return join(
    [fields.first ?? 0x45 + options.length / 4, 0],
    u16(fields.totalLength ?? 20 + options.length + body.length),
    u16(fields.id ?? 0x1234),
    u16(fragment),
    [64, fields.protocol ?? 6, 0, 0],
    u32(parseIPv4(fields.src ?? '10.0.0.1')!),
    u32(parseIPv4(fields.dst ?? '192.0.2.7')!),
    options,
    body,
  );
}

export interface IPv6Fields {
  src?: string;
  dst?: string;
  next?: number;
  payloadLength?: number;
}

export function ipv6(payload: Bytes, fields: IPv6Fields = {}): Uint8Array {
  const body = join(payload);
  return join(
    '60 00 00 00',
    u16(fields.payloadLength ?? body.length),
    [fields.next ?? 6, 64],
    parseIPv6(fields.src ?? '2001:db8::1')!.flatMap(u32),
    parseIPv6(fields.dst ?? 'fd00::2:3')!.flatMap(u32),
    body,
  );
}

export function tcp(src: number, dst: number, flags: number, data: Bytes = []): Uint8Array {
  return join(u16(src), u16(dst), u32(1), u32(0), [0x50, flags], u16(1024), u32(0), data);
}

export function udp(src: number, dst: number, data: Bytes = []): Uint8Array {
  const body = join(data);
  return join(u16(src), u16(dst), u16(8 + body.length), u16(0), body);
}

export function icmp(type: number, code: number): Uint8Array {
  return join([type, code], u16(0), u32(0x00010001), text('ping'));
}

export interface Packet {
  data: Uint8Array;
  seconds?: number;
  /** Micro- or nanoseconds, as the capture counts them. */
  fraction?: number;
  /** Length on the wire, when it is not all captured. */
  original?: number;
  captured?: number;
}

export interface PcapFields {
  little?: boolean;
  magic?: number;
  linkType?: number;
  major?: number;
}

export function pcapHeader(fields: PcapFields = {}): Uint8Array {
  const little = fields.little ?? true;
  return join(
    word32(fields.magic ?? 0xa1b2c3d4, little),
    word16(fields.major ?? 2, little),
    word16(4, little),
    word32(0, little),
    word32(0, little),
    word32(262144, little),
    word32(fields.linkType ?? 1, little),
  );
}

/** A pcap file. Packets that are bare bytes are at 1700000000 s and some microseconds. */
export function pcap(packets: (Packet | Uint8Array)[], fields: PcapFields = {}): Uint8Array {
  const little = fields.little ?? true;
  const extra = fields.magic === 0xa1b2cd34 ? [0, 0, 0, 0, 0, 0, 0, 0] : [];
  const records = packets.map((packet, i) => {
    const p: Packet = packet instanceof Uint8Array ? { data: packet } : packet;
    return join(
      word32(p.seconds ?? 1_700_000_000, little),
      word32(p.fraction ?? i, little),
      word32(p.captured ?? p.data.length, little),
      word32(p.original ?? p.data.length, little),
      extra,
      p.data,
    );
  });
  return join(pcapHeader(fields), ...records);
}

/** One pcapng block: padded, with its length at both ends. */
export function block(type: number, body: Bytes, little = true): Uint8Array {
  const padded = pad4(join(body));
  const length = word32(12 + padded.length, little);
  return join(word32(type, little), length, padded, length);
}

export function pad4(bytes: Uint8Array): Uint8Array {
  return join(
    bytes,
    Array.from({ length: -bytes.length & 3 }, () => 0),
  );
}

export function option(code: number, value: Bytes, little = true): Uint8Array {
  const bytes = join(value);
  return join(word16(code, little), word16(bytes.length, little), pad4(bytes));
}

export function sectionHeader(little = true, sectionLength: Bytes = 'ff ff ff ff ff ff ff ff'): Uint8Array {
  return block(
    0x0a0d0d0a,
    join(word32(0x1a2b3c4d, little), word16(1, little), word16(0, little), sectionLength),
    little,
  );
}

export function interfaceBlock(linkType: number, options: Bytes = [], little = true, snap = 0): Uint8Array {
  return block(1, join(word16(linkType, little), word16(0, little), word32(snap, little), options), little);
}

/** The two words of a 64-bit time, high first, as packet blocks hold them. */
export function time64(value: bigint, little = true): number[] {
  return [...word32(Number(value >> 32n), little), ...word32(Number(value & 0xffffffffn), little)];
}

export function enhancedPacket(number: number, time: bigint, data: Uint8Array, little = true): Uint8Array {
  const length = word32(data.length, little);
  return block(6, join(word32(number, little), time64(time, little), length, length, data), little);
}

/** A row of a batch in words that a test can read. */
export interface Row {
  seconds: number;
  nanos: number;
  src: string;
  dst: string;
  sport: number;
  dport: number;
  protocol: number;
  flags: number;
  length: number;
  ifIndex: number;
  vlan: number;
  fragment?: { part: 'first' | 'later'; id: number };
  verdict?: number;
  offloaded?: true;
  direction?: 'in' | 'out';
  macs?: string;
  tunnel?: number;
}

export interface Reading {
  rows: Row[];
  decoder: CaptureDecoder;
  rejected: Partial<Record<Rejection, number>>;
}

/** Reads a capture pushed in pieces that end at `cuts`, with the rest of a piece kept as the contract says. */
export function readCapture(capture: Uint8Array, options: CaptureOptions = {}, cuts: number[] = []): Reading {
  const decoder = openCapture(capture, options);
  if (decoder === undefined) throw new Error('no decoder knows the magic number');
  const rows: Row[] = [];
  const batch = new Batch();
  let from = 0;
  for (const to of [...cuts, capture.length]) {
    for (;;) {
      batch.clear();
      const next = decoder.decode(capture, from, to, batch);
      if (next < from || next > to) throw new Error(`consumed to ${next} of ${from} to ${to}`);
      rows.push(...readBatch(batch));
      const stuck = next === from;
      from = next;
      if (stuck || (batch.count < BATCH_ROWS && next === to)) break;
    }
  }
  decoder.end(capture.length - from);
  return { rows, decoder, rejected: rejectedOf(decoder) };
}

export function rejectedOf(decoder: CaptureDecoder): Partial<Record<Rejection, number>> {
  const out: Partial<Record<Rejection, number>> = {};
  REJECTIONS.forEach((name, i) => {
    const count = decoder.counters.rejectedPackets[i]!;
    if (count > 0) out[name] = count;
  });
  return out;
}

function mac(high: number, low: number): string {
  return high.toString(16).padStart(4, '0') + low.toString(16).padStart(8, '0');
}

/** Rows of a batch; checks what holds for every batch on the way. */
export function readBatch(batch: Batch): Row[] {
  const rows: Row[] = [];
  let fragments = 0;
  let verdicts = 0;
  for (let i = 0; i < batch.count; i++) {
    const meta = batch.meta[i]!;
    const row: Row = {
      seconds: batch.time[i]!,
      nanos: batch.nanos[i]!,
      src: formatIPv4(batch.src[i]!),
      dst: formatIPv4(batch.dst[i]!),
      sport: batch.ports[i]! >>> 16,
      dport: batch.ports[i]! & 0xffff,
      protocol: meta & 255,
      flags: (meta >>> 8) & 255,
      length: batch.length[i]!,
      ifIndex: batch.ifIndex[i]!,
      vlan: batch.vlan[i]!,
    };
    if ((meta & META_IPV6) !== 0) {
      const s = [...batch.src6.subarray(4 * i, 4 * i + 4)] as [number, number, number, number];
      const d = [...batch.dst6.subarray(4 * i, 4 * i + 4)] as [number, number, number, number];
      if (batch.src[i] !== foldAddress(...s) || batch.dst[i] !== foldAddress(...d))
        throw new Error('folded otherwise');
      row.src = formatIPv6(...s);
      row.dst = formatIPv6(...d);
    }
    const part = meta & (META_FRAGMENT_FIRST | META_FRAGMENT_LATER);
    if (part !== 0) {
      row.fragment = { part: part === META_FRAGMENT_FIRST ? 'first' : 'later', id: batch.fragment[i]! };
      fragments++;
    }
    const verdict = (meta & META_VERDICT) >>> META_VERDICT_SHIFT;
    if (verdict !== 0) {
      row.verdict = verdict;
      verdicts++;
    }
    if ((meta & META_OFFLOADED) !== 0) row.offloaded = true;
    if ((meta & META_INCOMING) !== 0) row.direction = 'in';
    if ((meta & META_OUTGOING) !== 0) row.direction = 'out';
    if ((meta & META_MAC) !== 0)
      row.macs = `${mac(batch.srcMacHigh[i]!, batch.srcMacLow[i]!)} ${mac(batch.dstMacHigh[i]!, batch.dstMacLow[i]!)}`;
    if ((meta & META_TUNNEL) !== 0) row.tunnel = batch.tunnel[i]!;
    rows.push(row);
  }
  const times = rows.map((row) => row.seconds);
  if (rows.length > 0 && (batch.minTime !== Math.min(...times) || batch.maxTime !== Math.max(...times)))
    throw new Error('the batch has a wrong minTime or maxTime');
  if (batch.fragments !== fragments || batch.verdicts !== verdicts)
    throw new Error('the batch counts its fragments or verdicts wrong');
  return rows;
}

/** The only row of a frame, or the only reason why there is none. */
export function decodeFrame(
  data: Bytes,
  linkType = 1,
  options: CaptureOptions = {},
  original?: number,
): Row | Rejection {
  const bytes = join(data);
  const packet: Packet = { data: bytes, ...(original === undefined ? {} : { original }) };
  const { rows, decoder, rejected } = readCapture(pcap([packet], { linkType }), options);
  if (decoder.fault !== undefined) throw new Error(decoder.fault.reason);
  if (decoder.counters.packets !== 1) throw new Error('packets counted wrong');
  const reasons = Object.keys(rejected) as Rejection[];
  if (rows.length + reasons.length !== 1) throw new Error('neither one row nor one rejection');
  const bytesRejected = decoder.counters.rejectedBytes.reduce((a, b) => a + b, 0);
  if (bytesRejected !== (rows.length === 1 ? 0 : Math.max(original ?? 0, bytes.length)))
    throw new Error('rejected bytes counted wrong');
  return rows[0] ?? reasons[0]!;
}
