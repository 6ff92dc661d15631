import { type InterfaceDirectory, NO_INTERFACE } from '../network/lookup.ts';
import { partitionOf, PARTITIONS } from './hash.ts';
import { mergeIcmp } from './icmp.ts';
import { InterfaceOrder } from './interface-order.ts';
import {
  type ClosedWindow,
  type ExpandedWindow,
  FLAGS_EGRESS_DUPLICATE,
  FLAGS_EXCLUDED,
  FLAGS_INGRESS_DUPLICATE,
  ROW_WORDS,
  STATUS_WORDS,
  WORD_DESTINATION,
  WORD_EGRESS,
  WORD_FLAGS,
  WORD_INGRESS,
  WORD_KEY,
  WORD_PORTS,
  WORD_SOURCE,
  rowWords,
} from './rows.ts';
import { inStretches } from './stretches.ts';

/** Which interfaces' lines are wanted. Asked once for each interface of a window. */
export type Admits = (number: number) => boolean;

/**
 * Turns closed windows into lines in the order of an object (S6.3): by interface, partition, insertion.
 * Merges what prints the same (S1.4) in the rows themselves. One expander serves many windows, so that
 * interfaces are sorted only when new ones appear.
 */
export class Expander {
  readonly #order: InterfaceOrder;
  #lines = new Int32Array(1024);
  /** By line: its interface, and the partition of its flow. */
  #numbers = new Int32Array(1024);
  #partitions = new Uint8Array(1024);
  #ranks = new Int32Array(1024);
  #byPartition = new Int32Array(1024);

  constructor(directory: InterfaceDirectory) {
    this.#order = new InterfaceOrder(directory);
  }

  expand(window: ClosedWindow, admits?: Admits): ExpandedWindow {
    const words = rowWords(window.rows);
    mergeIcmp(window);
    this.#order.begin();
    const lines = this.#collect(window, words, admits);
    return { window, order: this.#sort(lines), lines };
  }

  /** Lists the lines in order of insertion, status lines last, and tells the order of their interfaces. */
  #collect(window: ClosedWindow, words: Int32Array, admits: Admits | undefined): number {
    const { count, status } = window;
    this.#makeRoom(2 * count + status.length / STATUS_WORDS);
    let n = 0;
    inStretches(0, count, (from, to) => {
      n = this.#collectRows(words, from, to, n, admits);
    });
    for (let i = 0; i * STATUS_WORDS < status.length; i++) {
      const number = status[i * STATUS_WORDS]!;
      if (!this.#order.note(number, admits)) continue;
      this.#numbers[n] = number;
      this.#partitions[n] = PARTITIONS - 1;
      this.#lines[n++] = ~i;
    }
    return n;
  }

  /** The lines of rows `from` to `to`, behind the `before` lines that there are. Returns how many there are then. */
  #collectRows(words: Int32Array, from: number, to: number, before: number, admits?: Admits): number {
    const order = this.#order;
    const lines = this.#lines;
    const numbers = this.#numbers;
    const partitions = this.#partitions;
    let n = before;
    for (let row = from; row < to; row++) {
      const base = row * ROW_WORDS;
      const flags = words[base + WORD_FLAGS]!;
      if ((flags & FLAGS_EXCLUDED) !== 0) continue;
      const partition = partitionOf(
        words[base + WORD_SOURCE]!,
        words[base + WORD_DESTINATION]!,
        words[base + WORD_PORTS]!,
        words[base + WORD_KEY]!,
      );
      const egress = words[base + WORD_EGRESS]!;
      if (egress !== NO_INTERFACE && (flags & FLAGS_EGRESS_DUPLICATE) === 0 && order.note(egress, admits)) {
        numbers[n] = egress;
        partitions[n] = partition;
        lines[n++] = row << 1;
      }
      const ingress = words[base + WORD_INGRESS]!;
      if (
        ingress !== NO_INTERFACE &&
        (flags & FLAGS_INGRESS_DUPLICATE) === 0 &&
        order.note(ingress, admits)
      ) {
        numbers[n] = ingress;
        partitions[n] = partition;
        lines[n++] = (row << 1) | 1;
      }
    }
    return n;
  }

  #makeRoom(lines: number): void {
    if (this.#lines.length >= lines) return;
    const length = lines + (lines >> 2);
    this.#lines = new Int32Array(length);
    this.#numbers = new Int32Array(length);
    this.#partitions = new Uint8Array(length);
    this.#ranks = new Int32Array(length);
    this.#byPartition = new Int32Array(length);
  }

  /** Two stable counting passes: by partition, then by the rank of the interface. */
  #sort(count: number): Int32Array {
    const order = this.#order;
    order.rank();
    const partitions = new Int32Array(PARTITIONS + 1);
    const starts = new Int32Array(order.size + 1);
    const sorted = new Int32Array(new SharedArrayBuffer(4 * count));
    inStretches(0, count, (from, to) => this.#count(from, to, partitions, starts));
    addUp(partitions);
    addUp(starts);
    inStretches(0, count, (from, to) => this.#part(from, to, partitions));
    inStretches(0, count, (from, to) => this.#place(from, to, starts, sorted));
    return sorted;
  }

  /** Both histograms in one pass; the rank keeps the partition in its low bits. */
  #count(from: number, to: number, partitions: Int32Array, starts: Int32Array): void {
    const order = this.#order;
    const numbers = this.#numbers;
    const ranks = this.#ranks;
    for (let i = from; i < to; i++) {
      const partition = this.#partitions[i]!;
      const rank = order.rankOf(numbers[i]!);
      ranks[i] = rank * PARTITIONS + partition;
      partitions[partition + 1] = partitions[partition + 1]! + 1;
      starts[rank + 1] = starts[rank + 1]! + 1;
    }
  }

  #part(from: number, to: number, partitions: Int32Array): void {
    const ranks = this.#ranks;
    const byPartition = this.#byPartition;
    for (let i = from; i < to; i++) {
      const partition = ranks[i]! & (PARTITIONS - 1);
      byPartition[partitions[partition]!] = i;
      partitions[partition] = partitions[partition]! + 1;
    }
  }

  #place(from: number, to: number, starts: Int32Array, sorted: Int32Array): void {
    const lines = this.#lines;
    const ranks = this.#ranks;
    const byPartition = this.#byPartition;
    for (let k = from; k < to; k++) {
      const i = byPartition[k]!;
      const rank = (ranks[i]! / PARTITIONS) | 0;
      sorted[starts[rank]!] = lines[i]!;
      starts[rank] = starts[rank]! + 1;
    }
  }
}

/** Makes counts, from the second cell on, where each begins. */
function addUp(counts: Int32Array): void {
  for (let i = 1; i < counts.length; i++) counts[i] = counts[i]! + counts[i - 1]!;
}
