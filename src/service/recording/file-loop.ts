import type { Point } from '../../flows/contexts.ts';
import type { Recorder } from '../../flows/recorder.ts';
import type { FlowSource } from '../../sources/flow-source.ts';
import { type MergeRun, MergedSources } from '../../sources/merge.ts';
import type { Source } from '../../sources/source.ts';
import type { ExporterPlace } from './exporter-points.ts';
import { FileFlows } from './file-flows.ts';

/** The event loop gets a turn this often, in milliseconds. */
const TURN_MS = 4;
/** Batches between looks at the clock. */
const TURN_BATCHES = 8;
/** Scopes that points are told apart by. */
const MAX_SCOPES = 1 << 16;

export interface FileLoopOptions {
  /** None live. Stopping and closing them is the owner's. */
  readonly sources: readonly Source[];
  readonly recorder: Recorder;
  /** The address space of each source (S2.1). */
  readonly scopeOf: (source: number) => number;
  /** IPFIX files, in their order, and where their exporters stand. */
  readonly flows?: { readonly sources: readonly FlowSource[]; readonly place: ExporterPlace };
  /** Sources (by index) that only report verdicts (S2.8). Asked once, when the first bytes of all are read. */
  readonly verdictOnly: () => ReadonlySet<number>;
  /** Resolves when a table has come back; rejects to end the loop. */
  readonly room: () => Promise<void>;
  /** Called now and then; what it throws ends the loop. */
  readonly onTurn?: () => void;
}

/**
 * Captures to a recorder, merged by time (S3.5), until all have ended. They wait when no table is free (S5.4). IPFIX
 * files go between them by the ends of their flows.
 */
export class FileLoop {
  readonly #options: FileLoopOptions;
  readonly #merged: MergedSources;
  readonly #points = new Map<number, Point>();
  #last: Point | undefined;
  #lastKey = -1;
  #verdictOnly: ReadonlySet<number> | undefined;
  #turn = 0;
  #batches = 0;

  constructor(options: FileLoopOptions) {
    this.#options = options;
    this.#merged = new MergedSources(options.sources);
  }

  async run(): Promise<void> {
    this.#turn = performance.now();
    const { recorder, flows } = this.#options;
    if (flows === undefined || flows.sources.length === 0) return this.#runPackets();
    return this.#runBoth(new FileFlows(flows.sources, recorder, flows.place));
  }

  async #runPackets(): Promise<void> {
    for (;;) {
      const step = this.#merged.next();
      if (step.state === 'end') return;
      if (step.state === 'wait') {
        await this.#merged.ready();
        continue;
      }
      // Asked to stop, the sources end by themselves: what they have decoded already is counted, and recorded.
      await this.#record(step, step.from, step.to);
      await this.#giveTurn();
    }
  }

  /** Whichever is behind goes on up to where the other is: by packet times, and by the ends of flows. */
  async #runBoth(flows: FileFlows): Promise<void> {
    let step = this.#merged.next();
    let from = step.state === 'rows' ? step.from : 0;
    let latest = 0;
    for (;;) {
      const state = flows.load();
      if (step.state === 'wait' || state === 'wait') {
        await (state === 'wait' ? flows.ready() : this.#merged.ready());
        if (step.state === 'wait') {
          step = this.#merged.next();
          if (step.state === 'rows') from = step.from;
        }
        continue;
      }
      if (step.state === 'end' && state === 'end') return;
      const packets = step.state === 'rows' ? Math.max(latest, step.batch.time[from]!) : Infinity;
      const ends = state === 'rows' ? flows.clock : Infinity;
      if (step.state === 'rows' && packets <= ends) {
        const to = endOfRun(step, from, ends);
        for (let i = from; i < to; i++) latest = Math.max(latest, step.batch.time[i]!);
        await this.#record(step, from, to);
        from = to;
        if (from === step.to) {
          step = this.#merged.next();
          if (step.state === 'rows') from = step.from;
        }
      } else await flows.record(packets, this.#options.room);
      await this.#giveTurn();
    }
  }

  async #record(step: MergeRun, from: number, to: number): Promise<void> {
    const point = this.#pointOf(step);
    let i = this.#options.recorder.add(step.batch, from, to, point);
    while (i < to) {
      await this.#options.room();
      i = this.#options.recorder.add(step.batch, i, to, point);
    }
  }

  async #giveTurn(): Promise<void> {
    if (this.#batches++ % TURN_BATCHES !== 0 || performance.now() - this.#turn <= TURN_MS) return;
    this.#options.onTurn?.();
    await new Promise((resolve) => setImmediate(resolve));
    this.#turn = performance.now();
  }

  /** The recorder's point of a run: files are as the merge says, but for the role and the address space. */
  #pointOf(step: MergeRun): Point {
    this.#verdictOnly ??= this.#options.verdictOnly();
    const onlyReports = this.#verdictOnly.has(step.source);
    const scope = this.#options.scopeOf(step.source);
    const key = (2 * step.point + (onlyReports ? 1 : 0)) * MAX_SCOPES + scope;
    if (key === this.#lastKey && this.#last !== undefined) return this.#last;
    let point = this.#points.get(key);
    if (point === undefined) {
      const { name } = this.#options.sources[step.source]!;
      const role = onlyReports ? 'verdict' : 'count';
      point = this.#options.recorder.addPoint({ source: name, scope, live: false, role }, 0);
      this.#points.set(key, point);
    }
    this.#last = point;
    this.#lastKey = key;
    return point;
  }
}

/** The first row of a run behind `from` that is later than a time, in seconds. */
function endOfRun({ batch, to }: MergeRun, from: number, until: number): number {
  if (batch.maxTime <= until) return to;
  let end = from + 1;
  while (end < to && batch.time[end]! <= until) end++;
  return end;
}
