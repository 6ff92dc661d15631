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
  /** By point, interface index and direction in one exact number: asked for each row where directions alternate. */
  readonly #numbers = new Map<number, number>();

  get count(): number {
    return this.#numbers.size;
  }

  /** The place of a packet by its point's number, its interface index and its direction bits. */
  of(point: number, ifIndex: number, direction: number): number {
    const key = (point * 2 ** 32 + ifIndex) * 2 + ((direction & META_OUTGOING) === 0 ? 0 : 1);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    if (this.#numbers.size >= MAX_PLACES) return MAX_PLACES + point;
    const number = this.#numbers.size;
    this.#numbers.set(key, number);
    return number;
  }
}
