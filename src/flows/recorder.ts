import { type Batch, META_VERDICT } from '../capture/batch.ts';
import { Attribution, InterfaceCounts } from './attribution.ts';
import { PacketClock } from './clock.ts';
import { Contexts, type Point } from './contexts.ts';
import { FragmentTable } from './fragments.ts';
import { Intervals, WINDOW_SECONDS, windowOf } from './intervals.ts';
import { KeyColumns } from './key-columns.ts';
import { LateWindows } from './late.ts';
import { noCounters, type RecorderOptions } from './recorder-options.ts';
import { PointHistory } from './history.ts';
import { TablePool } from './pool.ts';
import { GAP_INTERVALS } from './status.ts';
import { FlowTable } from './table.ts';
import { Connections } from './verdicts.ts';
import { foldShadow } from './shadow.ts';

/** How far behind the watermark stays (S3.3): captures and NFLOG, in seconds. */
export const CAPTURE_GRACE_SECONDS = 2;
/** Skipped windows from which a live clock is said to have been stepped forward (S3.5). */
const STEP_WINDOWS = 3;
/** An interface's share of a table (S5.4), and the fill from which it is enforced, as parts of the table. */
const SHARE = 1 / 4;
const SHARE_FROM = 1 / 2;

interface OpenWindow {
  readonly start: number;
  readonly table: FlowTable;
  readonly counts: InterfaceCounts;
  /** Rows by live point. */
  readonly seen: (InterfaceCounts | undefined)[];
  /** Rows of sources that only report verdicts (S2.8), made when the first comes. */
  shadow: FlowTable | undefined;
}

/**
 * Packets to closed windows: the thread that records owns one. Rows of a batch come in by `add`; windows go
 * out by `onWindow` in order of time, each with a table that the reader gives back.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #grace: number;
  readonly #pool: TablePool;
  readonly #contexts: Contexts;
  readonly #attribution: Attribution;
  readonly #fragments = new FragmentTable();
  readonly #connections: Connections;
  readonly #intervals: Intervals;
  readonly #points: Point[] = [];
  readonly #clocks: PacketClock[] = [];
  readonly #histories: (PointHistory | undefined)[] = [];
  readonly #columns: KeyColumns;
  /** Open windows by start, at most a few. */
  #open: OpenWindow[] = [];
  /** The window of the last packet: where the next one most likely belongs. */
  #current: OpenWindow | undefined;
  readonly #late: LateWindows;
  #closedUpTo = 0;
  /** Windows without a packet closed one after another. */
  #empty = 0;
  /** The latest packet time of a file, or the live watermark plus grace. */
  #latest = 0;
  #coveredFrom = Number.POSITIVE_INFINITY;
  #resume: Batch | undefined;
  #spareCounts: InterfaceCounts[] = [];
  readonly counters = noCounters();

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#grace = options.graceSeconds ?? CAPTURE_GRACE_SECONDS;
    this.#pool = new TablePool(options.tableRows, options.tables);
    this.#contexts = new Contexts(options.lookup);
    this.#columns = new KeyColumns(this.#contexts);
    this.#attribution = new Attribution(options.lookup, this.#contexts, options.discoverDestinations);
    this.#connections = new Connections(this.#contexts.scope);
    this.#intervals = new Intervals(options.trackers, {
      onBareWindow: (start, status) => this.#emitBare(start, status),
      onInterval: options.onInterval,
    });
    this.#late = new LateWindows(options.lookup.declaredCount, (window) => {
      this.#handOver(window.start, window.table, true, NO_STATUS);
      this.#late.giveIndex(window);
    });
    if (options.live) {
      this.#attribution.share = options.tableRows * SHARE;
      this.#attribution.shareFrom = options.tableRows * SHARE_FROM;
    }
  }

  /** Registers an observation point. Live points start at `now` (Unix seconds). */
  addPoint(point: Omit<Point, 'number'>, now = 0): Point {
    const added = { ...point, number: this.#points.length };
    this.#points.push(added);
    const clock = new PacketClock();
    if (point.live) {
      clock.startAt(now);
      this.#coveredFrom = Math.min(this.#coveredFrom, now);
      if (this.#closedUpTo === 0) this.#closedUpTo = windowOf(now - this.#grace);
    }
    this.#clocks.push(clock);
    this.#histories.push(point.live ? new PointHistory() : undefined);
    return added;
  }

  get attribution(): Attribution['counters'] {
    return this.#attribution.counters;
  }

  get fragments(): { readonly unresolved: number; readonly evicted: number } {
    return this.#fragments;
  }

  get timeOutliers(): number {
    return this.#clocks.reduce((sum, clock) => sum + clock.outliers, 0);
  }

  /** Open windows' flows, for progress. */
  get openFlows(): number {
    return this.#open.reduce((sum, window) => sum + window.table.count, 0);
  }

  /** The latest packet time seen, or the wall clock of a live recorder, in Unix seconds. */
  get time(): number {
    return this.#latest;
  }

  /** Tables that are filled or on their way to be written. */
  get tablesOut(): number {
    return this.#pool.out;
  }

  /** A table came back: its window is written. */
  release(number: number): void {
    if (number >= 0 && !this.#late.release(number)) this.#pool.give(number);
  }

  /**
   * Adds rows [from, to) of a batch. Returns `to`; less when no table is free and the sources can wait
   * (S5.4): add the rest of the same batch, unchanged, after a `release`.
   */
  add(batch: Batch, from: number, to: number, point: Point): number {
    const clock = this.#clocks[point.number]!;
    const whole = from === 0 && to === batch.count;
    if (this.#resume !== batch) this.#prepare(batch, from, to, point, clock, whole);
    this.#resume = undefined;
    const { time } = batch;
    let i = from;
    const current = this.#current;
    if (
      whole &&
      current !== undefined &&
      batch.minTime >= current.start &&
      batch.maxTime < current.start + WINDOW_SECONDS &&
      current.start >= this.#closedUpTo
    ) {
      i = this.#insert(current, batch, 0, to, point);
      this.#moveTo(batch.maxTime);
    }
    while (i < to) {
      const start = windowOf(time[i]!);
      let end = i + 1;
      let last = time[i]!;
      while (end < to && time[end]! >= start && time[end]! < start + WINDOW_SECONDS) {
        if (time[end]! > last) last = time[end]!;
        end++;
      }
      const done = this.#insertRun(start, batch, i, end, point);
      if (done < end) {
        this.#resume = batch;
        return done;
      }
      this.#moveTo(last);
      i = end;
    }
    return to;
  }

  /** Live: the wall clock in Unix seconds. Closes what lies before it by more than the grace (S3.3). */
  advance(now: number): void {
    if (now <= this.#latest) return;
    this.#latest = now;
    this.#closeUpTo(windowOf(now - this.#grace));
  }

  /** Ends: closes every open window. Files are covered to their last packet, live sources to `advance`. */
  finish(): void {
    const last = this.#open.at(-1);
    const end = Math.max(last === undefined ? 0 : last.start + WINDOW_SECONDS, this.#closedUpTo);
    if (last !== undefined) this.#closeUpTo(end);
    this.#late.flush();
    if (end > 0) this.#intervals.finish(end);
  }

  /**
   * Live: packets of a point are missing between two times (S5.2, S5.3). The interfaces that had traffic
   * from it in this window or the one before get SKIPDATA.
   */
  lose(point: Point, from: number, to: number): void {
    const history = this.#histories[point.number];
    if (history === undefined) return;
    history.markLoss();
    history.forEachRecent(this.#seenBy(point.number), (number) =>
      this.#intervals.skip(number, from, to, this.#closedUpTo),
    );
  }

  /** Live: a point stopped seeing packets, or sees them again. */
  setHealthy(point: Point, healthy: boolean): void {
    const history = this.#histories[point.number];
    if (history !== undefined) history.healthy = healthy;
  }

  #seenBy(point: number): (InterfaceCounts | undefined)[] {
    return this.#open.map((window) => window.seen[point]);
  }

  #prepare(batch: Batch, from: number, to: number, point: Point, clock: PacketClock, whole: boolean): void {
    if (batch.fragments > 0) this.#fragments.resolve(batch, from, to, point.scope);
    if (batch.verdicts > 0) this.#connections.active = true;
    this.#judgeTimes(batch, from, to, clock, whole);
    const bytes = this.#columns.fill(batch, from, to, point, this.#options.lookup.needsLink);
    this.#attribution.severalPoints = this.#columns.severalPlaces;
    this.counters.rows += to - from;
    this.counters.bytes += bytes;
  }

  #judgeTimes(batch: Batch, from: number, to: number, clock: PacketClock, whole: boolean): void {
    if (!clock.plausible(batch)) {
      clock.judge(batch, from, to, this.#latest, this.#grace);
      if (whole) timeRange(batch, from, to);
    } else if (whole) {
      if (batch.maxTime > clock.latest) clock.latest = batch.maxTime;
    } else {
      for (let i = from; i < to; i++) if (batch.time[i]! > clock.latest) clock.latest = batch.time[i]!;
    }
    if (!this.#options.live && this.#latest === 0 && to > from) {
      this.#coveredFrom = batch.time[from]!;
      this.#closedUpTo = windowOf(this.#earliest(batch, from, to));
    }
  }

  #earliest(batch: Batch, from: number, to: number): number {
    let earliest = batch.time[from]!;
    for (let i = from; i < to; i++) if (batch.time[i]! < earliest) earliest = batch.time[i]!;
    return earliest;
  }

  /** Packets of a file have come up to this time: the watermark may close windows. */
  #moveTo(time: number): void {
    if (this.#options.live || time <= this.#latest) return;
    this.#latest = time;
    const target = windowOf(time - this.#grace);
    if (target > this.#closedUpTo) this.#closeUpTo(target);
  }

  #insertRun(start: number, batch: Batch, from: number, to: number, point: Point): number {
    if (start < this.#closedUpTo) return this.#insertLate(start, batch, from, to, point);
    const window = this.#windowAt(start);
    if (window === undefined) {
      if (!this.#options.live) return from;
      for (let i = from; i < to; i++) this.#attribution.refuse(batch, i, this.#columns.keys[i]!);
      this.#markRefused(start);
      return to;
    }
    this.#current = window;
    return this.#insert(window, batch, from, to, point);
  }

  /** Adds rows to a window; hands a full table over early and goes on in a new one (S5.4). */
  #insert(window: OpenWindow, batch: Batch, from: number, to: number, point: Point): number {
    const attribution = this.#attribution;
    let into = window;
    let i = from;
    for (;;) {
      const table = point.role === 'verdict' ? this.#shadowOf(into) : into.table;
      if (table === undefined) return i;
      attribution.counts = into.counts;
      attribution.pointCounts = undefined;
      if (point.live) {
        attribution.pointCounts = into.seen[point.number] ??= new InterfaceCounts(
          this.#options.lookup.declaredCount,
        );
      }
      table.refuseWhenFull = this.#options.live && !this.#pool.available;
      i = table.insert(batch, this.#columns, i, to, attribution);
      if (i === to) {
        if (attribution.hasRefused) this.#markRefused(into.start);
        return i;
      }
      const next = this.#handOverEarly(into);
      if (next === undefined) return i;
      into = next;
    }
  }

  #markRefused(start: number): void {
    for (const number of this.#attribution.takeRefused()) {
      this.#intervals.skip(number, start, start, this.#closedUpTo);
    }
  }

  #shadowOf(window: OpenWindow): FlowTable | undefined {
    if (window.shadow !== undefined) return window.shadow;
    const pooled = this.#pool.take();
    if (pooled === undefined) return undefined;
    window.shadow = new FlowTable(pooled.store, this.#pool.takeIndex(), pooled.number);
    return window.shadow;
  }

  #windowAt(start: number): OpenWindow | undefined {
    const known = this.#open.find((window) => window.start === start);
    if (known !== undefined) return known;
    const window = this.#openWindow(start);
    if (window === undefined) return undefined;
    this.#open.push(window);
    this.#open.sort((a, b) => a.start - b.start);
    return window;
  }

  #openWindow(start: number, before?: OpenWindow): OpenWindow | undefined {
    const pooled = this.#pool.take();
    if (pooled === undefined) return undefined;
    return {
      start,
      table: new FlowTable(pooled.store, this.#pool.takeIndex(), pooled.number),
      counts:
        before?.counts ?? this.#spareCounts.pop() ?? new InterfaceCounts(this.#options.lookup.declaredCount),
      seen: before?.seen ?? [],
      shadow: undefined,
    };
  }

  #handOverEarly(window: OpenWindow): OpenWindow | undefined {
    if (!this.#pool.available) return undefined;
    const at = this.#open.indexOf(window);
    this.counters.earlyWrites++;
    this.#emit(window, NO_STATUS);
    const next = this.#openWindow(window.start, window)!;
    this.#open[at] = next;
    if (this.#current === window) this.#current = next;
    return next;
  }

  #insertLate(start: number, batch: Batch, from: number, to: number, point: Point): number {
    const attribution = this.#attribution;
    let i = from;
    if (point.role === 'verdict') {
      for (; i < to; i++) {
        this.counters.verdictOnlyPackets++;
        this.counters.verdictOnlyBytes += batch.length[i]!;
      }
    } else {
      i = this.#late.insert(start, batch, this.#columns, from, to, attribution);
      // The writer is behind by several tables of late packets. Files wait; live sources lose them, counted
      // and shown as SKIPDATA.
      if (this.#options.live) for (; i < to; i++) attribution.refuse(batch, i, this.#columns.keys[i]!);
      if (attribution.hasRefused) this.#markRefused(start);
    }
    for (let late = from; late < i; late++) {
      this.counters.latePackets++;
      this.counters.lateBytes += batch.length[late]!;
      if ((batch.meta[late]! & META_VERDICT) !== 0) this.counters.verdictLate++;
    }
    return i;
  }

  /** Closes every window that ends at or before `target`, and their intervals. */
  #closeUpTo(target: number): void {
    const { live } = this.#options;
    const most = ((GAP_INTERVALS + 1) * this.#intervals.longest) / WINDOW_SECONDS;
    while (this.#closedUpTo < target) {
      const start = this.#closedUpTo;
      const next = this.#open[0];
      const nextStart = next === undefined || next.start >= target ? target : next.start;
      const missing = (nextStart - start) / WINDOW_SECONDS;
      if (live && missing >= STEP_WINDOWS) {
        this.#step(start, nextStart);
        continue;
      }
      if (!live && nextStart > start && this.#empty >= most) {
        // A gap in a file: enough NODATA. Go on in the interval of the next packet.
        this.#jump(nextStart);
        continue;
      }
      this.#empty = nextStart > start ? this.#empty + 1 : 0;
      this.#closeOne(start, nextStart === start ? this.#open.shift() : undefined);
    }
  }

  #closeOne(start: number, window: OpenWindow | undefined): void {
    const end = start + WINDOW_SECONDS;
    let healthy = true;
    for (const [point, history] of this.#histories.entries()) {
      if (history?.closeWindow(window?.seen[point]) === false) healthy = false;
    }
    const covered = healthy && this.#coveredFrom <= start && this.#latest >= end - 1;
    this.#closedUpTo = end;
    const status = this.#intervals.closeWindow(start, window?.counts, covered);
    if (window !== undefined) {
      this.#spareCounts.push(window.counts);
      this.#emit(window, status);
      window.counts.clear();
    } else if (status.length > 0) {
      this.#emitBare(start, status);
    }
    this.#late.flush();
    this.#intervals.endAt(end);
  }

  /** A live clock was stepped forward: the windows without it are one SKIPDATA range (S3.5). */
  #step(from: number, to: number): void {
    const numbers = new Set<number>();
    for (const [point, history] of this.#histories.entries()) {
      history?.forEachRecent(this.#seenBy(point), (number) => numbers.add(number));
    }
    this.#jump(to);
    for (const number of numbers) this.#intervals.skipRange(number, from, to);
  }

  #jump(to: number): void {
    const from = this.#closedUpTo;
    this.#closedUpTo = to;
    this.#intervals.jump(from, to);
  }

  /** A window without rows, for its NODATA and SKIPDATA lines. */
  #emitBare(start: number, status: Int32Array): void {
    this.#options.onWindow({
      start,
      seconds: WINDOW_SECONDS,
      late: false,
      version: this.#options.lookup.version,
      table: -1,
      rows: NO_ROWS,
      addresses: NO_ROWS,
      count: 0,
      packets: 0,
      bytes: 0,
      status,
    });
  }

  #emit(window: OpenWindow, status: Int32Array): void {
    const { table } = window;
    if (window.shadow !== undefined) {
      const folded = foldShadow(window.shadow, table, this.#contexts.count);
      this.counters.verdictOnlyPackets += folded.packets;
      this.counters.verdictOnlyBytes += folded.bytes;
      this.#attribution.counters.refusedPackets += folded.refusedPackets;
      this.#attribution.counters.refusedBytes += folded.refusedBytes;
      this.#pool.giveIndex(window.shadow.index);
      this.#pool.give(window.shadow.number);
      window.shadow = undefined;
    }
    if (this.#current === window) this.#current = undefined;
    this.#handOver(window.start, table, false, status);
    this.#pool.giveIndex(table.index);
  }

  #handOver(start: number, table: FlowTable, late: boolean, status: Int32Array): void {
    if (this.#connections.active) this.#connections.settle(table);
    this.counters.duplicatePackets += table.duplicatePackets;
    this.counters.duplicateBytes += table.duplicateBytes;
    this.counters.windows++;
    this.#options.onWindow({
      start,
      seconds: WINDOW_SECONDS,
      late,
      version: this.#options.lookup.version,
      table: table.number,
      rows: table.store.shared,
      addresses: table.store.sharedAddresses,
      count: table.count,
      packets: table.packets,
      bytes: table.bytes,
      status,
    });
  }
}

const NO_STATUS = new Int32Array(0);
const NO_ROWS = new SharedArrayBuffer(0);

/** Sets a batch's time range anew, after outliers were replaced. */
function timeRange(batch: Batch, from: number, to: number): void {
  let min = 0xffffffff;
  let max = 0;
  for (let i = from; i < to; i++) {
    const t = batch.time[i]!;
    if (t < min) min = t;
    if (t > max) max = t;
  }
  batch.minTime = min;
  batch.maxTime = max;
}
