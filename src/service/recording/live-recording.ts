/** The live sources of a service and their flow tables: what runs on the thread that records them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WINDOW_SECONDS, windowOf } from '../../flows/intervals.ts';
import { Recorder } from '../../flows/recorder.ts';
import { StatusTracker } from '../../flows/status.ts';
import { Snapshot, type SnapshotHandle } from '../../network/snapshot.ts';
import type { FromRecording, RecordingStats } from '../threads/messages.ts';
import { reportGap } from './gap.ts';
import { LiveLoop } from './live-loop.ts';
import { liveSource } from './open-sources.ts';
import type { PersistentSource } from './persistent-source.ts';
import type { LiveSetup } from './setup.ts';
import { sourceStats, statsOf } from './stats.ts';
import { WindowPort } from './window-port.ts';

/** Tables: the open window, the one before it within the grace, one filled early of each, two being written. */
const TABLES = 6;
/** Sources that only report verdicts have a table of their own in each open window. */
const TABLES_FOR_VERDICTS = 3;
/** How long the sources' first tries are waited for before recording begins, in milliseconds. */
const FIRST_TRY_MS = 3_000;
const STATS_MS = 1_000;

export class LiveRecording {
  readonly #setup: LiveSetup;
  readonly #tell: (message: FromRecording) => void;
  readonly #port: WindowPort;
  readonly #recorder: Recorder;
  readonly #sources: readonly PersistentSource[];
  readonly #notices: (string | undefined)[] = [];
  #snapshot: Snapshot;
  #loop: LiveLoop | undefined;
  #stopped = false;

  constructor(setup: LiveSetup, tell: (message: FromRecording) => void) {
    this.#setup = setup;
    this.#tell = tell;
    this.#snapshot = Snapshot.attach(setup.snapshot);
    this.#port = new WindowPort(setup.port, (table) => this.#recorder.release(table));
    const verdicts = setup.sources.some(({ config }) => isVerdictOnly(config));
    const declared = this.#snapshot.declaredCount;
    this.#recorder = new Recorder({
      lookup: this.#snapshot,
      live: true,
      graceSeconds: setup.graceSeconds,
      tableRows: setup.maxFlows,
      tables: TABLES + (verdicts ? TABLES_FOR_VERDICTS : 0),
      discoverDestinations: false,
      trackers: [60, 600].map(
        (seconds) => new StatusTracker(seconds, declared, () => true, Number.POSITIVE_INFINITY),
      ),
      onWindow: (window) => this.#port.window(window),
      onInterval: (start, _seconds, status, at) => this.#port.interval(start, status, at),
      onClosed: (upTo) => this.#port.closed(upTo),
    });
    this.#sources = setup.sources.map((source, index) =>
      liveSource(source, (message) => this.#notice(index, message)),
    );
  }

  /** Records until `stop`; resolves when all is committed. */
  async run(): Promise<void> {
    const timer = setInterval(() => this.#tell({ kind: 'stats', stats: this.#stats() }), STATS_MS);
    try {
      const gap = await this.#port.begun;
      await Promise.race([
        Promise.all(this.#sources.map((source) => source.start())),
        sleep(FIRST_TRY_MS, undefined, { ref: false }),
      ]);
      const now = Date.now() / 1000;
      const points = this.#setup.sources.map(({ config, scope }) =>
        this.#recorder.addPoint(
          { source: config.name, scope, live: true, role: isVerdictOnly(config) ? 'verdict' : 'count' },
          now,
        ),
      );
      if (gap !== undefined) reportGap(this.#recorder, this.#snapshot, gap, Math.floor(now));
      this.#loop = new LiveLoop({
        sources: this.#sources,
        recorder: this.#recorder,
        points,
        onTurn: () => this.#port.check(),
      });
      await this.#loop.run();
      this.#recorder.finish();
      await this.#port.end();
    } finally {
      clearInterval(timer);
      await Promise.all(this.#sources.map((source) => source.close()));
      this.#port.close();
    }
    this.#tell({ kind: 'ended', stats: this.#stats() });
  }

  /** Takes a version of the network over, from the next window on that has not begun (S3.7). */
  setNetwork(handle: SnapshotHandle): void {
    this.#snapshot = Snapshot.attach(handle, this.#snapshot);
    this.#recorder.setNetwork(this.#snapshot, windowOf(Math.floor(Date.now() / 1000)) + WINDOW_SECONDS);
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

  #notice(index: number, message: string): void {
    this.#notices[index] = message;
    this.#tell({ kind: 'log', level: 'warn', message, fields: { source: this.#sources[index]!.name } });
  }

  #stats(): RecordingStats {
    const sources = this.#sources.map((source, index) => {
      const healthy = source.pid !== undefined;
      const fault = healthy ? undefined : (source.failure ?? this.#notices[index]);
      return sourceStats(source, this.#loop?.losses[index], { healthy, fault });
    });
    return statsOf(this.#recorder, this.#snapshot, sources);
  }
}

function isVerdictOnly(config: LiveSetup['sources'][number]['config']): boolean {
  return config.type === 'nflog' && config.role === 'verdict';
}
