/** Units that share chunks. Pure. */
import type { AnyUnit } from './units.ts';

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
