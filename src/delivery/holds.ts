/**
 * Destinations that fail as a whole. When one does, its lanes wait together: one attempt at a time, by one lane after
 * another, with a back-off in between. So a bucket that is gone costs the same attempts whether one flow log goes there or
 * a thousand. The first success ends it, and all lanes go on at once.
 *
 * A destination fails as a whole when a lane fails that it took the last time, or when it has taken nothing from
 * anybody. A lane that fails beside others that do not (it may not write there) waits alone.
 */
import { backOffMs as jittered } from '../base/back-off.ts';
import type { Failing } from './failures.ts';
import type { DeliveryLimits } from './limits.ts';

/** So many lanes fail one after another: nobody else needs to try to know that it fails too. */
const WIDE_LANES = 2;
/** Lanes of a destination that are known to work. */
const GOOD_MOST = 10_000;

interface Standing {
  /** Lanes that go there. */
  lanes: number;
  /** Those that it took the last time. */
  readonly good: Set<string>;
  /** Those that failed since it fails as a whole; undefined when it does not. */
  failed: Set<string> | undefined;
  /** Why, when that is so for all lanes. */
  wide: Failing | undefined;
  /** In a row. */
  failures: number;
  timer: NodeJS.Timeout | undefined;
  /** The only attempt there may be. */
  trial: object | undefined;
}

export interface HoldsPort {
  readonly limits: Pick<DeliveryLimits, 'backOffMs' | 'backOffMostMs'>;
  /** A back-off is over. */
  free(): void;
}

/** Milliseconds to wait after so many failures in a row. */
export function backOff(
  { backOffMs, backOffMostMs }: Pick<DeliveryLimits, 'backOffMs' | 'backOffMostMs'>,
  failures: number,
): number {
  return jittered(backOffMs, backOffMostMs, failures);
}

export class Holds {
  readonly #port: HoldsPort;
  readonly #standings = new Map<string, Standing>();

  constructor(port: HoldsPort) {
    this.#port = port;
  }

  /** A lane begins to go to a destination; left(): ends to. */
  joined(destination: string): void {
    const standing = this.#standings.get(destination) ?? {
      lanes: 0,
      good: new Set(),
      failed: undefined,
      wide: undefined,
      failures: 0,
      timer: undefined,
      trial: undefined,
    };
    this.#standings.set(destination, standing);
    standing.lanes++;
  }

  left(destination: string): boolean {
    const standing = this.#standings.get(destination)!;
    if (--standing.lanes > 0) return false;
    clearTimeout(standing.timer);
    this.#standings.delete(destination);
    return true;
  }

  isDown(destination: string): boolean {
    return this.#standings.get(destination)?.failed !== undefined;
  }

  /** Why every lane fails there, whether it has tried or not. */
  wide(destination: string): Failing | undefined {
    return this.#standings.get(destination)?.wide;
  }

  /** Whether an attempt may begin. */
  may(destination: string): boolean {
    const { failed, timer, trial } = this.#standings.get(destination)!;
    return failed === undefined || (timer === undefined && trial === undefined);
  }

  /** `attempt`: any object, the same that the other calls get. */
  begun(destination: string, attempt: object): void {
    const standing = this.#standings.get(destination)!;
    if (standing.failed !== undefined) standing.trial = attempt;
  }

  /** An attempt is over, whatever came of it; before succeeded() or failed(). True when it was a trial. */
  ended(destination: string, attempt: object): boolean {
    const standing = this.#standings.get(destination);
    if (standing?.trial !== attempt) return false;
    standing.trial = undefined;
    return true;
  }

  /** True when the destination failed as a whole until now. */
  succeeded(destination: string, lane: string): boolean {
    const standing = this.#standings.get(destination)!;
    if (standing.good.size >= GOOD_MOST) standing.good.clear();
    standing.good.add(lane);
    if (standing.failed === undefined) return false;
    this.release(destination);
    Object.assign(standing, { failed: undefined, wide: undefined, failures: 0, trial: undefined });
    return true;
  }

  /** True when the destination fails as a whole: its lanes need no back-off of their own. */
  failed(destination: string, lane: string, why: Failing, isTrial: boolean): boolean {
    const standing = this.#standings.get(destination)!;
    const wasGood = standing.good.delete(lane);
    if (standing.failed === undefined) {
      if (!wasGood && standing.good.size > 0) return false;
      standing.failed = new Set();
      isTrial = true;
    }
    standing.failed.add(lane);
    if (standing.failed.size >= Math.min(WIDE_LANES, standing.lanes)) standing.wide = why;
    // Of attempts that had begun before.
    if (!isTrial) return true;
    standing.failures++;
    clearTimeout(standing.timer);
    standing.timer = setTimeout(
      () => {
        standing.timer = undefined;
        this.#port.free();
      },
      backOff(this.#port.limits, standing.failures),
    );
    return true;
  }

  /** Ends a back-off; false where there is none. */
  release(destination: string): boolean {
    const standing = this.#standings.get(destination);
    if (standing?.timer === undefined) return false;
    clearTimeout(standing.timer);
    standing.timer = undefined;
    return true;
  }

  close(): void {
    for (const standing of this.#standings.values()) clearTimeout(standing.timer);
  }
}
