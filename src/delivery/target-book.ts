/** Targets by flow log: those that are named, and those that something spooled waits for. */
import type { Ledger } from './ledger.ts';
import type { DeliveryTarget } from './target.ts';
import { laneKey } from './lane-keys.ts';

export class TargetBook {
  readonly #ledger: Ledger;
  readonly #gone: (flowLog: string) => void;
  readonly #targets = new Map<string, DeliveryTarget>();
  /** Undefined until somebody has said which there are: until then none is gone. */
  #named: ReadonlySet<string> | undefined;
  /** Targets that the ledger has not, or no longer should have. */
  readonly #changed = new Set<string>();

  /** @param gone told of a flow log that is no more, and nothing is spooled for it */
  constructor(ledger: Ledger, gone: (flowLog: string) => void) {
    this.#ledger = ledger;
    this.#gone = gone;
  }

  get all(): ReadonlyMap<string, DeliveryTarget> {
    return this.#targets;
  }

  get(flowLog: string): DeliveryTarget | undefined {
    return this.#targets.get(flowLog);
  }

  /** Whether a flow log is there; undefined while nobody has said. */
  isNamed(flowLog: string): boolean | undefined {
    return this.#named?.has(flowLog);
  }

  /** Whether a flow log has this lane. */
  hasLane(key: string): boolean {
    if (this.#targets.has(key)) return true;
    for (const target of this.#targets.values()) if (laneKey(target) === key) return true;
    return false;
  }

  restore(): void {
    for (const target of this.#ledger.targets()) this.#targets.set(target.flowLog, target);
  }

  /** Names the targets that there are. */
  name(targets: readonly DeliveryTarget[]): void {
    this.#named = new Set(targets.map((target) => target.flowLog));
    for (const target of targets) {
      if (JSON.stringify(this.#targets.get(target.flowLog)) === JSON.stringify(target)) continue;
      this.#targets.set(target.flowLog, target);
      this.#changed.add(target.flowLog);
    }
  }

  /** Forgets what is named no more, unless something is spooled for it. */
  sweep(waits: (flowLog: string) => boolean): void {
    if (this.#named === undefined) return;
    for (const flowLog of this.#targets.keys()) {
      if (this.#named.has(flowLog) || waits(flowLog)) continue;
      this.#targets.delete(flowLog);
      this.#changed.add(flowLog);
      this.#gone(flowLog);
    }
  }

  /** Has the ledger say what has changed. @throws errors of SQLite */
  save(): void {
    if (this.#changed.size === 0) return;
    this.#ledger.transaction(() => {
      for (const flowLog of this.#changed) {
        const target = this.#targets.get(flowLog);
        if (target === undefined) this.#ledger.deleteTarget(flowLog);
        else this.#ledger.putTarget(target);
      }
    });
    this.#changed.clear();
  }
}
