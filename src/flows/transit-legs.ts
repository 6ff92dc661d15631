import { VERDICT_REJECT } from '../capture/batch.ts';
import { NO_INTERFACE } from '../network/lookup.ts';
import {
  type ClosedWindow,
  FLAGS_EGRESS_DUPLICATE,
  FLAGS_EXCLUDED,
  FLAGS_INGRESS_DUPLICATE,
  FLAGS_VERDICT,
  FLAGS_VERDICT_SHIFT,
  KEY_IPV6,
  POOL_WORDS,
  ROW_WORDS,
  WORD_ADDRESSES,
  WORD_DESTINATION,
  WORD_EGRESS,
  WORD_FLAGS,
  WORD_INGRESS,
  WORD_KEY,
  WORD_SOURCE,
  rowWords,
} from './rows.ts';
import type { TransitFacts } from './transit-facts.ts';

/**
 * A refused row does not say which end refused it. Where its sender is held, that is taken to have been the
 * sender's interface, and nothing reaches the gateway; where only the receiver is, the receiver's, behind the
 * gateway (inferred; S4 will say more once verdicts are worked out from rules).
 */
const REFUSED_BY_HELD_SENDER = true;

/** Legs of a row, as bits of `legs` and `derived`. */
export const LEG_INGRESS = 1;
export const LEG_EGRESS = 2;

/**
 * Which legs the rows of a window have at transit gateways: asked row by row, the answer stands in the members
 * until the next.
 *
 * At an attachment that a source is bound to, a leg is what was seen there. Where no source is, it is derived (S2.4),
 * from the surest that the row tells: the attachment of the other end, the gateway's own interface in a VPC, else
 * the routes of the sender, or of the receiver where the sender is nobody's.
 */
export class TransitLegs {
  readonly #at: TransitFacts;
  readonly #words: Int32Array;
  readonly #addresses: Int32Array;
  readonly #source = new Int32Array(4);
  readonly #destination = new Int32Array(4);
  #six = false;
  /** The attachments that the row comes into the gateway and leaves it by; NO_INTERFACE where not known. */
  source = NO_INTERFACE;
  destination = NO_INTERFACE;
  /** LEG_ bits: which of the two have a line; and of these, those that nobody saw there. */
  legs = 0;
  derived = 0;

  constructor(window: ClosedWindow, at: TransitFacts) {
    this.#at = at;
    this.#words = rowWords(window.rows);
    this.#addresses = new Int32Array(window.addresses);
  }

  /** True when the row has a leg. */
  find(row: number): boolean {
    const words = this.#words;
    const base = row * ROW_WORDS;
    const flags = words[base + WORD_FLAGS]!;
    const held = words[base + WORD_EGRESS]!;
    if ((flags & FLAGS_EXCLUDED) !== 0) return false;
    // A side that another point reported first is recorded with that one's row (S2.8).
    const egress = (flags & FLAGS_EGRESS_DUPLICATE) === 0 ? held : NO_INTERFACE;
    const ingress = (flags & FLAGS_INGRESS_DUPLICATE) === 0 ? words[base + WORD_INGRESS]! : NO_INTERFACE;
    if ((egress | ingress) === 0) return false;
    this.source = NO_INTERFACE;
    this.destination = NO_INTERFACE;
    this.legs = 0;
    this.derived = 0;
    this.#readAddresses(base);
    if (this.#seen(egress, ingress)) return true;
    const refused = (flags & FLAGS_VERDICT) >>> FLAGS_VERDICT_SHIFT === VERDICT_REJECT;
    if (!this.#seenBeside(egress, ingress) && !this.#routed(held, egress, ingress, refused)) return false;
    this.#derive();
    return this.legs !== 0;
  }

  /** Traffic that was seen at an attachment itself. */
  #seen(egress: number, ingress: number): boolean {
    const { rules } = this.#at;
    const into = this.#at.isAttachment(ingress);
    const outOf = this.#at.isAttachment(egress);
    if (!into && !outOf) return false;
    this.source = into ? ingress : rules.leavesBy(egress, this.#six, this.#source);
    this.destination = outOf ? egress : rules.leavesBy(ingress, this.#six, this.#destination);
    this.legs = (into ? LEG_INGRESS : 0) | (outOf ? LEG_EGRESS : 0);
    this.#derive();
    return true;
  }

  /** Traffic that was seen at an interface that the gateway has in a VPC. */
  #seenBeside(egress: number, ingress: number): boolean {
    const { rules } = this.#at;
    this.source = this.#at.attachmentOf(ingress);
    this.destination = this.#at.attachmentOf(egress);
    if (this.source !== NO_INTERFACE) {
      if (this.destination === NO_INTERFACE) {
        this.destination = rules.leavesBy(this.source, this.#six, this.#destination);
      }
      return true;
    }
    if (this.destination === NO_INTERFACE) return false;
    this.source = rules.leavesBy(this.destination, this.#six, this.#source);
    return true;
  }

  /** Traffic between other interfaces: where the routes of its ends take it. */
  #routed(held: number, egress: number, ingress: number, refused: boolean): boolean {
    const { rules } = this.#at;
    if (held !== NO_INTERFACE) {
      if (egress === NO_INTERFACE || (refused && REFUSED_BY_HELD_SENDER)) return false;
      this.source = rules.entersBy(egress, this.#six, this.#destination);
      if (this.source === NO_INTERFACE) return false;
      // Without a way out of the gateway it still comes in, and is lost there.
      this.destination = rules.leavesBy(this.source, this.#six, this.#destination);
      return true;
    }
    // Of a sender that nobody holds, only the way back is known: it must lead to an attachment.
    this.destination = rules.entersBy(ingress, this.#six, this.#source);
    if (this.destination === NO_INTERFACE) return false;
    this.source = rules.leavesBy(this.destination, this.#six, this.#source);
    return this.source !== NO_INTERFACE;
  }

  /** Adds the legs that no source is bound to see. None where traffic would leave as it came. */
  #derive(): void {
    const { source, destination } = this;
    if (source === destination) return;
    if (source !== NO_INTERFACE && !this.#at.isBound(source)) this.derived |= LEG_INGRESS;
    if (destination !== NO_INTERFACE && !this.#at.isBound(destination)) this.derived |= LEG_EGRESS;
    this.derived &= ~this.legs;
    this.legs |= this.derived;
  }

  #readAddresses(base: number): void {
    const words = this.#words;
    this.#six = (words[base + WORD_KEY]! & KEY_IPV6) !== 0;
    if (!this.#six) {
      this.#source.fill(0, 0, 3);
      this.#destination.fill(0, 0, 3);
      this.#source[3] = words[base + WORD_SOURCE]!;
      this.#destination[3] = words[base + WORD_DESTINATION]!;
      return;
    }
    const at = words[base + WORD_ADDRESSES]! * POOL_WORDS;
    for (let w = 0; w < 4; w++) {
      this.#source[w] = this.#addresses[at + w]!;
      this.#destination[w] = this.#addresses[at + 4 + w]!;
    }
  }
}
