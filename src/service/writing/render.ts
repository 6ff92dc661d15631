import type { Chunk } from '../../delivery/chunk.ts';
import { SLOT_SECONDS } from '../../delivery/chunk.ts';
import { interfaceStream, transitGatewayStream } from '../../delivery/names.ts';
import {
  DOUBLE_BYTES,
  DOUBLE_PACKETS,
  type ExpandedWindow,
  ROW_WORDS,
  rowDoubles,
  rowUnsigned,
  rowWords,
  STATUS_WORDS,
  WORD_FIRST,
  WORD_FLAGS,
  WORD_LAST,
} from '../../flows/rows.ts';
import type { TextWriter } from '../../records/text.ts';
import type { Facts } from './facts.ts';
import type { InterfaceNames } from './interface-names.ts';
import { interfaceRuns, RUN_WORDS } from './runs.ts';
import { EventsSink, type Lines, type Sink, TextSink } from './sinks.ts';
import { selectsBit, verdictBit } from './traffic.ts';
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
  readonly #starts = new Uint32Array(BATCH_LINES);
  /** Lines of an interface that a view wants, and the slots that they end in. */
  #lines = new Int32Array(BATCH_LINES);
  #slots = new Int32Array(BATCH_LINES);
  #ordered = new Int32Array(BATCH_LINES);
  #worked = 0;

  constructor(names: InterfaceNames) {
    this.#names = names;
  }

  *render(expanded: ExpandedWindow, views: Iterable<View>, facts: Facts): Generator<void, Chunk[]> {
    const chunks: Chunk[] = [];
    if (expanded.lines === 0) return chunks;
    const runs = interfaceRuns(expanded);
    const rows = new Rows(expanded);
    for (const view of views) {
      const writer = facts.writer(view);
      const sinks = new Sinks(view, expanded);
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
      for (const sink of sinks.inOrder()) chunks.push(...sink.finish());
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
      const text = writer.write(asked, from, to);
      const lines: Lines = { ...place, text, starts: this.#starts.subarray(0, to - from), ...sums };
      for (const sink of sinks) sink.append(lines);
      this.counters.renderedLines += to - from;
      if (this.#isTurn(to - from)) yield;
    }
  }

  #isTurn(work: number): boolean {
    this.#worked += work;
    if (this.#worked < TURN_LINES) return false;
    this.#worked = 0;
    return true;
  }
}

const NO_STREAM = '';

/** The log stream of an interface's lines: of an attachment's, that of its transit gateway. */
function streamOf({ to, traffic, transit }: View, number: number, interfaceId: string, facts: Facts): string {
  if (to === 's3') return NO_STREAM;
  const gateway = transit ? facts.membership.gatewayOf(number) : undefined;
  return gateway === undefined ? interfaceStream(interfaceId, traffic) : transitGatewayStream(gateway);
}

/** What lines are made of. */
class Rows {
  readonly expanded: ExpandedWindow;
  /** Events are delivered whole windows and intervals at a time: their slot is that of the end. */
  readonly lastSlot: number;
  readonly #words: Int32Array;
  readonly #unsigned: Uint32Array;
  readonly #doubles: Float64Array;
  readonly #status: Int32Array;

  constructor(expanded: ExpandedWindow) {
    const { rows, status, start, seconds } = expanded.window;
    this.expanded = expanded;
    this.lastSlot = Math.floor((start + seconds - 1) / SLOT_SECONDS);
    this.#words = rowWords(rows);
    this.#unsigned = rowUnsigned(rows);
    this.#doubles = rowDoubles(rows);
    this.#status = status;
  }

  verdict(line: number): number {
    return verdictBit(this.#words[(line >>> 1) * ROW_WORDS + WORD_FLAGS]!);
  }

  end(line: number): number {
    return line < 0
      ? this.#status[~line * STATUS_WORDS + 3]! >>> 0
      : this.#unsigned[(line >>> 1) * ROW_WORDS + WORD_LAST]!;
  }

  /** Sums of lines [from, to), whose starts go to `starts`. */
  sum(
    order: Int32Array,
    from: number,
    to: number,
    starts: Uint32Array,
  ): { rows: number; packets: number; bytes: number } {
    const sums = { rows: 0, packets: 0, bytes: 0 };
    for (let i = from; i < to; i++) {
      const line = order[i]!;
      if (line < 0) {
        starts[i - from] = this.#status[~line * STATUS_WORDS + 2]!;
        continue;
      }
      const row = line >>> 1;
      starts[i - from] = this.#unsigned[row * ROW_WORDS + WORD_FIRST]!;
      sums.rows++;
      sums.packets += this.#doubles[row * (ROW_WORDS / 2) + DOUBLE_PACKETS]!;
      sums.bytes += this.#doubles[row * (ROW_WORDS / 2) + DOUBLE_BYTES]!;
    }
    return sums;
  }
}

/** The sinks of a view, made when the first line comes. */
class Sinks {
  readonly #view: View;
  readonly #expanded: ExpandedWindow;
  readonly #sinks = new Map<Group, Map<number, Sink>>();

  constructor(view: View, expanded: ExpandedWindow) {
    this.#view = view;
    this.#expanded = expanded;
  }

  of(group: Group, slot: number): Sink {
    let slots = this.#sinks.get(group);
    if (slots === undefined) this.#sinks.set(group, (slots = new Map()));
    let sink = slots.get(slot);
    if (sink === undefined) {
      const { start, seconds } = this.#expanded.window;
      const { flowLogs } = group;
      const frame = { flowLogs, slot, from: start, to: start + seconds - 1 };
      sink = this.#view.to === 's3' ? new TextSink(frame) : new EventsSink(frame);
      slots.set(slot, sink);
    }
    return sink;
  }

  /** By group as the flow logs were made, then by slot. */
  *inOrder(): Generator<Sink> {
    for (const group of this.#view.groups) {
      const slots = this.#sinks.get(group);
      if (slots === undefined) continue;
      for (const slot of [...slots.keys()].sort((a, b) => a - b)) yield slots.get(slot)!;
    }
  }
}
