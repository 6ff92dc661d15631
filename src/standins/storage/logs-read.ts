/**
 * Reads a page of a group's events in order, from any number of segments, in bounded memory: one slice at a time,
 * and no more events than the page may hold. Slices are taken by the time where they begin, until what follows
 * cannot be in the page any more.
 */
import { join } from 'node:path';
import { compareKeys, type EventKey, type StoredEvent } from './logs-events.ts';
import { EVENT_OVERHEAD, type SliceInfo, type StreamTable } from './logs-format.ts';
import { type EventRun, type Segment, SegmentReader } from './logs-segment.ts';

export interface PageRequest {
  /** Timestamps, milliseconds: from inclusive, to exclusive. */
  readonly from: number;
  readonly to: number;
  /** Newest first. */
  readonly backward?: boolean;
  /** Only events beyond this one, in the direction of reading. */
  readonly after?: EventKey;
  /** Only of these streams. */
  readonly streams?: ReadonlySet<string> | { readonly prefix: string };
  readonly matches?: (message: string) => boolean;
  /** Events. */
  readonly limit: number;
  /** Of messages and 26 bytes for each. The first event is there whatever it weighs. */
  readonly maxBytes: number;
  /** What may be read from disk, about, before an answer without all events is given, bytes. */
  readonly budget: number;
}

export interface EventPage {
  /** In the direction of reading. */
  readonly events: readonly StoredEvent[];
  /** To go on from, where the page ends before the events do. */
  readonly resume: EventKey | undefined;
}

/** What a read needs of a group. */
export interface ReadPlace {
  readonly path: string;
  readonly segments: readonly Segment[];
  /** Events of a stream that came until then are not shown. */
  readonly deletedUpTo: ReadonlyMap<string, number>;
  table(segment: Segment, reader: SegmentReader): Promise<StreamTable>;
}

/** A file was gone when it was to be read, or another is in its place: the caller looks at the directory again. */
export class SegmentGone extends Error {
  readonly file: string;

  constructor(file: string) {
    super(`${file} is gone`);
    this.file = file;
  }
}

interface OpenSegment {
  readonly segment: Segment;
  readonly reader: SegmentReader;
}

interface Piece {
  readonly segment: Segment;
  readonly slice: SliceInfo;
}

export async function readPage(place: ReadPlace, request: PageRequest): Promise<EventPage> {
  const pieces = piecesOf(place.segments, request);
  const page = new PageBuilder(request);
  let read = 0;
  let open: OpenSegment | undefined;
  try {
    for (const { segment, slice } of pieces) {
      const edge = request.backward === true ? slice.max : slice.min;
      if (page.isBefore(edge)) break;
      if (read > request.budget && advances(edge, request)) return page.upTo(edge);
      if (open?.segment !== segment) {
        await open?.reader.close();
        open = undefined;
        const reader = await SegmentReader.open(join(place.path, segment.file), segment);
        if (reader === undefined) throw new SegmentGone(segment.file);
        open = { segment, reader };
      }
      const { reader } = open;
      const table = await place.table(segment, reader);
      const wanted = numbersOf(table, request.streams);
      if (wanted?.length === 0) continue;
      for (const run of await reader.runs(slice, wanted)) addRun(page, place, segment, table, run);
      read += wanted === undefined ? slice.bytes : 4096 + (slice.bytes * wanted.length) / slice.streams;
    }
  } finally {
    await open?.reader.close();
  }
  return page.finish();
}

/** Slices that may hold what is asked for, in the direction of reading. */
function piecesOf(segments: readonly Segment[], { from, to, after, backward = false }: PageRequest): Piece[] {
  const low = backward || after === undefined ? from : Math.max(from, after.timestamp);
  const high = !backward || after === undefined ? to : Math.min(to, after.timestamp + 1);
  const out: Piece[] = [];
  for (const segment of segments) {
    const { footer } = segment;
    if (footer.events === 0 || footer.max < low || footer.min >= high) continue;
    for (const slice of footer.slices) {
      if (slice.max >= low && slice.min < high) out.push({ segment, slice });
    }
  }
  return out.sort((a, b) => (backward ? b.slice.max - a.slice.max : a.slice.min - b.slice.min));
}

/** Whether a page that ends at this time goes further than the one before it. */
function advances(edge: number, { from, to, after, backward = false }: PageRequest): boolean {
  if (backward) return edge < (after?.timestamp ?? to);
  return edge > (after?.timestamp ?? from);
}

/** Numbers of the streams that are wanted, rising; undefined for all. */
function numbersOf(table: StreamTable, streams: PageRequest['streams']): number[] | undefined {
  if (streams === undefined) return undefined;
  const out: number[] = [];
  if ('prefix' in streams) {
    for (let i = placeOf(table.names, streams.prefix); table.names[i]?.startsWith(streams.prefix); i++)
      out.push(i);
    return out;
  }
  for (const name of streams) {
    const i = placeOf(table.names, name);
    if (table.names[i] === name) out.push(i);
  }
  return out.sort((a, b) => a - b);
}

/** The first name that is not before this one. */
function placeOf(names: readonly string[], name: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (names[middle]! < name) low = middle + 1;
    else high = middle;
  }
  return low;
}

function addRun(
  page: PageBuilder,
  place: ReadPlace,
  segment: Segment,
  table: StreamTable,
  run: EventRun,
): void {
  const stream = table.names[run.number]!;
  const deleted = place.deletedUpTo.get(stream) ?? -1;
  const { origin } = segment.footer;
  for (let i = 0; i < run.timestamps.length; i++) {
    const key: EventKey = {
      timestamp: run.timestamps[i]!,
      ingested: origin?.ingested ?? run.origin!.ingested[i]!,
      seed: origin?.seed ?? run.origin!.seeds[i]!,
      ordinal: origin === undefined ? run.origin!.ordinals[i]! : run.ordinal + i,
    };
    if (key.ingested <= deleted || !page.wants(key)) continue;
    const start = (i === 0 ? run.start : run.ends[i - 1]!) - run.base;
    page.add(key, stream, run.messages.toString('utf8', start, run.ends[i]! - run.base));
  }
}

/** The best events of those seen so far. */
class PageBuilder {
  readonly #request: PageRequest;
  readonly #sign: 1 | -1;
  #events: (StoredEvent & { readonly weight: number })[] = [];
  #weight = 0;
  /** The last event of a page that is full: nothing beyond it is wanted. */
  #last: EventKey | undefined;

  constructor(request: PageRequest) {
    this.#request = request;
    this.#sign = request.backward === true ? -1 : 1;
  }

  #order(a: EventKey, b: EventKey): number {
    return this.#sign * compareKeys(a, b);
  }

  /** Whether a full page ends before this time. */
  isBefore(timestamp: number): boolean {
    return this.#last !== undefined && this.#sign * (timestamp - this.#last.timestamp) > 0;
  }

  wants(key: EventKey): boolean {
    const { from, to, after } = this.#request;
    return (
      key.timestamp >= from &&
      key.timestamp < to &&
      (after === undefined || this.#order(key, after) > 0) &&
      (this.#last === undefined || this.#order(key, this.#last) < 0)
    );
  }

  add(key: EventKey, stream: string, message: string): void {
    const { matches, limit, maxBytes } = this.#request;
    if (matches !== undefined && !matches(message)) return;
    const weight = Buffer.byteLength(message) + EVENT_OVERHEAD;
    this.#events.push({ ...key, stream, message, weight });
    this.#weight += weight;
    if (this.#events.length >= 2 * limit + 100 || this.#weight > 2 * maxBytes + 65_536) this.#cut();
  }

  /** Drops what does not fit into the page. */
  #cut(): void {
    const { limit, maxBytes } = this.#request;
    this.#events.sort((a, b) => this.#order(a, b));
    let count = 0;
    let weight = 0;
    while (count < this.#events.length && count < limit) {
      const next = weight + this.#events[count]!.weight;
      if (count > 0 && next > maxBytes) break;
      weight = next;
      count++;
    }
    if (count === this.#events.length) return;
    this.#events.length = count;
    this.#weight = weight;
    this.#last = this.#events[count - 1];
  }

  finish(): EventPage {
    this.#cut();
    return { events: this.#events, resume: this.#last };
  }

  /** The page as far as a time that has not been looked at. */
  upTo(edge: number): EventPage {
    this.#cut();
    const events = this.#events.filter((it) => this.#sign * (it.timestamp - edge) < 0);
    if (this.#last !== undefined && events.length === this.#events.length)
      return { events, resume: this.#last };
    const ingested = this.#sign > 0 ? -1 : Number.MAX_SAFE_INTEGER;
    return { events, resume: { timestamp: edge, ingested, seed: 0, ordinal: 0 } };
  }
}
