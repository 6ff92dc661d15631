/** The events of one commit, gathered by lane. */
import { callerOf, eventsLane } from './lane-keys.ts';
import type { Claim } from './piles.ts';
import type { DeliveryTarget, EventsTarget } from './target.ts';
import { eventsUnit } from './units.ts';
import type { EventsGroup, EventsUnit } from './units.ts';

export class EventsGroups {
  readonly #groups = new Map<string, EventsGroup & { readonly claims: Claim[] }>();

  /** `to`: that of the claim's flow log. */
  add(target: DeliveryTarget, to: EventsTarget, claim: Claim): void {
    const as = callerOf(target);
    const key = eventsLane(to, as);
    const group = this.#groups.get(key) ?? { to, as, claims: [] };
    this.#groups.set(key, group);
    group.claims.push(claim);
  }

  /** In the order of their first claims. */
  units(): EventsUnit[] {
    return Array.from(this.#groups.values(), eventsUnit);
  }
}
