/** Which flow logs cannot be delivered: told as changes, once each. */
import type { TargetState } from './deliverer.ts';
import type { Failing } from './failures.ts';
import type { Lane } from './lanes.ts';
import type { DeliveryTarget } from './target.ts';
import type { AnyUnit } from './units.ts';

export interface StatesPort {
  target(flowLog: string): DeliveryTarget | undefined;
  onState(flowLog: string, state: TargetState): void;
  onLog(level: 'info' | 'warn', message: string, fields: Record<string, unknown>): void;
}

export class FlowLogStates {
  readonly #port: StatesPort;
  /** With the lane that failed. */
  readonly #failing = new Map<string, { readonly lane: string; readonly failing: Failing }>();

  constructor(port: StatesPort) {
    this.#port = port;
  }

  /** Flow logs that fail now. */
  get failing(): number {
    return this.#failing.size;
  }

  /** A lane fails, or no longer does. */
  told(lane: Lane<AnyUnit>): void {
    const own = [...this.#failing].flatMap(([flowLog, it]) => (it.lane === lane.key ? [flowLog] : []));
    const { failing } = lane;
    if (failing === undefined) for (const flowLog of own) this.#delivers(flowLog);
    else {
      const waiting = lane.queue.flatMap((unit) => unit.claims.map((claim) => claim.flowLog));
      for (const flowLog of new Set([...own, ...waiting])) this.#fails(flowLog, lane.key, failing);
    }
  }

  /** Flow logs without a target fail no more. */
  sweep(): void {
    for (const flowLog of this.#failing.keys()) {
      if (this.#port.target(flowLog) === undefined) this.#failing.delete(flowLog);
    }
  }

  #fails(flowLog: string, lane: string, failing: Failing): void {
    const before = this.#failing.get(flowLog)?.failing;
    this.#failing.set(flowLog, { lane, failing });
    const { message, reason } = failing;
    if (before?.message === message && before.reason === reason) return;
    if (before?.message !== message) {
      this.#port.onLog('warn', 'a flow log cannot be delivered', { flowLog, told: message, reason });
    }
    this.#port.onState(flowLog, failing);
  }

  #delivers(flowLog: string): void {
    this.#failing.delete(flowLog);
    this.#port.onLog('info', 'a flow log delivers again', { flowLog });
    this.#port.onState(flowLog, { state: 'delivering' });
  }
}
