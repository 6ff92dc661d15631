import { NO_INTERFACE } from '../network/lookup.ts';
import type { InterfaceFacts } from '../network/lookup.ts';
import { writeIPv6 } from './addresses.ts';
import { printsOwnAddress, type FactSource } from './interface-texts.ts';

const SPACE = 0x20;

/**
 * IPv6 fields, with the address that a record prints for its own side (S2.5, record format 1.8): the packet's when the
 * interface holds it, else the first that the interface holds, else the packet's.
 */
export class OwnAddress6 {
  readonly #directory: FactSource;
  #number = -1;
  #facts: InterfaceFacts | undefined;

  constructor(directory: FactSource) {
    this.#directory = directory;
  }

  /**
   * Writes the address and a space at `position`; returns the position behind. `pool[at]` is the first word of
   * the packet's address; `number` the interface on whose own side it stands, NO_INTERFACE for the other side.
   */
  write(view: DataView, position: number, number: number, pool: Int32Array, at: number): number {
    const [a, b, c, d] = [pool[at]!, pool[at + 1]!, pool[at + 2]!, pool[at + 3]!];
    let end: number;
    if (number === NO_INTERFACE) {
      end = writeIPv6(view, position, a, b, c, d);
    } else {
      const own = this.#replacement(number, a, b, c, d);
      end =
        own === undefined
          ? writeIPv6(view, position, a, b, c, d)
          : writeIPv6(view, position, own[0], own[1], own[2], own[3]);
    }
    view.setUint8(end, SPACE);
    return end + 1;
  }

  /** The interface's address that stands in place of the packet's, if one does. */
  #replacement(number: number, a: number, b: number, c: number, d: number): InterfaceFacts['primary6'] {
    if (this.#number !== number || this.#facts === undefined) {
      this.#facts = this.#directory.facts(number);
      this.#number = number;
    }
    const facts = this.#facts;
    if (facts.primary6 === undefined || !printsOwnAddress(facts)) return undefined;
    return holds(facts.addresses6, a, b, c, d) ? undefined : facts.primary6;
  }
}

/** Words may come signed or unsigned from either side. */
function holds(addresses: readonly number[], a: number, b: number, c: number, d: number): boolean {
  for (let i = 0; i + 3 < addresses.length; i += 4) {
    const same =
      ((addresses[i]! ^ a) | (addresses[i + 1]! ^ b) | (addresses[i + 2]! ^ c) | (addresses[i + 3]! ^ d)) ===
      0;
    if (same) return true;
  }
  return false;
}
