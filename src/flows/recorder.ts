import type { Batch } from '../capture/batch.ts';
import type { FlowBatch } from '../capture/flow-batch.ts';
import type { InterfaceLookup } from '../network/lookup.ts';
import { type Attribution, type AttributionCounters, InterfaceCounts } from './attribution.ts';
import { type BatchRows, ExportedRows, hasVerdict, PacketRows } from './batch-rows.ts';
import type { PacketClock } from './clock.ts';
import type { TimeColumns } from './columns.ts';
import type { Point } from './contexts.ts';
import { FragmentTable } from './fragments.ts';
import { Intervals, WINDOW_SECONDS, windowOf } from './intervals.ts';
import { LateWindows } from './late.ts';
import { noCounters, type RecorderOptions } from './recorder-options.ts';
import { Places } from './places.ts';
import { type PointOptions, Points, type SeenByPoint, seenBy } from './points.ts';
import { TablePool } from './pool.ts';
import { GAP_INTERVALS } from './status.ts';
import { FlowTable } from './table.ts';
import { Versions } from './versions.ts';
import { type OpenWindow, WindowOutput } from './window-output.ts';

/** How far behind the watermark stays (S3.3): captures and NFLOG, in seconds. */
export const CAPTURE_GRACE_SECONDS = 2;
/** The same of exported flows: exporters send them some seconds after they end. */
export const FLOW_GRACE_SECONDS = 20;
/** Skipped windows from which a live clock is said to have been stepped forward (S3.5). */
const STEP_WINDOWS = 3;
/** An interface's share of a table (S5.4), and the fill from which it is enforced, as parts of the table. */
const SHARE = 1 / 4;
const SHARE_FROM = 1 / 2;

/**
 * Packets and exported flows to closed windows: the thread that records owns one. Rows of a batch come in by `add`
 * and `addFlows`; windows go out by `onWindow` in order of time, each with a table that the reader gives back.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  #grace: number;
  readonly #pool: TablePool;
  readonly #versions: Versions;
  readonly #fragments = new FragmentTable();
  readonly #output: WindowOutput;
  readonly #intervals: Intervals;
  readonly #points = new Points();
  readonly #places = new Places();
  readonly #packets: PacketRows;
  readonly #exported = new ExportedRows(this.#places);
  /** Open windows by start, at most a few. */
  readonly #open: OpenWindow[] = [];
  /** The window of the last packet: where the next one most likely belongs. */
  #current: OpenWindow | undefined;
  readonly #late: LateWindows;
  #closedUpTo = 0;
  /** Windows without a packet closed one after another. */
  #empty = 0;
  /** The latest packet time of a file, or the live watermark plus grace. */
  #latest = 0;
  /** The first packet of files. */
  #coveredFrom = Number.POSITIVE_INFINITY;
  #resume: TimeColumns | undefined;
  /** The rest of `#resume` was prepared before the network changed. */
  #stale = false;
  readonly #spareCounts: InterfaceCounts[] = [];
  readonly counters = noCounters();

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#packets = new PacketRows(this.#places, this.#fragments);
    this.#grace = options.graceSeconds ?? CAPTURE_GRACE_SECONDS;
    this.#pool = new TablePool(options.tableRows, options.tables);
    this.#versions = new Versions(options.lookup, {
      discoverDestinations: options.discoverDestinations,
      share: options.live ? options.tableRows * SHARE : Number.POSITIVE_INFINITY,
      shareFrom: options.live ? options.tableRows * SHARE_FROM : Number.POSITIVE_INFINITY,
    });
    this.#output = new WindowOutput(this.#pool, this.#versions, this.counters, options.onWindow);
    this.#intervals = new Intervals(options.trackers, {
      networkAt: (start) => this.#versions.at(start).lookup,
      onBareWindow: (start, status) => this.#output.bare(start, status),
      onInterval: options.onInterval,
    });
    this.#late = new LateWindows((window) => {
      this.#output.rows(window, window.table, true, NO_STATUS);
      this.#late.giveIndex(window);
    });
  }

  /** Registers an observation point, at any time. Live points start at `now` (Unix seconds). A RangeError for a
   * scope that the network does not have. */
  addPoint(options: PointOptions, now = 0): Point {
    const { graceSeconds = 0, ...given } = options;
    const point = { exporter: '', ...given };
    const { scopeCount } = this.#versions.latest.lookup;
    if (point.scope >= scopeCount) throw new RangeError(`${point.source}: there is no scope ${point.scope}`);
    this.#grace = Math.max(this.#grace, graceSeconds);
    if (point.exporter !== '') this.#late.expectFlows();
    if (point.live && this.#closedUpTo === 0) {
      this.#closedUpTo = windowOf(Math.floor(now - this.#grace));
    }
    return this.#points.add(point, now);
  }

  /**
   * Another version of the network, of the lineage of the one before: windows that begin at or after `from` are
   * attributed by it, earlier ones by those that went before (S3.7). Where such a window has packets already,
   * these are handed over early under the version that they were recorded under. Returns the boundary: `from`,
   * or the next window's start that is not closed.
   */
  setNetwork(lookup: InterfaceLookup, from: number): number {
    const { scopes } = this.#points;
    if (lookup.scopeCount < scopes) {
      throw new RangeError(`version ${lookup.version} of the network has no scope ${scopes - 1}`);
    }
    const boundary = Math.max(windowOf(from + WINDOW_SECONDS - 1), this.#closedUpTo);
    this.#versions.add(lookup, boundary);
    for (const [at, window] of this.#open.entries()) {
      if (window.start < boundary) continue;
      this.#emit(window, NO_STATUS);
      this.#open[at] = { ...window, version: this.#versions.latest };
    }
    this.#current = undefined;
    this.#stale = true;
    return boundary;
  }

  get attribution(): Readonly<AttributionCounters> {
    return this.#versions.counters;
  }

  get fragments(): { readonly unresolved: number; readonly evicted: number } {
    return this.#fragments;
  }

  get timeOutliers(): number {
    return this.#points.timeOutliers;
  }

  /** Open windows' flows, for progress. */
  get openFlows(): number {
    return this.#open.reduce((sum, window) => sum + (window.table?.count ?? 0), 0);
  }

  /** The latest packet time seen, or the wall clock of a live recorder, in Unix seconds. */
  get time(): number {
    return this.#latest;
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
    return this.#add(this.#packets.of(batch), from, to, point);
  }

  /**
   * The same of exported flows, all of the one exporter that `point` stands for. A flow belongs to the window that it
   * ends in, whole, with the start that it reports (S7.4).
   */
  addFlows(batch: FlowBatch, from: number, to: number, point: Point): number {
    return this.#add(this.#exported.of(batch), from, to, point);
  }

  #add(rows: BatchRows, from: number, to: number, point: Point): number {
    const { batch } = rows;
    const clock = this.#points.clockOf(point);
    const whole = from === 0 && to === batch.count;
    if (this.#resume !== batch) this.#prepare(rows, from, to, point, clock, whole);
    else if (this.#stale) this.#fillKeys(rows, from, to, point, whole);
    this.#resume = undefined;
    this.#stale = false;
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
      i = this.#insert(current, rows, 0, to, point);
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
      const done = this.#insertRun(start, rows, i, end, point);
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
    if (end === 0) return;
    this.#intervals.finish(end);
    this.#options.onClosed?.(end);
  }

  /** Hands over what is open, as when tables are full: the windows go on in new tables. */
  flushOpen(): void {
    for (const window of this.#open) this.#emit(window, NO_STATUS);
    this.#late.flush();
  }

  /**
   * Live: packets of a point are missing between two times (S5.2, S5.3). The interfaces that had traffic
   * from it in this window or the one before get SKIPDATA.
   */
  lose(point: Point, from: number, to: number): void {
    for (const number of this.#points.lose(point, from, to, this.#seen)) {
      this.#intervals.skip(number, from, to, this.#closedUpTo);
    }
  }

  /** Live: a point stopped seeing packets, or sees them again. */
  setHealthy(point: Point, healthy: boolean): void {
    this.#points.setHealthy(point, healthy, this.#latest);
  }

  /**
   * Packets of an interface are missing from `from` to before `to`, as the service was not there (S5.2): one
   * SKIPDATA line for flow logs of an interval of so many seconds, with the next one that ends.
   */
  addGap(seconds: number, number: number, from: number, to: number): void {
    this.#intervals.addGap(seconds, number, from, to);
  }

  get #seen(): SeenByPoint[] {
    return this.#open.map((window) => window.seen);
  }

  #prepare(
    rows: BatchRows,
    from: number,
    to: number,
    point: Point,
    clock: PacketClock,
    whole: boolean,
  ): void {
    rows.begin(from, to, point, this.#versions.latest);
    if (rows.batch.verdicts > 0) this.#output.expectVerdicts(rows.reports);
    this.#judgeTimes(rows.batch, from, to, clock, whole);
    const bytes = this.#fillKeys(rows, from, to, point, whole);
    if (this.#places.count > 1) this.#versions.noteSeveralPoints();
    this.counters.rows += to - from;
    this.counters.bytes += bytes;
    rows.count(from, to, this.counters);
  }

  /** Keys of rows, each by the version of its window. Returns the rows' bytes. */
  #fillKeys(rows: BatchRows, from: number, to: number, point: Point, whole: boolean): number {
    const { batch } = rows;
    const { latest } = this.#versions;
    if (latest.from === Number.NEGATIVE_INFINITY || (whole && batch.minTime >= latest.from)) {
      return rows.fill(from, to, point, latest);
    }
    const { time } = batch;
    let bytes = 0;
    for (let i = from; i < to;) {
      const version = this.#versions.at(windowOf(time[i]!));
      const until = this.#versions.endOf(version);
      let end = i + 1;
      while (end < to && time[end]! >= version.from && time[end]! < until) end++;
      bytes += rows.fill(i, end, point, version);
      i = end;
    }
    return bytes;
  }

  #judgeTimes(batch: TimeColumns, from: number, to: number, clock: PacketClock, whole: boolean): void {
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

  #earliest(batch: TimeColumns, from: number, to: number): number {
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

  #insertRun(start: number, rows: BatchRows, from: number, to: number, point: Point): number {
    if (start < this.#closedUpTo) return this.#insertLate(start, rows, from, to, point);
    const window = this.#windowAt(start);
    this.#current = window;
    return this.#insert(window, rows, from, to, point);
  }

  /** Adds rows to a window; hands a full table over early and goes on in a new one (S5.4). Where none is free,
   * rows of live sources are refused; of files, returns the first that waits. */
  #insert(window: OpenWindow, rows: BatchRows, from: number, to: number, point: Point): number {
    const { live } = this.#options;
    const { attribution } = window.version;
    let i = from;
    for (;;) {
      const table = point.role === 'verdict' ? this.#shadowOf(window) : this.#tableOf(window);
      if (table === undefined) break;
      attribution.counts = window.counts;
      attribution.pointCounts = undefined;
      if (point.live) {
        attribution.pointCounts = window.seen[point.number] ??= seenBy(point, window.version.lookup);
      }
      table.refuseWhenFull = live && !this.#pool.available;
      i = rows.insert(table, i, to, attribution);
      if (i === to || !this.#pool.available) break;
      this.counters.earlyWrites++;
      this.#emit(window, NO_STATUS);
    }
    if (live) for (; i < to; i++) rows.refuse(i, attribution);
    if (attribution.hasRefused) this.#markRefused(window.start, attribution);
    return i;
  }

  #markRefused(start: number, attribution: Attribution): void {
    for (const number of attribution.takeRefused()) {
      this.#intervals.skip(number, start, start, this.#closedUpTo);
    }
  }

  #tableOf(window: OpenWindow): FlowTable | undefined {
    return (window.table ??= this.#newTable());
  }

  #shadowOf(window: OpenWindow): FlowTable | undefined {
    return (window.shadow ??= this.#newTable());
  }

  #newTable(): FlowTable | undefined {
    const pooled = this.#pool.take();
    return pooled && new FlowTable(pooled.store, this.#pool.takeIndex(), pooled.number);
  }

  #windowAt(start: number): OpenWindow {
    const known = this.#open.find((window) => window.start === start);
    if (known !== undefined) return known;
    const version = this.#versions.at(start);
    const counts = this.#spareCounts.pop() ?? new InterfaceCounts(version.lookup.declaredCount);
    const window = { start, version, table: undefined, counts, seen: [], shadow: undefined };
    this.#open.push(window);
    this.#open.sort((a, b) => a.start - b.start);
    return window;
  }

  #insertLate(start: number, rows: BatchRows, from: number, to: number, point: Point): number {
    const version = this.#versions.at(start);
    const { attribution } = version;
    let i = from;
    if (point.role === 'verdict') {
      for (; i < to; i++) {
        this.counters.verdictOnlyPackets += rows.packets(i);
        this.counters.verdictOnlyBytes += rows.bytes(i);
      }
    } else {
      i = this.#late.insert(start, rows, from, to, version);
      // The writer is behind by several tables of late packets. Files wait; live sources lose them, counted
      // and shown as SKIPDATA.
      if (this.#options.live) for (; i < to; i++) rows.refuse(i, attribution);
      if (attribution.hasRefused) this.#markRefused(start, attribution);
    }
    for (let late = from; late < i; late++) {
      this.counters.latePackets += rows.packets(late);
      this.counters.lateBytes += rows.bytes(late);
      if (hasVerdict(rows, late)) this.counters.verdictLate++;
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
        this.#step(nextStart);
        continue;
      }
      if (!live && nextStart > start && this.#empty >= most) {
        // A gap in a file: enough NODATA. Go on in the interval of the next packet.
        this.#jump(nextStart, []);
        continue;
      }
      this.#empty = nextStart > start ? this.#empty + 1 : 0;
      this.#closeOne(start, nextStart === start ? this.#open.shift() : undefined);
    }
  }

  #closeOne(start: number, window: OpenWindow | undefined): void {
    const end = start + WINDOW_SECONDS;
    const { lookup } = window?.version ?? this.#versions.at(start);
    const covered = this.#points.closeWindow(start, window?.seen ?? [], this.#coveredFrom <= start, lookup);
    this.#closedUpTo = end;
    const throughout = this.#latest >= end - 1;
    const status = this.#intervals.closeWindow(start, window?.counts, throughout ? covered : []);
    if (window === undefined) {
      if (status.length > 0) this.#output.bare(start, status);
    } else {
      this.#emit(window, status);
      window.counts.clear();
      this.#spareCounts.push(window.counts);
    }
    this.#late.flush();
    this.#intervals.endAt(end);
    this.#versions.retire(end);
    this.#options.onClosed?.(end);
  }

  /** A live clock was stepped forward: the windows without it are one SKIPDATA range (S3.5). */
  #step(to: number): void {
    this.#jump(to, this.#points.recent(this.#seen));
  }

  #jump(to: number, missing: Iterable<number>): void {
    const from = this.#closedUpTo;
    this.#closedUpTo = to;
    this.#intervals.jump(from, to, missing);
    this.#versions.retire(to);
    this.#options.onClosed?.(to);
  }

  /** Hands over what a window has so far, or is. */
  #emit(window: OpenWindow, status: Int32Array): void {
    if (this.#current === window) this.#current = undefined;
    this.#output.window(window, status);
  }
}

const NO_STATUS = new Int32Array(0);

/** Sets a batch's time range anew, after outliers were replaced. */
function timeRange(batch: TimeColumns, from: number, to: number): void {
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
