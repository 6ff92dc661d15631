/** Rates of one observation domain, as its options data say (S7.3): of how many packets one was looked at. */
export class SamplingRates {
  /** For the whole domain; 0: not known. */
  whole = 0;
  /** By selectorId or samplerId; by ifIndex; by template id. */
  readonly selectors = new Map<number, number>();
  readonly interfaces = new Map<number, number>();
  readonly templates = new Map<number, number>();
  /** selectionSequenceId to the selectorId that its options name (RFC 5476, section 6.5.1). */
  readonly sequences = new Map<number, number>();
  readonly #limit: number;

  /** `limit`: entries of each kind; further ones are not taken. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  set(rates: Map<number, number>, id: number, rate: number): boolean {
    if (!rates.has(id) && rates.size >= this.#limit) return false;
    rates.set(id, rate);
    return true;
  }
}

/**
 * The rate that a record tells of itself, in the elements that describe packet sampling (RFC 5477, section 8.2; 34
 * and 50: RFC 3954, section 8). 0 where it tells none: an interval of 0 says nothing.
 */
export function rateOf(
  interval: number,
  packetInterval: number,
  packetSpace: number,
  size: number,
  population: number,
  probability: number,
): number {
  if (packetInterval > 0) return (packetInterval + packetSpace) / packetInterval;
  if (size > 0 && population >= size) return population / size;
  if (probability > 0 && probability <= 1) return 1 / probability;
  return interval;
}
