/** Whose turn it is. */
import type { Holds } from './holds.ts';
import type { Lane, Unit } from './lanes.ts';
import type { Places } from './places.ts';

/**
 * The lane that goes next; undefined when none may. Destinations that work go before those that fail, one with fewer
 * attempts under way before one with more: a backlog of one of them delays no other. Of the lanes of a destination that
 * works, the one with the oldest records; of one that fails as a whole, first those that have not tried.
 */
export function choose<U extends Unit>(
  ready: ReadonlySet<Lane<U>>,
  places: Pick<Places, 'has' | 'busy'>,
  holds: Pick<Holds, 'may' | 'isDown'>,
): Lane<U> | undefined {
  let best: Lane<U> | undefined;
  let least: Rank | undefined;
  const known = new Map<string, Standing | undefined>();
  for (const lane of ready) {
    const { destination } = lane;
    let at = known.get(destination);
    if (at === undefined) {
      if (known.has(destination)) continue;
      if (holds.may(destination)) at = { down: holds.isDown(destination), busy: places.busy(destination) };
      known.set(destination, at);
      if (at === undefined) continue;
    }
    // One that fails alone may take long: others go before.
    const fails = at.down || lane.failures > 0;
    if (!places.has(destination, fails)) continue;
    const tried = at.down && lane.failing !== undefined;
    const since = lane.queue[0]?.since ?? Infinity;
    if (least !== undefined && !isBefore(fails, at.busy, tried, since, least)) continue;
    best = lane;
    least = { fails, busy: at.busy, tried, since };
  }
  return best;
}

interface Standing {
  readonly down: boolean;
  readonly busy: number;
}

interface Rank {
  readonly fails: boolean;
  readonly busy: number;
  readonly tried: boolean;
  readonly since: number;
}

function isBefore(fails: boolean, busy: number, tried: boolean, since: number, than: Rank): boolean {
  if (fails !== than.fails) return than.fails;
  if (busy !== than.busy) return busy < than.busy;
  if (tried !== than.tried) return than.tried;
  return since < than.since;
}
