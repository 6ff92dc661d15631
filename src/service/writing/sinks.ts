import { GrowingBytes } from '../../base/growing-bytes.ts';
import { deflatePiece, type DeflatedPiece } from '../../records/gzip.ts';
import type { Chunk } from '../../delivery/chunk.ts';

/**
 * Uncompressed bytes of a deflated piece: whole lines, as many as fit. A flow log's lines are cut by their own
 * bytes alone, so that its objects do not depend on which other flow logs there are (S6.3, S6.4). Small, since
 * a window has one open piece for each flow log; a fortieth larger than one deflated stream.
 */
export const PIECE_BYTES = 1 << 17;
/** Uncompressed bytes from which on a chunk ends with the lines at hand: destinations take chunks whole. */
export const TEXT_CHUNK_BYTES = 1 << 25;
export const EVENTS_CHUNK_BYTES = 1 << 22;

const NEWLINE = 0x0a;
const FIRST_STARTS = 64;

/** Lines of one interface that end in one slot. Bytes and starts are views: copy what is kept. */
export interface Lines {
  readonly interfaceId: string;
  /** The log stream that they go to, where that is no object. */
  readonly stream: string;
  readonly text: Uint8Array;
  /** Start of each line's record, Unix seconds. */
  readonly starts: Uint32Array;
  /** Lines of flows; the other lines are NODATA and SKIPDATA. */
  readonly rows: number;
  readonly packets: number;
  readonly bytes: number;
}

/** What all chunks of a sink have in common. */
export interface ChunkFrame {
  readonly flowLogs: readonly string[];
  readonly slot: number;
  readonly from: number;
  readonly to: number;
}

/** Takes the lines of a group in a slot and makes chunks of them. */
export abstract class Sink {
  readonly #frame: ChunkFrame;
  readonly #chunks: Chunk[] = [];
  #interfaces: string[] = [];
  #rows = 0;
  #statusRows = 0;
  #packets = 0;
  #bytes = 0;

  constructor(frame: ChunkFrame) {
    this.#frame = frame;
  }

  /** Takes lines at once, or what is returned does when it is run to its end: before anything else is appended. */
  append(lines: Lines): Generator<void, void> | undefined {
    if (this.full || !this.hasRoom(lines)) return this.#appendLater(lines);
    this.#append(lines);
    return undefined;
  }

  *finish(): Generator<void, readonly Chunk[]> {
    if (this.#interfaces.length > 0) yield* this.#close();
    return this.#chunks;
  }

  /** The chunk ends with the lines at hand. */
  protected abstract readonly full: boolean;
  protected abstract take(lines: Lines): void;
  /** Of all that was taken since the last one, when there is nothing to make room of. */
  protected abstract body(): Chunk['body'];

  /** Whether lines can be taken before `makeRoom`. */
  protected hasRoom(_lines: Lines): boolean {
    return true;
  }

  /** Work on what was taken, yielding between parts of it. */
  protected *makeRoom(): Generator<void, void> {}

  *#appendLater(lines: Lines): Generator<void, void> {
    yield* this.full ? this.#close() : this.makeRoom();
    this.#append(lines);
  }

  #append(lines: Lines): void {
    if (this.#interfaces.at(-1) !== lines.interfaceId) this.#interfaces.push(lines.interfaceId);
    this.#rows += lines.rows;
    this.#statusRows += lines.starts.length - lines.rows;
    this.#packets += lines.packets;
    this.#bytes += lines.bytes;
    this.take(lines);
  }

  *#close(): Generator<void, void> {
    yield* this.makeRoom();
    const { flowLogs, slot, from, to } = this.#frame;
    this.#chunks.push({
      flowLogs,
      slot,
      rows: this.#rows,
      statusRows: this.#statusRows,
      packets: this.#packets,
      bytes: this.#bytes,
      interfaces: this.#interfaces,
      from,
      to,
      body: this.body(),
    });
    this.#interfaces = [];
    this.#rows = 0;
    this.#statusRows = 0;
    this.#packets = 0;
    this.#bytes = 0;
  }
}

/** Lines as deflated pieces, for objects. */
export class TextSink extends Sink {
  readonly #text = new GrowingBytes();
  #pieces: DeflatedPiece[] = [];
  #length = 0;

  protected get full(): boolean {
    return this.#length >= TEXT_CHUNK_BYTES;
  }

  protected take({ text }: Lines): void {
    this.#length += text.length;
    this.#text.append(text);
    if (this.#text.length <= PIECE_BYTES) return;
    const all = this.#text.written();
    let from = 0;
    while (all.length - from > PIECE_BYTES) {
      const to = lineEnd(all, from, from + PIECE_BYTES);
      this.#pieces.push(deflatePiece(all.subarray(from, to)));
      from = to;
    }
    this.#text.drop(from);
  }

  protected body(): Chunk['body'] {
    if (this.#text.length > 0) this.#pieces.push(deflatePiece(this.#text.written()));
    const body = { form: 'deflated-text', pieces: this.#pieces } as const;
    this.#text.drop(this.#text.length);
    this.#pieces = [];
    this.#length = 0;
    return body;
  }
}

/** Where the last line that fits before `to` ends; the first line's end when none does. */
export function lineEnd(text: Uint8Array, from: number, to: number): number {
  const last = text.lastIndexOf(NEWLINE, to - 1);
  return last >= from ? last + 1 : text.indexOf(NEWLINE, from) + 1;
}

/** Lines as log events, by stream (delivery/names.ts). */
export class EventsSink extends Sink {
  #text = new GrowingBytes();
  #starts = new Uint32Array(FIRST_STARTS);
  #lines = 0;
  #streams: { name: string; from: number; to: number }[] = [];

  protected get full(): boolean {
    return this.#text.length >= EVENTS_CHUNK_BYTES;
  }

  protected take({ stream: name, text, starts }: Lines): void {
    this.#text.append(text);
    const from = this.#lines;
    const to = from + starts.length;
    if (to > this.#starts.length) {
      const grown = new Uint32Array(2 * to);
      grown.set(this.#starts);
      this.#starts = grown;
    }
    this.#starts.set(starts, from);
    this.#lines = to;
    const last = this.#streams.at(-1);
    if (last?.name === name) last.to = to;
    else this.#streams.push({ name, from, to });
  }

  protected body(): Chunk['body'] {
    const body = {
      form: 'events',
      text: this.#text.written(),
      starts: this.#starts.subarray(0, this.#lines),
      streams: this.#streams,
    } as const;
    this.#text = new GrowingBytes();
    this.#starts = new Uint32Array(FIRST_STARTS);
    this.#lines = 0;
    this.#streams = [];
    return body;
  }
}
