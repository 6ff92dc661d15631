/** How fast `weir generate` sends. */
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import type { ExportedDatagram } from '../synth/exporter/datagram.ts';
import type { ExportSender } from './generate-send.ts';

/** What a sender that was held up may catch up on, in seconds; what it missed beyond is not sent faster later. */
const CATCH_UP = 0.25;
/** Datagrams between looks at the clock. */
const BURST = 16;
/** Datagrams that the system has not taken yet, at most. */
const MOST_WAITING = 256;
const TICK = 1;

export interface PaceOptions {
  /** Datagrams, and records, a second; Infinity: no limit. */
  readonly datagramRate: number;
  readonly recordRate: number;
  /** Seconds of real time after which nothing more is sent. */
  readonly duration: number;
  readonly signal: AbortSignal;
  /** Bytes of a datagram are written anew after so many others: no more may wait. */
  readonly reused?: number;
}

/** What is sent: a datagram; 'later' (none is due yet); 'end'. */
export type DatagramStep = ExportedDatagram | 'later' | 'end';

/** Sends until the end, the duration or the signal. `now`: seconds of a clock that does not jump. Returns how long it
 * took, in seconds. */
export async function pace(
  next: () => DatagramStep,
  sender: ExportSender,
  options: PaceOptions,
  now: () => number = () => performance.now() / 1000,
): Promise<number> {
  const most = Math.min(MOST_WAITING, options.reused ?? MOST_WAITING);
  const datagrams = new Allowance(options.datagramRate, now());
  const records = new Allowance(options.recordRate, now());
  const began = now();
  const until = began + options.duration;
  for (;;) {
    const time = now();
    if (time >= until || options.signal.aborted) break;
    datagrams.refill(time);
    records.refill(time);
    let state: 'go' | 'later' | 'end' = 'go';
    for (let i = 0; i < BURST && state === 'go'; i++) {
      if (!datagrams.some || !records.some || sender.waiting >= most) {
        state = 'later';
        break;
      }
      const step = next();
      if (step === 'later' || step === 'end') state = step;
      else {
        datagrams.take(1);
        records.take(step.records);
        sender.send(step);
      }
    }
    if (state === 'end') break;
    if (state === 'later') await sleep(TICK);
    else await turn();
  }
  while (sender.waiting > 0) await turn();
  return now() - began;
}

/** So many a second; a batch that is larger than what is there is taken in advance. */
class Allowance {
  readonly #rate: number;
  #there = 0;
  #filled: number;

  constructor(rate: number, now: number) {
    this.#rate = rate;
    this.#filled = now;
  }

  get some(): boolean {
    return this.#rate === Infinity || this.#there > 0;
  }

  refill(now: number): void {
    const most = Math.max(1, this.#rate * CATCH_UP);
    this.#there = Math.min(most, this.#there + (now - this.#filled) * this.#rate);
    this.#filled = now;
  }

  take(amount: number): void {
    if (this.#rate !== Infinity) this.#there -= amount;
  }
}
