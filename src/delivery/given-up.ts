/** What was given up and no SKIPDATA row tells yet. */
import type { GivenUp } from './deliverer.ts';
import { GIVEN_UP_EACH, GIVEN_UP_ENTRIES } from './limits.ts';

/** Entries of a flow log that follow one another with the same interfaces are one. */
export class GivenUpList {
  #byFlowLog = new Map<string, GivenUp[]>();
  #count = 0;
  #taken: readonly GivenUp[] = [];

  constructor(entries: readonly GivenUp[]) {
    for (const entry of entries) this.#push(entry);
  }

  add(entry: GivenUp): void {
    const own = this.#byFlowLog.get(entry.flowLog);
    const last = own?.at(-1);
    if (last !== undefined && follows(last, entry)) {
      own!.pop();
      own!.push({ ...last, from: Math.min(last.from, entry.from), to: Math.max(last.to, entry.to) });
      return;
    }
    this.#push(entry);
    if ((own?.length ?? 0) > GIVEN_UP_EACH) this.#join(entry.flowLog);
    if (this.#count > GIVEN_UP_ENTRIES) for (const flowLog of this.#byFlowLog.keys()) this.#join(flowLog);
  }

  /** Those of flow logs that are not to wait; they are kept until committed(). */
  take(waits: (flowLog: string) => boolean): readonly GivenUp[] {
    const out: GivenUp[] = [];
    for (const [flowLog, own] of this.#byFlowLog) {
      if (waits(flowLog)) continue;
      out.push(...own);
      this.#count -= own.length;
      this.#byFlowLog.delete(flowLog);
    }
    this.#taken = [...this.#taken, ...out];
    return out;
  }

  /** The rows of these flow logs that were to tell what was taken are not committed. */
  giveBack(flowLogs: ReadonlySet<string>): void {
    const [back, taken] = [true, false].map((is) =>
      this.#taken.filter(({ flowLog }) => flowLogs.has(flowLog) === is),
    );
    this.#taken = taken!;
    for (const entry of back!) this.add(entry);
  }

  /** Rows that tell what was taken are durable. True when there was something. */
  committed(): boolean {
    const some = this.#taken.length > 0;
    this.#taken = [];
    return some;
  }

  /** What must outlast a crash. */
  all(): readonly GivenUp[] {
    return [...this.#taken, ...[...this.#byFlowLog.values()].flat()];
  }

  #push(entry: GivenUp): void {
    const own = this.#byFlowLog.get(entry.flowLog);
    if (own === undefined) this.#byFlowLog.set(entry.flowLog, [entry]);
    else own.push(entry);
    this.#count++;
  }

  /** One entry for all of a flow log: it may say more than was lost, never less. */
  #join(flowLog: string): void {
    const own = this.#byFlowLog.get(flowLog)!;
    if (own.length === 1) return;
    const interfaces = [...new Set(own.flatMap((entry) => entry.interfaces))];
    const from = Math.min(...own.map((entry) => entry.from));
    const to = Math.max(...own.map((entry) => entry.to));
    this.#count -= own.length - 1;
    this.#byFlowLog.set(flowLog, [{ flowLog, interfaces, from, to }]);
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
