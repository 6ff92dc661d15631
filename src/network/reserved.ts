/** The addresses that the service keeps for itself in VPCs with `awsReserved: true` (S1.5). */
import { shareWords, type WordTables } from './index-table.ts';
import type { Network } from './model.ts';

export const RESERVED_DNS = 1;
export const RESERVED_ROUTER = 2;

/**
 * By VPC (as the first index of the tables), RESERVED_DNS at the base of each of its IPv4 prefixes plus two,
 * RESERVED_ROUTER at the base of each of its subnets' plus one. Nothing for VPCs without the mark; undefined
 * when no VPC has it.
 */
export function reservedTables(network: Network): WordTables | undefined {
  const vpcs = [...network.vpcs.values()];
  if (!vpcs.some((vpc) => vpc.awsReserved)) return undefined;
  const byId = new Map(vpcs.map((vpc) => [vpc.id, new Map<number, number>()]));
  for (const vpc of vpcs) {
    if (!vpc.awsReserved) continue;
    for (const prefix of vpc.cidrs) {
      if (prefix.family === 4) byId.get(vpc.id)!.set((prefix.words[3] + 2) | 0, RESERVED_DNS);
    }
  }
  for (const subnet of network.subnets.values()) {
    if (network.vpcs.get(subnet.vpcId)?.awsReserved !== true) continue;
    for (const prefix of subnet.cidrs) {
      if (prefix.family === 4) byId.get(subnet.vpcId)!.set((prefix.words[3] + 1) | 0, RESERVED_ROUTER);
    }
  }
  return shareWords(vpcs.map((vpc) => [...byId.get(vpc.id)!].flat()));
}
