import { META_OUTGOING } from '../capture/batch.ts';

/** Places that are told apart; later ones count as their whole point. */
const MAX_PLACES = 1 << 12;

/**
 * Numbers for the places where packets are seen, finer than a source (S2.8): a capture of all interfaces of a
 * router sees a forwarded packet twice, coming in at one and leaving by another, and on loopback leaving and
 * coming in at the same. A place is (point, interface index, leaving or not); whichever reports a flow first
 * owns it.
 */
export class Places {
  readonly #numbers = new Map<string, number>();

  get count(): number {
    return this.#numbers.size;
  }

  /** The place of a packet by its point's number, its interface index and its direction bits. */
  of(point: number, ifIndex: number, direction: number): number {
    const outgoing = (direction & META_OUTGOING) !== 0;
    const name = `${point} ${ifIndex} ${outgoing}`;
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    if (this.#numbers.size >= MAX_PLACES) return MAX_PLACES + point;
    const number = this.#numbers.size;
    this.#numbers.set(name, number);
    return number;
  }
}
