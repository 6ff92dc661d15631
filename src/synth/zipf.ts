/** Zipf's law: the k-th most popular of n things has a weight of 1 / k^exponent. */
import type { Random } from './random.ts';

/**
 * Draws ranks 1 to n by Zipf's law, without a table: rejection-inversion after W. Hörmann and G. Derflinger,
 * "Rejection-inversion to generate variates from monotone discrete distributions" (1996). The weight's
 * integral is inverted at a random area, and the rank kept when the area falls under its bar.
 */
export class ZipfSampler {
  readonly #count: number;
  readonly #exponent: number;
  readonly #lowest: number;
  readonly #highest: number;
  readonly #sure: number;

  /** `count` is at least 1, `exponent` above 0. */
  constructor(count: number, exponent: number) {
    this.#count = count;
    this.#exponent = exponent;
    this.#lowest = this.#area(1.5) - 1;
    this.#highest = this.#area(count + 0.5);
    this.#sure = 2 - this.#position(this.#area(2.5) - this.#weight(2));
  }

  /** A rank from 1 (most often) to count. */
  sample(random: Random): number {
    for (;;) {
      const area = this.#highest + random.unit() * (this.#lowest - this.#highest);
      const position = this.#position(area);
      const rank = Math.min(this.#count, Math.max(1, Math.floor(position + 0.5)));
      if (rank - position <= this.#sure || area >= this.#area(rank + 0.5) - this.#weight(rank)) return rank;
    }
  }

  #weight(x: number): number {
    return Math.exp(-this.#exponent * Math.log(x));
  }

  /** The integral of the weight from 1 to x, also where the exponent is 1 or close to it. */
  #area(x: number): number {
    const log = Math.log(x);
    const bend = (1 - this.#exponent) * log;
    return (Math.abs(bend) > 1e-8 ? Math.expm1(bend) / bend : 1 + bend / 2) * log;
  }

  /** The x whose area is given. */
  #position(area: number): number {
    const bend = Math.max(-1, area * (1 - this.#exponent));
    return Math.exp((Math.abs(bend) > 1e-8 ? Math.log1p(bend) / bend : 1 - bend / 2) * area);
  }
}

/**
 * Splits a total among ranks by Zipf's law with exponent 1: a minimum for each, the rest in proportion to
 * 1 / rank. The sizes add up to the total exactly. `minimums(rank index)` is asked for 0 to count - 1; their
 * sum must not pass the total.
 */
export function zipfSizes(total: number, count: number, minimum: (index: number) => number): Float64Array {
  const sizes = new Float64Array(count);
  let rest = total;
  let weights = 0;
  for (let i = 0; i < count; i++) {
    sizes[i] = minimum(i);
    rest -= sizes[i]!;
    weights += 1 / (i + 1);
  }
  // The rounded running sum is cut, not each share, so that nothing is lost; the last one ends at the rest.
  let running = 0;
  let given = 0;
  for (let i = 0; i < count; i++) {
    running += 1 / (i + 1);
    const upTo = i === count - 1 ? rest : Math.min(rest, Math.round((rest * running) / weights));
    sizes[i]! += upTo - given;
    given = upTo;
  }
  return sizes;
}
