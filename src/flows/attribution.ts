import { DISCOVERED_BASE, type InterfaceLookup, NO_INTERFACE } from '../network/lookup.ts';
import type { AddressColumns } from './columns.ts';
import type { ContextNumbers } from './context-numbers.ts';
import { isExcluded } from './exclusion.ts';
import { FLAGS_EXCLUDED, FLAGS_TRANSLATED, KEY_CONTEXT_SHIFT, KEY_IPV6 } from './rows.ts';

/** Which interfaces were seen, by a point in a window. */
export interface SeenInterfaces {
  add(number: number): void;
  /** Calls `visit` with every interface that was added. */
  forEach(visit: (number: number) => void): void;
}

/** How many rows of a window each interface has: its share of the table (S5.4), and whether it was seen. */
export class InterfaceCounts implements SeenInterfaces {
  #declared: Uint32Array<ArrayBuffer>;
  #discovered: Uint32Array<ArrayBuffer> = new Uint32Array(256);

  constructor(declared: number) {
    this.#declared = new Uint32Array(declared + 1);
  }

  get(number: number): number {
    if (number < DISCOVERED_BASE) return this.#declared[number] ?? 0;
    return this.#discovered[number - DISCOVERED_BASE] ?? 0;
  }

  add(number: number): void {
    if (number < DISCOVERED_BASE) {
      // A later version of the network may have more than the one that these counts began with.
      if (number >= this.#declared.length) this.#declared = grown(this.#declared, number);
      this.#declared[number] = this.#declared[number]! + 1;
      return;
    }
    const k = number - DISCOVERED_BASE;
    if (k >= this.#discovered.length) this.#discovered = grown(this.#discovered, k);
    this.#discovered[k] = this.#discovered[k]! + 1;
  }

  clear(): void {
    this.#declared.fill(0);
    this.#discovered.fill(0);
  }

  /** Calls `visit` with every interface that has a row, in order of number. */
  forEach(visit: (number: number) => void): void {
    for (let n = 1; n < this.#declared.length; n++) if (this.#declared[n] !== 0) visit(n);
    for (let k = 0; k < this.#discovered.length; k++)
      if (this.#discovered[k] !== 0) visit(DISCOVERED_BASE + k);
  }
}

function grown(counts: Uint32Array, index: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.max(index + 1, 2 * counts.length));
  larger.set(counts);
  return larger;
}

/** Sides of flows by the rule that found their interface (S2.2), and flows that were refused. */
export interface AttributionCounters {
  bound: number;
  mac: number;
  address: number;
  refusedPackets: number;
  refusedBytes: number;
  /** Second legs of translated flows (S7.5) that found no room: outside of the identity. */
  refusedTranslatedPackets: number;
  refusedTranslatedBytes: number;
}

export function noAttributions(): AttributionCounters {
  return {
    bound: 0,
    mac: 0,
    address: 0,
    refusedPackets: 0,
    refusedBytes: 0,
    refusedTranslatedPackets: 0,
    refusedTranslatedBytes: 0,
  };
}

/** Addresses that are remembered: 2^17 of them, a megabyte. */
const MEMORY_SHIFT = 15;

/** Contexts beyond this number are not compared: a network of so many MAC addresses and bindings has few
 * points that see the same packet twice under them (counted as recorded twice). */
const MAX_CONTEXTS_JUDGED = 64;

/**
 * Whose traffic a flow is by one version of the network, asked once when it is first inserted (S2.4). The answer stands
 * in `egress`, `ingress` and `flags` until the next call: no object for each flow.
 */
export class Attribution {
  readonly #lookup: InterfaceLookup;
  readonly #contexts: ContextNumbers;
  readonly #discoverDestinations: boolean;
  /** Pairs of address and number, side by side in a cache line. */
  readonly #remembered = new Int32Array(2 << (32 - MEMORY_SHIFT));
  egress = NO_INTERFACE;
  ingress = NO_INTERFACE;
  flags = 0;
  /** Rows of the window that is being filled. Set before each insert. */
  counts: InterfaceCounts;
  /** Rows by the point that is inserting, kept for live points: whom a loss concerns (S5.2). */
  pointCounts: SeenInterfaces | undefined;
  /** Rows that one interface may have, and rows of the table from which that is enforced; Infinity for
   * sources that can wait. */
  share = Number.POSITIVE_INFINITY;
  shareFrom = Number.POSITIVE_INFINITY;
  /** Interfaces whose flows were refused since the last `takeRefused`. */
  #refused = new Set<number>();
  /** Of all versions of the network. */
  readonly counters: AttributionCounters;

  constructor(
    lookup: InterfaceLookup,
    contexts: ContextNumbers,
    discoverDestinations: boolean,
    counters: AttributionCounters,
  ) {
    this.#lookup = lookup;
    this.#contexts = contexts;
    this.#discoverDestinations = discoverDestinations;
    this.counters = counters;
    this.counts = new InterfaceCounts(0);
  }

  /** Attributes row `i` of a batch as the first of a new flow of a table that holds `held` rows; false: refused,
   * which the caller counts. */
  attribute(rows: AddressColumns, i: number, key: number, held: number): boolean {
    this.#findSides(rows, i, key);
    const { egress, ingress, counters } = this;
    if (held >= this.shareFrom && this.#overShare(egress, ingress)) return false;
    if (egress !== NO_INTERFACE) {
      this.counts.add(egress);
      this.pointCounts?.add(egress);
      counters.address++;
    }
    if (ingress !== NO_INTERFACE) {
      this.counts.add(ingress);
      this.pointCounts?.add(ingress);
      counters.address++;
    }
    const context = key >>> KEY_CONTEXT_SHIFT;
    this.#countForced(context);
    this.flags = isExcluded(this.#lookup, rows, i, egress, ingress) ? FLAGS_EXCLUDED : 0;
    if (this.#contexts.translated[context]!) this.flags |= FLAGS_TRANSLATED;
    return true;
  }

  /** Row `i` belongs to an interface. */
  holds(rows: AddressColumns, i: number, key: number): boolean {
    this.#findSides(rows, i, key);
    return this.egress !== NO_INTERFACE || this.ingress !== NO_INTERFACE;
  }

  /** Leaves the two interfaces of a row in `egress` and `ingress`. */
  #findSides(rows: AddressColumns, i: number, key: number): void {
    const context = key >>> KEY_CONTEXT_SHIFT;
    const lookup = this.#lookup;
    const scope = this.#contexts.scope[context]!;
    const discover = this.#discoverDestinations;
    const at = 4 * i;
    this.egress = this.#contexts.egress[context]!;
    this.ingress = this.#contexts.ingress[context]!;
    if ((key & KEY_IPV6) === 0) {
      if (this.egress === NO_INTERFACE) this.egress = this.#find4(scope, rows.src[i]!, true);
      if (this.ingress === NO_INTERFACE) this.ingress = this.#find4(scope, rows.dst[i]!, discover);
      return;
    }
    if (this.egress === NO_INTERFACE) {
      const w = rows.src6;
      this.egress = lookup.find6(scope, w[at]!, w[at + 1]!, w[at + 2]!, w[at + 3]!, true);
    }
    if (this.ingress === NO_INTERFACE) {
      const w = rows.dst6;
      this.ingress = lookup.find6(scope, w[at]!, w[at + 1]!, w[at + 2]!, w[at + 3]!, discover);
    }
  }

  /** A lookup through a small memory of what was found: hosts talk in many flows. Scope 0 only. */
  #find4(scope: number, address: number, mayDiscover: boolean): number {
    if (scope !== 0) return this.#lookup.find4(scope, address, mayDiscover);
    const remembered = this.#remembered;
    const at = (Math.imul(address, 0x9e3779b1) >>> MEMORY_SHIFT) << 1;
    const known = remembered[at + 1]!;
    if (known !== NO_INTERFACE && remembered[at] === address) return known;
    const number = this.#lookup.find4(0, address, mayDiscover);
    remembered[at] = address;
    remembered[at + 1] = number;
    return number;
  }

  /** Moves forced sides from the address rule's counter, where every side was counted, to their own. */
  #countForced(context: number): void {
    if (context === 0) return;
    const { counters } = this;
    if (this.#contexts.egress[context] !== NO_INTERFACE) {
      counters.address--;
      if (this.#contexts.egressBound[context]!) counters.bound++;
      else counters.mac++;
    }
    if (this.#contexts.ingress[context] !== NO_INTERFACE) {
      counters.address--;
      if (this.#contexts.ingressBound[context]!) counters.bound++;
      else counters.mac++;
    }
  }

  #overShare(egress: number, ingress: number): boolean {
    const full = (n: number): boolean => n !== NO_INTERFACE && this.counts.get(n) >= this.share;
    const egressFull = full(egress);
    const ingressFull = full(ingress);
    if (egressFull) this.#refused.add(egress);
    if (ingressFull) this.#refused.add(ingress);
    return egressFull || ingressFull;
  }

  /** Marks the interfaces of a row that no table has room for (S5.4). The caller counts it. */
  refuse(rows: AddressColumns, i: number, key: number): void {
    this.#findSides(rows, i, key);
    if (this.egress !== NO_INTERFACE) this.#refused.add(this.egress);
    if (this.ingress !== NO_INTERFACE) this.#refused.add(this.ingress);
  }

  /** Set when several points are recorded: only then can a flow be a duplicate under another context. */
  severalPoints = false;

  get judgesDuplicates(): boolean {
    return this.severalPoints && this.#contexts.count > 1;
  }

  /** Contexts that a new row is compared under. */
  get contextsJudged(): number {
    return Math.min(this.#contexts.count, MAX_CONTEXTS_JUDGED);
  }

  get hasRefused(): boolean {
    return this.#refused.size > 0;
  }

  /** Interfaces whose new flows were refused since the last call; they get a SKIPDATA line. */
  takeRefused(): Set<number> {
    const refused = this.#refused;
    this.#refused = new Set();
    return refused;
  }
}
