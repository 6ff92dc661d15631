/** What was given up and no SKIPDATA row tells yet. */
import type { GivenUp } from './deliverer.ts';
import { GIVEN_UP_ENTRIES } from './limits.ts';

/** Entries of a flow log that follow one another with the same interfaces are one. */
export class GivenUpList {
  #entries: GivenUp[];
  readonly #last = new Map<string, number>();
  #taken: readonly GivenUp[] = [];

  constructor(entries: readonly GivenUp[]) {
    this.#entries = [...entries];
  }

  add(entry: GivenUp): void {
    const at = this.#last.get(entry.flowLog);
    const last = at === undefined ? undefined : this.#entries[at];
    if (last !== undefined && follows(last, entry)) {
      this.#entries[at!] = {
        ...last,
        from: Math.min(last.from, entry.from),
        to: Math.max(last.to, entry.to),
      };
      return;
    }
    this.#last.set(entry.flowLog, this.#entries.push(entry) - 1);
    if (this.#entries.length > GIVEN_UP_ENTRIES) this.#join();
  }

  /** Those since the last call; they are kept until committed(). */
  take(): readonly GivenUp[] {
    const out = this.#entries;
    this.#taken = [...this.#taken, ...out];
    this.#entries = [];
    this.#last.clear();
    return out;
  }

  /** Rows that tell what was taken are durable. True when there was something. */
  committed(): boolean {
    const some = this.#taken.length > 0;
    this.#taken = [];
    return some;
  }

  /** What must outlast a crash. */
  all(): readonly GivenUp[] {
    return [...this.#taken, ...this.#entries];
  }

  /** One entry for each flow log: it may say more than was lost, never less. */
  #join(): void {
    const joined = new Map<string, { from: number; to: number; interfaces: Set<string> }>();
    for (const { flowLog, from, to, interfaces } of this.#entries) {
      const entry = joined.get(flowLog) ?? { from, to, interfaces: new Set() };
      joined.set(flowLog, entry);
      entry.from = Math.min(entry.from, from);
      entry.to = Math.max(entry.to, to);
      for (const name of interfaces) entry.interfaces.add(name);
    }
    this.#entries = [...joined].map(([flowLog, entry]) => ({
      ...entry,
      flowLog,
      interfaces: [...entry.interfaces],
    }));
    this.#last.clear();
    this.#entries.forEach(({ flowLog }, at) => this.#last.set(flowLog, at));
  }
}

function follows(last: GivenUp, next: GivenUp): boolean {
  if (next.from > last.to + 1 || next.to < last.from - 1) return false;
  if (last.interfaces === next.interfaces) return true;
  return (
    last.interfaces.length === next.interfaces.length &&
    last.interfaces.every((name, i) => name === next.interfaces[i])
  );
}
