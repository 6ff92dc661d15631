import { setTimeout as sleep } from 'node:timers/promises';
import type { Point } from '../../flows/contexts.ts';
import { WINDOW_SECONDS } from '../../flows/intervals.ts';
import type { Recorder } from '../../flows/recorder.ts';
import { MergedSources } from '../../sources/merge.ts';
import type { Source } from '../../sources/source.ts';
import type { LiveSource } from '../../sources/tcpdump.ts';

/** The event loop gets a turn this often, in milliseconds. */
const TURN_MS = 4;
/** Batches between looks at the clock. */
const TURN_BATCHES = 8;
/** How often the wall clock is looked at, in milliseconds. */
const TICK_MS = 250;

/** What a source lost, by reason: packets where they are known, and how often where only the fact is. */
export interface SourceLosses {
  packets: number;
  restarts: number;
  readonly byReason: Record<string, number>;
}

export interface LiveLoopOptions {
  /** All live. The loop asks them for rows and losses; stopping and closing them is the owner's. */
  readonly sources: readonly (Source | LiveSource)[];
  readonly recorder: Recorder;
  /** The observation point of each source, registered already: one that sees nothing still covers (S5.1). */
  readonly points: readonly Point[];
  /** Called several times a second; what it throws ends the loop. */
  readonly onTurn?: (seconds: number) => void;
}

/**
 * Live sources to a recorder until all have ended: rows as they come, drop counts at each window's end (S5.3),
 * health, and the wall clock (S3.3).
 */
export class LiveLoop {
  readonly losses: readonly SourceLosses[];
  readonly #options: LiveLoopOptions;
  readonly #merged: MergedSources;
  #window: number;

  constructor(options: LiveLoopOptions) {
    this.#options = options;
    this.#merged = new MergedSources(options.sources);
    this.losses = options.sources.map(() => ({ packets: 0, restarts: 0, byReason: {} }));
    this.#window = windowNumber(now());
  }

  async run(): Promise<void> {
    const { recorder, onTurn } = this.#options;
    for (;;) {
      if (await this.#drain()) break;
      const seconds = now();
      onTurn?.(seconds);
      if (this.#windowEnds(seconds)) {
        await this.#sampleLosses();
        if (await this.#drain()) break;
      }
      this.#markHealth();
      recorder.advance(seconds);
      await Promise.race([this.#merged.ready(), sleep(TICK_MS)]);
    }
    this.#takeLosses();
    recorder.advance(now());
  }

  /** Takes what the sources have now; true when all have ended. */
  async #drain(): Promise<boolean> {
    const until = performance.now() + TICK_MS;
    let turn = performance.now();
    for (let batches = 0; ; batches++) {
      const step = this.#merged.next();
      if (step.state === 'end') return true;
      if (step.state === 'wait') return false;
      this.#options.recorder.add(step.batch, step.from, step.to, this.#options.points[step.source]!);
      if (batches % TURN_BATCHES !== 0) continue;
      const time = performance.now();
      if (time > until) return false;
      if (time - turn > TURN_MS) {
        await new Promise((resolve) => setImmediate(resolve));
        turn = performance.now();
      }
    }
  }

  /** True once for each window that has ended by the wall clock: the time to ask for drop counts. */
  #windowEnds(seconds: number): boolean {
    const window = windowNumber(seconds);
    if (window <= this.#window) return false;
    this.#window = window;
    return true;
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
      const losses = this.losses[index]!;
      for (const { reason, packets, from, to } of source.takeLosses()) {
        if (packets > 0) losses.packets += packets;
        if (reason === 'restart') losses.restarts++;
        losses.byReason[reason] = (losses.byReason[reason] ?? 0) + Math.max(packets, 0);
        this.#options.recorder.lose(this.#options.points[index]!, Math.floor(from), Math.floor(to));
      }
    }
  }

  #markHealth(): void {
    for (const [index, source] of this.#options.sources.entries()) {
      if ('pid' in source) {
        this.#options.recorder.setHealthy(this.#options.points[index]!, source.pid !== undefined);
      }
    }
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

function windowNumber(seconds: number): number {
  return Math.floor(seconds / WINDOW_SECONDS);
}
