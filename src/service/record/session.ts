import type { CaptureFault, DecoderCounters } from '../../capture/decoder.ts';
import type { Account } from '../../flows/accounting.ts';
import { CAPTURE_GRACE_SECONDS, FLOW_GRACE_SECONDS, Recorder } from '../../flows/recorder.ts';
import type { RecorderCounters } from '../../flows/recorder-options.ts';
import { WINDOW_SECONDS } from '../../flows/intervals.ts';
import { GAP_INTERVALS, StatusTracker } from '../../flows/status.ts';
import type { Snapshot } from '../../network/snapshot.ts';
import type { LogFormat } from '../../records/formats.ts';
import type { TrafficType } from '../../records/select.ts';
import type { FlowSource } from '../../sources/flow-source.ts';
import type { Source } from '../../sources/source.ts';
import type { LiveSource } from '../../sources/tcpdump.ts';
import { FileLoop } from '../recording/file-loop.ts';
import { LiveLoop } from '../recording/live-loop.ts';
import { type ExportCounts, exportCounts } from './export-counts.ts';
import { type Output, ReaderGone } from './output.ts';
import { hasHeader, type OutputForm } from './pieces.ts';
import { gathered } from './row-gatherer.ts';
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
/** Exporters see one address space, as every other source of `record`. */
const FLOW_PLACE = { scope: 0, graceSeconds: FLOW_GRACE_SECONDS };

export interface RecordOptions {
  /** In the order given; live ones and files are not mixed. */
  readonly sources: readonly (Source | LiveSource)[];
  /** Exporters, or IPFIX files: likewise. */
  readonly flows?: readonly FlowSource[];
  readonly snapshot: Snapshot;
  readonly format: LogFormat;
  readonly interval: 60 | 600;
  readonly traffic: TrafficType;
  readonly output: Output;
  readonly form: OutputForm;
  readonly header: boolean;
  /** Writing threads; 0 writes on this one. */
  readonly workers: number;
  readonly maxFlows?: number;
  /** Sources (by index) that only report verdicts (S2.8). Asked once, when the first bytes of all are read. */
  readonly verdictOnly?: () => ReadonlySet<number>;
  /** The account of the flow log; undefined: each interface's own. */
  readonly owner?: string | undefined;
}

/** What a session did, for the summary and for tests of the identity (S1.2). */
export interface RecordSummary {
  readonly decoders: readonly DecoderCounters[];
  readonly exports: readonly ExportCounts[];
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
  readonly #output: Output;
  readonly #queue: WriteQueue;
  readonly #flows: readonly FlowSource[];
  #liveLoop: LiveLoop | undefined;

  constructor(options: RecordOptions) {
    this.#options = options;
    const { snapshot, interval, flows = [] } = options;
    this.#flows = flows;
    const maxFlows = options.maxFlows ?? DEFAULT_MAX_FLOWS;
    this.#writers = startWriters(
      {
        snapshot: snapshot.handle(),
        format: options.format,
        traffic: options.traffic,
        interval,
        form: options.form,
        rollUpRows: ROLL_UP_TABLES * maxFlows,
        owner: options.owner,
      },
      options.workers,
    );
    this.#output = gathered(options.output, options.form, this.#writers);
    this.#queue = new WriteQueue(this.#writers, this.#output, options.form, (table) =>
      this.#recorder.release(table),
    );
    this.#recorder = new Recorder({
      lookup: snapshot,
      live: this.#live,
      graceSeconds: flows.length > 0 ? FLOW_GRACE_SECONDS : CAPTURE_GRACE_SECONDS,
      tableRows: maxFlows,
      tables: options.sources.length + flows.length > 1 ? TABLES_WITH_VERDICTS : TABLES,
      discoverDestinations: true,
      trackers: trackersFor(snapshot, interval, this.#live),
      onWindow: (window) => this.#queue.pushWindow(window),
      onInterval: (start, _seconds, status) => this.#queue.pushInterval(start, status),
    });
  }

  get #live(): boolean {
    return this.#all.some((source) => source.live);
  }

  get #all(): readonly (Source | FlowSource)[] {
    return [...this.#options.sources, ...this.#flows];
  }

  /** Asks the session to end early: what is open is written. */
  stop(): void {
    for (const source of this.#all) source.stop();
  }

  /** For progress lines: rows of exporters, and packets, those that such rows stand for among them. */
  get progress(): { exported: number; packets: number; lines: number; flows: number; time: number } {
    return {
      exported: this.#flows.reduce((sum, { counters }) => sum + counters.rows, 0),
      packets: this.#recorder.counters.packets,
      lines: this.#queue.lines,
      flows: this.#recorder.openFlows,
      time: this.#recorder.time,
    };
  }

  /** Records until the sources end or `stop` is called. */
  async run(): Promise<RecordSummary> {
    let readerGone = false;
    try {
      if (hasHeader(this.#options)) await this.#output.write(await this.#writers.header());
      await (this.#live ? this.#runLive() : this.#runFiles());
      this.#recorder.finish();
      await this.#queue.drain();
      await this.#output.end();
    } catch (error) {
      if (!(error instanceof ReaderGone)) throw error;
      readerGone = true;
    } finally {
      await Promise.all(this.#all.map((source) => source.close()));
      await this.#writers.close();
    }
    return this.#summary(readerGone);
  }

  async #runFiles(): Promise<void> {
    const { sources, verdictOnly } = this.#options;
    await new FileLoop({
      sources,
      recorder: this.#recorder,
      scopeOf: () => 0,
      flows: { sources: this.#flows, place: FLOW_PLACE },
      verdictOnly: verdictOnly ?? (() => new Set()),
      room: () => this.#queue.room(),
      onTurn: () => this.#queue.check(),
    }).run();
  }

  async #runLive(): Promise<void> {
    const { sources } = this.#options;
    const verdictOnly = this.#options.verdictOnly?.() ?? new Set();
    const now = Date.now() / 1000;
    const points = sources.map((source, index) => {
      const role = verdictOnly.has(index) ? 'verdict' : 'count';
      return this.#recorder.addPoint({ source: source.name, scope: 0, live: true, role }, now);
    });
    this.#liveLoop = new LiveLoop({
      sources,
      flows: this.#flows.map((source) => ({ source, place: () => FLOW_PLACE })),
      recorder: this.#recorder,
      points,
      onTurn: () => this.#queue.check(),
    });
    await this.#liveLoop.run();
  }

  #summary(readerGone: boolean): RecordSummary {
    const { sources, snapshot } = this.#options;
    const { attribution, counters, fragments } = this.#recorder;
    const losses = this.#liveLoop?.losses ?? [];
    return {
      decoders: sources.map((source) => source.counters),
      exports: this.#flows.map((source, index) =>
        exportCounts(source, this.#liveLoop?.exporters(index) ?? []),
      ),
      faults: this.#all.flatMap((source) =>
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
      lostPackets: losses.reduce((sum, it) => sum + it.packets, 0),
      restarts: losses.reduce((sum, it) => sum + it.restarts, 0),
      lines: this.#queue.lines,
      readerGone,
    };
  }
}

/** One tracker for the interval asked for, and one at 60 s for interfaces of nitro instances (S3.2). */
function trackersFor(snapshot: Snapshot, interval: number, live: boolean): StatusTracker[] {
  const gap = live ? Number.POSITIVE_INFINITY : GAP_INTERVALS;
  const count = snapshot.declaredCount;
  if (interval === WINDOW_SECONDS || !snapshot.hasNitro)
    return [new StatusTracker(interval, count, () => true, gap)];
  const nitro = (number: number): boolean => snapshot.facts(number).nitro;
  return [
    new StatusTracker(WINDOW_SECONDS, count, nitro, gap),
    new StatusTracker(interval, count, (number) => !nitro(number), gap),
  ];
}
