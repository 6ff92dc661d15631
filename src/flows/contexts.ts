import type { Batch } from '../capture/batch.ts';
import { META_DIRECTION, META_MAC } from '../capture/batch.ts';
import { type InterfaceLookup, NO_INTERFACE, NO_TUNNEL, type SeenBy } from '../network/lookup.ts';
import { ARRIVES, Bindings, LEAVES, tunnelOf, wayOfAddresses, wayOfLink } from './bindings.ts';
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

/** Gives packets their contexts, by one version of the network. */
export class Contexts {
  readonly #lookup: InterfaceLookup;
  readonly #numbers: ContextNumbers;
  readonly #bindings: Bindings;

  // The last packet's link facts and what they gave: packets of one flow come in trains.
  #lastPoint = -1;
  #lastIfIndex = -1;
  #lastVlan = -1;
  #lastTunnel = NO_TUNNEL;
  #lastBits = -1;
  #lastMacs = [0, 0, 0, 0];
  #lastContext = 0;

  constructor(lookup: InterfaceLookup, numbers: ContextNumbers) {
    this.#lookup = lookup;
    this.#numbers = numbers;
    this.#bindings = new Bindings(lookup);
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
    const tunnel = tunnelOf(batch, i);
    const macs = this.#lastMacs;
    const bindings = this.#bindings;
    bindings.find(point, ifIndex, vlan, tunnel);
    const { bound } = bindings;
    // A bound interface without a direction from the link layer depends on the addresses: no short cut.
    const undecided = bound !== NO_INTERFACE && (bits & META_DIRECTION) === 0;
    if (
      !undecided &&
      this.#lastPoint === point.number &&
      this.#lastIfIndex === ifIndex &&
      this.#lastVlan === vlan &&
      this.#lastTunnel === tunnel &&
      this.#lastBits === bits &&
      ((bits & META_MAC) === 0 ||
        (macs[0] === batch.srcMacHigh[i] &&
          macs[1] === batch.srcMacLow[i] &&
          macs[2] === batch.dstMacHigh[i] &&
          macs[3] === batch.dstMacLow[i]))
    ) {
      return this.#lastContext;
    }
    const { overflow } = this.#numbers;
    const context = this.#decide(batch, i, bindings.scope, bound, bits);
    // What found no number asks each time: every packet of a train counts.
    const overflowed = this.#numbers.overflow !== overflow;
    this.#lastPoint = undecided || overflowed ? -1 : point.number;
    this.#lastIfIndex = ifIndex;
    this.#lastVlan = vlan;
    this.#lastTunnel = tunnel;
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

  /** The address space that packet `i` lies in (S2.1). */
  scopeOf(batch: Batch, i: number, point: Point): number {
    if (!this.byLink) return point.scope;
    this.#bindings.find(point, batch.ifIndex[i]!, batch.vlan[i]!, tunnelOf(batch, i));
    return this.#bindings.scope;
  }

  #decide(batch: Batch, i: number, scope: number, bound: number, bits: number): number {
    let egress = NO_INTERFACE;
    let ingress = NO_INTERFACE;
    let egressBound = false;
    let ingressBound = false;
    let srcMac = NO_INTERFACE;
    let dstMac = NO_INTERFACE;
    if ((bits & META_MAC) !== 0) {
      srcMac = this.#lookup.findMac(scope, batch.srcMacHigh[i]!, batch.srcMacLow[i]!);
      dstMac = this.#lookup.findMac(scope, batch.dstMacHigh[i]!, batch.dstMacLow[i]!);
    }
    if (bound !== NO_INTERFACE) {
      const way = this.#way(batch, i, scope, bound, bits, srcMac, dstMac);
      egressBound = way === LEAVES;
      ingressBound = way === ARRIVES;
      if (egressBound) egress = bound;
      if (ingressBound) ingress = bound;
    }
    if (egress === NO_INTERFACE) egress = srcMac;
    if (ingress === NO_INTERFACE) ingress = dstMac;
    return this.#numbers.intern(scope, egress, ingress, egressBound, ingressBound);
  }

  /** Which way a packet goes at the interface that it is bound to: by the link layer's word, else its MAC address,
   * else its addresses. */
  #way(
    batch: Batch,
    i: number,
    scope: number,
    bound: number,
    bits: number,
    srcMac: number,
    dstMac: number,
  ): number {
    if ((bits & META_DIRECTION) !== 0) return wayOfLink(bits);
    if (srcMac === bound) return LEAVES;
    if (dstMac === bound) return ARRIVES;
    return wayOfAddresses(this.#lookup, scope, batch, i, bound);
  }
}
