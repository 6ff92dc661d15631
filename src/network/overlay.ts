/**
 * Discovered interfaces (S2.6): an append-only list in shared memory beside the snapshots, so that finding
 * an address never rebuilds one. It outlives them: a snapshot of the next version takes it along.
 *
 * One thread writes (the one that records); any number may read. An entry is whole before its number leaves
 * the writing thread. Idle interfaces are not taken out; a service that wants that starts a new overlay, by
 * building the next version without `previous`.
 *
 * Words of an entry: space × 2, plus 1 for IPv6; four of the address; the subnet that it was found in.
 * Spaces (VPCs) and subnets are numbered by their order of appearance over all versions.
 */
import { randomUUID } from 'node:crypto';
import { ENTRY_WORDS, EntryTable } from './index-table.ts';
import { DISCOVERED_BASE, NO_INTERFACE } from './lookup.ts';

/** How many interfaces may be discovered: in one subnet, and in all. */
export interface DiscoveryLimits {
  readonly perSubnet: number;
  readonly total: number;
}

export const DISCOVERY_LIMITS: DiscoveryLimits = Object.freeze({ perSubnet: 65_536, total: 1_048_576 });

/** What another thread needs to see the overlay. Structured cloning shares the memory. */
export interface OverlayHandle {
  readonly key: string;
  readonly limits: DiscoveryLimits;
  /** Room for limits.total entries; the system commits memory page by page as entries are written. */
  readonly entries: Int32Array;
  /** Number of entries. */
  readonly count: Int32Array;
  /** Lookups that found no room for a new entry. */
  readonly full: Float64Array;
}

export class Overlay {
  readonly handle: OverlayHandle;
  readonly #table: EntryTable;
  /** Entries that #table and #bySubnet know of. */
  #known = 0;
  #bySubnet = new Int32Array(64);

  constructor(handle: OverlayHandle) {
    this.handle = handle;
    this.#table = new EntryTable(handle.entries);
  }

  static create(limits: Partial<DiscoveryLimits> = {}): Overlay {
    const total = Math.min(limits.total ?? DISCOVERY_LIMITS.total, DISCOVERED_BASE);
    const perSubnet = limits.perSubnet ?? DISCOVERY_LIMITS.perSubnet;
    return new Overlay({
      key: randomUUID(),
      limits: { perSubnet, total },
      entries: new Int32Array(new SharedArrayBuffer(4 * ENTRY_WORDS * total)),
      count: new Int32Array(new SharedArrayBuffer(4)),
      full: new Float64Array(new SharedArrayBuffer(8)),
    });
  }

  get count(): number {
    return Atomics.load(this.handle.count, 0);
  }

  /** Lookups that found the subnet or the overlay full, on any thread's account. */
  get full(): number {
    return this.handle.full[0]!;
  }

  /** The number of the interface discovered at an address (IPv4 in `d`), NO_INTERFACE if none was. */
  find(space: number, six: boolean, a: number, b: number, c: number, d: number): number {
    if (this.#known !== this.count) this.#catchUp();
    const entry = this.#table.find(2 * space + (six ? 1 : 0), a, b, c, d);
    return entry < 0 ? NO_INTERFACE : DISCOVERED_BASE + entry;
  }

  /** Adds an interface that `find` did not find and gives its number; NO_INTERFACE, and a count of it, when
   * a limit is reached. On the writing thread only. */
  add(space: number, six: boolean, a: number, b: number, c: number, d: number, subnet: number): number {
    const { entries, limits } = this.handle;
    if (this.#known !== this.count) this.#catchUp();
    const entry = this.#known;
    if (entry >= limits.total || (this.#bySubnet[subnet] ?? 0) >= limits.perSubnet) {
      this.handle.full[0]! += 1;
      return NO_INTERFACE;
    }
    const at = ENTRY_WORDS * entry;
    entries[at] = 2 * space + (six ? 1 : 0);
    entries[at + 1] = a;
    entries[at + 2] = b;
    entries[at + 3] = c;
    entries[at + 4] = d;
    entries[at + 5] = subnet;
    Atomics.store(this.handle.count, 0, entry + 1);
    this.#catchUp();
    return DISCOVERED_BASE + entry;
  }

  /** Learns the entries that this thread did not write. */
  #catchUp(): void {
    const { entries } = this.handle;
    const count = this.count;
    for (; this.#known < count; this.#known++) {
      this.#table.insert(this.#known);
      const subnet = entries[ENTRY_WORDS * this.#known + 5]!;
      if (subnet >= this.#bySubnet.length) {
        const larger = new Int32Array(Math.max(subnet + 1, 2 * this.#bySubnet.length));
        larger.set(this.#bySubnet);
        this.#bySubnet = larger;
      }
      this.#bySubnet[subnet]!++;
    }
  }
}

/** True for IPv4 addresses that are never an interface, whatever subnet they lie in (S2.6): unspecified,
 * loopback, multicast, limited broadcast; or the first or last of their prefix (up to /30, RFC 3021). */
export function neverDiscovered4(address: number, prefixLength: number): boolean {
  const first = address >>> 24;
  if (address === 0 || first === 127 || (first >= 224 && first <= 239) || address === -1) return true;
  if (prefixLength > 30) return false;
  const host = address & (-1 >>> prefixLength);
  return host === 0 || host === -1 >>> prefixLength;
}

/** True for IPv6 addresses that are never an interface: unspecified, loopback, multicast (RFC 4291). */
export function neverDiscovered6(a: number, b: number, c: number, d: number): boolean {
  if (a >>> 24 === 0xff) return true;
  return a === 0 && b === 0 && c === 0 && (d === 0 || d === 1);
}
