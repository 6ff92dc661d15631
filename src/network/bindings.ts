/** What follows from where traffic is seen: the interface that it is bound to (S2.2), the address space (S2.1). */
import type { Report } from './checking.ts';
import { ENTRY_WORDS, EntryTable, shareEntries, type SharedEntries } from './index-table.ts';
import { NO_TUNNEL, type SeenBy } from './lookup.ts';
import type { Binding } from './interface.ts';

const SOURCE = 16;
const EXPORTER = 8;
const IF_INDEX = 4;
const VLAN = 2;
const TUNNEL = 1;
/** A VLAN id stands beside the set of members in the first word of a key. */
const VLAN_SHIFT = 5;
/**
 * Which members are compared, in order of trying: the more of them match the better; of as many, the set with the
 * source goes before one without, then by exporter, ifIndex, VLAN and tunnel.
 */
const ORDER = Array.from({ length: 31 }, (_, i) => i + 1).sort((a, b) => bits(b) - bits(a) || b - a);

function bits(members: number): number {
  let count = 0;
  for (let rest = members; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function membersOf({ source, exporter, ifIndex, vlan, tunnel }: Binding): number {
  return (
    (source === undefined ? 0 : SOURCE) +
    (exporter === undefined ? 0 : EXPORTER) +
    (ifIndex === undefined ? 0 : IF_INDEX) +
    (vlan === undefined ? 0 : VLAN) +
    (tunnel === undefined ? 0 : TUNNEL)
  );
}

/** The table for another thread. */
export interface BindingHandle {
  /** Numbered from 1. */
  readonly sources: readonly string[];
  readonly exporters: readonly string[];
  /** Keys: set of members and VLAN, source number, exporter number, ifIndex, tunnel. */
  readonly table: SharedEntries;
}

/** What traffic of some places belongs to, by a number above 0. */
export interface Bound {
  readonly number: number;
  readonly bindings: readonly Binding[];
}

/** Lays out what traffic belongs to. No two entries are for the same place (checkSeenAt). */
export function shareBindings(targets: Iterable<Bound>): BindingHandle {
  const sources = new Map<string, number>();
  const exporters = new Map<string, number>();
  const words: number[] = [];
  for (const { number, bindings } of targets) {
    for (const it of bindings) {
      const first = membersOf(it) | ((it.vlan ?? 0) << VLAN_SHIFT);
      const [source, exporter] = [intern(sources, it.source), intern(exporters, it.exporter)];
      words.push(first, source, exporter, (it.ifIndex ?? 0) | 0, (it.tunnel ?? 0) | 0, number);
    }
  }
  return { sources: [...sources.keys()], exporters: [...exporters.keys()], table: shareEntries(words) };
}

/** Numbers a name from 1 on; 0 for none. */
function intern(names: Map<string, number>, name: string | undefined): number {
  if (name === undefined) return 0;
  let number = names.get(name);
  if (number === undefined) names.set(name, (number = names.size + 1));
  return number;
}

/** Finds what traffic belongs to. */
export class BindingTable {
  readonly #entries: Int32Array;
  readonly #table: EntryTable;
  readonly #sources: ReadonlyMap<string, number>;
  readonly #exporters: ReadonlyMap<string, number>;
  readonly #order: readonly number[];
  readonly #bound = new Set<number>();
  // Packets of one point come in trains: its names are looked up once.
  #seen: SeenBy | undefined;
  #source = 0;
  #exporter = 0;

  constructor(handle: BindingHandle) {
    this.#entries = handle.table.entries;
    this.#table = new EntryTable(handle.table.entries, handle.table.slots);
    this.#sources = new Map(handle.sources.map((source, i) => [source, i + 1]));
    this.#exporters = new Map(handle.exporters.map((exporter, i) => [exporter, i + 1]));
    const used = new Set<number>();
    for (let at = 0; at < this.#entries.length; at += ENTRY_WORDS) {
      used.add(this.#entries[at]! & ((1 << VLAN_SHIFT) - 1));
      this.#bound.add(this.#entries[at + 5]!);
    }
    this.#order = ORDER.filter((members) => used.has(members));
  }

  get empty(): boolean {
    return this.#order.length === 0;
  }

  /** Whether some traffic belongs to a number. */
  isBound(number: number): boolean {
    return this.#bound.has(number);
  }

  /** The number that traffic of this place belongs to, 0 if none. Values as InterfaceLookup.findBound has them. */
  find(seen: SeenBy, ifIndex: number, vlan: number, tunnel: number): number {
    if (this.#order.length === 0) return 0;
    if (seen !== this.#seen) {
      this.#seen = seen;
      this.#source = this.#sources.get(seen.source) ?? 0;
      this.#exporter = this.#exporters.get(seen.exporter) ?? 0;
    }
    // Members that nothing can match are not tried: no name of them is there, or there is no tunnel.
    const known =
      IF_INDEX |
      VLAN |
      (this.#source === 0 ? 0 : SOURCE) |
      (this.#exporter === 0 ? 0 : EXPORTER) |
      (tunnel === NO_TUNNEL ? 0 : TUNNEL);
    const order = this.#order;
    for (let i = 0; i < order.length; i++) {
      const members = order[i]!;
      if ((members & ~known) !== 0) continue;
      const entry = this.#table.find(
        (members & VLAN) === 0 ? members : members | (vlan << VLAN_SHIFT),
        (members & SOURCE) === 0 ? 0 : this.#source,
        (members & EXPORTER) === 0 ? 0 : this.#exporter,
        (members & IF_INDEX) === 0 ? 0 : ifIndex | 0,
        (members & TUNNEL) === 0 ? 0 : tunnel | 0,
      );
      if (entry >= 0) return this.#entries[ENTRY_WORDS * entry + 5]!;
    }
    return 0;
  }

  /**
   * What all traffic of a source or an exporter belongs to unless some of it is told apart, 0 if that is not said; and
   * in `parts`, what such parts of it do. An entry that names neither a source nor an exporter says nothing of any one.
   */
  findAll({ source, exporter }: SeenBy): { readonly whole: number; readonly parts: readonly number[] } {
    const [s, e] = [this.#sources.get(source), this.#exporters.get(exporter)];
    const parts: number[] = [];
    let whole = 0;
    let most = 0;
    for (let at = 0; at < this.#entries.length; at += ENTRY_WORDS) {
      const members = this.#entries[at]! & ((1 << VLAN_SHIFT) - 1);
      if ((members & (SOURCE | EXPORTER)) === 0) continue;
      if ((members & SOURCE) !== 0 && this.#entries[at + 1] !== s) continue;
      if ((members & EXPORTER) !== 0 && this.#entries[at + 2] !== e) continue;
      const number = this.#entries[at + 5]!;
      if ((members & (IF_INDEX | VLAN | TUNNEL)) !== 0) parts.push(number);
      else if (members > most) {
        // Of these, the order of bits is that of trying.
        most = members;
        whole = number;
      }
    }
    return { whole, parts };
  }
}

/** A place in the file that says where traffic is seen. */
interface Place {
  readonly subject: object;
  readonly member: readonly (string | number)[];
  readonly at: Binding;
  /** What the place is of. */
  readonly owner?: string;
}

/** Each place names something, and no two the same. `taken` says whose the traffic is already. */
export function checkSeenAt(
  places: readonly Place[],
  messages: { readonly empty: string; readonly taken: (owner: string | undefined) => string },
  report: Report,
): void {
  const seen = new Map<string, Place>();
  for (const place of places) {
    const { subject, member, at, owner } = place;
    if (membersOf(at) === 0) {
      report(
        subject,
        member,
        `${messages.empty}: give it a source, an exporter, an ifIndex, a vlan or a tunnel`,
      );
      continue;
    }
    const key = JSON.stringify([at.source, at.exporter, at.ifIndex, at.vlan, at.tunnel]);
    const other = seen.get(key);
    if (other === undefined) seen.set(key, place);
    else report(subject, member, messages.taken(other.owner ?? owner));
  }
}

/** Traffic is bound to one interface, attachment or regional NAT gateway. */
export function checkBindings(
  targets: readonly { readonly id: string; readonly bindings: readonly Binding[] }[],
  report: Report,
): void {
  checkSeenAt(
    targets.flatMap((it) =>
      it.bindings.map((at, i): Place => ({ subject: it, member: ['bind', i], at, owner: it.id })),
    ),
    { empty: 'an empty bind entry', taken: (owner) => `${owner} is bound to the same traffic already` },
    report,
  );
}
