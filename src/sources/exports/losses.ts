import { DEFAULT_EXPORT_LIMITS } from '../../capture/netflow/limits.ts';
import { REORDER_SETTLE_MILLIS } from '../../capture/netflow/sequence.ts';
import { ANY_EXPORTER, FLOW_LOSS_REASONS, type FlowLoss, type FlowLossReason } from '../flow-source.ts';
import type { Decoding } from './decoding.ts';
import type { Senders } from './senders.ts';
import type { SpillSink } from './spill.ts';

/** Losses that wait to be taken; then they are joined to the last of their kind. */
const MAX_WAITING = 4096;
/** Seconds between a loss and when it is settled (S5.3). */
const SETTLED = REORDER_SETTLE_MILLIS / 1000;
const TEMPLATE_WAIT = DEFAULT_EXPORT_LIMITS.holdForTemplate / 1000;
const MICROS = 1_000_000;

/** Losses of one source until they are taken, and their counts. */
export class FlowLosses {
  /** By reason, in their units; where only the fact is known, each counts as 1. */
  readonly counts = Object.fromEntries(FLOW_LOSS_REASONS.map((reason) => [reason, 0])) as Record<
    FlowLossReason,
    number
  >;
  #waiting: FlowLoss[] = [];
  #settledAt = Date.now() / 1000;
  #unplaced = 0;

  add(loss: FlowLoss): void {
    this.counts[loss.reason] += Math.max(1, loss.count);
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(loss);
    else this.#join(loss);
  }

  /** Looks for what the decoder, the limits and a full store of rows lost up to `now` (Unix seconds). */
  settle(now: number, decoding: Decoding, senders: Senders, sink: SpillSink): void {
    const from = Math.min(this.#settledAt, now);
    this.#settledAt = now;
    decoding.takeLosses((exporter, count, reason) => {
      const wait = reason === 'template_missing' ? TEMPLATE_WAIT : reason === 'sequence_gap' ? SETTLED : 0;
      this.add({ from: from - wait, to: now, exporter, count, reason });
    });
    senders.takeLimited((address, count) =>
      this.add({
        from,
        to: now,
        exporter: decoding.numberOf(address, now * MICROS),
        count,
        reason: 'rate_limit',
      }),
    );
    const unplaced = sink.lost - this.#unplaced;
    this.#unplaced = sink.lost;
    if (unplaced > 0)
      this.add({ from, to: now, exporter: ANY_EXPORTER, count: unplaced, reason: 'queue_full' });
  }

  take(): FlowLoss[] {
    return this.#waiting.splice(0);
  }

  #join(loss: FlowLoss): void {
    const at = this.#waiting.findLastIndex((other) => other.reason === loss.reason);
    const other = this.#waiting[at] ?? this.#waiting[0]!;
    this.#waiting[Math.max(0, at)] = {
      from: Math.min(other.from, loss.from),
      to: Math.max(other.to, loss.to),
      exporter: other.exporter === loss.exporter ? loss.exporter : ANY_EXPORTER,
      count: other.count < 0 || loss.count < 0 ? -1 : other.count + loss.count,
      reason: other.reason,
    };
  }
}
