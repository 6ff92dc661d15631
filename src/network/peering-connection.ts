import { z } from 'zod';
import type { Prefix } from '../base/prefixes.ts';
import type { Checking } from './checking.ts';
import { topKind } from './file-kind.ts';
import type { Resource } from './resource.ts';
import { account, id, named, prefix, region as regionName } from './schema-parts.ts';

/** One end of a peering connection: a VPC of this network, or one of which only this is known. */
export interface PeeringSide {
  readonly vpcId: string;
  readonly accountId: string;
  readonly region: string;
  /** As declared here; those of a VPC of this network are its own. */
  readonly cidrs: readonly Prefix[];
}

/** A way between two VPCs. It belongs to the account and region of the side that asked for it, where that is in
 * this network, else to the other's. */
export interface PeeringConnection extends Resource {
  readonly region: string;
  readonly requester: PeeringSide;
  readonly accepter: PeeringSide;
}

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

/** Two VPCs, of which one is here; a side says nothing else of a VPC than it is. */
export function checkPeeringConnections(checking: Checking): void {
  const { parts, report } = checking;
  for (const it of parts.peeringConnections) {
    const { requester, accepter } = it;
    if (requester.vpcId === accepter.vpcId) {
      report(it, ['accepter', 'vpc'], `${it.id} needs two VPCs: both sides are ${requester.vpcId}`);
    }
    let known = 0;
    for (const [member, side] of Object.entries({ requester, accepter })) {
      const vpc = checking.find('vpcs', side.vpcId);
      if (vpc === undefined) continue;
      known++;
      if (side.accountId !== vpc.accountId) {
        report(it, [member, 'account'], `${vpc.id} is of account ${vpc.accountId}: take the account out`);
      }
      if (side.region !== vpc.region) {
        report(it, [member, 'region'], `${vpc.id} is in ${vpc.region}: take the region out`);
      }
    }
    if (known === 0) report(it, ['requester', 'vpc'], `neither side of ${it.id} is in this file`);
  }
}
