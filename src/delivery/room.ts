/**
 * What the spool takes when it is nearly full. Pure.
 *
 * A fifth of the bounds is kept for destinations that work while others fail: in it, new rows for destinations that
 * fail are refused. Nobody knows of a destination that hangs, for as long as an attempt may take, whether it fails. So no
 * destination may hold more than four times what is left: what one that hangs fills never is all of it.
 */
import type { DeliveryLimits } from './limits.ts';

/** Of the bounds: what rows for destinations that fail do not get. */
const RESERVE = 0.2;
/** What one destination may hold, in what is left. */
const SHARE = 4;

export interface Amounts {
  readonly bytes: number;
  readonly claims: number;
}

/** What is spooled. */
export interface Held extends Amounts {
  readonly segments: number;
  /** By what cannot go before a destination takes it. */
  at(destination: string): Amounts;
}

/** What is to be committed. */
export interface Wanted extends Amounts {
  readonly destinations: Iterable<string>;
}

type Bounds = Pick<DeliveryLimits, 'spoolBytes' | 'spoolClaims'>;

/** Whether all of a commit finds room, whatever fails. */
export function hasRoom(held: Held, { spoolBytes, spoolClaims }: Bounds, wanted: Amounts): boolean {
  if (held.segments === 0) return true;
  return (
    held.bytes + wanted.bytes <= spoolBytes * (1 - RESERVE) &&
    held.claims + wanted.claims <= spoolClaims * (1 - RESERVE)
  );
}

/** Whether a commit for destinations that do not fail finds room. */
export function hasReserve(held: Held, { spoolBytes, spoolClaims }: Bounds, wanted: Wanted): boolean {
  if (held.segments === 0 || wanted.claims === 0) return true;
  const bytes = spoolBytes - held.bytes - wanted.bytes;
  const claims = spoolClaims - held.claims - wanted.claims;
  if (bytes < 0 || claims < 0) return false;
  for (const destination of wanted.destinations) {
    const own = held.at(destination);
    if (own.bytes + wanted.bytes > SHARE * bytes || own.claims + wanted.claims > SHARE * claims) return false;
  }
  return true;
}
