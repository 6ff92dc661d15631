import type { Point } from '../../flows/contexts.ts';
import { WINDOW_SECONDS } from '../../flows/intervals.ts';
import type { Recorder } from '../../flows/recorder.ts';
import { Gate } from '../../sources/intake.ts';
import { MergedSources } from '../../sources/merge.ts';
import type { Source, SourceState } from '../../sources/source.ts';
import type { LiveSource } from '../../sources/tcpdump.ts';
import type { ExporterTally } from './exporter-points.ts';
import { type FlowInput, FlowLanes } from './flow-lanes.ts';

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
  /** Those of exported flows, likewise. Their points are added as exporters show. */
  readonly flows?: readonly FlowInput[];
  readonly recorder: Recorder;
  /** The observation point of each of `sources`, registered already: one that sees nothing still covers (S5.1). */
  readonly points: readonly Point[];
  /** Called several times a second; what it throws ends the loop. */
  readonly onTurn?: (seconds: number) => void;
}

/**
 * Live sources to a recorder until all have ended: rows as they come, drop counts at each window's end (S5.3),
 * health, and the wall clock (S3.3). Captures and exporters take turns, so that neither waits for the other.
 */
export class LiveLoop {
  readonly losses: readonly SourceLosses[];
  readonly #options: LiveLoopOptions;
  readonly #merged: MergedSources;
  readonly #lanes: FlowLanes;
  #packets: SourceState = 'wait';
  #flows: SourceState = 'wait';
  readonly #gate = new Gate();
  readonly #awaited = new Set<MergedSources | FlowLanes>();
  #window: number;
  #second = 0;

  constructor(options: LiveLoopOptions) {
    this.#options = options;
    this.#merged = new MergedSources(options.sources);
    this.#lanes = new FlowLanes(options.flows ?? [], options.recorder);
    this.losses = options.sources.map(() => ({ packets: 0, restarts: 0, byReason: {} }));
    this.#window = windowNumber(now());
  }

  /** What the exporters of one of `flows` sent and lost. */
  exporters(source: number): ExporterTally[] {
    return this.#lanes.tallies(source);
  }

  async run(): Promise<void> {
    const { recorder, onTurn } = this.#options;
    this.#lanes.begin(now());
    for (;;) {
      if (await this.#drain()) break;
      const seconds = now();
      onTurn?.(seconds);
      if (this.#windowEnds(seconds)) {
        await this.#sampleLosses();
        if (await this.#drain()) break;
      }
      this.#markHealth();
      this.#everySecond(seconds);
      recorder.advance(seconds);
      await this.#pause();
    }
    this.#takeLosses();
    this.#lanes.takeLosses();
    recorder.advance(now());
  }

  /** Takes what the sources have now; true when all have ended. */
  async #drain(): Promise<boolean> {
    const until = performance.now() + TICK_MS;
    let turn = performance.now();
    let seconds = now();
    for (let batches = 0; ; batches++) {
      this.#packets = this.#stepPackets();
      this.#flows = this.#lanes.step(seconds);
      if (this.#packets !== 'rows' && this.#flows !== 'rows') {
        return this.#packets === 'end' && this.#flows === 'end';
      }
      if (batches % TURN_BATCHES !== 0) continue;
      const time = performance.now();
      if (time > until) return false;
      if (time - turn > TURN_MS) {
        await new Promise((resolve) => setImmediate(resolve));
        turn = performance.now();
        seconds = now();
      }
    }
  }

  #stepPackets(): SourceState {
    const step = this.#merged.next();
    if (step.state !== 'rows') return step.state;
    this.#options.recorder.add(step.batch, step.from, step.to, this.#options.points[step.source]!);
    return 'rows';
  }

  /** Resolves when there may be rows, or it is time to look at the clock. */
  async #pause(): Promise<void> {
    this.#gate.shut();
    // What has ended would answer at once, for ever.
    if (this.#packets !== 'end') this.#awaitOnce(this.#merged);
    if (this.#flows !== 'end') this.#awaitOnce(this.#lanes);
    const timer = setTimeout(() => this.#gate.open(), TICK_MS);
    await this.#gate.passed;
    clearTimeout(timer);
  }

  /** One wait at a time: a busy side makes many pauses, which would pile up on a quiet one. */
  #awaitOnce(side: MergedSources | FlowLanes): void {
    if (this.#awaited.has(side)) return;
    this.#awaited.add(side);
    const done = (): void => {
      this.#awaited.delete(side);
      this.#gate.open();
    };
    side.ready().then(done, done);
  }

  /** True once for each window that has ended by the wall clock: the time to ask for drop counts. */
  #windowEnds(seconds: number): boolean {
    const window = windowNumber(seconds);
    if (window <= this.#window) return false;
    this.#window = window;
    return true;
  }

  async #sampleLosses(): Promise<void> {
    const asked = this.#options.sources.map(async (source) => {
      if ('sampleDrops' in source) await source.sampleDrops();
    });
    await Promise.all([...asked, this.#lanes.sampleDrops()]);
    this.#takeLosses();
    this.#lanes.takeLosses();
  }

  /** Gaps in sequence numbers settle at any time, and concern windows that are still open. */
  #everySecond(seconds: number): void {
    if (seconds === this.#second) return;
    this.#second = seconds;
    this.#lanes.takeLosses();
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
    this.#lanes.markHealth();
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

function windowNumber(seconds: number): number {
  return Math.floor(seconds / WINDOW_SECONDS);
}
