/** A draft put together: the data of a network file, with where each part of it came from. */
import { isAccountId, isRegion } from '../network/ids.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION, type Owner } from '../network/defaults.ts';
import type { Draft, Entry } from './draft.ts';
import { Builder } from './builder.ts';
import type { Data } from './data.ts';
import { outermost } from './outermost.ts';

export interface Assembled {
  readonly data: Data;
  readonly owner: Owner;
  /** The entry that a resource in the data was made of. */
  readonly origins: WeakMap<object, Entry>;
}

export interface AssembleOptions {
  /** Of what names none; without them what most VPCs have. */
  readonly account: string | undefined;
  readonly region: string | undefined;
  /** Addresses that no interface holds become interfaces when they are seen, in every subnet. */
  readonly discover: boolean;
}

/** Puts the resources into each other. What lies in nothing that is known is told and left out. */
export function assemble(draft: Draft, options: AssembleOptions): Assembled {
  const vpcs = [...draft.all('VPC').values(), ...missingVpcs(draft)];
  const owner = {
    account:
      options.account ??
      draft.account ??
      mostFrequent(
        vpcs.map((it) => it.account),
        isAccountId,
      ) ??
      DEFAULT_ACCOUNT,
    region:
      options.region ??
      mostFrequent(
        vpcs.map((it) => regionOf(draft, it)),
        isRegion,
      ) ??
      DEFAULT_REGION,
  };
  const origins = new WeakMap<object, Entry>();
  const builder = new Builder({ draft, options, owner, origins });
  return { data: builder.build(vpcs), owner, origins };
}

/** The text that comes most often and is good; of several the first in order. */
function mostFrequent(
  texts: readonly (string | undefined)[],
  good: (text: string) => boolean,
): string | undefined {
  const counts = new Map<string, number>();
  for (const text of texts)
    if (text !== undefined && good(text)) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))[0]?.[0];
}

export function regionOf(draft: Draft, { id, region }: Entry): string | undefined {
  return region ?? draft.regions.get(id);
}

/** VPCs that subnets name and nothing describes: their prefixes are those of their subnets. */
function missingVpcs(draft: Draft): Entry[] {
  const cidrs = new Map<string, { place: string; account: string | undefined; texts: string[] }>();
  for (const { parent, place, account, value } of draft.all('subnet').values()) {
    if (parent === undefined || draft.all('VPC').has(parent)) continue;
    const texts = (value['cidrs'] ?? []) as string[];
    const before = cidrs.get(parent);
    if (before === undefined) cidrs.set(parent, { place, account, texts: [...texts] });
    else before.texts.push(...texts);
  }
  return Array.from(cidrs, ([id, { place, account, texts }]) => {
    draft.report.note(`${id} is not described: it has the prefixes of its subnets (add describe-vpcs)`);
    return { id, place, account, value: { id, cidrs: outermost(texts) } };
  });
}
