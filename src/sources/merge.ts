/**
 * Several sources as one: finite ones by time (S3.5), live ones as they come.
 *
 * **Order.** The rows of finite sources come out by (seconds, nanoseconds) across sources; rows of one source
 * keep their own order, so a late row follows its predecessor at once. Between equal times the source named
 * first goes first. A row comes out only when every finite source has one in hand or has ended. A row whose
 * time jumps ahead by more than an hour, with rows behind it that do not (S3.3), does not hold its source up.
 *
 * **Observation points** (S2.8) are small numbers from 0. Each live source is one, in the order named. Then
 * come capture files, in the order of their first rows: one that begins when another has ended is the same
 * point, cut into files by rotation; all others saw their traffic beside another one and are points of their
 * own. A file also counts as ended with its last rows still to come (at most a batch) when these are later
 * than the new file's first row by no more than 0.1 s and by no more than a tenth of the time it spans:
 * packets of several queues change places at a rotation. Of several files that have ended, the one with the
 * latest end is continued, and each is continued by one file only. All this depends on the content of the
 * sources and their order, not on the speed they are read at.
 */
import { BATCH_ROWS, Batch } from '../capture/batch.ts';
import { Gate, openWhenReady } from './intake.ts';
import type { Source } from './source.ts';

/** Rows [from, to) of a batch, all of one source. Valid until the next call of `next`, which uses it again. */
export interface MergeRun {
  readonly state: 'rows';
  /** Index into the list of sources. */
  readonly source: number;
  /** The observation point of the rows. */
  readonly point: number;
  readonly batch: Batch;
  readonly from: number;
  readonly to: number;
}

/** A run of rows; nothing yet, wait for `ready`; or all sources have ended. */
export type MergeStep = MergeRun | { readonly state: 'wait' } | { readonly state: 'end' };

const WAIT: MergeStep = { state: 'wait' };
const END: MergeStep = { state: 'end' };

/** A jump ahead of more seconds than this is believed when no row in hand goes back (S3.3). */
const JUMP_SECONDS = 3600;
/** How many rows are asked whether they believe a jump. */
const JUMP_ROWS = 16;
/** Files may overlap by so many seconds, and by this part of the earlier one's span, and be one capture. */
const OVERLAP_SECONDS = 0.1;
const OVERLAP_PART = 0.1;

/** A source with what was read of it and has not come out yet. */
class Lane {
  readonly index: number;
  readonly source: Source;
  batch = new Batch();
  at = 0;
  /** Batches read ahead behind `batch`: only while it is being judged whether a file ends. */
  ahead: Batch[] = [];
  state: 'rows' | 'wait' | 'end' = 'wait';
  awaited = false;
  point = -1;
  continued = false;
  /** Unix seconds of the first row, and of the latest that came out, without outliers. */
  firstTime = 0;
  lastTime = 0;

  constructor(source: Source, index: number) {
    this.source = source;
    this.index = index;
  }

  /** Makes sure that a row is in hand; says why when there is none. */
  load(): 'rows' | 'wait' | 'end' {
    if (this.at < this.batch.count) return 'rows';
    const next = this.ahead.shift();
    this.at = 0;
    if (next !== undefined) {
      this.batch = next;
      return 'rows';
    }
    if (this.state !== 'end') this.state = this.source.next(this.batch);
    if (this.state !== 'rows') this.batch.count = 0;
    return this.state;
  }

  /** Seconds of a row of the batch in hand, those of the row before it for an outlier. */
  seconds(row: number): number {
    const { time, count } = this.batch;
    const seconds = time[row]!;
    const limit = (row > 0 ? time[row - 1]! : Math.floor(this.lastTime)) + JUMP_SECONDS;
    if (this.point < 0 || seconds <= limit) return seconds;
    for (let i = row + 1; i < Math.min(row + JUMP_ROWS, count); i++)
      if (time[i]! <= limit) return limit - JUMP_SECONDS;
    return seconds;
  }

  /** Keeps the latest time of the rows that come out, up to `to`. */
  noteTimes(to: number): void {
    const { time, nanos } = this.batch;
    for (let row = this.at; row < to; row++) {
      const seconds = time[row]! + nanos[row]! / 1e9;
      if (seconds > this.lastTime && this.seconds(row) === time[row]) this.lastTime = seconds;
    }
  }
}

/** The merged sources. It does not own them: opening, losses, faults and closing stay with the caller. */
export class MergedSources {
  readonly sources: readonly Source[];
  readonly #live: Lane[] = [];
  readonly #finite: Lane[] = [];
  readonly #lanes: Lane[];
  #points = 0;
  /** Whose turn it is: the finite sources together (0), or a live one (its place from 1). */
  #turn = 0;
  readonly #gate = new Gate();
  #waiting = false;
  readonly #run: { -readonly [K in keyof MergeRun]: MergeRun[K] };

  constructor(sources: readonly Source[]) {
    this.sources = sources;
    this.#lanes = sources.map((source, index) => new Lane(source, index));
    for (const lane of this.#lanes) {
      if (lane.source.live) lane.point = this.#points++;
      (lane.source.live ? this.#live : this.#finite).push(lane);
    }
    this.#run = { state: 'rows', source: 0, point: 0, batch: new Batch(), from: 0, to: 0 };
  }

  /** The next run of rows. Never waits; the step is used again by the next call. */
  next(): MergeStep {
    const groups = this.#live.length + 1;
    let waits = false;
    for (let i = 0; i < groups; i++) {
      const group = (this.#turn + i) % groups;
      const step = group === 0 ? this.#nextFinite() : this.#nextLive(this.#live[group - 1]!);
      if (step.state === 'rows') {
        this.#turn = (group + 1) % groups;
        this.#waiting = false;
        return step;
      }
      if (step.state === 'wait') waits = true;
    }
    this.#waiting = waits;
    return waits ? WAIT : END;
  }

  /** Resolves when `next` is worth calling again. */
  ready(): Promise<void> {
    if (!this.#waiting) return Promise.resolve();
    this.#gate.shut();
    for (const lane of this.#lanes) if (lane.state === 'wait') openWhenReady(lane, this.#gate);
    return this.#gate.passed;
  }

  #nextLive(lane: Lane): MergeStep {
    const state = lane.load();
    if (state !== 'rows') return state === 'wait' ? WAIT : END;
    return this.#emit(lane, lane.batch.count);
  }

  #nextFinite(): MergeStep {
    let waits = false;
    let first: Lane | undefined;
    let second: Lane | undefined;
    for (const lane of this.#finite) {
      const state = lane.load();
      if (state === 'wait') waits = true;
      if (state !== 'rows') continue;
      if (first === undefined || isBefore(lane, first)) {
        second = first;
        first = lane;
      } else if (second === undefined || isBefore(lane, second)) second = lane;
    }
    if (waits) return WAIT;
    if (first === undefined) return END;
    if (first.point < 0 && !this.#assignPoint(first)) return WAIT;
    const to = second === undefined ? first.batch.count : endOfRun(first, second);
    if (this.#finite.length > 1) first.noteTimes(to);
    return this.#emit(first, to);
  }

  #emit(lane: Lane, to: number): MergeStep {
    const run = this.#run;
    run.source = lane.index;
    run.point = lane.point;
    run.batch = lane.batch;
    run.from = lane.at;
    run.to = to;
    lane.at = to;
    return run;
  }

  /** Finds the point of a file whose first row comes out now; false when that needs rows not here yet. */
  #assignPoint(lane: Lane): boolean {
    const begin = lane.batch.time[lane.at]! + lane.batch.nanos[lane.at]! / 1e9;
    let predecessor: Lane | undefined;
    for (const other of this.#finite) {
      if (other.point < 0 || other.continued) continue;
      const ends = endsBy(other, begin);
      if (ends === undefined) return false;
      if (ends && (predecessor === undefined || other.lastTime > predecessor.lastTime)) predecessor = other;
    }
    if (predecessor !== undefined) predecessor.continued = true;
    lane.point = predecessor?.point ?? this.#points++;
    lane.firstTime = begin;
    lane.lastTime = begin;
    return true;
  }
}

/** Whether the row in hand of one lane comes out before that of another. */
function isBefore(lane: Lane, other: Lane): boolean {
  const seconds = lane.seconds(lane.at);
  const others = other.seconds(other.at);
  if (seconds !== others) return seconds < others;
  const nanos = lane.batch.nanos[lane.at]!;
  const otherNanos = other.batch.nanos[other.at]!;
  return nanos === otherNanos ? lane.index < other.index : nanos < otherNanos;
}

/** The first row of a lane's batch that the other lane's row in hand goes before. */
function endOfRun(lane: Lane, other: Lane): number {
  const { count, maxTime, time, nanos } = lane.batch;
  const seconds = other.seconds(other.at);
  if (maxTime < seconds) return count;
  const fraction = other.batch.nanos[other.at]!;
  let to = lane.at + 1;
  for (; to < count; to++) {
    // Rows that are neither late nor in the same second decide without a closer look.
    const own = time[to]! < seconds ? time[to]! : lane.seconds(to);
    if (own < seconds) continue;
    if (own > seconds || nanos[to]! > fraction) break;
    if (nanos[to] === fraction && lane.index > other.index) break;
  }
  return to;
}

/**
 * Whether a file has ended when another begins at `begin`, but for the overlap allowed. Reads ahead to find
 * out; undefined when there is nothing to read yet.
 */
function endsBy(lane: Lane, begin: number): boolean | undefined {
  let rows = 0;
  let last = lane.lastTime;
  for (let i = -1; ; i++) {
    let batch = i < 0 ? lane.batch : lane.ahead[i];
    if (batch === undefined) {
      if (lane.state === 'end') break;
      batch = new Batch();
      lane.state = lane.source.next(batch);
      if (lane.state === 'wait') return undefined;
      if (lane.state === 'end') break;
      lane.ahead.push(batch);
    }
    for (let row = i < 0 ? lane.at : 0; row < batch.count; row++, rows++) {
      last = Math.max(last, batch.time[row]! + batch.nanos[row]! / 1e9);
      if (last - begin > OVERLAP_SECONDS || rows === BATCH_ROWS) return false;
    }
  }
  return last <= begin || last - begin <= OVERLAP_PART * (last - lane.firstTime);
}
