/** Cuts events into slices (logs-format.ts): pure, over columns; nothing is made for an event. */
import { crc32 } from 'node:zlib';
import { columnsOf, type SliceInfo, type StreamTable } from './logs-format.ts';

/** What a slice weighs, about: what a read holds in memory at a time, bytes. */
export const SLICE_BYTES = 4 * 1024 * 1024;

/** The events of one stream, in order. */
export interface StreamColumns {
  readonly name: string;
  readonly timestamps: Float64Array;
  /** Bounds of the messages: event i is [bounds[i], bounds[i + 1]). */
  readonly bounds: Uint32Array;
  readonly messages: Uint8Array;
  /** What events of merged segments keep of where they came from. */
  readonly origin?: {
    readonly ingested: Float64Array;
    readonly seeds: Uint32Array;
    readonly ordinals: Uint32Array;
  };
}

interface Run {
  readonly number: number;
  readonly from: number;
  readonly to: number;
}

/** Slices of streams that are sorted by name, each with at least one event. `numberOf` is a stream's number in the
 * segment's table, rising in the order of `streams`: without it, its place among them. */
export function* cutSlices(
  streams: readonly StreamColumns[],
  numberOf: (stream: StreamColumns, place: number) => number = (_, place) => place,
): Generator<{ readonly bytes: Buffer; readonly info: Omit<SliceInfo, 'offset'> }> {
  const at = new Uint32Array(streams.length);
  let ordinal = 0;
  for (const boundary of boundaries(streams)) {
    let runs: Run[] = [];
    let weight = 0;
    for (const [number, stream] of streams.entries()) {
      const last = upTo(stream.timestamps, at[number]!, boundary);
      while (at[number]! < last) {
        const from = at[number]!;
        const to = within(stream.bounds, from, last, SLICE_BYTES - weight);
        runs.push({ number, from, to });
        weight += stream.bounds[to]! - stream.bounds[from]!;
        at[number] = to;
        if (to === last) continue;
        // A single timestamp that weighs more than a slice.
        const slice = encodeSlice(streams, runs, ordinal, numberOf);
        ordinal += slice.info.events;
        yield slice;
        runs = [];
        weight = 0;
      }
    }
    if (runs.length === 0) continue;
    const slice = encodeSlice(streams, runs, ordinal, numberOf);
    ordinal += slice.info.events;
    yield slice;
  }
}

/** Where events beyond `last` begin that fit in `room` bytes from `from` on; at least one fits. */
function within(bounds: Uint32Array, from: number, last: number, room: number): number {
  const limit = bounds[from]! + room;
  if (bounds[last]! <= limit) return last;
  let low = from + 1;
  let high = last;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (bounds[middle]! <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Timestamps, exclusive, that part the events into pieces of about the weight of a slice; the last is Infinity. */
function boundaries(streams: readonly StreamColumns[]): number[] {
  let events = 0;
  let weight = 0;
  for (const { timestamps, bounds } of streams) {
    events += timestamps.length;
    weight += bounds[timestamps.length]! - bounds[0]!;
  }
  const pieces = Math.ceil(weight / SLICE_BYTES);
  const out: number[] = [];
  if (pieces > 1) {
    const all = new Float64Array(events);
    let at = 0;
    for (const { timestamps } of streams) {
      all.set(timestamps, at);
      at += timestamps.length;
    }
    all.sort();
    for (let piece = 1; piece < pieces; piece++) {
      const boundary = all[Math.floor((piece * events) / pieces)]!;
      if (boundary > (out.at(-1) ?? all[0]!)) out.push(boundary);
    }
  }
  return [...out, Infinity];
}

/** The first event from `from` on that is not before the boundary. */
function upTo(timestamps: Float64Array, from: number, boundary: number): number {
  let low = from;
  let high = timestamps.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timestamps[middle]! < boundary) low = middle + 1;
    else high = middle;
  }
  return low;
}

function encodeSlice(
  streams: readonly StreamColumns[],
  runs: readonly Run[],
  ordinal: number,
  numberOf: (stream: StreamColumns, place: number) => number,
): { bytes: Buffer; info: Omit<SliceInfo, 'offset'> } {
  const merged = streams[0]!.origin !== undefined;
  let events = 0;
  let weight = 0;
  for (const { number, from, to } of runs) {
    const { bounds } = streams[number]!;
    events += to - from;
    weight += bounds[to]! - bounds[from]!;
  }
  const columns = columnsOf(events, runs.length, merged);
  const buffer = new ArrayBuffer(columns.messages + weight);
  const bytes = Buffer.from(buffer);
  const timestamps = new Float64Array(buffer, 0, events);
  const ends = new Uint32Array(buffer, columns.ends, events);
  const index = new Uint32Array(buffer, columns.index, runs.length * 3);
  const kept = merged
    ? {
        ingested: new Float64Array(buffer, columns.ingested, events),
        seeds: new Uint32Array(buffer, columns.seeds, events),
        ordinals: new Uint32Array(buffer, columns.ordinals, events),
      }
    : undefined;
  let event = 0;
  let message = 0;
  let min = Infinity;
  let max = -Infinity;
  for (const [n, { number, from, to }] of runs.entries()) {
    const stream = streams[number]!;
    index.set([numberOf(stream, number), event, message], n * 3);
    timestamps.set(stream.timestamps.subarray(from, to), event);
    min = Math.min(min, stream.timestamps[from]!);
    max = Math.max(max, stream.timestamps[to - 1]!);
    const start = stream.bounds[from]!;
    for (let i = from; i < to; i++) ends[event + i - from] = message + stream.bounds[i + 1]! - start;
    if (kept !== undefined && stream.origin !== undefined) {
      kept.ingested.set(stream.origin.ingested.subarray(from, to), event);
      kept.seeds.set(stream.origin.seeds.subarray(from, to), event);
      kept.ordinals.set(stream.origin.ordinals.subarray(from, to), event);
    }
    bytes.set(stream.messages.subarray(start, stream.bounds[to]), columns.messages + message);
    event += to - from;
    message += stream.bounds[to]! - start;
  }
  const info = { bytes: bytes.length, streams: runs.length, events, min, max, ordinal, crc: crc32(bytes) };
  return { bytes, info };
}

/** Builds the table of a segment: what streams there are, and what of them is in it. */
export class TableBuilder {
  readonly names: readonly string[];
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #mins: number[];
  readonly #maxes: number[];
  readonly #first: number[];
  readonly #last: number[];

  /** Names in order. */
  constructor(names: readonly string[]) {
    this.names = names;
    this.#numbers = new Map(names.map((name, number) => [name, number]));
    this.#mins = names.map(() => Number.MAX_SAFE_INTEGER);
    this.#maxes = names.map(() => -1);
    this.#first = names.map(() => Number.MAX_SAFE_INTEGER);
    this.#last = names.map(() => -1);
  }

  numberOf(name: string): number {
    return this.#numbers.get(name)!;
  }

  /** Counts events in; `ingested` is of those without an origin. */
  add({ name, timestamps, origin }: StreamColumns, ingested = 0): void {
    const number = this.numberOf(name);
    const came = origin?.ingested ?? [ingested];
    this.#mins[number] = Math.min(this.#mins[number]!, timestamps[0]!);
    this.#maxes[number] = Math.max(this.#maxes[number]!, timestamps.at(-1)!);
    for (const time of came) {
      if (time < this.#first[number]!) this.#first[number] = time;
      if (time > this.#last[number]!) this.#last[number] = time;
    }
  }

  /** A stream without events has -1 for its greatest times. */
  table(): StreamTable {
    return {
      names: this.names,
      mins: this.#mins,
      maxes: this.#maxes,
      firstIngested: this.#first,
      lastIngested: this.#last,
    };
  }
}
