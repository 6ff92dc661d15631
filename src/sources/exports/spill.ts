import { FLOW_BATCH_ROWS, FlowBatch, type FlowSink } from '../../capture/flow-batch.ts';

/** Batches that wait at most: some 45 MB. One datagram makes a dozen at most; more come only when data that waited
 * for its template is read at once. */
const MAX_WAITING = 256;
/** Empty batches that are kept for the next time. */
const MAX_SPARE = 4;
/** A batch with fewer free rows is given out: most datagrams have no more. */
const ROOM = 64;

type Column = Uint32Array | Int32Array | Uint16Array | Uint8Array | Float64Array;
const COLUMNS = Object.entries(new FlowBatch())
  .filter(([, value]) => ArrayBuffer.isView(value))
  .map(([name]) => name as keyof FlowBatch);

/**
 * Where a decoder puts its rows: the batch of whoever asks for some, and when that is full in the middle of a datagram,
 * or nobody asks, batches that wait to be asked for.
 */
export class SpillSink implements FlowSink {
  batch = new FlowBatch();
  /** Rows that found no room among those that wait. */
  lost = 0;
  readonly #own = this.batch;
  #waiting: FlowBatch[] = [];
  readonly #spare: FlowBatch[] = [];

  readonly flush = (batch: FlowBatch): void => {
    if (batch.count === 0) return;
    if (this.#waiting.length >= MAX_WAITING) this.lost += batch.count;
    else {
      const copy = this.#spare.pop() ?? new FlowBatch();
      copyRows(batch, copy);
      this.#waiting.push(copy);
    }
    batch.clear();
  };

  /** Rows wait. */
  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Puts rows into an empty batch: those that wait longest, else what `decode` reads until there is enough. */
  fill(batch: FlowBatch, decode: () => void): void {
    if (this.take(batch)) return;
    this.batch = batch;
    decode();
    this.close();
  }

  /** Whether the batch has enough. */
  get enough(): boolean {
    return this.#waiting.length > 0 || this.batch.count > FLOW_BATCH_ROWS - ROOM;
  }

  /** Rows go to nobody's batch again. The batch keeps those that came first, if there are any. */
  close(): void {
    const { batch } = this;
    this.batch = this.#own;
    if (batch === this.#own || this.#waiting.length > 0) this.flush(batch);
    if (batch !== this.#own) this.take(batch);
  }

  /** Puts the rows that wait longest into an empty batch. False when none do. */
  take(batch: FlowBatch): boolean {
    const oldest = this.#waiting.shift();
    if (oldest === undefined) return false;
    copyRows(oldest, batch);
    oldest.clear();
    if (this.#spare.length < MAX_SPARE) this.#spare.push(oldest);
    return true;
  }

  /** Drops everything. */
  clear(): void {
    this.#waiting = [];
    this.#own.clear();
  }
}

/** Makes `to` hold the rows of `from`. */
function copyRows(from: FlowBatch, to: FlowBatch): void {
  for (const name of COLUMNS) {
    const column = from[name] as Column;
    const width = column.length / FLOW_BATCH_ROWS;
    (to[name] as Column).set(column.subarray(0, width * from.count));
  }
  to.count = from.count;
  to.minTime = from.minTime;
  to.maxTime = from.maxTime;
  to.verdicts = from.verdicts;
}
