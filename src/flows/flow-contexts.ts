import { META_MAC } from '../capture/batch.ts';
import type { FlowBatch } from '../capture/flow-batch.ts';
import { type InterfaceLookup, NO_INTERFACE } from '../network/lookup.ts';
import { ARRIVES, Bindings, LEAVES, tunnelOf, WAY_UNKNOWN, wayOfAddresses, wayOfLink } from './bindings.ts';
import type { ContextNumbers } from './context-numbers.ts';
import type { Point } from './contexts.ts';

/**
 * Gives exported flows their contexts, by one version of the network. A flow tells two places, the ports that it came
 * in and went out by: the interface bound to the one takes the ingress line, that of the other the egress line (S2.2).
 * `find` looks at a row; then its contexts can be asked.
 */
export class FlowContexts {
  readonly #lookup: InterfaceLookup;
  readonly #numbers: ContextNumbers;
  readonly #bindings: Bindings;
  /** Of the row: what is bound to the ports, the address spaces there, and who has its MAC addresses. */
  #boundIn = NO_INTERFACE;
  #boundOut = NO_INTERFACE;
  #scopeIn = 0;
  #scopeOut = 0;
  #srcMac = NO_INTERFACE;
  #dstMac = NO_INTERFACE;

  constructor(lookup: InterfaceLookup, numbers: ContextNumbers) {
    this.#lookup = lookup;
    this.#numbers = numbers;
    this.#bindings = new Bindings(lookup);
  }

  find(batch: FlowBatch, i: number, point: Point): void {
    this.#scopeIn = point.scope;
    this.#scopeOut = point.scope;
    if (!this.#lookup.needsLink) return;
    const bindings = this.#bindings;
    const vlan = batch.vlan[i]!;
    const tunnel = tunnelOf(batch, i);
    bindings.find(point, batch.egress[i]!, vlan, tunnel);
    this.#boundOut = bindings.bound;
    this.#scopeOut = bindings.scope;
    bindings.find(point, batch.ingress[i]!, vlan, tunnel);
    this.#boundIn = bindings.bound;
    this.#scopeIn = bindings.scope;
    // Where only one of the ports says whose addresses these are, it speaks for both.
    if (this.#scopeIn === point.scope) this.#scopeIn = this.#scopeOut;
    else if (this.#scopeOut === point.scope) this.#scopeOut = this.#scopeIn;
    this.#srcMac = NO_INTERFACE;
    this.#dstMac = NO_INTERFACE;
    if ((batch.meta[i]! & META_MAC) === 0) return;
    this.#srcMac = this.#lookup.findMac(this.#scopeIn, batch.srcMacHigh[i]!, batch.srcMacLow[i]!);
    this.#dstMac = this.#lookup.findMac(this.#scopeIn, batch.dstMacHigh[i]!, batch.dstMacLow[i]!);
  }

  /** The context of a row that is not translated. */
  plain(batch: FlowBatch, i: number): number {
    let egress = this.#boundOut;
    let ingress = this.#boundIn;
    if (egress === ingress && egress !== NO_INTERFACE) {
      const way = this.#way(batch, i, egress);
      if (way !== LEAVES) egress = NO_INTERFACE;
      if (way !== ARRIVES) ingress = NO_INTERFACE;
    }
    return this.#numbers.intern(
      this.#scopeIn,
      egress || this.#srcMac,
      ingress || this.#dstMac,
      egress !== NO_INTERFACE,
      ingress !== NO_INTERFACE,
    );
  }

  /** The context of a row's leg before its translation: into the interface that translates (S7.5). */
  before(): number {
    const ingress = this.#boundIn || this.#boundOut;
    return this.#numbers.intern(
      this.#scopeIn,
      this.#srcMac,
      ingress || this.#dstMac,
      false,
      ingress !== NO_INTERFACE,
    );
  }

  /** The context of the leg behind it: out of the interface that translates. */
  behind(): number {
    const egress = this.#boundOut || this.#boundIn;
    return this.#numbers.intern(this.#scopeOut, egress, NO_INTERFACE, egress !== NO_INTERFACE, false);
  }

  /** The same of a leg that does not count in the identity; -1 when there is no number for it. */
  behindBeside(): number {
    const egress = this.#boundOut || this.#boundIn;
    return this.#numbers.internTranslated(
      this.#scopeOut,
      egress,
      NO_INTERFACE,
      egress !== NO_INTERFACE,
      false,
    );
  }

  /**
   * Which way a row goes at an interface that is bound to both its ports: to the exporter as a whole. By its MAC
   * addresses, else its addresses, and last by the direction that the exporter reports: that is where it was
   * metered, and some report the same for all.
   */
  #way(batch: FlowBatch, i: number, bound: number): number {
    if (this.#srcMac === bound) return LEAVES;
    if (this.#dstMac === bound) return ARRIVES;
    const way = wayOfAddresses(this.#lookup, this.#scopeIn, batch, i, bound);
    return way === WAY_UNKNOWN ? wayOfLink(batch.meta[i]!) : way;
  }
}
