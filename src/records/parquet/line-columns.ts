import { ParquetColumns } from './columns.ts';
import type { ColumnValues, RowGroupLimits } from './columns.ts';
import { GROUP_LINES } from './group-lines.ts';
import { NULL_INT32, NULL_INT64 } from './integer-chunk.ts';
import type { RowGroup } from './row-group.ts';
import type { ColumnField } from './schema.ts';
import { sameBytes } from './strings.ts';

/** Lines that are made columns together. A divisor of every row group's rows: part of what decides its bytes (S6.4). */
export const BATCH_LINES = 1024;

const SPACE = 0x20;
const NEWLINE = 0x0a;
const ZERO = 0x30;
/** What a number prints where there is none. */
const ABSENT = 0x2d;
const MOST_INT32 = 2 ** 31 - 1;
const MOST_INT64 = 2 ** 53;
/** Digits that are added up as small integers. */
const FEW_DIGITS = 9;
const MAX_QUOTED = 40;

const [STRING, INT_32, INT_64] = [0, 1, 2];
const KINDS = { STRING, INT_32, INT_64 } as const;

/**
 * Reads columns off lines of text, as TextWriter writes them: one space between values, a line feed behind each line, `-`
 * for a number that is not there. What text and Parquet say of a record is the same, since it is written once. The bytes
 * of the row groups follow from the lines alone, however they are cut when they are handed in.
 */
export class LineColumns {
  readonly #columns: ParquetColumns;
  readonly #fields: readonly ColumnField[];
  readonly #kinds: Uint8Array;
  /** The batch: value of line i and column k at k × BATCH_LINES + i of its type's array. */
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  readonly #batch: readonly ColumnValues[];
  /** Lines in the batch. */
  #filled = 0;
  /** Of columns of strings, the value of the line before: where it begins, its bytes or -1, its id. */
  readonly #lastAt: Int32Array;
  readonly #lastLength: Int32Array;
  readonly #lastId: Int32Array;
  #groups: RowGroup[] = [];

  /** One column for each field, in their order. `limits.rows` is taken down to whole batches. */
  constructor(fields: readonly ColumnField[], limits: RowGroupLimits = {}) {
    const rows = limits.rows ?? GROUP_LINES;
    const whole = Math.max(BATCH_LINES, rows - (rows % BATCH_LINES));
    const width = fields.length;
    this.#columns = new ParquetColumns(fields, { ...limits, rows: whole });
    this.#fields = fields;
    this.#kinds = Uint8Array.from(fields, ({ type }) => KINDS[type]);
    this.#words = new Int32Array(width * BATCH_LINES);
    this.#doubles = new Float64Array(width * BATCH_LINES);
    this.#batch = fields.map(({ type }, k) => {
      const all = type === 'INT_64' ? this.#doubles : this.#words;
      return all.subarray(k * BATCH_LINES, (k + 1) * BATCH_LINES);
    });
    this.#lastAt = new Int32Array(width);
    this.#lastLength = new Int32Array(width);
    this.#lastId = new Int32Array(width);
  }

  /** Rows since the last row group that was closed. */
  get rows(): number {
    return this.#columns.rows + this.#filled;
  }

  /** Takes whole lines. @throws {RangeError} for what is no line of these fields */
  append(text: Uint8Array): void {
    if (text.length === 0) return;
    if (text.at(-1) !== NEWLINE) throw new RangeError(`line ${this.rows + 1} and on: the last has no end`);
    const view = new DataView(text.buffer, text.byteOffset, text.byteLength);
    for (let from = 0; from < text.length;) {
      // Places of values are good in this text, ids until the batch is flushed.
      this.#lastLength.fill(-1);
      from = this.#read(text, view, from);
      if (this.#filled === BATCH_LINES) this.#flush();
    }
  }

  /** The row groups of all lines so far; then there are none. */
  take(): RowGroup[] {
    const taking = this.taking();
    for (;;) {
      const step = taking.next();
      if (step.done === true) return step.value;
    }
  }

  /** The same, yielding between parts of the work. Nothing may be appended meanwhile. */
  *taking(): Generator<void, RowGroup[]> {
    if (this.#filled > 0) this.#flush();
    if (this.#columns.rows > 0) this.#groups.push(yield* this.#columns.closing());
    const groups = this.#groups;
    this.#groups = [];
    return groups;
  }

  #flush(): void {
    this.#columns.appendBatch(this.#filled, this.#batch);
    this.#filled = 0;
    if (this.#columns.room === 0) this.#groups.push(this.#columns.close());
  }

  /** Reads lines from `from` on until the batch is full or the text ends. Returns where it stopped. */
  #read(text: Uint8Array, view: DataView, from: number): number {
    const kinds = this.#kinds;
    const words = this.#words;
    const doubles = this.#doubles;
    const { strings } = this.#columns;
    const lastAt = this.#lastAt;
    const lastLength = this.#lastLength;
    const lastId = this.#lastId;
    const last = kinds.length - 1;
    let line = this.#filled;
    let at = from;
    while (at < text.length && line < BATCH_LINES) {
      for (let k = 0, place = line; k <= last; k++, place += BATCH_LINES) {
        const start = at;
        const kind = kinds[k]!;
        if (kind === STRING) {
          // Neighbours often have the same: interfaces have runs of lines.
          const length = lastLength[k]!;
          if (
            length >= 0 &&
            start + length < text.length &&
            text[start + length]! <= SPACE &&
            sameBytes(view, lastAt[k]!, view, start, length)
          ) {
            words[place] = lastId[k]!;
            at = start + length;
          } else {
            while (text[at]! > SPACE) at++;
            const id = strings.ofRange(view, start, at);
            words[place] = id;
            lastAt[k] = start;
            lastLength[k] = at - start;
            lastId[k] = id;
          }
        } else {
          // Digits are above the separators, and `-` below them and above the separators.
          let value = 0;
          let digit = text[at]! - ZERO;
          while (digit >= 0 && digit <= 9 && at - start < FEW_DIGITS) {
            value = (value * 10 + digit) | 0;
            digit = text[++at]! - ZERO;
          }
          let wide = value;
          while (digit >= 0 && digit <= 9) {
            wide = wide * 10 + digit;
            digit = text[++at]! - ZERO;
          }
          if (at === start) {
            if (text[at] !== ABSENT) throw this.#fault(text, start, line, k);
            at++;
            if (kind === INT_64) doubles[place] = NULL_INT64;
            else words[place] = NULL_INT32;
          } else if (kind === INT_64) {
            if (wide > MOST_INT64) throw this.#fault(text, start, line, k);
            doubles[place] = wide;
          } else {
            if (wide > MOST_INT32) throw this.#fault(text, start, line, k);
            words[place] = wide;
          }
        }
        if (text[at] !== (k === last ? NEWLINE : SPACE)) throw this.#fault(text, start, line, k);
        at++;
      }
      line++;
    }
    this.#filled = line;
    return at;
  }

  #fault(text: Uint8Array, start: number, line: number, k: number): RangeError {
    const end = text.indexOf(NEWLINE, start);
    const given = Buffer.from(text.subarray(start, Math.min(end, start + MAX_QUOTED))).toString('latin1');
    const { id, type } = this.#fields[k]!;
    return new RangeError(
      `line ${this.#columns.rows + line + 1} has no ${type} for ${id} where it goes on with ${JSON.stringify(given)}`,
    );
  }
}
