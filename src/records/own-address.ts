import type { InterfaceDirectory, InterfaceFacts } from '../network/lookup.ts';
import { writeIPv6 } from './addresses.ts';
import { printsOwnAddress } from './pieces.ts';

/**
 * The IPv6 address that a record prints for its own side (S2.5, record format 1.8): the packet's when the
 * interface holds it, else the first that the interface holds, else the packet's.
 */
export class OwnAddress6 {
  readonly #directory: InterfaceDirectory;
  #number = -1;
  #facts: InterfaceFacts | undefined;

  constructor(directory: InterfaceDirectory) {
    this.#directory = directory;
  }

  /** Writes it at `position`; `pool[at]` is the first word of the packet's address. */
  write(view: DataView, position: number, number: number, pool: Int32Array, at: number): number {
    if (this.#number !== number || this.#facts === undefined) {
      this.#facts = this.#directory.facts(number);
      this.#number = number;
    }
    const facts = this.#facts;
    const [a, b, c, d] = [pool[at]!, pool[at + 1]!, pool[at + 2]!, pool[at + 3]!];
    const own = facts.primary6;
    if (own === undefined || !printsOwnAddress(facts) || holds(facts.addresses6, a, b, c, d)) {
      return writeIPv6(view, position, a, b, c, d);
    }
    return writeIPv6(view, position, own[0], own[1], own[2], own[3]);
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
