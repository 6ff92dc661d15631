import type { Batch } from '../capture/batch.ts';
import { META_INCOMING, META_IPV6, META_MAC, META_OUTGOING } from '../capture/batch.ts';
import { type InterfaceLookup, NO_INTERFACE } from '../network/lookup.ts';

/** Contexts that are told apart; later ones share context 0 and are counted. Fits KEY_CONTEXT_SHIFT. */
export const MAX_CONTEXTS = 1 << 16;

/** An observation point (S2.8): one place at which a source sees packets. */
export interface Point {
  /** Small number, 0 and up; stands in WORD_POINT. */
  readonly number: number;
  /** The source's name, as `bind` in network.yaml names it. */
  readonly source: string;
  /** The address space that it sees (S2.1). */
  readonly scope: number;
  readonly live: boolean;
  /** `verdict`: sets verdicts and never adds counts (S2.8). */
  readonly role: 'count' | 'verdict';
}

/**
 * The attribution numbers of S2.4: what decides, besides the addresses, whose traffic a packet is. A
 * context is (scope, interface forced on the source side, interface forced on the destination side), where
 * a bound interface (S2.2 first rule) or a MAC address (second rule) forces one. Numbers hold over all versions
 * of the network, as the numbers of interfaces do.
 */
export class ContextNumbers {
  readonly scope: number[] = [0];
  readonly egress: number[] = [NO_INTERFACE];
  readonly ingress: number[] = [NO_INTERFACE];
  /** How each side was forced: 'bound' or 'mac'; counted by rule. */
  readonly egressBound: boolean[] = [false];
  readonly ingressBound: boolean[] = [false];
  readonly #numbers = new Map<string, number>([['0 0 0 false false', 0]]);
  /** Packets that found no free context number. */
  overflow = 0;

  get count(): number {
    return this.scope.length;
  }

  intern(scope: number, egress: number, ingress: number, eb: boolean, ib: boolean): number {
    const name = `${scope} ${egress} ${ingress} ${eb} ${ib}`;
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    if (this.scope.length === MAX_CONTEXTS) {
      this.overflow++;
      return 0;
    }
    const number = this.scope.length;
    this.scope.push(scope);
    this.egress.push(egress);
    this.ingress.push(ingress);
    this.egressBound.push(eb);
    this.ingressBound.push(ib);
    this.#numbers.set(name, number);
    return number;
  }
}

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
    const bits = meta & (META_INCOMING | META_OUTGOING | META_MAC);
    const ifIndex = batch.ifIndex[i]!;
    const vlan = batch.vlan[i]!;
    const macs = this.#lastMacs;
    const bound = this.#lookup.findBound(point.source, ifIndex, vlan);
    // A bound interface without a direction from the link layer depends on the addresses: no short cut.
    const undecided = bound !== NO_INTERFACE && (bits & (META_INCOMING | META_OUTGOING)) === 0;
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
      egressBound = this.#leaves(batch, i, point, bound, bits, srcMac);
      ingressBound = !egressBound && this.#arrives(batch, i, point, bound, bits, dstMac);
      if (egressBound) egress = bound;
      if (ingressBound) ingress = bound;
    }
    if (egress === NO_INTERFACE) egress = srcMac;
    if (ingress === NO_INTERFACE) ingress = dstMac;
    return this.#numbers.intern(point.scope, egress, ingress, egressBound, ingressBound);
  }

  /** Does the packet leave the bound interface: by the link layer's word, else its MAC, else its address. */
  #leaves(batch: Batch, i: number, point: Point, bound: number, bits: number, srcMac: number): boolean {
    if ((bits & (META_INCOMING | META_OUTGOING)) !== 0) return (bits & META_OUTGOING) !== 0;
    return srcMac === bound || this.#holder(point.scope, batch, i, true) === bound;
  }

  #arrives(batch: Batch, i: number, point: Point, bound: number, bits: number, dstMac: number): boolean {
    if ((bits & (META_INCOMING | META_OUTGOING)) !== 0) return (bits & META_INCOMING) !== 0;
    return dstMac === bound || this.#holder(point.scope, batch, i, false) === bound;
  }

  #holder(scope: number, batch: Batch, i: number, source: boolean): number {
    if ((batch.meta[i]! & META_IPV6) === 0) {
      return this.#lookup.find4(scope, source ? batch.src[i]! : batch.dst[i]!, false);
    }
    const words = source ? batch.src6 : batch.dst6;
    const at = 4 * i;
    return this.#lookup.find6(scope, words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!, false);
  }
}
