/** Rows, packets and bytes of each flow log: selected = delivered + spooled + given up, at every moment (S1.2). */
import type { Amount, FlowLogAmounts } from './deliverer.ts';
import { KEPT_AMOUNTS } from './limits.ts';

type Place = 'delivered' | 'spooled' | 'givenUp';
type Sums = { selected: Amount } & Record<Place, Amount>;

export class AmountsBook {
  readonly #sums = new Map<string, Sums>();
  /** Flow logs that are no more, in the order in which they went. */
  readonly #gone = new Set<string>();

  /** Rows that were selected, and where they are at first. */
  select(flowLog: string, amount: Readonly<Amount>, place: Place): void {
    const sums = this.#of(flowLog);
    this.#gone.delete(flowLog);
    add(sums.selected, amount, 1);
    add(sums[place], amount, 1);
  }

  /** Spooled rows that are delivered or given up. */
  settle(flowLog: string, amount: Readonly<Amount>, place: 'delivered' | 'givenUp'): void {
    const sums = this.#of(flowLog);
    add(sums.spooled, amount, -1);
    add(sums[place], amount, 1);
  }

  /** Spooled rows that are dropped, to be recorded (and selected) again. */
  drop(flowLog: string, amount: Readonly<Amount>): void {
    const sums = this.#of(flowLog);
    add(sums.spooled, amount, -1);
    add(sums.selected, amount, -1);
  }

  /** A flow log is no more, and nothing of it is spooled: its amounts stay until so many others have gone after it. */
  gone(flowLog: string): void {
    if (!this.#sums.has(flowLog)) return;
    this.#gone.add(flowLog);
    for (const oldest of this.#gone) {
      if (this.#gone.size <= KEPT_AMOUNTS) return;
      this.#gone.delete(oldest);
      this.#sums.delete(oldest);
    }
  }

  /** A copy. */
  all(): Map<string, FlowLogAmounts> {
    return new Map(
      [...this.#sums].map(([flowLog, sums]) => [
        flowLog,
        {
          selected: copy(sums.selected),
          delivered: copy(sums.delivered),
          spooled: copy(sums.spooled),
          givenUp: copy(sums.givenUp),
        },
      ]),
    );
  }

  #of(flowLog: string): Sums {
    let sums = this.#sums.get(flowLog);
    if (sums === undefined) {
      sums = { selected: none(), delivered: none(), spooled: none(), givenUp: none() };
      this.#sums.set(flowLog, sums);
    }
    return sums;
  }
}

function none(): Amount {
  return { rows: 0, packets: 0, bytes: 0 };
}

function copy({ rows, packets, bytes }: Amount): Amount {
  return { rows, packets, bytes };
}

function add(to: Amount, { rows, packets, bytes }: Readonly<Amount>, times: 1 | -1): void {
  to.rows += times * rows;
  to.packets += times * packets;
  to.bytes += times * bytes;
}
