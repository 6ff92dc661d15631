/** VPCs whose subnets overlap: no source may see both (S2.1). */
import { comparePrefixes, containsPrefix, formatPrefix } from '../base/prefixes.ts';
import type { Network } from '../network/model.ts';

/** Pairs of VPCs with the prefixes by which they overlap first, in the order of the prefixes. */
export function overlappingVpcs(network: Network): { a: string; b: string; prefix: string }[] {
  const rows = [...network.subnets.values()].flatMap(({ vpcId, cidrs }) =>
    cidrs.map((prefix) => ({ vpcId, prefix })),
  );
  const pairs = new Map<string, { a: string; b: string; prefix: string }>();
  let open: typeof rows = [];
  for (const row of rows.sort((x, y) => comparePrefixes(x.prefix, y.prefix))) {
    open = open.filter(({ prefix }) => containsPrefix(prefix, row.prefix));
    for (const { vpcId } of new Map(open.map((it) => [it.vpcId, it])).values()) {
      const [a, b] = [vpcId, row.vpcId].sort() as [string, string];
      if (a !== b && !pairs.has(`${a} ${b}`))
        pairs.set(`${a} ${b}`, { a, b, prefix: formatPrefix(row.prefix) });
    }
    if (pairs.size > MAX_PAIRS) break;
    open.push(row);
  }
  return [...pairs.values()];
}

const MAX_PAIRS = 100;
