import { DISCOVERED_BASE, type InterfaceFacts } from '../../network/lookup.ts';
import type { Snapshot } from '../../network/snapshot.ts';

type Source = Pick<Snapshot, 'facts' | 'discoveredCount'>;

/**
 * Ids of discovered interfaces, by number. They are hashes of VPC and address, the same in every version of the
 * network: each is worked out once for a recording.
 */
export class InterfaceNames {
  readonly #discovered: (string | undefined)[] = [];
  /** Filled when an id is first looked for. */
  readonly #numbers = new Map<string, number>();
  #indexed = 0;

  /** The id of an interface. */
  of(number: number, source: Pick<Snapshot, 'facts'>): string {
    if (number < DISCOVERED_BASE) return source.facts(number).interfaceId;
    return this.#discovered[number - DISCOVERED_BASE] ?? this.keep(source.facts(number));
  }

  /** Remembers the id of facts that were asked for anyway. */
  keep({ number, interfaceId }: InterfaceFacts): string {
    if (number < DISCOVERED_BASE) return interfaceId;
    const index = number - DISCOVERED_BASE;
    while (this.#discovered.length < index) this.#discovered.push(undefined);
    this.#discovered[index] = interfaceId;
    return interfaceId;
  }

  /** The discovered interface of an id, if it has been found already. */
  discovered(id: string, source: Source): number | undefined {
    const count = source.discoveredCount;
    for (; this.#indexed < count; this.#indexed++) {
      const number = DISCOVERED_BASE + this.#indexed;
      this.#numbers.set(this.of(number, source), number);
    }
    return this.#numbers.get(id);
  }
}
