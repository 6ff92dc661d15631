import { GrowingBytes } from '../../base/growing-bytes.ts';
import type { Chunk } from '../../delivery/chunk.ts';
import { SLOT_SECONDS } from '../../delivery/chunk.ts';
import { interfaceStream, transitGatewayStream } from '../../delivery/names.ts';
import type { ExpandedWindow } from '../../flows/rows.ts';
import type { TextWriter } from '../../records/text.ts';
import type { Facts } from './facts.ts';
import { FormatColumns } from './format-columns.ts';
import type { InterfaceNames } from './interface-names.ts';
import { ParquetSink } from './parquet-sink.ts';
import { Rows } from './render-rows.ts';
import { interfaceRuns, RUN_WORDS } from './runs.ts';
import { type ChunkFrame, EventsSink, type Lines, type Sink, TextSink } from './sinks.ts';
import { selectsBit } from './traffic.ts';
import { Sinks } from './view-sinks.ts';
import type { Group, View } from './views.ts';

/** Lines that are written together. Part of what decides where large chunks end: fixed, as bytes are (S6.4). */
const BATCH_LINES = 1024;
/** Lines, and runs of lines that nobody wants, between two turns of the event loop: some milliseconds. */
const TURN_LINES = 8192;

/** Work done, for tests and metrics. */
export interface RenderCounters {
  /** Lines that were written as text: once, whatever the number of flow logs. */
  renderedLines: number;
}

/**
 * Makes the chunks of a window or interval: each view's lines are written once, and each group of flow logs
 * gets its interfaces' lines out of that. Yields for turns of the event loop.
 */
export class Renderer {
  readonly counters: RenderCounters = { renderedLines: 0 };
  readonly #names: InterfaceNames;
  readonly #followed: () => ReadonlySet<string>;
  readonly #columns = new FormatColumns();
  readonly #starts = new Uint32Array(BATCH_LINES);
  /** The lines at hand, copied: sinks yield before they take them, and other recordings of this thread write meanwhile. */
  readonly #text = new GrowingBytes();
  /** Lines of an interface that a view wants, and the slots that they end in. */
  #lines = new Int32Array(BATCH_LINES);
  #slots = new Int32Array(BATCH_LINES);
  #ordered = new Int32Array(BATCH_LINES);
  #worked = 0;

  /** `followed` says whose lines somebody wants to be told. */
  constructor(names: InterfaceNames, followed: () => ReadonlySet<string> = () => NOBODY) {
    this.#names = names;
    this.#followed = followed;
  }

  *render(expanded: ExpandedWindow, views: Iterable<View>, facts: Facts): Generator<void, Chunk[]> {
    const chunks: Chunk[] = [];
    if (expanded.lines === 0) return chunks;
    const runs = interfaceRuns(expanded);
    const rows = new Rows(expanded);
    for (const view of views) {
      const writer = facts.writer(view);
      const sinks = new Sinks(view, expanded, (group, frame) => this.#sinkOf(view, group, frame));
      for (let run = 0; run < runs.length; run += RUN_WORDS) {
        if (this.#isTurn(1)) yield;
        const groups = view.groupsOf(runs[run]!);
        if (groups.length === 0) continue;
        const count = this.#gather(rows, view, runs[run + 1]!, runs[run + 2]!);
        if (count === 0) continue;
        const interfaceId = this.#names.of(runs[run]!, facts);
        const stream = streamOf(view, runs[run]!, interfaceId, facts);
        for (let from = 0; from < count;) {
          const slot = this.#slots[from]!;
          let to = from + 1;
          while (to < count && this.#slots[to] === slot) to++;
          const into = groups.map((group) => sinks.of(group, slot));
          yield* this.#write(rows, writer, { interfaceId, stream }, from, to, into);
          from = to;
        }
      }
      for (const sink of sinks.inOrder()) chunks.push(...(yield* sink.finish()));
    }
    return chunks;
  }

  /** The lines of a run that a view selects, slot by slot, each slot's in their order. Returns how many. */
  #gather(rows: Rows, view: View, from: number, to: number): number {
    if (this.#lines.length < to - from) {
      this.#lines = new Int32Array(2 * (to - from));
      this.#slots = new Int32Array(2 * (to - from));
      this.#ordered = new Int32Array(2 * (to - from));
    }
    const { order } = rows.expanded;
    const wanted = selectsBit(view.traffic);
    const fixed = view.to === 's3' ? undefined : rows.lastSlot;
    let count = 0;
    let sorted = true;
    for (let i = from; i < to; i++) {
      const line = order[i]!;
      if (line >= 0 && (rows.verdict(line) & wanted) === 0) continue;
      const slot = fixed ?? Math.floor(rows.end(line) / SLOT_SECONDS);
      if (count > 0 && slot < this.#slots[count - 1]!) sorted = false;
      this.#lines[count] = line;
      this.#slots[count++] = slot;
    }
    if (sorted) this.#ordered.set(this.#lines.subarray(0, count));
    else this.#sortBySlot(count);
    return count;
  }

  #sortBySlot(count: number): void {
    const slots = this.#slots.slice(0, count);
    let n = 0;
    for (const slot of new Set(slots.toSorted())) {
      for (let i = 0; i < count; i++) if (slots[i] === slot) this.#ordered[n++] = this.#lines[i]!;
    }
    this.#slots.set(slots.sort());
  }

  *#write(
    rows: Rows,
    writer: TextWriter,
    place: Pick<Lines, 'interfaceId' | 'stream'>,
    first: number,
    end: number,
    sinks: readonly Sink[],
  ): Generator<void, void> {
    const { window } = rows.expanded;
    const asked = { window, order: this.#ordered, lines: end };
    for (let from = first; from < end; from += BATCH_LINES) {
      const to = Math.min(end, from + BATCH_LINES);
      const sums = rows.sum(this.#ordered, from, to, this.#starts);
      this.#text.drop(this.#text.length);
      this.#text.append(writer.write(asked, from, to));
      const text = this.#text.written();
      const lines: Lines = { ...place, text, starts: this.#starts.subarray(0, to - from), ...sums };
      for (const sink of sinks) {
        const later = sink.append(lines);
        if (later !== undefined) yield* later;
      }
      this.counters.renderedLines += to - from;
      if (this.#isTurn(to - from)) yield;
    }
  }

  #sinkOf({ format }: View, { form, flowLogs }: Group, frame: ChunkFrame): Sink {
    if (form === 'deflated-text') return new TextSink(frame);
    if (form === 'events') return new EventsSink(frame);
    const followed = this.#followed();
    const follow = flowLogs.some((id) => followed.has(id));
    return new ParquetSink(frame, this.#columns.of(format), follow);
  }

  #isTurn(work: number): boolean {
    this.#worked += work;
    if (this.#worked < TURN_LINES) return false;
    this.#worked = 0;
    return true;
  }
}

const NOBODY: ReadonlySet<string> = new Set();
const NO_STREAM = '';

/** The log stream of an interface's lines: of an attachment's, that of its transit gateway. */
function streamOf({ to, traffic, transit }: View, number: number, interfaceId: string, facts: Facts): string {
  if (to === 's3') return NO_STREAM;
  const gateway = transit ? facts.membership.gatewayOf(number) : undefined;
  return gateway === undefined ? interfaceStream(interfaceId, traffic) : transitGatewayStream(gateway);
}
