/** Flattened prefixes of many lists, one after the other in shared memory. */
import { compareWords, type Ranges } from '../base/prefixes.ts';
import { shared } from './index-table.ts';

/** Ranges of several lists: list l has the ranges [first[l], first[l + 1]). */
export interface SharedRanges {
  readonly starts: Uint32Array;
  /** What the longest prefix over the range is worth, 0 where there is none. */
  readonly values: Int32Array;
  readonly first: Int32Array;
}

/** Gathers the ranges of list after list. */
export class RangeCollector {
  readonly #starts: Uint32Array[] = [];
  readonly #values: Int32Array[] = [];
  readonly #first: number[] = [0];

  add(ranges: Ranges): void {
    this.#starts.push(ranges.starts);
    this.#values.push(ranges.values);
    this.#first.push(this.#first.at(-1)! + ranges.values.length);
  }

  finish(): SharedRanges {
    const words = this.#starts.reduce((sum, part) => sum + part.length, 0);
    const starts = new Uint32Array(new SharedArrayBuffer(4 * words));
    const values = shared({ length: this.#first.at(-1)! });
    let at = 0;
    for (const part of this.#starts) {
      starts.set(part, at);
      at += part.length;
    }
    this.#values.forEach((part, i) => values.set(part, this.#first[i]));
    return { starts, values, first: shared(this.#first) };
  }
}

type Words = readonly [number, number, number, number];

/** Addresses from one on, up to before another; to the end of the address space without one. */
export interface Span {
  readonly from: Words;
  readonly to: Words | undefined;
}

/** Calls `visit` for each range of a value other than 0. */
export function forEachSpan(
  family: 4 | 6,
  { starts, values }: Ranges,
  visit: (value: number, span: Span) => void,
): void {
  const at = (i: number): Words =>
    family === 4
      ? [0, 0, 0, starts[i]!]
      : [starts[4 * i]!, starts[4 * i + 1]!, starts[4 * i + 2]!, starts[4 * i + 3]!];
  values.forEach((value, i) => {
    if (value !== 0) visit(value, { from: at(i), to: i + 1 < values.length ? at(i + 1) : undefined });
  });
}

/** Ranges with the value 1 wherever one of the spans is, 0 elsewhere. */
export function union(family: 4 | 6, spans: readonly Span[]): Ranges {
  const starts: number[] = [];
  const values: number[] = [];
  const emit = (words: Words, value: number): void => {
    starts.push(...(family === 4 ? [words[3]] : words));
    values.push(value);
  };
  const order = spans.toSorted((a, b) => compareWords(a.from, b.from));
  const [first] = order;
  if (first === undefined || first.from.some((word) => word !== 0)) emit([0, 0, 0, 0], 0);
  for (let i = 0; i < order.length;) {
    const { from } = order[i]!;
    let { to } = order[i]!;
    for (i++; i < order.length && (to === undefined || compareWords(order[i]!.from, to) <= 0); i++) {
      const next = order[i]!.to;
      if (to !== undefined && (next === undefined || compareWords(next, to) > 0)) to = next;
    }
    emit(from, 1);
    if (to !== undefined) emit(to, 0);
  }
  return { starts: Uint32Array.from(starts), values: Int32Array.from(values) };
}
