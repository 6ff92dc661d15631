import { BATCH_ROWS } from './batch.ts';
import type { Batch } from './batch.ts';
import {
  BLOCK_ENHANCED_PACKET,
  BLOCK_INTERFACE,
  BLOCK_PACKET,
  BLOCK_SECTION_HEADER,
  BLOCK_SIMPLE_PACKET,
  LINK_NFLOG,
  OPTION_END,
  OPTION_IF_NAME,
  OPTION_IF_TSOFFSET,
  OPTION_IF_TSRESOL,
  PCAPNG_BYTE_ORDER_MAGIC,
  PCAPNG_VERSION_MAJOR,
} from './constants.ts';
import { MAX_RECORD_BYTES } from './decoder.ts';
import type { CaptureDecoder, CaptureFault, DecoderCounters } from './decoder.ts';
import { PacketDecoder } from './packet.ts';
import type { CaptureOptions } from './packet.ts';
import { Timescale } from './timescale.ts';

/** Interfaces that a capture may declare, over all its sections. */
export const MAX_INTERFACES = 65_536;
/** Characters of an interface name that are kept. */
const MAX_NAME_LENGTH = 255;

/** Type, length, and the length again at the end. */
const BLOCK_BYTES = 12;
const SMALLEST_SECTION_HEADER = 28;
const SMALLEST_INTERFACE = 20;
const SMALLEST_SIMPLE_PACKET = 16;
const SMALLEST_PACKET = 32;
/** Where the packet's bytes begin in its block. */
const SIMPLE_PACKET_DATA = 12;
const PACKET_DATA = 28;
const OPTION_BYTES = 4;
/** if_tsresol where it is not given: microseconds. */
const DEFAULT_RESOLUTION = 6;

interface Interface {
  readonly linkType: number;
  /** Longest captured length; 0 is no limit. */
  readonly snapLength: number;
  readonly timescale: Timescale;
}

/** Whether the first four bytes are those of a pcapng file. */
export function isPcapng(head: Uint8Array): boolean {
  return new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(0) === BLOCK_SECTION_HEADER;
}

/**
 * The pcapng file format (draft-ietf-opsawg-pcapng): blocks, of which a section header begins a section
 * with a byte order and with interfaces of its own.
 *
 *   block             type 4 | length 4 | body | length 4, with the length a multiple of 4
 *   section header    byte-order magic 4 | major 2 | minor 2 | section length 8 | options
 *   interface         link type 2 | reserved 2 | snapshot length 4 | options
 *   enhanced packet   interface 4 | time 8 | captured length 4 | original length 4 | packet | options
 *   packet            interface 2 | drops 2 | time 8 | captured length 4 | original length 4 | packet | options
 *   simple packet     original length 4 | packet
 *   option            code 2 | length 2 | value, padded to 4
 *
 * The section length is not needed, and not looked at: a section ends where the next one begins. Blocks of
 * other types are skipped, whatever their length.
 */
export class PcapngDecoder implements CaptureDecoder {
  readonly interfaceNames: string[] = [];
  reportsVerdicts = false;
  #fault: CaptureFault | undefined;
  readonly #packets: PacketDecoder;
  #little = true;
  #inSection = false;
  /** Interfaces of this section, and how many the sections before it had. */
  #interfaces: Interface[] = [];
  #interfacesBefore = 0;
  /** Bytes still to be passed over of a block too long to be held, and where that block began. */
  #skip = 0;
  #skipStart = 0;
  /** Time of the last packet with one, for simple packets, which have none. */
  #seconds = 0;
  #nanos = 0;
  /** Bytes of the capture before the piece at hand, and where in it the piece begins. */
  #offset = 0;
  #pieceStart = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);

  constructor(options: CaptureOptions) {
    this.#packets = new PacketDecoder(options);
  }

  get counters(): DecoderCounters {
    return this.#packets.counters;
  }

  get fault(): CaptureFault | undefined {
    return this.#fault;
  }

  decode(bytes: Uint8Array, from: number, to: number, batch: Batch): number {
    if (this.#fault !== undefined) return to;
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.#pieceStart = from;
    let at = from;
    while (batch.count < BATCH_ROWS) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, to - at);
        this.#skip -= step;
        at += step;
      }
      const next = this.#readBlock(at, to, batch);
      if (next === at) break;
      at = next;
    }
    if (this.#fault !== undefined) at = to;
    this.#offset += at - from;
    return at;
  }

  end(rest: number): void {
    if (this.#fault !== undefined) return;
    if (this.#skip > 0) this.#stop(this.#skipStart, 'the capture ends inside a block', 'truncated');
    else if (rest > 0) this.#stop(this.#offset, 'the capture ends inside a block', 'truncated');
    else if (!this.#inSection) this.#stop(0, 'the capture is empty', 'truncated');
  }

  #stop(offset: number, reason: string, kind: CaptureFault['kind']): void {
    this.#fault = { offset, reason, kind };
  }

  /** A fault in the block at `at` of the piece. Returns `at`: no progress ends the loop. */
  #corrupt(at: number, reason: string): number {
    this.#stop(this.#offset + (at - this.#pieceStart), reason, 'corrupt');
    return at;
  }

  /** Reads the block at `at`. Returns where the next one is; `at` when it is not all there, or on a fault. */
  #readBlock(at: number, to: number, batch: Batch): number {
    if (to - at < BLOCK_BYTES) return at;
    const view = this.#view;
    const type = view.getUint32(at, this.#little);
    let little = this.#little;
    if (type === BLOCK_SECTION_HEADER) {
      little = view.getUint32(at + 8, true) === PCAPNG_BYTE_ORDER_MAGIC;
      if (view.getUint32(at + 8, little) !== PCAPNG_BYTE_ORDER_MAGIC)
        return this.#corrupt(at, 'the section header has no byte-order magic');
    } else if (!this.#inSection) {
      return this.#corrupt(at, 'the capture does not begin with a section header');
    }
    const length = view.getUint32(at + 4, little);
    const smallest = smallestBlock(type);
    if (length < (smallest === 0 ? BLOCK_BYTES : smallest))
      return this.#corrupt(at, `block length ${length} is too small for its type`);
    if ((length & 3) !== 0) return this.#corrupt(at, `block length ${length} is not a multiple of 4`);
    if (length > MAX_RECORD_BYTES) {
      if (smallest !== 0)
        return this.#corrupt(at, `block length ${length} is larger than ${MAX_RECORD_BYTES}`);
      this.#skipStart = this.#offset + (at - this.#pieceStart);
      this.#skip = length - BLOCK_BYTES;
      return at + BLOCK_BYTES;
    }
    const next = at + length;
    if (next > to) return at;
    if (view.getUint32(next - 4, little) !== length)
      return this.#corrupt(
        at,
        `the lengths before and after a block, ${length} and ${view.getUint32(next - 4, little)}, differ`,
      );
    switch (type) {
      case BLOCK_ENHANCED_PACKET:
        return this.#readPacket(at, next, view.getUint32(at + 8, little), batch);
      case BLOCK_PACKET:
        return this.#readPacket(at, next, view.getUint16(at + 8, little), batch);
      case BLOCK_SIMPLE_PACKET:
        return this.#readSimplePacket(at, next, batch);
      case BLOCK_SECTION_HEADER:
        return this.#readSectionHeader(at, next, little);
      case BLOCK_INTERFACE:
        return this.#readInterface(at, next);
      default:
        return next;
    }
  }

  #readSectionHeader(at: number, next: number, little: boolean): number {
    const major = this.#view.getUint16(at + 12, little);
    if (major !== PCAPNG_VERSION_MAJOR) return this.#corrupt(at, `pcapng version ${major} is not supported`);
    this.#little = little;
    this.#inSection = true;
    this.#interfacesBefore += this.#interfaces.length;
    this.#interfaces = [];
    return next;
  }

  #readInterface(at: number, next: number): number {
    const view = this.#view;
    const little = this.#little;
    if (this.interfaceNames.length === MAX_INTERFACES)
      return this.#corrupt(at, `the capture declares more than ${MAX_INTERFACES} interfaces`);
    let name = '';
    let resolution = DEFAULT_RESOLUTION;
    let offset = 0;
    const end = next - 4;
    for (let option = at + 16; option + OPTION_BYTES <= end;) {
      const code = view.getUint16(option, little);
      if (code === OPTION_END) break;
      const size = view.getUint16(option + 2, little);
      const value = option + OPTION_BYTES;
      if (value + size > end)
        return this.#corrupt(at, `option ${code} of an interface is longer than its block`);
      if (code === OPTION_IF_NAME) name = nameOf(this.#bytes.subarray(value, value + size));
      else if (code === OPTION_IF_TSRESOL && size >= 1) resolution = view.getUint8(value);
      else if (code === OPTION_IF_TSOFFSET && size >= 8) offset = signed64(view, value, little);
      option = value + ((size + 3) & ~3);
    }
    const timescale = Timescale.of(resolution, offset);
    if (timescale === undefined)
      return this.#corrupt(at, `timestamp resolution ${resolution} is finer than can be read`);
    const linkType = view.getUint16(at + 8, little);
    this.#interfaces.push({ linkType, snapLength: view.getUint32(at + 12, little), timescale });
    this.interfaceNames.push(name);
    if (linkType === LINK_NFLOG) this.reportsVerdicts = true;
    return next;
  }

  /** An enhanced or an obsolete packet block: the same but for the interface's field. */
  #readPacket(at: number, next: number, number: number, batch: Batch): number {
    const view = this.#view;
    const little = this.#little;
    const from = this.#interfaces[number];
    if (from === undefined) return this.#corrupt(at, `packet of interface ${number}, which is not declared`);
    const captured = view.getUint32(at + 20, little);
    if (captured > next - at - SMALLEST_PACKET)
      return this.#corrupt(at, `packet length ${captured} is larger than its block`);
    const frame = this.#packets.frame;
    from.timescale.read(view.getUint32(at + 12, little), view.getUint32(at + 16, little), frame);
    this.#seconds = frame.seconds;
    this.#nanos = frame.nanos;
    frame.ifIndex = this.#interfacesBefore + number;
    const original = view.getUint32(at + 24, little);
    this.#packets.decodeFast(
      view,
      this.#bytes,
      at + PACKET_DATA,
      captured,
      original,
      from.linkType,
      little,
      batch,
    );
    return next;
  }

  #readSimplePacket(at: number, next: number, batch: Batch): number {
    const from = this.#interfaces[0];
    if (from === undefined) return this.#corrupt(at, 'packet of interface 0, which is not declared');
    const original = this.#view.getUint32(at + 8, this.#little);
    const room = next - at - SMALLEST_SIMPLE_PACKET;
    const limit = from.snapLength === 0 ? room : Math.min(from.snapLength, room);
    const frame = this.#packets.frame;
    frame.seconds = this.#seconds;
    frame.nanos = this.#nanos;
    frame.ifIndex = this.#interfacesBefore;
    const captured = Math.min(original, limit);
    this.#packets.decode(
      this.#bytes,
      at + SIMPLE_PACKET_DATA,
      captured,
      original,
      from.linkType,
      this.#little,
      batch,
    );
    return next;
  }
}

/** Smallest length of a block that is decoded; 0 of those that are skipped. */
function smallestBlock(type: number): number {
  switch (type) {
    case BLOCK_ENHANCED_PACKET:
    case BLOCK_PACKET:
      return SMALLEST_PACKET;
    case BLOCK_SIMPLE_PACKET:
      return SMALLEST_SIMPLE_PACKET;
    case BLOCK_SECTION_HEADER:
      return SMALLEST_SECTION_HEADER;
    case BLOCK_INTERFACE:
      return SMALLEST_INTERFACE;
    default:
      return 0;
  }
}

/** A name for people to read: UTF-8, up to a NUL, without control characters. */
function nameOf(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, MAX_NAME_LENGTH)).split('\0', 1)[0]!;
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '');
}

/** A signed 64-bit number; beyond 2^53 it is rounded, which no clock notices. */
function signed64(view: DataView, at: number, little: boolean): number {
  const high = view.getInt32(at + (little ? 4 : 0), little);
  const low = view.getUint32(at + (little ? 0 : 4), little);
  return high * 0x100000000 + low;
}
