import type { Domain, Template } from './exporters.ts';
import type { ExportLimits } from './limits.ts';
import type { ExportContext } from './context.ts';

/** A data set (or the rest of one) that waits, with what its message said. */
export interface HeldSet {
  readonly setId: number;
  /** The records, without the set's header: a copy. */
  readonly bytes: Uint8Array;
  readonly context: ExportContext;
  /** Set: it waits for a sampling rate, and is read by this template whatever comes meanwhile. Undefined: it waits
   * for its template. */
  readonly template: Template | undefined;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

/** What a set costs beside its bytes, so that empty ones are bounded too. */
export const SET_OVERHEAD = 256;

/** The bounded store of sets that wait: they lie in their domains, this counts them and finds those that are due. */
export class HeldSets {
  /** Domains with sets that wait. */
  readonly domains = new Set<Domain>();
  readonly #limits: ExportLimits;
  #bytes = 0;

  constructor(limits: ExportLimits) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether a set of so many bytes may wait too. */
  fits(domain: Domain, bytes: number): boolean {
    const cost = bytes + SET_OVERHEAD;
    return (
      domain.exporter.heldBytes + cost <= this.#limits.heldBytes &&
      this.#bytes + cost <= this.#limits.heldBytesInAll
    );
  }

  /** Keeps a set that fits. */
  hold(set: HeldSet): void {
    const { domain } = set.context;
    if (set.template === undefined) {
      const waiting = domain.waitingTemplate.get(set.setId);
      if (waiting === undefined) domain.waitingTemplate.set(set.setId, [set]);
      else waiting.push(set);
    } else domain.waitingSampling.push(set);
    this.#account(set, 1);
    this.domains.add(domain);
  }

  /** Takes out the sets that wait for a template. */
  takeForTemplate(domain: Domain, setId: number): readonly HeldSet[] {
    const taken = domain.waitingTemplate.get(setId);
    if (taken === undefined) return [];
    domain.waitingTemplate.delete(setId);
    return this.#taken(domain, taken);
  }

  /** Takes out the sets that wait for a sampling rate. */
  takeForSampling(domain: Domain): readonly HeldSet[] {
    return this.#taken(domain, domain.waitingSampling.splice(0));
  }

  /** Takes out the sets of a domain whose time is up. */
  takeDue(domain: Domain, now: number): readonly HeldSet[] {
    const due: HeldSet[] = [];
    for (const [setId, waiting] of domain.waitingTemplate) {
      const kept = waiting.filter((set) => set.deadline > now);
      if (kept.length === waiting.length) continue;
      due.push(...waiting.filter((set) => set.deadline <= now));
      if (kept.length === 0) domain.waitingTemplate.delete(setId);
      else domain.waitingTemplate.set(setId, kept);
    }
    if (domain.waitingSampling.some((set) => set.deadline <= now)) {
      const all = domain.waitingSampling.splice(0);
      for (const set of all) (set.deadline <= now ? due : domain.waitingSampling).push(set);
    }
    return this.#taken(domain, due);
  }

  #taken(domain: Domain, sets: readonly HeldSet[]): readonly HeldSet[] {
    for (const set of sets) this.#account(set, -1);
    if (domain.waitingTemplate.size === 0 && domain.waitingSampling.length === 0) this.domains.delete(domain);
    return sets;
  }

  #account(set: HeldSet, sign: number): void {
    const cost = sign * (set.bytes.length + SET_OVERHEAD);
    set.context.domain.exporter.heldBytes += cost;
    this.#bytes += cost;
  }
}
