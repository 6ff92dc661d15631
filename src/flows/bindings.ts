import { META_IPV6, META_OUTGOING, META_DIRECTION, META_TUNNEL } from '../capture/batch.ts';
import { type InterfaceLookup, NO_INTERFACE, NO_TUNNEL } from '../network/lookup.ts';
import type { AddressColumns, LinkColumns } from './columns.ts';
import type { Point } from './contexts.ts';

/** Places that are remembered; a power of two. */
const MEMORY = 256;

/**
 * What a version of the network says of the places where rows are seen (S2.1, S2.2): the interface bound there, and
 * the address space. Asked for every row whose link columns matter, so the last answers are remembered. The answer
 * stands in `bound` and `scope` until the next question.
 */
export class Bindings {
  readonly #lookup: InterfaceLookup;
  /** The question of an entry, one in each: point plus 1, 0 for none. */
  readonly #points = new Int32Array(MEMORY);
  readonly #indexes = new Uint32Array(MEMORY);
  readonly #vlans = new Int32Array(MEMORY);
  readonly #tunnels = new Float64Array(MEMORY);
  readonly #bound = new Int32Array(MEMORY);
  readonly #scopes = new Int32Array(MEMORY);
  bound = NO_INTERFACE;
  scope = 0;

  constructor(lookup: InterfaceLookup) {
    this.#lookup = lookup;
  }

  /** `tunnel` as of tunnelOf. */
  find(point: Point, ifIndex: number, vlan: number, tunnel: number): void {
    let hash = Math.imul(ifIndex ^ (point.number << 16), 0x2c1b3c6d);
    hash = Math.imul(hash ^ (hash >>> 15) ^ vlan ^ (tunnel << 12), 0x297a2d39);
    const at = (hash >>> 16) & (MEMORY - 1);
    if (
      this.#points[at] !== point.number + 1 ||
      this.#indexes[at] !== ifIndex ||
      this.#vlans[at] !== vlan ||
      this.#tunnels[at] !== tunnel
    ) {
      this.#points[at] = point.number + 1;
      this.#indexes[at] = ifIndex;
      this.#vlans[at] = vlan;
      this.#tunnels[at] = tunnel;
      this.#bound[at] = this.#lookup.findBound(point, ifIndex, vlan, tunnel);
      this.#scopes[at] = this.#lookup.scopeOf(point, ifIndex, vlan, tunnel, point.scope);
    }
    this.bound = this.#bound[at]!;
    this.scope = this.#scopes[at]!;
  }
}

/** The tunnel that a row was in, NO_TUNNEL outside of one. */
export function tunnelOf(rows: LinkColumns, i: number): number {
  return (rows.meta[i]! & META_TUNNEL) === 0 ? NO_TUNNEL : rows.tunnel[i]!;
}

/** Which way a row goes at the interface that it is bound to. */
export const WAY_UNKNOWN = 0;
export const LEAVES = 1;
export const ARRIVES = 2;

/** What the link layer says of the direction. */
export function wayOfLink(meta: number): number {
  if ((meta & META_DIRECTION) === 0) return WAY_UNKNOWN;
  return (meta & META_OUTGOING) !== 0 ? LEAVES : ARRIVES;
}

/**
 * Which way row `i` goes at the interface that it is bound to, by its addresses: leaves the one that holds its
 * source, arrives at the one that holds its destination; where it has neither of them, by whom it serves: what a
 * middlebox forwards.
 */
export function wayOfAddresses(
  lookup: InterfaceLookup,
  scope: number,
  rows: AddressColumns,
  i: number,
  bound: number,
): number {
  if (holder(lookup, scope, rows, i, true) === bound) return LEAVES;
  if (holder(lookup, scope, rows, i, false) === bound) return ARRIVES;
  const source = serves(lookup, bound, rows, i, true);
  if (source === serves(lookup, bound, rows, i, false)) return WAY_UNKNOWN;
  return source ? ARRIVES : LEAVES;
}

function holder(
  lookup: InterfaceLookup,
  scope: number,
  rows: AddressColumns,
  i: number,
  source: boolean,
): number {
  if ((rows.meta[i]! & META_IPV6) === 0) {
    return lookup.find4(scope, source ? rows.src[i]! : rows.dst[i]!, false);
  }
  const words = source ? rows.src6 : rows.dst6;
  const at = 4 * i;
  return lookup.find6(scope, words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!, false);
}

function serves(
  lookup: InterfaceLookup,
  number: number,
  rows: AddressColumns,
  i: number,
  source: boolean,
): boolean {
  if ((rows.meta[i]! & META_IPV6) === 0) {
    return lookup.serves4(number, source ? rows.src[i]! : rows.dst[i]!);
  }
  const words = source ? rows.src6 : rows.dst6;
  const at = 4 * i;
  return lookup.serves6(number, words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!);
}
