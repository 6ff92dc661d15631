import type { InterfaceLookup } from '../network/lookup.ts';
import { Attribution, type AttributionCounters, noAttributions } from './attribution.ts';
import { ContextNumbers } from './context-numbers.ts';
import { Contexts } from './contexts.ts';
import { FlowContexts } from './flow-contexts.ts';

/** Versions that are held for late packets, beside those of open windows. */
const KEPT_VERSIONS = 4;

/** A version of the network on the recording thread: what windows from `from` on are recorded under (S3.7). */
export interface Version {
  /** Start of its first window in Unix seconds. */
  readonly from: number;
  readonly lookup: InterfaceLookup;
  readonly contexts: Contexts;
  readonly flowContexts: FlowContexts;
  readonly attribution: Attribution;
}

/** How flows are attributed, whichever version they come under. */
export interface AttributionRules {
  readonly discoverDestinations: boolean;
  /** Rows that one interface may have, and from how many rows of the table on (S5.4). */
  readonly share: number;
  readonly shareFrom: number;
}

/**
 * The versions of the network that windows may be recorded under: one for most of the time, a few after a
 * change, so that packets on both sides of its boundary can come in any order. What a version remembers of
 * addresses and link columns is its own.
 */
export class Versions {
  readonly numbers = new ContextNumbers();
  readonly counters: AttributionCounters = noAttributions();
  readonly #rules: AttributionRules;
  /** Ascending by `from`. */
  readonly #held: Version[] = [];
  #severalPoints = false;
  #latest: Version;

  constructor(lookup: InterfaceLookup, rules: AttributionRules) {
    this.#rules = rules;
    this.#latest = this.#make(lookup, Number.NEGATIVE_INFINITY);
    this.#held.push(this.#latest);
  }

  get latest(): Version {
    return this.#latest;
  }

  /** The version of the window at `start`; of one that is closed for long, the earliest that is still held. */
  at(start: number): Version {
    if (start >= this.#latest.from) return this.#latest;
    return this.#held.findLast((version) => version.from <= start) ?? this.#held[0]!;
  }

  /** The time at which the windows of a version end. */
  endOf(version: Version): number {
    return this.#held[this.#held.indexOf(version) + 1]?.from ?? Number.POSITIVE_INFINITY;
  }

  /** A version for windows from `from` on; others that were to begin then or later never do. */
  add(lookup: InterfaceLookup, from: number): void {
    while (this.#held.length > 0 && this.#held.at(-1)!.from >= from) this.#held.pop();
    this.#latest = this.#make(lookup, from);
    this.#held.push(this.#latest);
  }

  /** Lets go of the oldest versions whose windows are all closed, but for a few. */
  retire(closedUpTo: number): void {
    while (this.#held.length > KEPT_VERSIONS && this.#held[1]!.from <= closedUpTo) this.#held.shift();
  }

  /** Packets come from several places: flows can be duplicates under another context (S2.8). */
  noteSeveralPoints(): void {
    if (this.#severalPoints) return;
    this.#severalPoints = true;
    for (const { attribution } of this.#held) attribution.severalPoints = true;
  }

  #make(lookup: InterfaceLookup, from: number): Version {
    const { discoverDestinations, share, shareFrom } = this.#rules;
    const attribution = new Attribution(lookup, this.numbers, discoverDestinations, this.counters);
    attribution.share = share;
    attribution.shareFrom = shareFrom;
    attribution.severalPoints = this.#severalPoints;
    return {
      from,
      lookup,
      contexts: new Contexts(lookup, this.numbers),
      flowContexts: new FlowContexts(lookup, this.numbers),
      attribution,
    };
  }
}
