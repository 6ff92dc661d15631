/** Losses that may come with every commit: told at once, then summed up. */

/** Milliseconds between two messages of one reason. */
const TELL_MS = 60_000;

export interface LossLogPort {
  readonly clock: () => number;
  onLog(level: 'error', message: string, fields: Record<string, unknown>): void;
}

interface Sum {
  toldAt: number;
  readonly flowLogs: Set<string>;
  rows: number;
}

export class LossLog {
  readonly #port: LossLogPort;
  readonly #sums = new Map<string, Sum>();

  constructor(port: LossLogPort) {
    this.#port = port;
  }

  /** `reason`: one of a few. */
  add(reason: string, flowLog: string, rows: number): void {
    const sum = this.#sums.get(reason) ?? { toldAt: -Infinity, flowLogs: new Set(), rows: 0 };
    this.#sums.set(reason, sum);
    sum.flowLogs.add(flowLog);
    sum.rows += rows;
  }

  /** Says what is not said yet, but for reasons of which something was said a moment ago. */
  tell(): void {
    const now = this.#port.clock();
    for (const [reason, sum] of this.#sums) {
      if (now - sum.toldAt < TELL_MS) continue;
      if (sum.flowLogs.size === 0) {
        this.#sums.delete(reason);
        continue;
      }
      sum.toldAt = now;
      const { flowLogs, rows } = sum;
      this.#port.onLog('error', 'records were given up', { reason, flowLogs: flowLogs.size, rows });
      flowLogs.clear();
      sum.rows = 0;
    }
  }
}
