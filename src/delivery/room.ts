/** What must go when the spool is at its bounds. Pure. */
import type { DeliveryLimits } from './limits.ts';
import type { Claim, Segment } from './piles.ts';
import type { AnyUnit } from './units.ts';

/** Of the bound, what is given up beyond what a commit needs: so that not every commit has to look. */
const SPARE = 0.05;

/** What is spooled. */
export interface Held {
  readonly bytes: number;
  readonly claims: number;
  readonly segments: number;
}

/** Whether so many bytes more are within the bounds. A commit that is larger than all of the bound goes alone. */
export function hasRoom(held: Held, { spoolBytes, spoolClaims }: DeliveryLimits, bytes: number): boolean {
  if (held.segments === 0) return true;
  return held.bytes + bytes <= spoolBytes && held.claims < spoolClaims;
}

/** Units of failing targets, oldest first, that must go for `bytes` more to fit. */
export function stuckUnits(
  held: Held,
  { spoolBytes, spoolClaims }: DeliveryLimits,
  failing: readonly AnyUnit[],
  bytes: number,
): AnyUnit[] {
  const waiting = new Map<Segment, Set<Claim>>();
  for (const unit of failing) {
    for (const claim of unit.claims) {
      const claims = waiting.get(claim.chunk.segment) ?? new Set();
      waiting.set(claim.chunk.segment, claims.add(claim));
    }
  }
  let need = held.bytes + bytes - spoolBytes * (1 - SPARE);
  let claims = held.claims - spoolClaims * (1 - SPARE);
  const going = new Set<Segment>();
  // Segments whose every claim is stuck: no byte of another one is freed by giving up a part of it.
  for (const [segment, own] of [...waiting].sort(([a], [b]) => a.id - b.id)) {
    if (need <= 0 && claims <= 0) break;
    if (own.size < segment.waiting) continue;
    going.add(segment);
    need -= segment.bytes;
    claims -= own.size;
  }
  return failing.filter((unit) => unit.claims.some((claim) => going.has(claim.chunk.segment)));
}

/** Units with all that must go with them: a chunk that is cut over several objects goes as a whole. */
export function withShared(units: readonly AnyUnit[], queued: readonly AnyUnit[]): Set<AnyUnit> {
  const all = new Set(units);
  for (let before = 0; before < all.size;) {
    before = all.size;
    const cut = new Set([...all].flatMap((unit) => unit.claims.filter((claim) => claim.open > 1)));
    if (cut.size === 0) break;
    for (const unit of queued) if (unit.claims.some((claim) => cut.has(claim))) all.add(unit);
  }
  return all;
}
