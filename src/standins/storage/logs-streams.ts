/** The streams of a group, put together from the tables of its segments and from what clients made. */
import { join } from 'node:path';
import type { StreamTable } from './logs-format.ts';
import type { GroupView } from './logs-group.ts';
import { SegmentGone } from './logs-read.ts';
import { type Segment, SegmentReader } from './logs-segment.ts';

export interface StreamInfo {
  readonly name: string;
  /** Milliseconds since the epoch, all of them. */
  readonly createdAt: number;
  /** Of a stream that has events. */
  readonly events?: { readonly first: number; readonly last: number; readonly lastIngested: number };
}

interface Extent {
  min: number;
  max: number;
  firstIngested: number;
  lastIngested: number;
}

/** By stream. */
export type Extents = ReadonlyMap<string, Readonly<Extent>>;

/** The extents of a group's streams, kept while segments come. They never shrink but by being made anew. */
export class StreamExtents {
  #counted = new Set<string>();
  #extents = new Map<string, Extent>();
  #made = '';

  get size(): number {
    return this.#extents.size;
  }

  /** Takes segments in that are new. */
  async update(
    path: string,
    view: GroupView,
    tableOf: (segment: Segment, reader: SegmentReader) => Promise<StreamTable>,
  ): Promise<Extents> {
    const { deletedUpTo } = view.streams;
    const state = `${view.record.id} ${[...deletedUpTo.values()].join()}`;
    const there = new Set(view.segments.map((it) => it.file));
    const replaced = new Set(view.segments.flatMap((it) => it.footer.replaces));
    if (state !== this.#made || [...this.#counted].some((it) => !there.has(it) && !replaced.has(it))) {
      this.#counted = new Set();
      this.#extents = new Map();
      this.#made = state;
    }
    for (const segment of view.segments) {
      if (this.#counted.has(segment.file)) continue;
      const { replaces } = segment.footer;
      const known = replaces.length > 0 && replaces.every((it) => this.#counted.has(it));
      if (!known) this.#add(await this.#read(path, segment, tableOf), deletedUpTo);
      for (const file of replaces) this.#counted.delete(file);
      this.#counted.add(segment.file);
    }
    return this.#extents;
  }

  async #read(
    path: string,
    segment: Segment,
    tableOf: (segment: Segment, reader: SegmentReader) => Promise<StreamTable>,
  ): Promise<StreamTable> {
    const reader = await SegmentReader.open(join(path, segment.file), segment);
    if (reader === undefined) throw new SegmentGone(segment.file);
    try {
      return await tableOf(segment, reader);
    } finally {
      await reader.close();
    }
  }

  #add(
    { names, mins, maxes, firstIngested, lastIngested }: StreamTable,
    deleted: ReadonlyMap<string, number>,
  ): void {
    for (const [i, name] of names.entries()) {
      if (lastIngested[i]! <= (deleted.get(name) ?? -1)) continue;
      const extent = this.#extents.get(name);
      if (extent === undefined) {
        this.#extents.set(name, {
          min: mins[i]!,
          max: maxes[i]!,
          firstIngested: firstIngested[i]!,
          lastIngested: lastIngested[i]!,
        });
        continue;
      }
      extent.min = Math.min(extent.min, mins[i]!);
      extent.max = Math.max(extent.max, maxes[i]!);
      extent.firstIngested = Math.min(extent.firstIngested, firstIngested[i]!);
      extent.lastIngested = Math.max(extent.lastIngested, lastIngested[i]!);
    }
  }
}

/** A stream of a group; undefined where there is none. Events before `cutoff` are not shown any more. */
export function streamInfo(
  view: GroupView,
  extents: Extents,
  name: string,
  cutoff: number,
): StreamInfo | undefined {
  const made = view.streams.created.get(name);
  const extent = extents.get(name);
  if (extent === undefined) return made && { name, createdAt: made.at };
  const { min, max, firstIngested, lastIngested } = extent;
  const createdAt = made?.at ?? firstIngested;
  if (max < cutoff) return { name, createdAt };
  return { name, createdAt, events: { first: Math.max(min, cutoff), last: max, lastIngested } };
}

/** All streams of a group, by name. */
export function streamInfos(view: GroupView, extents: Extents, cutoff: number): StreamInfo[] {
  const names = new Set([...extents.keys(), ...view.streams.created.keys()]);
  return [...names].sort((a, b) => (a < b ? -1 : 1)).map((name) => streamInfo(view, extents, name, cutoff)!);
}
