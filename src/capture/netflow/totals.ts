/** Slots that are looked at for a flow before another one makes room. */
const PROBES = 8;

/**
 * The last values of total counters (octetTotalCount, packetTotalCount), so that each report counts what came since
 * the one before (S7.1). A bounded table over all exporters, keyed by 64 bits of hash over the flow's key; where it
 * is full, the flow of a bucket that was seen longest ago makes room, and its next report counts as its first.
 */
export class TotalCounters {
  readonly #mask: number;
  readonly #high: Int32Array;
  readonly #low: Int32Array;
  readonly #packets: Float64Array;
  readonly #bytes: Float64Array;
  /** When it was seen last, in reports; 0: an empty slot. */
  readonly #seen: Float64Array;
  #clock = 0;
  evicted = 0;
  reset = 0;
  /** Of the last report: packets and bytes since the one before. */
  packets = 0;
  bytes = 0;

  /** `capacity` is a power of two. */
  constructor(capacity: number) {
    this.#mask = capacity - 1;
    this.#high = new Int32Array(capacity);
    this.#low = new Int32Array(capacity);
    this.#packets = new Float64Array(capacity);
    this.#bytes = new Float64Array(capacity);
    this.#seen = new Float64Array(capacity);
  }

  /** Sets `packets` and `bytes` from a flow's totals. `last`: the flow has ended, and is forgotten. */
  report(high: number, low: number, packets: number, bytes: number, last: boolean): void {
    const slot = this.#slotOf(high, low);
    const known = this.#seen[slot] !== 0 && this.#high[slot] === high && this.#low[slot] === low;
    this.packets = packets;
    this.bytes = bytes;
    if (known) {
      if (packets >= this.#packets[slot]! && bytes >= this.#bytes[slot]!) {
        this.packets -= this.#packets[slot]!;
        this.bytes -= this.#bytes[slot]!;
      } else this.reset++;
    } else if (this.#seen[slot] !== 0 && !last) this.evicted++;
    if (last) {
      if (known) this.#seen[slot] = 0;
      return;
    }
    this.#high[slot] = high;
    this.#low[slot] = low;
    this.#packets[slot] = packets;
    this.#bytes[slot] = bytes;
    this.#seen[slot] = ++this.#clock;
  }

  /** The flow's slot; else an empty one, else that of the flow seen longest ago. */
  #slotOf(high: number, low: number): number {
    let best = -1;
    for (let i = 0; i < PROBES; i++) {
      const slot = (low + i) & this.#mask;
      if (this.#seen[slot] === 0) {
        if (best < 0 || this.#seen[best] !== 0) best = slot;
      } else if (this.#high[slot] === high && this.#low[slot] === low) return slot;
      else if (best < 0 || (this.#seen[best] !== 0 && this.#seen[slot]! < this.#seen[best]!)) best = slot;
    }
    return best;
  }
}
