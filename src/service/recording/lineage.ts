import type { Network } from '../../network/model.ts';
import type { DiscoveryLimits } from '../../network/overlay.ts';
import { Snapshot } from '../../network/snapshot.ts';

/** The VPCs that a source sees; undefined: all there are. */
export type SeenVpcs = readonly string[] | undefined;

/** Distinct lists of VPCs as scopes, and the scope of each source (S2.1). */
export interface ScopePlan {
  readonly scopes: readonly SeenVpcs[];
  readonly of: readonly number[];
}

/** Sources that see the same VPCs share a scope. */
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
  readonly #limits: Partial<DiscoveryLimits>;
  #latest: Snapshot | undefined;

  constructor(scopes: readonly SeenVpcs[], limits: Partial<DiscoveryLimits> = {}) {
    this.#scopes = scopes;
    this.#limits = limits;
  }

  /** The latest version, for looking at; undefined before the first. */
  get latest(): Snapshot | undefined {
    return this.#latest;
  }

  /** The next version. Of the VPCs that sources name, those that the network does not have are left out, and told. */
  next(network: Network): { readonly snapshot: Snapshot; readonly missing: readonly string[] } {
    const missing = new Set<string>();
    const scopes = this.#scopes.map((vpcs) => {
      if (vpcs === undefined) return [...network.vpcs.keys()];
      for (const id of vpcs) if (!network.vpcs.has(id)) missing.add(id);
      return vpcs.filter((id) => network.vpcs.has(id));
    });
    const previous = this.#latest;
    const snapshot = Snapshot.build(network, {
      version: (previous?.version ?? 0) + 1,
      scopes,
      ...(previous === undefined ? { limits: this.#limits } : { previous }),
    });
    this.#latest = snapshot;
    return { snapshot, missing: [...missing] };
  }
}
