/** Handing out a share of the packets, conversation by conversation. */
import type { Random } from './random.ts';

/** No conversation of the smaller side holds more than this part of that side's packets. */
const LARGEST_PART = 0.1;

/**
 * Decides for one conversation after the other whether it belongs to a share of the packets. Random, but what
 * was given too little or too much so far moves the odds: the share comes out right to about one conversation
 * of the tail, although a few conversations hold most packets.
 */
export class ShareSplitter {
  readonly #random: Random;
  readonly #part: number;
  readonly #inverted: boolean;
  readonly #largest: number;
  #seen = 0;
  #given = 0;

  /** `part`: 0 to 1, of `total` packets. */
  constructor(part: number, total: number, random: Random) {
    this.#random = random;
    // The smaller side is the one that is handed out: the largest conversations go to the larger side.
    this.#inverted = part > 0.5;
    this.#part = this.#inverted ? 1 - part : part;
    this.#largest = Math.max(16, LARGEST_PART * this.#part * total);
  }

  /** Whether a conversation of `packets` is of the share. Ask in falling order of packets. */
  take(packets: number): boolean {
    this.#seen += packets;
    const missing = this.#part * this.#seen - this.#given;
    const taken = packets <= this.#largest && this.#random.unit() * packets < missing;
    if (taken) this.#given += packets;
    return taken !== this.#inverted;
  }
}
