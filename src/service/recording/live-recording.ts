/** The live sources of a service and their flow tables: what runs on the thread that records them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WINDOW_SECONDS, windowOf } from '../../flows/intervals.ts';
import { Snapshot, type SnapshotHandle } from '../../network/snapshot.ts';
import type { FromRecording, Gap, RecordingStats } from '../threads/messages.ts';
import { reportGap } from './gap.ts';
import { LiveLoop } from './live-loop.ts';
import { liveSource } from './open-sources.ts';
import type { PersistentSource } from './persistent-source.ts';
import { PortRecording } from './port-recording.ts';
import type { LiveSetup } from './setup.ts';
import { sourceStats } from './stats.ts';

/** Tables: the open window, the one before it within the grace, one filled early of each, two being written. */
const TABLES = 6;
/** Sources that only report verdicts have a table of their own in each open window. */
const TABLES_FOR_VERDICTS = 3;
/** How long the sources' first tries are waited for before recording begins, in milliseconds. */
const FIRST_TRY_MS = 3_000;

export class LiveRecording extends PortRecording {
  readonly #setup: LiveSetup;
  protected readonly sources: readonly PersistentSource[];
  readonly #notices: (string | undefined)[] = [];
  #loop: LiveLoop | undefined;

  constructor(setup: LiveSetup, tell: (message: FromRecording) => void) {
    const verdicts = setup.sources.some(({ config }) => isVerdictOnly(config));
    super(setup, tell, {
      live: true,
      tables: TABLES + (verdicts ? TABLES_FOR_VERDICTS : 0),
      discoverDestinations: false,
      gapIntervals: Number.POSITIVE_INFINITY,
    });
    this.#setup = setup;
    this.sources = setup.sources.map((source, index) =>
      liveSource(source, (message) => {
        this.#notices[index] = message;
        tell({ kind: 'log', level: 'warn', message, fields: { source: source.config.name } });
      }),
    );
  }

  protected async record(gap: Gap | undefined): Promise<undefined> {
    await Promise.race([
      Promise.all(this.sources.map((source) => source.start())),
      sleep(FIRST_TRY_MS, undefined, { ref: false }),
    ]);
    const now = Date.now() / 1000;
    const points = this.#setup.sources.map(({ config, scope }) =>
      this.recorder.addPoint(
        { source: config.name, scope, live: true, role: isVerdictOnly(config) ? 'verdict' : 'count' },
        now,
      ),
    );
    if (gap !== undefined) reportGap(this.recorder, this.snapshot, gap, Math.floor(now));
    this.#loop = new LiveLoop({
      sources: this.sources,
      recorder: this.recorder,
      points,
      onTurn: () => this.port.check(),
    });
    await this.#loop.run();
  }

  /** Takes a version of the network over, from the next window on that has not begun (S3.7). */
  setNetwork(handle: SnapshotHandle): void {
    this.snapshot = Snapshot.attach(handle, this.snapshot);
    this.recorder.setNetwork(this.snapshot, windowOf(Math.floor(Date.now() / 1000)) + WINDOW_SECONDS);
  }

  protected sourceStats(): RecordingStats['sources'] {
    return this.sources.map((source, index) => {
      const healthy = source.pid !== undefined;
      const fault = healthy ? undefined : (source.failure ?? this.#notices[index]);
      return sourceStats(source, this.#loop?.losses[index], { healthy, fault });
    });
  }
}

function isVerdictOnly(config: LiveSetup['sources'][number]['config']): boolean {
  return config.type === 'nflog' && config.role === 'verdict';
}
