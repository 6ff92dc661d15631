/**
 * Writes captures: pcap (micro- and nanoseconds) and pcapng (one section, one interface, enhanced packet
 * blocks), in either byte order. Makes chunks of bytes; does no I/O.
 *
 * pcap (draft-ietf-opsawg-pcap)        header: magic, version 2.4, 0, 0, snapshot length, link type
 *                                      record: seconds, micros or nanos, captured, original, bytes
 * pcapng (draft-ietf-opsawg-pcapng)    section header, interface description (time resolution),
 *                                      then for each packet: 6, block length, interface, time high, time low,
 *                                      captured, original, bytes padded to 4, block length
 */
import {
  BLOCK_ENHANCED_PACKET,
  BLOCK_INTERFACE,
  BLOCK_SECTION_HEADER,
  MAX_CAPTURED_BYTES,
  OPTION_END,
  OPTION_IF_TSRESOL,
  PCAPNG_BYTE_ORDER_MAGIC,
  PCAPNG_VERSION_MAJOR,
  PCAP_HEADER_BYTES,
  PCAP_MAGIC_MICROS,
  PCAP_MAGIC_NANOS,
  PCAP_RECORD_BYTES,
  PCAP_VERSION_MAJOR,
  PCAP_VERSION_MINOR,
} from '../capture/constants.ts';

export interface CaptureFormat {
  readonly format: 'pcap' | 'pcapng';
  /** Nanosecond times; microseconds otherwise. */
  readonly nanoseconds?: boolean;
  readonly bigEndian?: boolean;
  /** A LINK_ number. */
  readonly linkType: number;
  /** At most this many bytes of each packet: 1 to MAX_CAPTURED_BYTES. */
  readonly snaplen: number;
}

/** Bytes of a chunk, unless a packet needs more. */
export const CHUNK_BYTES = 1 << 20;

const ENHANCED_HEADER_BYTES = 28;
const BLOCK_TRAILER_BYTES = 4;
const TWO_32 = 4294967296;

/**
 * Either hand it whole frames (`packet`), or write headers in place: `begin` says where, `end` makes the record
 * of it. When `full` is true take the chunk and do what you like with it; another one is begun.
 */
export class CaptureWriter {
  readonly #format: CaptureFormat;
  readonly #little: boolean;
  readonly #pcapng: boolean;
  /** Room that the longest record needs, and what an encoder may write beyond the snapshot length. */
  readonly #reserve: number;
  readonly #size: number;
  readonly #frameStart: number;
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #at = 0;

  /** `headerRoom`: how many bytes an encoder may write at `begin()`, at least. RangeError: snaplen. */
  constructor(format: CaptureFormat, headerRoom = 128) {
    if (!(format.snaplen >= 1 && format.snaplen <= MAX_CAPTURED_BYTES)) {
      throw new RangeError(`snapshot length ${format.snaplen} is not 1 to ${MAX_CAPTURED_BYTES}`);
    }
    this.#format = format;
    this.#little = !(format.bigEndian ?? false);
    this.#pcapng = format.format === 'pcapng';
    this.#frameStart = this.#pcapng ? ENHANCED_HEADER_BYTES : PCAP_RECORD_BYTES;
    this.#reserve = this.#frameStart + Math.max(format.snaplen, headerRoom) + 3 + BLOCK_TRAILER_BYTES;
    this.#size = Math.max(CHUNK_BYTES, 2 * this.#reserve + 64);
    this.#bytes = new Uint8Array(this.#size);
    this.#view = new DataView(this.#bytes.buffer);
    if (this.#pcapng) this.#sectionAndInterface();
    else this.#pcapHeader();
  }

  /** Where in-place encoders write: the chunk that is being filled. */
  get view(): DataView {
    return this.#view;
  }

  /** No further packet fits: take the chunk before the next one. */
  get full(): boolean {
    return this.#at + this.#reserve > this.#size;
  }

  /** Offset in `view` at which the next frame is to be written. */
  begin(): number {
    return this.#at + this.#frameStart;
  }

  /**
   * Ends the frame that was written at begin(): `written` bytes of it are there, the rest up to
   * `originalLength` is zeros. `nanos`: 0 to 999,999,999, cut to the format's resolution.
   */
  end(seconds: number, nanos: number, written: number, originalLength: number): void {
    const captured = Math.min(originalLength, this.#format.snaplen);
    const frame = this.#at + this.#frameStart;
    if (written < captured) this.#bytes.fill(0, frame + written, frame + captured);
    if (this.#pcapng) this.#enhancedPacket(seconds, nanos, captured, originalLength);
    else this.#pcapRecord(seconds, nanos, captured, originalLength);
  }

  /** Appends a frame, cut to the snapshot length; zeros follow where the original is longer than the bytes. */
  packet(seconds: number, nanos: number, frame: Uint8Array, originalLength = frame.length): void {
    const captured = Math.min(frame.length, originalLength, this.#format.snaplen);
    this.#bytes.set(frame.subarray(0, captured), this.begin());
    this.end(seconds, nanos, captured, originalLength);
  }

  /** What was written since the last time; the caller owns it. */
  take(): Uint8Array<ArrayBuffer> {
    const chunk = this.#bytes.subarray(0, this.#at);
    this.#bytes = new Uint8Array(this.#size);
    this.#view = new DataView(this.#bytes.buffer);
    this.#at = 0;
    return chunk;
  }

  #pcapHeader(): void {
    const { nanoseconds, snaplen, linkType } = this.#format;
    const view = this.#view;
    const little = this.#little;
    view.setUint32(0, nanoseconds ? PCAP_MAGIC_NANOS : PCAP_MAGIC_MICROS, little);
    view.setUint16(4, PCAP_VERSION_MAJOR, little);
    view.setUint16(6, PCAP_VERSION_MINOR, little);
    view.setUint32(16, snaplen, little);
    view.setUint32(20, linkType, little);
    this.#at = PCAP_HEADER_BYTES;
  }

  #pcapRecord(seconds: number, nanos: number, captured: number, original: number): void {
    const view = this.#view;
    const at = this.#at;
    const little = this.#little;
    view.setUint32(at, seconds, little);
    view.setUint32(at + 4, this.#format.nanoseconds ? nanos : Math.floor(nanos / 1000), little);
    view.setUint32(at + 8, captured, little);
    view.setUint32(at + 12, original, little);
    this.#at = at + PCAP_RECORD_BYTES + captured;
  }

  #sectionAndInterface(): void {
    const { nanoseconds, snaplen, linkType } = this.#format;
    const view = this.#view;
    const little = this.#little;
    const section = 28;
    view.setUint32(0, BLOCK_SECTION_HEADER, little);
    view.setUint32(4, section, little);
    view.setUint32(8, PCAPNG_BYTE_ORDER_MAGIC, little);
    view.setUint16(12, PCAPNG_VERSION_MAJOR, little);
    view.setUint16(14, 0, little);
    // The section's length: not known.
    view.setUint32(16, 0xffffffff, little);
    view.setUint32(20, 0xffffffff, little);
    view.setUint32(24, section, little);
    const length = 32;
    view.setUint32(28, BLOCK_INTERFACE, little);
    view.setUint32(32, length, little);
    view.setUint16(36, linkType, little);
    view.setUint32(40, snaplen, little);
    view.setUint16(44, OPTION_IF_TSRESOL, little);
    view.setUint16(46, 1, little);
    view.setUint8(48, nanoseconds ? 9 : 6);
    view.setUint32(52, OPTION_END, little);
    view.setUint32(56, length, little);
    this.#at = section + length;
  }

  #enhancedPacket(seconds: number, nanos: number, captured: number, original: number): void {
    const view = this.#view;
    const at = this.#at;
    const little = this.#little;
    const padded = (captured + 3) & ~3;
    const length = ENHANCED_HEADER_BYTES + padded + BLOCK_TRAILER_BYTES;
    // seconds × units is beyond 53 bits in nanoseconds: multiplied in two halves of the seconds.
    const units = this.#format.nanoseconds ? 1e9 : 1e6;
    const low = (seconds & 0xffff) * units + (this.#format.nanoseconds ? nanos : Math.floor(nanos / 1000));
    const high = (seconds >>> 16) * units;
    const lower = (high % 65_536) * 65_536 + low;
    view.setUint32(at, BLOCK_ENHANCED_PACKET, little);
    view.setUint32(at + 4, length, little);
    view.setUint32(at + 8, 0, little);
    view.setUint32(at + 12, Math.floor(high / 65_536) + Math.floor(lower / TWO_32), little);
    view.setUint32(at + 16, lower % TWO_32, little);
    view.setUint32(at + 20, captured, little);
    view.setUint32(at + 24, original, little);
    const frameEnd = at + ENHANCED_HEADER_BYTES + captured;
    for (let pad = frameEnd; pad < at + ENHANCED_HEADER_BYTES + padded; pad++) view.setUint8(pad, 0);
    view.setUint32(at + length - BLOCK_TRAILER_BYTES, length, little);
    this.#at = at + length;
  }
}
