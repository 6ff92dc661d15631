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
    return { window, order: this.#sort(window, words, lines), lines };
  }

  /** Lists the lines in order of insertion, status lines last, and tells the order of their interfaces. */
  #collect(window: ClosedWindow, words: Int32Array, admits: Admits | undefined): number {
    const order = this.#order;
    const most = 2 * window.count + window.status.length / STATUS_WORDS;
    if (this.#lines.length < most) this.#lines = new Int32Array(most + (most >> 2));
    const lines = this.#lines;
    let n = 0;
    for (let row = 0; row < window.count; row++) {
      const base = row * ROW_WORDS;
      const flags = words[base + WORD_FLAGS]!;
      if ((flags & FLAGS_EXCLUDED) !== 0) continue;
      const egress = words[base + WORD_EGRESS]!;
      if (egress !== NO_INTERFACE && (flags & FLAGS_EGRESS_DUPLICATE) === 0 && order.note(egress, admits)) {
        lines[n++] = row << 1;
      }
      const ingress = words[base + WORD_INGRESS]!;
      if (
        ingress !== NO_INTERFACE &&
        (flags & FLAGS_INGRESS_DUPLICATE) === 0 &&
        order.note(ingress, admits)
      ) {
        lines[n++] = (row << 1) | 1;
      }
    }
    for (let i = 0; i * STATUS_WORDS < window.status.length; i++) {
      if (order.note(window.status[i * STATUS_WORDS]!, admits)) lines[n++] = ~i;
    }
    return n;
  }

  /** Two stable counting passes: by partition, then by the rank of the interface. */
  #sort(window: ClosedWindow, words: Int32Array, count: number): Int32Array {
    const order = this.#order;
    order.rank();
    if (this.#ranks.length < count) {
      this.#ranks = new Int32Array(count + (count >> 2));
      this.#byPartition = new Int32Array(count + (count >> 2));
    }
    const lines = this.#lines;
    const ranks = this.#ranks;
    const partitions = new Int32Array(PARTITIONS + 1);
    const starts = new Int32Array(order.size + 1);
    // Both histograms in one pass; the rank keeps the partition in its low bits for the second.
    for (let i = 0; i < count; i++) {
      const line = lines[i]!;
      let partition = PARTITIONS - 1;
      let number: number;
      if (line < 0) number = window.status[~line * STATUS_WORDS]!;
      else {
        const base = (line >> 1) * ROW_WORDS;
        number = words[base + ((line & 1) === 0 ? WORD_EGRESS : WORD_INGRESS)]!;
        partition = partitionOf(
          words[base + WORD_SOURCE]!,
          words[base + WORD_DESTINATION]!,
          words[base + WORD_PORTS]!,
          words[base + WORD_KEY]!,
        );
      }
      const rank = order.rankOf(number);
      ranks[i] = rank * PARTITIONS + partition;
      partitions[partition + 1] = partitions[partition + 1]! + 1;
      starts[rank + 1] = starts[rank + 1]! + 1;
    }
    for (let p = 0; p < PARTITIONS; p++) partitions[p + 1] = partitions[p + 1]! + partitions[p]!;
    for (let r = 0; r < order.size; r++) starts[r + 1] = starts[r + 1]! + starts[r]!;
    const byPartition = this.#byPartition;
    for (let i = 0; i < count; i++) {
      const partition = ranks[i]! & (PARTITIONS - 1);
      byPartition[partitions[partition]!] = i;
      partitions[partition] = partitions[partition]! + 1;
    }
    const sorted = new Int32Array(new SharedArrayBuffer(4 * count));
    for (let k = 0; k < count; k++) {
      const i = byPartition[k]!;
      const rank = Math.floor(ranks[i]! / PARTITIONS);
      sorted[starts[rank]!] = lines[i]!;
      starts[rank] = starts[rank]! + 1;
    }
    return sorted;
  }
}
