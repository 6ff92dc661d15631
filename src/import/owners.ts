/** Accounts and regions that a network file declares: where it has any, all that are used have to be there. */
import type { Owner } from '../network/defaults.ts';
import type { Data } from './data.ts';
import { isObject } from './fields.ts';
import { ownerOfArn } from './places.ts';

interface Used {
  readonly accounts: Set<string>;
  readonly regions: Set<string>;
}

/** The owners and regions that resources of the data name, by themselves or in their ARNs. */
function usedIn(data: Data, used: Used): void {
  const { account, region } = ownerOfArn(typeof data['arn'] === 'string' ? data['arn'] : undefined);
  for (const it of [data['account'], account]) if (typeof it === 'string') used.accounts.add(it);
  for (const it of [data['region'], region]) if (typeof it === 'string') used.regions.add(it);
  for (const value of Object.values(data)) {
    if (isObject(value)) usedIn(value, used);
    else if (Array.isArray(value)) for (const it of value) if (isObject(it)) usedIn(it, used);
  }
}

/** The accounts to declare: those that the input names, and those that own something. */
export function accountsOf(declared: readonly Data[], data: Data, { account }: Owner): Data[] {
  if (declared.length === 0) return [];
  const used: Used = { accounts: new Set([account]), regions: new Set() };
  usedIn(data, used);
  const known = new Set(declared.map(({ id }) => id));
  const others = [...used.accounts].filter((id) => !known.has(id)).map((id): Data => ({ id }));
  return [...declared, ...others];
}

/** The regions to declare, for the names of their zones. */
export function regionsOf(zones: Map<string, Data[]>, data: Data, owner: Owner): Data[] {
  if (zones.size === 0) return [];
  const used: Used = { accounts: new Set(), regions: new Set([owner.region]) };
  usedIn(data, used);
  for (const region of used.regions) if (!zones.has(region)) zones.set(region, []);
  for (const vpc of (data['vpcs'] ?? []) as Data[]) {
    const known = zones.get((vpc['region'] as string | undefined) ?? owner.region)!;
    const ids = new Set(known.map(({ id }) => id));
    // Where zones are declared, subnets may be in no other.
    for (const { azId } of (vpc['subnets'] ?? []) as Data[]) {
      if (typeof azId !== 'string' || known.length === 0 || ids.has(azId)) continue;
      ids.add(azId);
      known.push({ id: azId });
    }
  }
  return Array.from(zones, ([name, list]) => ({ name, ...(list.length > 0 && { zones: list }) }));
}
