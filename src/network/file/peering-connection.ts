import { z } from 'zod';
import { topKind } from './kind.ts';
import { account, id, named, prefix, region as regionName } from './schema-parts.ts';
import type { PeeringSide, PeeringConnection } from '../peering-connection.ts';

const side = z.strictObject({
  vpc: id('vpc'),
  account: account.optional(),
  region: regionName.optional(),
  cidrs: z.array(prefix).default([]),
});

/** Keys of a side, for suggestions. */
export const PEERING_SIDE_KEYS = Object.keys(side.shape);

/** `peeringConnections` of network.yaml. What a side leaves open is that of its VPC where the file has it. */
export const peeringConnectionKind = topKind(
  z.strictObject({ ...named('peeringConnection'), requester: side, accepter: side }),
  ({ requester, accepter, account: owner }, base, around): PeeringConnection => {
    const sideOf = (it: z.output<typeof side>): PeeringSide => {
      const vpc = around.vpc(it.vpc);
      return {
        vpcId: it.vpc,
        accountId: it.account ?? vpc?.accountId ?? around.account,
        region: it.region ?? vpc?.region ?? around.region,
        cidrs: it.cidrs.length > 0 ? it.cidrs : (vpc?.cidrs ?? []),
      };
    };
    const sides = [sideOf(requester), sideOf(accepter)] as const;
    const home = sides.find(({ vpcId }) => around.vpc(vpcId) !== undefined) ?? sides[0];
    return {
      ...base,
      accountId: owner ?? home.accountId,
      region: home.region,
      requester: sides[0],
      accepter: sides[1],
    };
  },
);
