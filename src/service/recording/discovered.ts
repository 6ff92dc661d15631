import type { Snapshot } from '../../network/snapshot.ts';
import type { Scope } from '../../store/store.ts';
import { InterfaceNames } from '../writing/interface-names.ts';
import type { Lineage } from './lineage.ts';

const DISCOVERED_ID = /^eni-[0-9a-f]{17}$/;

/** Ids of the interfaces that a recording discovered: each is worked out once, when ids are asked for. */
const names = new WeakMap<Lineage, InterfaceNames>();

/** Which of the ids are interfaces that one of the recordings discovered in an account and region. */
export function discoveredIn(
  lineages: readonly Lineage[],
  scope: Scope,
  ids: readonly string[],
): ReadonlySet<string> {
  const found = new Set<string>();
  for (const id of ids) {
    if (!DISCOVERED_ID.test(id)) continue;
    if (lineages.some((lineage) => isDiscovered(lineage, scope, id))) found.add(id);
  }
  return found;
}

function isDiscovered(lineage: Lineage, scope: Scope, id: string): boolean {
  const snapshot: Snapshot | undefined = lineage.latest;
  if (snapshot === undefined) return false;
  let known = names.get(lineage);
  if (known === undefined) names.set(lineage, (known = new InterfaceNames()));
  const number = known.discovered(id, snapshot);
  if (number === undefined || !snapshot.has(number)) return false;
  const { accountId, region } = snapshot.facts(number);
  return accountId === scope.account && region === scope.region;
}
