/** The datagrams in what tcpdump writes: a pcap stream, read as it comes. */
import type { KeptIntake } from '../tcpdump-keeper.ts';
import { Gate } from '../intake.ts';
import type { Datagram } from './reception.ts';
import { FRAME_DATAGRAM, FRAME_FRAGMENT, UdpFrame } from './udp-frames.ts';

const HEADER_BYTES = 24;
const RECORD_BYTES = 16;
const MAGIC_MICROS = 0xa1b2c3d4;
/** Longest packet that tcpdump is asked for: the longest datagram and its headers. */
export const SNAPLEN = 65_600;
const BUFFER_BYTES = 256 << 10;
/** From here on the child waits, and the kernel's buffer fills; it is woken when half of it is read. */
const READ_AHEAD_BYTES = 1 << 20;
const MICROS = 1_000_000;

export class PcapDatagrams implements KeptIntake, Datagram {
  readonly bytes = new Uint8Array(BUFFER_BYTES);
  micros = 0;
  /** Packets that were no whole datagram: fragments (the first of each), and whatever else passed the filter. */
  fragments = 0;
  others = 0;
  /** What came is no capture of tcpdump's. */
  corrupt = false;
  /** Called when there may be a datagram, or the end. */
  readonly #wake: () => void;
  readonly #view = new DataView(this.bytes.buffer);
  readonly #frame = new UdpFrame();
  readonly #room = new Gate();
  #chunks: Uint8Array[] = [];
  #first = 0;
  #queued = 0;
  #ended = false;
  #at = 0;
  #end = 0;
  /** Where the packet that `peek` showed ends; 0: it showed none. */
  #next = 0;
  #little = true;
  #linkType = -1;

  constructor(wake: () => void) {
    this.#wake = wake;
  }

  get from(): number {
    return this.#frame.from;
  }

  get to(): number {
    return this.#frame.to;
  }

  get family(): 4 | 6 {
    return this.#frame.family;
  }

  get address(): Int32Array {
    return this.#frame.address;
  }

  push(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#ended || chunk.length === 0) return undefined;
    this.#chunks.push(chunk);
    this.#queued += chunk.length;
    this.#wake();
    if (this.#queued < READ_AHEAD_BYTES) return undefined;
    this.#room.shut();
    return this.#room.passed;
  }

  finish(): void {
    this.#ended = true;
    this.#wake();
  }

  discard(): void {
    this.#ended = true;
    this.#chunks = [];
    this.#first = 0;
    this.#queued = 0;
    this.#at = 0;
    this.#end = 0;
    this.#next = 0;
    this.#room.open();
    this.#wake();
  }

  get idle(): boolean {
    return this.#queued === 0;
  }

  /** The child has ended, and everything whole that it wrote was read. */
  get over(): boolean {
    return this.corrupt || (this.#ended && this.#queued === 0 && !this.peek());
  }

  /** Looks at the oldest datagram; false when there is none that is whole. */
  peek(): boolean {
    if (this.#next > 0) return true;
    while (!this.corrupt) {
      if (this.#step()) return true;
      if (this.#queued === 0) return false;
      this.#refill();
    }
    return false;
  }

  drop(): void {
    this.#at = this.#next;
    this.#next = 0;
  }

  /** Goes to the next datagram of what is in the buffer; false when the rest holds none that is whole. */
  #step(): boolean {
    if (this.#linkType < 0 && !this.#header()) return false;
    const view = this.#view;
    const little = this.#little;
    while (this.#end - this.#at >= RECORD_BYTES) {
      const at = this.#at;
      const length = view.getUint32(at + 8, little);
      if (length > SNAPLEN) {
        this.corrupt = true;
        return false;
      }
      const packet = at + RECORD_BYTES;
      if (length > this.#end - packet) return false;
      const what = this.#frame.read(this.#linkType, this.bytes, view, packet, packet + length);
      if (what === FRAME_DATAGRAM) {
        this.micros = view.getUint32(at, little) * MICROS + view.getUint32(at + 4, little);
        this.#next = packet + length;
        return true;
      }
      if (what === FRAME_FRAGMENT) this.fragments++;
      else this.others++;
      this.#at = packet + length;
    }
    return false;
  }

  #header(): boolean {
    if (this.#end - this.#at < HEADER_BYTES) return false;
    this.#little = this.#view.getUint32(this.#at, true) === MAGIC_MICROS;
    if (this.#view.getUint32(this.#at, this.#little) !== MAGIC_MICROS) {
      this.corrupt = true;
      return false;
    }
    this.#linkType = this.#view.getUint32(this.#at + 20, this.#little) & 0xffff;
    this.#at += HEADER_BYTES;
    return true;
  }

  /** Moves the rest to the front, and what is queued behind it. */
  #refill(): void {
    this.bytes.copyWithin(0, this.#at, this.#end);
    this.#end -= this.#at;
    this.#at = 0;
    while (this.#queued > 0 && this.#end < BUFFER_BYTES) {
      const chunk = this.#chunks[this.#first]!;
      const part = Math.min(chunk.length, BUFFER_BYTES - this.#end);
      this.bytes.set(part === chunk.length ? chunk : chunk.subarray(0, part), this.#end);
      this.#end += part;
      this.#queued -= part;
      if (part < chunk.length) this.#chunks[this.#first] = chunk.subarray(part);
      else this.#first++;
    }
    this.#chunks.splice(0, this.#first);
    this.#first = 0;
    if (this.#queued <= READ_AHEAD_BYTES / 2) this.#room.open();
  }
}
