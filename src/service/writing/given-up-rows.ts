import type { GivenUp } from '../../delivery/deliverer.ts';
import { STATUS_SKIPDATA } from '../../flows/rows.ts';

/** Rows that wait to be told; beyond it what is given up is only counted. */
export const MAX_WAITING = 1 << 17;

interface Range {
  from: number;
  to: number;
}

/**
 * What delivery gave up, until the flow log's next commit says so by SKIPDATA rows: at most one for each flow
 * log, interface and range. Ranges that touch become one.
 */
export class GivenUpRows {
  readonly #waiting = new Map<string, Map<string, Range[]>>();
  #count = 0;
  /** Rows that were not kept. */
  dropped = 0;

  add(given: readonly GivenUp[]): void {
    for (const { flowLog, interfaces, from, to } of given) {
      let byInterface = this.#waiting.get(flowLog);
      if (byInterface === undefined) this.#waiting.set(flowLog, (byInterface = new Map()));
      for (const id of interfaces) {
        const ranges = byInterface.get(id);
        if (ranges === undefined) {
          if (this.#count >= MAX_WAITING) this.dropped++;
          else {
            byInterface.set(id, [{ from, to }]);
            this.#count++;
          }
        } else this.#count += join(ranges, from, to);
      }
    }
  }

  /** Flow logs that something waits for. */
  get flowLogs(): readonly string[] {
    return [...this.#waiting.keys()];
  }

  /** Forgets a flow log's. */
  drop(flowLog: string): void {
    this.#count -= rangesIn(this.#waiting.get(flowLog));
    this.#waiting.delete(flowLog);
  }

  /** The status entries of a flow log; interfaces that have no number any more are counted. */
  status(flowLog: string, numberOf: (id: string) => number | undefined): Int32Array {
    const out: number[] = [];
    for (const [id, ranges] of this.#waiting.get(flowLog) ?? []) {
      const number = numberOf(id);
      if (number === undefined) this.dropped += ranges.length;
      else for (const { from, to } of ranges) out.push(number, STATUS_SKIPDATA, from, to);
    }
    return Int32Array.from(out);
  }
}

/** Adds a range to those of an interface, in order. Returns by how many they grew. */
function join(ranges: Range[], from: number, to: number): number {
  const before = ranges.length;
  const apart = ranges.filter((it) => it.to + 1 < from || it.from > to + 1);
  const touching = ranges.filter((it) => !apart.includes(it));
  apart.push({
    from: Math.min(from, ...touching.map((it) => it.from)),
    to: Math.max(to, ...touching.map((it) => it.to)),
  });
  apart.sort((a, b) => a.from - b.from);
  ranges.splice(0, before, ...apart);
  return ranges.length - before;
}

function rangesIn(byInterface: Map<string, Range[]> | undefined): number {
  let count = 0;
  for (const ranges of byInterface?.values() ?? []) count += ranges.length;
  return count;
}
