/** What live recordings and replays have in common, on their threads. */
import { Recorder } from '../../flows/recorder.ts';
import type { RecorderOptions } from '../../flows/recorder-options.ts';
import { StatusTracker } from '../../flows/status.ts';
import { Snapshot } from '../../network/snapshot.ts';
import type { Source } from '../../sources/source.ts';
import type { FromRecording, Gap, RecordingStats } from '../threads/messages.ts';
import type { RecordingSetup } from './setup.ts';
import { statsOf } from './stats.ts';
import { WindowPort } from './window-port.ts';

/** Lengths of the intervals that flow logs may have: each has its NODATA and SKIPDATA. */
const INTERVALS = [60, 600] as const;
const STATS_MS = 1_000;

/** How a recording differs from others. */
export interface PortRecordingOptions extends Pick<
  RecorderOptions,
  'live' | 'tables' | 'discoverDestinations'
> {
  /** Empty intervals in a row that get NODATA. */
  readonly gapIntervals: number;
}

/** A recorder whose windows go to the writing thread, by the port of its setup. */
export abstract class PortRecording {
  protected readonly port: WindowPort;
  protected readonly recorder: Recorder;
  /** The version that the recorder has. */
  protected snapshot: Snapshot;
  readonly #tell: (message: FromRecording) => void;
  #stopped = false;

  constructor(
    { port, snapshot, graceSeconds, maxFlows }: RecordingSetup,
    tell: (message: FromRecording) => void,
    { gapIntervals, ...options }: PortRecordingOptions,
  ) {
    this.#tell = tell;
    this.snapshot = Snapshot.attach(snapshot);
    this.port = new WindowPort(port, (table) => this.recorder.release(table));
    const declared = this.snapshot.declaredCount;
    this.recorder = new Recorder({
      ...options,
      lookup: this.snapshot,
      graceSeconds,
      tableRows: maxFlows,
      trackers: INTERVALS.map((seconds) => new StatusTracker(seconds, declared, () => true, gapIntervals)),
      onWindow: (window) => this.port.window(window),
      onInterval: (start, _seconds, status, at) => this.port.interval(start, status, at),
      onClosed: (upTo) => this.port.closed(upTo),
    });
  }

  /** Records to the end of the sources, or `stop`; resolves when all is committed. */
  async run(): Promise<void> {
    const timer = setInterval(() => this.#tell({ kind: 'stats', stats: this.#stats() }), STATS_MS);
    let error: string | undefined;
    try {
      error = await this.record(await this.port.begun);
      this.recorder.finish();
      await this.port.end();
    } finally {
      clearInterval(timer);
      await Promise.all(this.sources.map((source) => source.close()));
      this.port.close();
    }
    this.#tell({ kind: 'ended', stats: this.#stats(), ...(error === undefined ? {} : { error }) });
  }

  /** Sends what is open, and resolves when it is published. */
  async flush(id: number): Promise<void> {
    this.recorder.flushOpen();
    await this.port.flush(id);
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const source of this.sources) source.stop();
  }

  protected get stopped(): boolean {
    return this.#stopped;
  }

  /** Those that are open. */
  protected abstract readonly sources: readonly Pick<Source, 'stop' | 'close'>[];

  /** Records until the sources end. Returns why they could not be opened. `gap`: what is missing since the recording
   * before (S5.2). */
  protected abstract record(gap: Gap | undefined): Promise<string | undefined>;

  protected abstract sourceStats(): RecordingStats['sources'];

  #stats(): RecordingStats {
    return statsOf(this.recorder, this.snapshot, this.sourceStats());
  }
}
