import type { Point } from '../../flows/contexts.ts';
import type { Recorder } from '../../flows/recorder.ts';
import { type MergeRun, MergedSources } from '../../sources/merge.ts';
import type { Source } from '../../sources/source.ts';

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
  /** Sources (by index) that only report verdicts (S2.8). Asked once, when the first bytes of all are read. */
  readonly verdictOnly: () => ReadonlySet<number>;
  /** Resolves when a table has come back; rejects to end the loop. */
  readonly room: () => Promise<void>;
  /** Called now and then; what it throws ends the loop. */
  readonly onTurn?: () => void;
}

/** Captures to a recorder, merged by time (S3.5), until all have ended. They wait when no table is free (S5.4). */
export class FileLoop {
  readonly #options: FileLoopOptions;
  readonly #merged: MergedSources;
  readonly #points = new Map<number, Point>();
  #last: Point | undefined;
  #lastKey = -1;
  #verdictOnly: ReadonlySet<number> | undefined;

  constructor(options: FileLoopOptions) {
    this.#options = options;
    this.#merged = new MergedSources(options.sources);
  }

  async run(): Promise<void> {
    let turn = performance.now();
    for (let batches = 0; ; batches++) {
      const step = this.#merged.next();
      if (step.state === 'end') return;
      if (step.state === 'wait') {
        await this.#merged.ready();
        continue;
      }
      // Asked to stop, the sources end by themselves: what they have decoded already is counted, and recorded.
      const point = this.#pointOf(step);
      const done = this.#options.recorder.add(step.batch, step.from, step.to, point);
      if (done < step.to) await this.#addRest(step, done, point);
      if (batches % TURN_BATCHES === 0 && performance.now() - turn > TURN_MS) {
        this.#options.onTurn?.();
        await new Promise((resolve) => setImmediate(resolve));
        turn = performance.now();
      }
    }
  }

  async #addRest(step: MergeRun, from: number, point: Point): Promise<void> {
    let i = from;
    while (i < step.to) {
      await this.#options.room();
      i = this.#options.recorder.add(step.batch, i, step.to, point);
    }
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
