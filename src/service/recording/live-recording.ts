/** The live sources of a service and their flow tables: what runs on the thread that records them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WINDOW_SECONDS, windowOf } from '../../flows/intervals.ts';
import { Snapshot, type SnapshotHandle } from '../../network/snapshot.ts';
import type { FromRecording, Gap, RecordingStats } from '../threads/messages.ts';
import { reportGap } from './gap.ts';
import { exporterSource, placesOf } from './exporter-source.ts';
import { LiveLoop } from './live-loop.ts';
import { liveSource } from './open-sources.ts';
import type { PersistentFlowSource } from './persistent-flow-source.ts';
import type { PersistentSource } from './persistent-source.ts';
import { PortRecording } from './port-recording.ts';
import type { LiveSetup } from './setup.ts';
import { flowSourceStats, sourceStats } from './stats.ts';

/** Tables that are being written. */
const TABLES_WRITTEN = 2;
/** How long the sources' first tries are waited for before recording begins, in milliseconds. */
const FIRST_TRY_MS = 3_000;

export class LiveRecording extends PortRecording {
  readonly #setup: LiveSetup;
  protected readonly sources: readonly (PersistentSource | PersistentFlowSource)[];
  readonly #captures: readonly PersistentSource[];
  readonly #exporters: readonly PersistentFlowSource[];
  readonly #notices: (string | undefined)[] = [];
  readonly #tellLog: (message: string, source: string) => void;
  #loop: LiveLoop | undefined;

  constructor(setup: LiveSetup, tell: (message: FromRecording) => void) {
    const verdicts = setup.sources.some(({ config }) => isVerdictOnly(config));
    super(setup, tell, {
      live: true,
      tables: tablesFor(setup.graceSeconds, verdicts),
      discoverDestinations: false,
      gapIntervals: Number.POSITIVE_INFINITY,
    });
    this.#setup = setup;
    this.#tellLog = (message, source) => tell({ kind: 'log', level: 'warn', message, fields: { source } });
    this.#captures = setup.sources.map((source, index) => liveSource(source, this.#notice(source, index)));
    this.#exporters = setup.exporters.map((source, index) =>
      exporterSource(source, this.#notice(source, setup.sources.length + index)),
    );
    this.sources = [...this.#captures, ...this.#exporters];
  }

  #notice({ config }: { readonly config: { readonly name: string } }, index: number): (text: string) => void {
    return (message) => {
      this.#notices[index] = message;
      this.#tellLog(message, config.name);
    };
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
      sources: this.#captures,
      flows: this.#exporters.map((source, index) => ({
        source,
        place: placesOf(this.#setup.exporters[index]!),
      })),
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
    const captures = this.#captures.map((source, index) => {
      const healthy = source.pid !== undefined;
      const fault = healthy ? undefined : (source.failure ?? this.#notices[index]);
      return sourceStats(source, this.#loop?.losses[index], { healthy, fault });
    });
    const exporters = this.#exporters.map((source, index) => {
      const { healthy } = source;
      const notice = this.#notices[this.#captures.length + index];
      const fault = healthy ? undefined : (source.failure ?? notice);
      return flowSourceStats(source, this.#loop?.exporters(index) ?? [], { healthy, fault });
    });
    return [...captures, ...exporters];
  }
}

/** Tables: of each window that is open within the grace one, and one filled early; two being written. Sources that only
 * report verdicts have one of their own in each. */
function tablesFor(graceSeconds: number, verdicts: boolean): number {
  const open = 1 + Math.max(1, Math.ceil(graceSeconds / WINDOW_SECONDS));
  return 2 * open + TABLES_WRITTEN + (verdicts ? open + 1 : 0);
}

function isVerdictOnly(config: LiveSetup['sources'][number]['config']): boolean {
  return config.type === 'nflog' && config.role === 'verdict';
}
