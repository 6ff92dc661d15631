import type { Prefix } from '../base/prefixes.ts';
import type { Checking } from './checking.ts';
import type { Resource } from './resource.ts';

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
