/** All recordings of a service: the live one, and replays. */
import { messageOf } from '../../base/errors.ts';
import type { Scope } from '../../store/store.ts';
import type { RecordingStatus } from '../serve/control.ts';
import type { SourceConfig } from '../serve/config.ts';
import type { RecordingStats } from '../threads/messages.ts';
import { discoveredIn } from './discovered.ts';
import type { Lineage } from './lineage.ts';
import { type FollowedNetwork, Live, type LiveConfig, within } from './live.ts';
import { KILL_MS, type Log, type Recording, type WritingPort } from './recording.ts';
import { type ReplayCapture, Replays } from './replays.ts';

export interface RecordingsOptions {
  readonly network: FollowedNetwork;
  readonly writing: WritingPort & { flush(producer?: string): Promise<void> };
  readonly log: Log;
  readonly nextGeneration: () => Promise<number>;
  readonly graceSeconds: number;
  readonly maxFlows: number;
  /** As LiveOptions has it. */
  readonly templateDirectory?: string | undefined;
  /** Keeps which replays of the configuration are done: over restarts. */
  readonly replayed: {
    has(producer: string): Promise<boolean>;
    add(producer: string): Promise<void>;
  };
}

export class Recordings {
  readonly live: Live;
  readonly replays: Replays;
  readonly #options: RecordingsOptions;
  /** Replays of the configuration that are under way. */
  readonly #configured = new Set<Promise<void>>();
  #stopping = false;
  readonly #stopped = Promise.withResolvers<void>();
  #lastNumber = 0;

  constructor(options: RecordingsOptions) {
    this.#options = options;
    const nextNumber = (): number => ++this.#lastNumber;
    this.live = new Live({ ...options, nextNumber });
    this.replays = new Replays({ ...options, nextNumber });
  }

  /** Begins with the sources of the configuration: live ones now, captures as replays in the background. */
  async start(sources: readonly SourceConfig[]): Promise<void> {
    await this.live.start(liveOf(sources));
    this.replayConfigured(sources);
  }

  /**
   * Replays the captures that a configuration names: all files together, merged by time as `record` merges them, and
   * standard input by itself, since it may go on for ever. A replay of files that was done before with the same
   * content, network and options is not done again, so that a restart delivers nothing twice.
   */
  replayConfigured(sources: readonly SourceConfig[]): void {
    const files = sources.flatMap((source) => (source.type === 'file' ? capturesOf(source) : []));
    const input = sources.flatMap((source) => (source.type === 'stdin' ? capturesOf(source) : []));
    for (const captures of [files, input]) {
      if (captures.length === 0) continue;
      const work = this.#replayOnce(captures).finally(() => this.#configured.delete(work));
      this.#configured.add(work);
    }
  }

  /** Closes what is open and publishes everything. */
  async flush(): Promise<void> {
    await Promise.all([this.live.current?.flush(), this.replays.flush()]);
    await this.#options.writing.flush();
  }

  /** Ends: replays at once, the live one in good order within `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#stopped.resolve();
    await Promise.all([this.replays.stop(), this.live.stop(graceMs)]);
    await within(
      Promise.all(this.#configured).then(() => true),
      KILL_MS,
    );
  }

  status(): RecordingStatus[] {
    const { current } = this.live;
    const live = current === undefined ? [] : [current];
    return [...live, ...this.replays.running].map(statusOf);
  }

  /** Last stats of recordings that are over. */
  get past(): readonly RecordingStats[] {
    return [...this.live.past, ...this.replays.past];
  }

  /** What overlaps leave out of the network as recordings see it (S2.1), a sentence each. */
  get conflicts(): readonly string[] {
    const lineages = [...this.replays.running].map(({ lineage }) => lineage);
    if (this.live.current !== undefined) lineages.unshift(this.live.current.lineage);
    return [...new Set(lineages.flatMap(({ conflicts }) => conflicts))];
  }

  /** Why recording is not as it should be, a sentence each. */
  notReady(): string[] {
    const { current, wanted } = this.live;
    if (wanted === 0) return [];
    if (current === undefined) return ['the live recording failed, and is begun again'];
    return (current.stats?.sources ?? [])
      .filter((source) => !source.healthy)
      .map(({ name, fault, exports }) => {
        const does = exports === undefined ? 'capture' : 'listen';
        return `source ${name} does not ${does}${fault === undefined ? '' : `: ${fault}`}`;
      });
  }

  /** Which of the ids are interfaces that were discovered in a scope (S2.6): by the live recording, and by replays
   * that are under way or were the last. */
  discovered(scope: Scope, ids: readonly string[]): ReadonlySet<string> {
    const lineages: Lineage[] = [...this.replays.lineages];
    if (this.live.current !== undefined) lineages.push(this.live.current.lineage);
    return discoveredIn(lineages, scope, ids);
  }

  async #replayOnce(captures: readonly ReplayCapture[]): Promise<void> {
    const { replayed, log, writing } = this.#options;
    const names = captures.map((capture) => capture.name);
    const { restarts } = writing;
    try {
      const summary = await this.replays.run({
        captures,
        flush: true,
        isDone: (producer) => replayed.has(producer),
      });
      if (summary === undefined) {
        log('info', 'captures of the configuration were replayed before', { sources: names });
        return;
      }
      const { producer, packets, windows, faults } = summary;
      // What came by standard input cannot come again.
      if (captures.every(({ path }) => path !== '-')) await replayed.add(producer);
      log(faults.length > 0 ? 'warn' : 'info', 'captures of the configuration are replayed', {
        sources: names,
        producer,
        packets,
        windows,
        faults,
      });
    } catch (error) {
      if (this.#stopping) return; // begun again at the next start
      log('error', 'captures of the configuration cannot be replayed', {
        sources: names,
        error: messageOf(error),
      });
      await Promise.race([writing.up(), this.#stopped.promise]);
      // The writing thread died under it. What came by standard input cannot come again.
      const again = writing.restarts !== restarts && captures.every(({ path }) => path !== '-');
      if (again && !this.#stopping) await this.#replayOnce(captures);
    }
  }
}

/** The live ones among sources. */
export function liveOf(sources: readonly SourceConfig[]): LiveConfig[] {
  return sources.filter((source) => source.type !== 'file' && source.type !== 'stdin');
}

function capturesOf(source: Extract<SourceConfig, { type: 'file' | 'stdin' }>): ReplayCapture[] {
  const { name, vpcs, acceptPrefix, rejectPrefix, tunnels } = source;
  const paths = source.type === 'file' ? source.paths : ['-'];
  return paths.map((path) => ({ name, path, vpcs, acceptPrefix, rejectPrefix, tunnels }));
}

function statusOf(recording: Recording): RecordingStatus {
  const { number, mode, producer, state, networkVersion, stats } = recording;
  const starting = state === 'recording' && stats === undefined;
  return {
    number,
    mode,
    producer,
    state: starting ? 'starting' : state === 'ended' ? 'ending' : state,
    networkVersion,
    stats,
  };
}
