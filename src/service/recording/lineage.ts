import type { Network } from '../../network/model.ts';
import type { DiscoveryLimits } from '../../network/overlay.ts';
import type { OverlapRule } from '../../network/scopes.ts';
import type { ServiceRanges } from '../../network/service-ranges.ts';
import { Snapshot } from '../../network/snapshot.ts';

/** The VPCs that a source sees; undefined: all there are. */
export type SeenVpcs = readonly string[] | undefined;

/** Distinct lists of VPCs as scopes, and the scope of each source (S2.1). */
export interface ScopePlan {
  readonly scopes: readonly SeenVpcs[];
  readonly of: readonly number[];
}

/** Sources that see the same VPCs share a scope. Behind these scopes come those of the network's rules: Snapshot.build
 * numbers them on from version to version. */
export function planScopes(sources: readonly { readonly vpcs?: SeenVpcs }[]): ScopePlan {
  const numbers = new Map<string, number>();
  const scopes: SeenVpcs[] = [];
  const of = sources.map(({ vpcs }) => {
    const key = vpcs === undefined ? '*' : [...new Set(vpcs)].toSorted().join(' ');
    let number = numbers.get(key);
    if (number === undefined) {
      number = scopes.push(vpcs) - 1;
      numbers.set(key, number);
    }
    return number;
  });
  return { scopes: scopes.length === 0 ? [undefined] : scopes, of };
}

/**
 * The versions of the network that one recording meets (S3.7), with an overlay of discovered interfaces of its own:
 * one thread adds to it.
 */
export class Lineage {
  readonly #scopes: readonly SeenVpcs[];
  readonly #overlaps: OverlapRule;
  readonly #limits: Partial<DiscoveryLimits>;
  #latest: Snapshot | undefined;
  #told = '';
  #conflicts: readonly string[] = [];

  /** `overlaps`: what to do when VPCs of one scope overlap, or are not there (S2.1). */
  constructor(scopes: readonly SeenVpcs[], overlaps: OverlapRule, limits: Partial<DiscoveryLimits> = {}) {
    this.#scopes = scopes;
    this.#overlaps = overlaps;
    this.#limits = limits;
  }

  /** The latest version, for looking at; undefined before the first. */
  get latest(): Snapshot | undefined {
    return this.#latest;
  }

  /** What the latest version leaves out, a sentence each. */
  get conflicts(): readonly string[] {
    return this.#conflicts;
  }

  /**
   * The next version, and what it leaves out, if that is other than before: a sentence each. `services` are whose
   * addresses are whose.
   *
   * @throws {UserError} where overlaps are refused
   */
  next(
    network: Network,
    services: ServiceRanges | undefined,
  ): { readonly snapshot: Snapshot; readonly news: readonly string[] } {
    const previous = this.#latest;
    const snapshot = Snapshot.build(network, {
      version: (previous?.version ?? 0) + 1,
      scopes: this.#scopes.map((vpcs) => vpcs ?? 'all'),
      overlaps: this.#overlaps,
      services,
      ...(previous === undefined ? { limits: this.#limits } : { previous }),
    });
    this.#latest = snapshot;
    const reasons = snapshot.conflicts.map((conflict) => conflict.reason);
    this.#conflicts = reasons;
    const text = reasons.join('\n');
    const news = text === this.#told ? [] : reasons;
    this.#told = text;
    return { snapshot, news };
  }
}
