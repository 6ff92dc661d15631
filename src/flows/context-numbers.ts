import { NO_INTERFACE } from '../network/lookup.ts';

/** Contexts that force something and are told apart; packets of later ones get the plain one of their scope, and are
 * counted. Plain ones come beside them: scopes are few, and above KEY_CONTEXT_SHIFT there is room for 2^20. */
export const MAX_CONTEXTS = 1 << 16;

/** How a side of a context was decided beside the address, as bits of `rules`. */
const EGRESS_BOUND = 1;
const INGRESS_BOUND = 2;
/** The second leg of a translated flow. */
const TRANSLATED = 4;

const FIRST_SLOTS = 64;

/**
 * The attribution numbers of S2.4: what decides, besides the addresses, whose traffic a packet is. A
 * context is (scope, interface forced on the source side, interface forced on the destination side), where
 * a bound interface (S2.2 first rule) or a MAC address (second rule) forces one. Numbers hold over all versions
 * of the network, as the numbers of interfaces do. Context 0: scope 0, nothing forced: the
 * plain context of that scope.
 */
export class ContextNumbers {
  readonly scope: number[] = [0];
  readonly egress: number[] = [NO_INTERFACE];
  readonly ingress: number[] = [NO_INTERFACE];
  /** How each side was forced: by a binding, or else by a MAC address; counted by rule. */
  readonly egressBound: boolean[] = [false];
  readonly ingressBound: boolean[] = [false];
  /** Second legs of translated flows (S7.5), whose packets the identity has counted with the first. */
  readonly translated: boolean[] = [false];
  /** Open-addressed, of numbers plus 1: packets at bound middleboxes ask one by one. */
  #slots = new Int32Array(FIRST_SLOTS);
  /** Packets and legs of exported flows that found no free context number. */
  overflow = 0;
  /** Those that force something. */
  #forcing = 0;

  constructor() {
    this.#slots[hash(0, NO_INTERFACE, NO_INTERFACE, 0) & (FIRST_SLOTS - 1)] = 1;
  }

  get count(): number {
    return this.scope.length;
  }

  /** The number of a context; without a free one, of the plain context of its scope. */
  intern(scope: number, egress: number, ingress: number, eb: boolean, ib: boolean): number {
    const number = this.#intern(scope, egress, ingress, eb, ib, false);
    return number < 0 ? this.#intern(scope, NO_INTERFACE, NO_INTERFACE, false, false, false) : number;
  }

  /** The same of a second leg of a translated flow; -1 when no number is free: it must not count in another. */
  internTranslated(scope: number, egress: number, ingress: number, eb: boolean, ib: boolean): number {
    return this.#intern(scope, egress, ingress, eb, ib, true);
  }

  #intern(
    scope: number,
    egress: number,
    ingress: number,
    eb: boolean,
    ib: boolean,
    translated: boolean,
  ): number {
    const mask = this.#slots.length - 1;
    let slot = hash(scope, egress, ingress, rulesOf(eb, ib, translated)) & mask;
    for (let entry = this.#slots[slot]!; entry !== 0; entry = this.#slots[slot]!) {
      const number = entry - 1;
      if (
        this.scope[number] === scope &&
        this.egress[number] === egress &&
        this.ingress[number] === ingress &&
        this.egressBound[number] === eb &&
        this.ingressBound[number] === ib &&
        this.translated[number] === translated
      ) {
        return number;
      }
      slot = (slot + 1) & mask;
    }
    if (egress !== NO_INTERFACE || ingress !== NO_INTERFACE || translated) {
      if (this.#forcing === MAX_CONTEXTS) {
        this.overflow++;
        return -1;
      }
      this.#forcing++;
    }
    this.scope.push(scope);
    this.egress.push(egress);
    this.ingress.push(ingress);
    this.egressBound.push(eb);
    this.ingressBound.push(ib);
    this.translated.push(translated);
    this.#slots[slot] = this.count;
    if (2 * this.count > this.#slots.length) this.#grow();
    return this.count - 1;
  }

  #grow(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    for (let number = 0; number < this.count; number++) {
      const rules = rulesOf(this.egressBound[number]!, this.ingressBound[number]!, this.translated[number]!);
      let slot = hash(this.scope[number]!, this.egress[number]!, this.ingress[number]!, rules) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

function rulesOf(egressBound: boolean, ingressBound: boolean, translated: boolean): number {
  return (
    (egressBound ? EGRESS_BOUND : 0) | (ingressBound ? INGRESS_BOUND : 0) | (translated ? TRANSLATED : 0)
  );
}

function hash(scope: number, egress: number, ingress: number, rules: number): number {
  let h = Math.imul(egress ^ (scope << 3) ^ rules, 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 15) ^ ingress, 0x297a2d39);
  return h ^ (h >>> 13);
}
