import { SLOT_SECONDS } from '../../delivery/chunk.ts';
import {
  DOUBLE_BYTES,
  DOUBLE_PACKETS,
  type ExpandedWindow,
  ROW_WORDS,
  rowDoubles,
  rowUnsigned,
  rowWords,
  STATUS_WORDS,
  WORD_FIRST,
  WORD_FLAGS,
  WORD_LAST,
} from '../../flows/rows.ts';
import { verdictBit } from './traffic.ts';

/** What lines are made of. */
export class Rows {
  readonly expanded: ExpandedWindow;
  /** Events are delivered whole windows and intervals at a time: their slot is that of the end. */
  readonly lastSlot: number;
  readonly #words: Int32Array;
  readonly #unsigned: Uint32Array;
  readonly #doubles: Float64Array;
  readonly #status: Int32Array;

  constructor(expanded: ExpandedWindow) {
    const { rows, status, start, seconds } = expanded.window;
    this.expanded = expanded;
    this.lastSlot = Math.floor((start + seconds - 1) / SLOT_SECONDS);
    this.#words = rowWords(rows);
    this.#unsigned = rowUnsigned(rows);
    this.#doubles = rowDoubles(rows);
    this.#status = status;
  }

  verdict(line: number): number {
    return verdictBit(this.#words[(line >>> 1) * ROW_WORDS + WORD_FLAGS]!);
  }

  end(line: number): number {
    return line < 0
      ? this.#status[~line * STATUS_WORDS + 3]! >>> 0
      : this.#unsigned[(line >>> 1) * ROW_WORDS + WORD_LAST]!;
  }

  /** Sums of lines [from, to), whose starts go to `starts`. */
  sum(
    order: Int32Array,
    from: number,
    to: number,
    starts: Uint32Array,
  ): { rows: number; packets: number; bytes: number } {
    const sums = { rows: 0, packets: 0, bytes: 0 };
    for (let i = from; i < to; i++) {
      const line = order[i]!;
      if (line < 0) {
        starts[i - from] = this.#status[~line * STATUS_WORDS + 2]!;
        continue;
      }
      const row = line >>> 1;
      starts[i - from] = this.#unsigned[row * ROW_WORDS + WORD_FIRST]!;
      sums.rows++;
      sums.packets += this.#doubles[row * (ROW_WORDS / 2) + DOUBLE_PACKETS]!;
      sums.bytes += this.#doubles[row * (ROW_WORDS / 2) + DOUBLE_BYTES]!;
    }
    return sums;
  }
}
