/** Captures recorded in event time: what runs on the thread of one replay. */
import { messageOf, UserError } from '../../base/errors.ts';
import { Recorder } from '../../flows/recorder.ts';
import { StatusTracker } from '../../flows/status.ts';
import { Snapshot } from '../../network/snapshot.ts';
import type { Source } from '../../sources/source.ts';
import type { FromRecording, RecordingStats } from '../threads/messages.ts';
import { FileLoop } from './file-loop.ts';
import { openCaptureSource } from './open-sources.ts';
import type { ReplaySetup } from './setup.ts';
import { sourceStats, statsOf } from './stats.ts';
import { WindowPort } from './window-port.ts';

/** Tables, as `record` has them: three windows open and one being written, and those of verdicts. */
const TABLES = 4;
const TABLES_WITH_VERDICTS = 7;
const STATS_MS = 1_000;

export class ReplayRecording {
  readonly #setup: ReplaySetup;
  readonly #tell: (message: FromRecording) => void;
  readonly #port: WindowPort;
  readonly #snapshot: Snapshot;
  readonly #recorder: Recorder;
  #sources: Source[] = [];
  #stopped = false;

  constructor(setup: ReplaySetup, tell: (message: FromRecording) => void) {
    this.#setup = setup;
    this.#tell = tell;
    this.#snapshot = Snapshot.attach(setup.snapshot);
    this.#port = new WindowPort(setup.port, (table) => this.#recorder.release(table));
    const declared = this.#snapshot.declaredCount;
    this.#recorder = new Recorder({
      lookup: this.#snapshot,
      live: false,
      graceSeconds: setup.graceSeconds,
      tableRows: setup.maxFlows,
      tables: setup.captures.length > 1 ? TABLES_WITH_VERDICTS : TABLES,
      discoverDestinations: true,
      trackers: [60, 600].map((seconds) => new StatusTracker(seconds, declared, () => true)),
      onWindow: (window) => this.#port.window(window),
      onInterval: (start, _seconds, status, at) => this.#port.interval(start, status, at),
      onClosed: (upTo) => this.#port.closed(upTo),
    });
  }

  /** Records to the end of the captures, or `stop`; resolves when all is committed. */
  async run(): Promise<void> {
    const timer = setInterval(() => this.#tell({ kind: 'stats', stats: this.#stats() }), STATS_MS);
    let error: string | undefined;
    try {
      await this.#port.begun;
      error = await this.#record();
      this.#recorder.finish();
      await this.#port.end();
    } finally {
      clearInterval(timer);
      await Promise.all(this.#sources.map((source) => source.close()));
      this.#port.close();
    }
    this.#tell({ kind: 'ended', stats: this.#stats(), ...(error === undefined ? {} : { error }) });
  }

  /** Why the captures could not be opened; what they are faulty in is in the stats. */
  async #record(): Promise<string | undefined> {
    const { captures } = this.#setup;
    try {
      for (const capture of captures) {
        this.#sources.push(await openCaptureSource(capture, this.#snapshot.needsLink));
        if (this.#stopped) return undefined;
      }
    } catch (error) {
      if (error instanceof UserError) return messageOf(error);
      throw error;
    }
    await new FileLoop({
      sources: this.#sources,
      recorder: this.#recorder,
      scopeOf: (source) => captures[source]!.scope,
      verdictOnly: () => this.#verdictOnly(),
      room: () => this.#port.room(),
      onTurn: () => this.#port.check(),
    }).run();
    return undefined;
  }

  /** Sends what is open, and resolves when it is published. */
  async flush(id: number): Promise<void> {
    this.#recorder.flushOpen();
    await this.#port.flush(id);
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const source of this.#sources) source.stop();
  }

  /** NFLOG beside captures of another kind reports verdicts for their packets (S2.8). */
  #verdictOnly(): ReadonlySet<number> {
    if (this.#setup.verdictOnly !== undefined) return new Set(this.#setup.verdictOnly);
    const reporting = [...this.#sources.keys()].filter((index) => this.#sources[index]!.reportsVerdicts);
    return new Set(reporting.length === this.#sources.length ? [] : reporting);
  }

  #stats(): RecordingStats {
    const sources = this.#sources.map((source) => {
      const { fault } = source;
      const text = fault === undefined ? undefined : `${fault.kind} at byte ${fault.offset}: ${fault.reason}`;
      return sourceStats(source, undefined, { healthy: fault === undefined, fault: text });
    });
    return statsOf(this.#recorder, this.#snapshot, sources);
  }
}
