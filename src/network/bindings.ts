/** Traffic bound to an interface by where it was seen: a source, an ifIndex, a VLAN (S2.2). */
import { ENTRY_WORDS, EntryTable, shareEntries, type SharedEntries } from './index-table.ts';
import { NO_INTERFACE } from './lookup.ts';
import type { Binding } from './interface.ts';

const SOURCE = 4;
const IF_INDEX = 2;
const VLAN = 1;
/** Which members are compared, in order of trying: the more of them match the better, then as listed. */
const ORDER = [
  SOURCE + IF_INDEX + VLAN,
  SOURCE + IF_INDEX,
  SOURCE + VLAN,
  IF_INDEX + VLAN,
  SOURCE,
  IF_INDEX,
  VLAN,
];

/** Bindings for another thread. */
export interface BindingHandle {
  /** Numbered from 1. */
  readonly sources: readonly string[];
  /** Keys: set of members, source number, ifIndex, VLAN, 0. */
  readonly table: SharedEntries;
}

/** What traffic is bound to, by its interface number. */
export interface Bound {
  readonly number: number;
  readonly bindings: readonly Binding[];
}

/** The bindings of interfaces, attachments and regional NAT gateways. */
export function shareBindings(targets: Iterable<Bound>): BindingHandle {
  const sources = new Map<string, number>();
  const words: number[] = [];
  for (const { number, bindings } of targets) {
    for (const { source, ifIndex, vlan } of bindings) {
      if (source !== undefined && !sources.has(source)) sources.set(source, sources.size + 1);
      const members =
        (source === undefined ? 0 : SOURCE) +
        (ifIndex === undefined ? 0 : IF_INDEX) +
        (vlan === undefined ? 0 : VLAN);
      words.push(
        members,
        source === undefined ? 0 : sources.get(source)!,
        (ifIndex ?? 0) | 0,
        vlan ?? 0,
        0,
        number,
      );
    }
  }
  return { sources: [...sources.keys()], table: shareEntries(words) };
}

/** Finds the interface that traffic is bound to. */
export class BindingTable {
  readonly #entries: Int32Array;
  readonly #table: EntryTable;
  readonly #sources: ReadonlyMap<string, number>;
  readonly #order: readonly number[];
  readonly #bound = new Set<number>();

  constructor(handle: BindingHandle) {
    this.#entries = handle.table.entries;
    this.#table = new EntryTable(handle.table.entries, handle.table.slots);
    this.#sources = new Map(handle.sources.map((source, i) => [source, i + 1]));
    const used = new Set<number>();
    for (let at = 0; at < this.#entries.length; at += ENTRY_WORDS) {
      used.add(this.#entries[at]!);
      this.#bound.add(this.#entries[at + 5]!);
    }
    this.#order = ORDER.filter((members) => used.has(members));
  }

  get empty(): boolean {
    return this.#order.length === 0;
  }

  /** Whether some traffic is bound to an interface. */
  isBound(number: number): boolean {
    return this.#bound.has(number);
  }

  /** The interface bound to this source, ifIndex and VLAN, NO_INTERFACE if none. */
  find(source: string, ifIndex: number, vlan: number): number {
    if (this.#order.length === 0) return NO_INTERFACE;
    const number = this.#sources.get(source) ?? 0;
    for (const members of this.#order) {
      const s = (members & SOURCE) === 0 ? 0 : number;
      const i = (members & IF_INDEX) === 0 ? 0 : ifIndex | 0;
      const v = (members & VLAN) === 0 ? 0 : vlan;
      const entry = this.#table.find(members, s, i, v, 0);
      if (entry >= 0) return this.#entries[ENTRY_WORDS * entry + 5]!;
    }
    return NO_INTERFACE;
  }
}
