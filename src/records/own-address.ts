import { NO_INTERFACE } from '../network/lookup.ts';
import type { InterfaceFacts } from '../network/lookup.ts';
import { printsOwnAddress, type FactSource } from './interface-texts.ts';

/**
 * The IPv6 address that a record prints for its own side (S2.5, record format 1.8): the packet's when the interface holds
 * it, else the first that the interface holds, else the packet's.
 */
export class OwnAddress6 {
  readonly #directory: FactSource;
  #number: number = NO_INTERFACE;
  #facts: InterfaceFacts | undefined;

  constructor(directory: FactSource) {
    this.#directory = directory;
  }

  /** The address of interface `number` that stands in place of the packet's four words at `pool[at]`, if one does. */
  replacement(number: number, pool: Int32Array, at: number): InterfaceFacts['primary6'] {
    if (this.#number !== number || this.#facts === undefined) {
      this.#facts = this.#directory.facts(number);
      this.#number = number;
    }
    const { primary6, addresses6 } = this.#facts;
    if (primary6 === undefined || !printsOwnAddress(this.#facts)) return undefined;
    return holds(addresses6, pool, at) ? undefined : primary6;
  }
}

/** Words may come signed or unsigned from either side. */
function holds(addresses: readonly number[], pool: Int32Array, at: number): boolean {
  for (let i = 0; i + 3 < addresses.length; i += 4) {
    let different = 0;
    for (let k = 0; k < 4; k++) different |= addresses[i + k]! ^ pool[at + k]!;
    if (different === 0) return true;
  }
  return false;
}
