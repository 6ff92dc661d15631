/** Address spaces by where traffic is seen (S2.1): which VPCs' addresses an exporter, an interface of it, a VLAN or a
 * tunnel carries, where these are others than those of the source. */
import { checkSeenAt } from './bindings.ts';
import type { Checking } from './checking.ts';
import type { Binding } from './interface.ts';
import type { Scopes } from './scopes.ts';

/** An entry of `scopes` of network.yaml. */
export interface ScopeRule extends Binding {
  readonly vpcIds: readonly string[];
}

/** Each says where and which VPCs; one for what is seen at one place; VPCs that are there. */
export function checkScopeRules(checking: Checking): void {
  const { scopes } = checking.parts;
  checkSeenAt(
    scopes.map((it) => ({ subject: it, member: [], at: it })),
    { empty: 'an entry for no traffic', taken: () => 'the same traffic has a scopes entry already' },
    checking.report,
  );
  const vpcs = new Set(checking.parts.vpcs.map(({ id }) => id));
  for (const it of scopes) {
    if (it.vpcIds.length === 0) {
      checking.report(it, ['vpcs'], 'the entry sees no VPC: name at least one');
    }
    const seen = new Set<string>();
    it.vpcIds.forEach((id, i) => {
      if (!vpcs.has(id)) {
        const known = [...vpcs].slice(0, 5).join(', ') || 'none';
        const message = `VPC ${id} is not there: declare it, or correct the id (there are ${known})`;
        checking.report(it, ['vpcs', i], message);
      } else if (seen.has(id)) checking.report(it, ['vpcs', i], `${id} is listed already: take one out`);
      seen.add(id);
    });
  }
}

/** The scopes of a version of the network: numbers are of one recording, and stay. */
export interface NumberedScopes {
  /** By number. Of what only earlier versions had: no VPC at all. */
  readonly scopes: Exclude<Scopes, 'all'>;
  /** The same as texts, for comparing. */
  readonly keys: readonly string[];
  /** By rule: its scope. */
  readonly ofRules: readonly number[];
}

/**
 * Numbers the scopes of the sources, which come first and are the same in all versions, and behind them those of the
 * network's rules. What the version before had keeps its number; rules and sources that see the same VPCs share one.
 */
export function numberScopes(
  sources: Scopes,
  rules: readonly ScopeRule[],
  before: readonly string[] = [],
): NumberedScopes {
  const scopes: (readonly string[] | 'all')[] = sources === 'all' ? ['all'] : [...sources];
  const keys = scopes.map(keyOf);
  const numbers = new Map<string, number>();
  for (const [number, key] of keys.entries()) if (!numbers.has(key)) numbers.set(key, number);
  for (const key of before.slice(keys.length)) {
    const number = keys.push(key) - 1;
    scopes.push([]);
    if (!numbers.has(key)) numbers.set(key, number);
  }
  const ofRules = rules.map(({ vpcIds }) => {
    const key = keyOf(vpcIds);
    let number = numbers.get(key);
    if (number === undefined) {
      number = keys.push(key) - 1;
      numbers.set(key, number);
    }
    if (number >= (sources === 'all' ? 1 : sources.length)) scopes[number] = vpcIds;
    return number;
  });
  return { scopes, keys, ofRules };
}

function keyOf(vpcs: readonly string[] | 'all'): string {
  return vpcs === 'all' ? '*' : [...new Set(vpcs)].toSorted().join(' ');
}
