import type { Batch } from '../capture/batch.ts';
import { META_DIRECTION, META_IPV6, META_MAC, META_OUTGOING } from '../capture/batch.ts';
import { type InterfaceLookup, NO_INTERFACE, NO_TUNNEL, type SeenBy } from '../network/lookup.ts';
import type { ContextNumbers } from './context-numbers.ts';

/** An observation point (S2.8): one place at which a source sees packets. */
export interface Point extends SeenBy {
  /** Small number, 0 and up. */
  readonly number: number;
  /** The address space that it sees (S2.1). */
  readonly scope: number;
  readonly live: boolean;
  /** `verdict`: sets verdicts and never adds counts (S2.8). */
  readonly role: 'count' | 'verdict';
}

/** Which way a packet goes at the interface that it is bound to. */
const UNKNOWN = 0;
const LEAVES = 1;
const ARRIVES = 2;

/** Gives packets their contexts, by one version of the network. */
export class Contexts {
  readonly #lookup: InterfaceLookup;
  readonly #numbers: ContextNumbers;

  // The last packet's link facts and what they gave: packets of one flow come in trains.
  #lastPoint = -1;
  #lastIfIndex = -1;
  #lastVlan = -1;
  #lastBits = -1;
  #lastMacs = [0, 0, 0, 0];
  #lastContext = 0;

  constructor(lookup: InterfaceLookup, numbers: ContextNumbers) {
    this.#lookup = lookup;
    this.#numbers = numbers;
  }

  /** True when packets have contexts of their own, by their link columns. */
  get byLink(): boolean {
    return this.#lookup.needsLink;
  }

  /** The context of packets of a point whose link columns do not matter. */
  ofPoint(point: Point): number {
    return this.#numbers.intern(point.scope, NO_INTERFACE, NO_INTERFACE, false, false);
  }

  /** The context of packet `i`. */
  of(batch: Batch, i: number, point: Point): number {
    const meta = batch.meta[i]!;
    const bits = meta & (META_DIRECTION | META_MAC);
    const ifIndex = batch.ifIndex[i]!;
    const vlan = batch.vlan[i]!;
    const macs = this.#lastMacs;
    const bound = this.#lookup.findBound(point, ifIndex, vlan, NO_TUNNEL);
    // A bound interface without a direction from the link layer depends on the addresses: no short cut.
    const undecided = bound !== NO_INTERFACE && (bits & META_DIRECTION) === 0;
    if (
      !undecided &&
      this.#lastPoint === point.number &&
      this.#lastIfIndex === ifIndex &&
      this.#lastVlan === vlan &&
      this.#lastBits === bits &&
      ((bits & META_MAC) === 0 ||
        (macs[0] === batch.srcMacHigh[i] &&
          macs[1] === batch.srcMacLow[i] &&
          macs[2] === batch.dstMacHigh[i] &&
          macs[3] === batch.dstMacLow[i]))
    ) {
      return this.#lastContext;
    }
    const context = this.#decide(batch, i, point, bound, bits);
    this.#lastPoint = undecided ? -1 : point.number;
    this.#lastIfIndex = ifIndex;
    this.#lastVlan = vlan;
    this.#lastBits = bits;
    if ((bits & META_MAC) !== 0) {
      macs[0] = batch.srcMacHigh[i]!;
      macs[1] = batch.srcMacLow[i]!;
      macs[2] = batch.dstMacHigh[i]!;
      macs[3] = batch.dstMacLow[i]!;
    }
    this.#lastContext = context;
    return context;
  }

  #decide(batch: Batch, i: number, point: Point, bound: number, bits: number): number {
    let egress = NO_INTERFACE;
    let ingress = NO_INTERFACE;
    let egressBound = false;
    let ingressBound = false;
    let srcMac = NO_INTERFACE;
    let dstMac = NO_INTERFACE;
    if ((bits & META_MAC) !== 0) {
      srcMac = this.#lookup.findMac(point.scope, batch.srcMacHigh[i]!, batch.srcMacLow[i]!);
      dstMac = this.#lookup.findMac(point.scope, batch.dstMacHigh[i]!, batch.dstMacLow[i]!);
    }
    if (bound !== NO_INTERFACE) {
      const way = this.#way(batch, i, point, bound, bits, srcMac, dstMac);
      egressBound = way === LEAVES;
      ingressBound = way === ARRIVES;
      if (egressBound) egress = bound;
      if (ingressBound) ingress = bound;
    }
    if (egress === NO_INTERFACE) egress = srcMac;
    if (ingress === NO_INTERFACE) ingress = dstMac;
    return this.#numbers.intern(point.scope, egress, ingress, egressBound, ingressBound);
  }

  /**
   * Which way a packet goes at the interface that it is bound to: by the link layer's word, else its MAC address,
   * else its addresses, and where it has neither of them, by whom it serves: what a middlebox forwards.
   */
  #way(
    batch: Batch,
    i: number,
    point: Point,
    bound: number,
    bits: number,
    srcMac: number,
    dstMac: number,
  ): number {
    if ((bits & META_DIRECTION) !== 0) return (bits & META_OUTGOING) !== 0 ? LEAVES : ARRIVES;
    if (srcMac === bound) return LEAVES;
    if (dstMac === bound) return ARRIVES;
    if (this.#holder(point.scope, batch, i, true) === bound) return LEAVES;
    if (this.#holder(point.scope, batch, i, false) === bound) return ARRIVES;
    const source = this.#serves(bound, batch, i, true);
    if (source === this.#serves(bound, batch, i, false)) return UNKNOWN;
    return source ? ARRIVES : LEAVES;
  }

  #holder(scope: number, batch: Batch, i: number, source: boolean): number {
    if ((batch.meta[i]! & META_IPV6) === 0) {
      return this.#lookup.find4(scope, source ? batch.src[i]! : batch.dst[i]!, false);
    }
    const words = source ? batch.src6 : batch.dst6;
    const at = 4 * i;
    return this.#lookup.find6(scope, words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!, false);
  }

  #serves(number: number, batch: Batch, i: number, source: boolean): boolean {
    if ((batch.meta[i]! & META_IPV6) === 0) {
      return this.#lookup.serves4(number, source ? batch.src[i]! : batch.dst[i]!);
    }
    const words = source ? batch.src6 : batch.dst6;
    const at = 4 * i;
    return this.#lookup.serves6(number, words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!);
  }
}
