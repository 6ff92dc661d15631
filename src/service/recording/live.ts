/** The live recording of a service: one thread for all live sources, begun again when it fails or its sources change. */
import { MessageChannel } from 'node:worker_threads';
import { messageOf } from '../../base/errors.ts';
import type { Network } from '../../network/model.ts';
import type { ServiceRanges } from '../../network/service-ranges.ts';
import type { ExporterSourceConfig, LiveSourceConfig, NflogSourceConfig } from '../serve/config.ts';
import type { RecordingStats, WindowAnswer, WindowMessage } from '../threads/messages.ts';
import { liveWork } from './live-work.ts';
import { Lineage } from './lineage.ts';
import { addPast } from './past.ts';
import { KILL_MS, type Log, Recording, type WritingPort } from './recording.ts';

/** Pauses before a thread that failed is begun again. */
const FIRST_DELAY_MS = 1_000;
const LAST_DELAY_MS = 30_000;
/** A thread that ran for so long was well: the next pause is the first one again. */
const HEALTHY_MS = 60_000;
/** How long changes of the network are gathered. */
const GATHER_MS = 250;
/** A version that took long to build is not built again before so many times as long have passed. */
const BUILD_SHARE = 10;

export type LiveConfig = LiveSourceConfig | NflogSourceConfig | ExporterSourceConfig;

/** The network as recordings follow it. */
export interface FollowedNetwork {
  network(): Network;
  /** Whose addresses are whose; undefined without a list. */
  services(): ServiceRanges | undefined;
  /** Of either. */
  onChange(listener: () => void): () => void;
}

export interface LiveOptions {
  readonly network: FollowedNetwork;
  readonly writing: WritingPort;
  readonly log: Log;
  /** A number for a recording, never used again in this process. */
  readonly nextNumber: () => number;
  /** A generation for a producer, never used again in this data directory (S6.2). */
  readonly nextGeneration: () => Promise<number>;
  /** Of captures; exporters have their own. */
  readonly graceSeconds: number;
  readonly maxFlows: number;
  /** Where templates of exporters are kept, a file for each source; undefined: nowhere. */
  readonly templateDirectory?: string | undefined;
}

export class Live {
  /** Last stats of recordings that are over: counters that include them never go down. */
  readonly past: RecordingStats[] = [];
  readonly #options: LiveOptions;
  #current: Recording | undefined;
  #sources: readonly LiveConfig[] = [];
  #stopFollowing: (() => void) | undefined;
  #gathering: NodeJS.Timeout | undefined;
  #builtAt = 0;
  #buildMs = 0;
  #again: NodeJS.Timeout | undefined;
  /** The producer without windows has ended. */
  #earlier: Promise<void> = Promise.resolve();
  #failures = 0;
  #stopping = false;
  /** Those that were not given the time to end: no failures of theirs. */
  readonly #killed = new WeakSet<Recording>();
  /** Begins and ends take turns. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  /** The recording of now; undefined without live sources, and between a failure and the next try. */
  get current(): Recording | undefined {
    return this.#current;
  }

  /** How many sources there should be. */
  get wanted(): number {
    return this.#sources.length;
  }

  /** Begins with these sources. Without any, what earlier live recordings left in the spool is still published. */
  async start(sources: readonly LiveConfig[]): Promise<void> {
    this.#sources = sources;
    this.#stopFollowing = this.#options.network.onChange(() => this.#networkChanged());
    await this.#inTurn(() => (sources.length === 0 ? this.#publishEarlier() : this.#begin()));
  }

  /** Goes on with other sources: the present recording ends within `graceMs`, and a new one begins. What passes
   * meanwhile is missing, and told as SKIPDATA like any gap between two recordings (S5.2). */
  replace(sources: readonly LiveConfig[], graceMs: number): Promise<void> {
    this.#sources = sources;
    clearTimeout(this.#again);
    return this.#inTurn(async () => {
      await this.#end(graceMs);
      if (sources.length > 0 && !this.#stopping) await this.#begin();
    });
  }

  /** Ends: what is open is committed, unless that takes longer than `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#stopFollowing?.();
    clearTimeout(this.#gathering);
    clearTimeout(this.#again);
    await this.#inTurn(() => this.#end(graceMs));
    await within(
      this.#earlier.then(() => true),
      graceMs,
    );
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => {});
    return mine;
  }

  async #begin(): Promise<void> {
    const { network, writing, log } = this.#options;
    const { scopes, work } = liveWork(this.#sources, this.#options);
    const producer = `live-${await this.#options.nextGeneration()}`;
    const recording = new Recording({
      number: this.#options.nextNumber(),
      producer,
      work,
      lineage: new Lineage(scopes, 'leave-out'),
      network: network.network(),
      services: network.services(),
      writing,
      log,
    });
    this.#current = recording;
    const begun = Date.now();
    log('info', 'live recording begins', { producer, sources: this.#sources.map((it) => it.name) });
    void recording.ended.then(({ stats, failure }) => {
      if (stats !== undefined) addPast(this.past, stats);
      if (this.#current === recording) this.#current = undefined;
      if (failure !== undefined && !this.#stopping && !this.#killed.has(recording)) {
        this.#failed(failure, Date.now() - begun);
      }
    });
  }

  #failed(failure: Error, ranMs: number): void {
    if (ranMs >= HEALTHY_MS) this.#failures = 0;
    const delay = Math.min(FIRST_DELAY_MS * 2 ** this.#failures, LAST_DELAY_MS);
    this.#failures++;
    this.#options.log('error', 'the live recording failed; it is begun again', {
      error: messageOf(failure),
      stack: failure.stack,
      seconds: delay / 1000,
    });
    clearTimeout(this.#again);
    this.#again = setTimeout(() => {
      const retry = async (): Promise<void> => {
        if (this.#current === undefined && !this.#stopping && this.#sources.length > 0) await this.#begin();
      };
      // Out of turn: the end does not wait for a writing thread that does not come up.
      void this.#options.writing
        .up()
        .then(() => this.#inTurn(retry))
        .catch((error: unknown) => this.#failed(asError(error), 0));
    }, delay);
  }

  async #end(graceMs: number): Promise<void> {
    const recording = this.#current;
    if (recording === undefined) return;
    recording.stop();
    const ended = recording.ended.then(() => true);
    if (await within(ended, graceMs)) return;
    this.#options.log('warn', 'the live recording did not end in time: its open windows are lost', {
      producer: recording.producer,
    });
    this.#killed.add(recording);
    await recording.kill();
    await within(ended, KILL_MS);
  }

  /** A live producer without windows: its beginning completes the slots of those before it (S6.1). */
  async #publishEarlier(): Promise<void> {
    const { writing, nextNumber, nextGeneration } = this.#options;
    const { port1, port2 } = new MessageChannel();
    writing.addRecording({
      recording: nextNumber(),
      producer: `live-${await nextGeneration()}`,
      mode: 'live',
      port: port2,
    });
    const end: WindowMessage = { kind: 'end' };
    let ended = false;
    this.#earlier = new Promise((resolve) => {
      port1.on('message', (answer: WindowAnswer) => {
        if (answer.kind === 'begun') port1.postMessage(end);
        else if (answer.kind === 'ended') {
          ended = true;
          port1.close();
        }
      });
      port1.on('close', () => {
        resolve();
        if (ended || this.#stopping) return;
        // The writing thread died under it.
        const again = async (): Promise<void> => {
          if (!this.#stopping && this.#sources.length === 0) await this.#publishEarlier();
        };
        void writing.up().then(() => this.#inTurn(again));
      });
    });
    port1.unref();
  }

  /** Changes of a quarter of a second make one version; a large network is not built over and over. */
  #networkChanged(): void {
    if (this.#gathering !== undefined) return;
    const earliest = this.#builtAt + BUILD_SHARE * this.#buildMs;
    const delay = Math.max(GATHER_MS, earliest - performance.now());
    this.#gathering = setTimeout(() => {
      this.#gathering = undefined;
      this.#follow();
    }, delay);
  }

  #follow(): void {
    const begun = performance.now();
    try {
      const { network } = this.#options;
      this.#current?.setNetwork(network.network(), network.services());
    } catch (error) {
      this.#options.log('error', 'a version of the network cannot be recorded with: the last one goes on', {
        error: messageOf(error),
      });
    }
    this.#builtAt = performance.now();
    this.#buildMs = this.#builtAt - begun;
  }
}

/** Whether something is true within a time. */
export async function within(done: Promise<boolean>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
