import { setTimeout as sleep } from 'node:timers/promises';
import type { CaptureFault, DecoderCounters } from '../../capture/decoder.ts';
import type { Account } from '../../flows/accounting.ts';
import type { Point } from '../../flows/contexts.ts';
import { Recorder } from '../../flows/recorder.ts';
import type { RecorderCounters } from '../../flows/recorder-options.ts';
import { WINDOW_SECONDS } from '../../flows/intervals.ts';
import { GAP_INTERVALS, StatusTracker } from '../../flows/status.ts';
import type { Snapshot } from '../../network/snapshot.ts';
import type { LogFormat } from '../../records/formats.ts';
import type { TrafficType } from '../../records/select.ts';
import { type MergeRun, MergedSources } from '../../sources/merge.ts';
import type { Source } from '../../sources/source.ts';
import type { LiveSource } from '../../sources/tcpdump.ts';
import { type Output, ReaderGone } from './output.ts';
import { anyNitro } from './window-writer.ts';
import { WriteQueue } from './write-queue.ts';
import { startWriters, type Writers } from './writers.ts';

/** Rows of one table unless told otherwise: a window of a million flows. */
export const DEFAULT_MAX_FLOWS = 1 << 20;
/**
 * Tables: a file has at most three windows open, when a packet of the next comes within the grace; one more
 * is on its way to be written. A source that only reports verdicts has a table of its own in each window.
 * Fewer would leave all tables open and none to wait for.
 */
const TABLES = 4;
const TABLES_WITH_VERDICTS = 7;
/** A rolled-up interval holds the distinct flows of ten windows. */
const ROLL_UP_TABLES = 4;
/** The event loop gets a turn this often, in milliseconds. */
const TURN_MS = 4;
/** Batches between looks at the clock. */
const TURN_BATCHES = 8;
/** How often a live session looks at the wall clock, in milliseconds. */
const TICK_MS = 250;

export interface RecordOptions {
  /** In the order given; live ones and files are not mixed. */
  readonly sources: readonly (Source | LiveSource)[];
  readonly snapshot: Snapshot;
  readonly format: LogFormat;
  readonly interval: 60 | 600;
  readonly traffic: TrafficType;
  readonly output: Output;
  readonly gzip: boolean;
  readonly header: boolean;
  /** Writing threads; 0 writes on this one. */
  readonly workers: number;
  readonly maxFlows?: number;
  /** Sources (by index) that only report verdicts (S2.8). Asked once, when the first bytes of all are read. */
  readonly verdictOnly?: () => ReadonlySet<number>;
}

/** What a session did, for the summary and for tests of the identity (S1.2). */
export interface RecordSummary {
  readonly decoders: readonly DecoderCounters[];
  readonly faults: readonly { readonly source: string; readonly fault: CaptureFault }[];
  readonly recorder: RecorderCounters;
  readonly account: Account;
  readonly refused: { readonly packets: number; readonly bytes: number };
  readonly attribution: { readonly bound: number; readonly mac: number; readonly address: number };
  readonly timeOutliers: number;
  readonly fragmentsUnresolved: number;
  readonly discovered: number;
  readonly discoveryFull: number;
  readonly lostPackets: number;
  readonly restarts: number;
  readonly lines: number;
  /** The reader of standard output went away before the end. */
  readonly readerGone: boolean;
}

/** `record`: sources to an output, through one flow log over every interface. */
export class RecordSession {
  readonly #options: RecordOptions;
  readonly #recorder: Recorder;
  readonly #writers: Writers;
  readonly #queue: WriteQueue;
  readonly #merged: MergedSources;
  readonly #points: (Point | undefined)[] = [];
  #verdictOnly: ReadonlySet<number> | undefined;
  #lostPackets = 0;
  #restarts = 0;

  constructor(options: RecordOptions) {
    this.#options = options;
    const { snapshot, interval } = options;
    const maxFlows = options.maxFlows ?? DEFAULT_MAX_FLOWS;
    this.#merged = new MergedSources(options.sources);
    this.#writers = startWriters(
      {
        snapshot: snapshot.handle(),
        format: options.format,
        traffic: options.traffic,
        interval,
        gzip: options.gzip,
        rollUpRows: ROLL_UP_TABLES * maxFlows,
      },
      options.workers,
    );
    this.#queue = new WriteQueue(this.#writers, options.output, (table) => this.#recorder.release(table));
    this.#recorder = new Recorder({
      lookup: snapshot,
      live: this.#live,
      tableRows: maxFlows,
      tables: options.sources.length > 1 ? TABLES_WITH_VERDICTS : TABLES,
      discoverDestinations: true,
      trackers: trackersFor(snapshot, interval, this.#live),
      onWindow: (window) => this.#queue.pushWindow(window),
      onInterval: (start, _seconds, status) => this.#queue.pushInterval(start, status),
    });
  }

  get #live(): boolean {
    return this.#options.sources.some((source) => source.live);
  }

  /** Asks the session to end early: what is open is written. */
  stop(): void {
    for (const source of this.#options.sources) source.stop();
  }

  /** For progress lines. */
  get progress(): { packets: number; lines: number; flows: number; time: number } {
    return {
      packets: this.#recorder.counters.rows,
      lines: this.#queue.lines,
      flows: this.#recorder.openFlows,
      time: this.#recorder.time,
    };
  }

  /** Records until the sources end or `stop` is called. */
  async run(): Promise<RecordSummary> {
    let readerGone = false;
    try {
      if (this.#options.header) await this.#options.output.write(await this.#writers.header());
      await (this.#live ? this.#runLive() : this.#runFiles());
      this.#recorder.finish();
      await this.#queue.drain();
      await this.#options.output.end();
    } catch (error) {
      if (!(error instanceof ReaderGone)) throw error;
      readerGone = true;
    } finally {
      await Promise.all(this.#options.sources.map((source) => source.close()));
      await this.#writers.close();
    }
    return this.#summary(readerGone);
  }

  async #runFiles(): Promise<void> {
    let turn = performance.now();
    for (let batches = 0; ; batches++) {
      const step = this.#merged.next();
      if (step.state === 'end') return;
      if (step.state === 'wait') {
        await this.#merged.ready();
        continue;
      }
      // Asked to stop, the sources end by themselves: what they have decoded already is counted, and recorded.
      const done = this.#add(step);
      if (done < step.to) await this.#addRest(step, done);
      if (batches % TURN_BATCHES === 0 && performance.now() - turn > TURN_MS) {
        this.#queue.check();
        await new Promise((resolve) => setImmediate(resolve));
        turn = performance.now();
      }
    }
  }

  async #addRest(step: MergeRun, from: number): Promise<void> {
    const point = this.#pointOf(step);
    let i = from;
    while (i < step.to) {
      await this.#queue.room();
      i = this.#recorder.add(step.batch, i, step.to, point);
    }
  }

  async #runLive(): Promise<void> {
    const now = Date.now() / 1000;
    // Known from the start, so that a source that sees nothing still covers its interfaces (S5.1).
    for (const index of this.#options.sources.keys()) this.#points[index] = this.#register(index, now);
    const clock = new LiveClock(now);
    for (;;) {
      const ended = await this.#drainLive();
      if (ended) break;
      this.#queue.check();
      const seconds = Math.floor(Date.now() / 1000);
      if (clock.windowEnds(seconds)) {
        await this.#sampleLosses();
        if (await this.#drainLive()) break;
      }
      this.#markHealth();
      this.#recorder.advance(seconds);
      await Promise.race([this.#merged.ready(), sleep(TICK_MS)]);
    }
    this.#takeLosses();
    this.#recorder.advance(Math.floor(Date.now() / 1000));
  }

  /** Takes what the live sources have now; true when all have ended. */
  async #drainLive(): Promise<boolean> {
    const until = performance.now() + TICK_MS;
    let turn = performance.now();
    for (let batches = 0; ; batches++) {
      const step = this.#merged.next();
      if (step.state === 'end') return true;
      if (step.state === 'wait') return false;
      this.#add(step);
      if (batches % TURN_BATCHES !== 0) continue;
      const now = performance.now();
      if (now > until) return false;
      if (now - turn > TURN_MS) {
        await new Promise((resolve) => setImmediate(resolve));
        turn = performance.now();
      }
    }
  }

  async #sampleLosses(): Promise<void> {
    await Promise.all(
      this.#options.sources.map(async (source) => {
        if ('sampleDrops' in source) await source.sampleDrops();
      }),
    );
    this.#takeLosses();
  }

  #takeLosses(): void {
    for (const [index, source] of this.#options.sources.entries()) {
      const point = this.#points[index];
      for (const loss of source.takeLosses()) {
        if (loss.packets > 0) this.#lostPackets += loss.packets;
        if (loss.reason === 'restart') this.#restarts++;
        if (point !== undefined) this.#recorder.lose(point, Math.floor(loss.from), Math.floor(loss.to));
      }
    }
  }

  #markHealth(): void {
    for (const [index, source] of this.#options.sources.entries()) {
      const point = this.#points[index];
      if (point !== undefined && 'pid' in source) {
        this.#recorder.setHealthy(point, source.pid !== undefined);
      }
    }
  }

  #add(step: MergeRun): number {
    return this.#recorder.add(step.batch, step.from, step.to, this.#pointOf(step));
  }

  /** The recorder's point of a run: each live source is one, files are as the merge says, but for the role. */
  #pointOf(step: MergeRun): Point {
    const at = this.#live ? step.source : 2 * step.point + (this.#onlyReports(step.source) ? 1 : 0);
    return (this.#points[at] ??= this.#register(step.source, 0));
  }

  #register(index: number, now: number): Point {
    const source = this.#options.sources[index]!;
    const role = this.#onlyReports(index) ? 'verdict' : 'count';
    return this.#recorder.addPoint({ source: source.name, scope: 0, live: source.live, role }, now);
  }

  #onlyReports(index: number): boolean {
    this.#verdictOnly ??= this.#options.verdictOnly?.() ?? new Set();
    return this.#verdictOnly.has(index);
  }

  #summary(readerGone: boolean): RecordSummary {
    const { sources, snapshot } = this.#options;
    const { attribution, counters, fragments } = this.#recorder;
    return {
      decoders: sources.map((source) => source.counters),
      faults: sources.flatMap((source) =>
        source.fault === undefined ? [] : [{ source: source.name, fault: source.fault }],
      ),
      recorder: counters,
      account: this.#queue.account,
      refused: { packets: attribution.refusedPackets, bytes: attribution.refusedBytes },
      attribution: { bound: attribution.bound, mac: attribution.mac, address: attribution.address },
      timeOutliers: this.#recorder.timeOutliers,
      fragmentsUnresolved: fragments.unresolved,
      discovered: snapshot.discoveredCount,
      discoveryFull: snapshot.discoveryFull,
      lostPackets: this.#lostPackets,
      restarts: this.#restarts,
      lines: this.#queue.lines,
      readerGone,
    };
  }
}

/** Says when a window has ended by the wall clock: the time to ask for drop counts. */
class LiveClock {
  #window: number;

  constructor(now: number) {
    this.#window = Math.floor(now / WINDOW_SECONDS);
  }

  windowEnds(now: number): boolean {
    const window = Math.floor(now / WINDOW_SECONDS);
    if (window <= this.#window) return false;
    this.#window = window;
    return true;
  }
}

/** One tracker for the interval asked for, and one at 60 s for interfaces of nitro instances (S3.2). */
function trackersFor(snapshot: Snapshot, interval: number, live: boolean): StatusTracker[] {
  const gap = live ? Number.POSITIVE_INFINITY : GAP_INTERVALS;
  const count = snapshot.declaredCount;
  if (interval === WINDOW_SECONDS || !anyNitro(snapshot))
    return [new StatusTracker(interval, count, () => true, gap)];
  const nitro = (number: number): boolean => snapshot.facts(number).nitro;
  return [
    new StatusTracker(WINDOW_SECONDS, count, nitro, gap),
    new StatusTracker(interval, count, (number) => !nitro(number), gap),
  ];
}
