import { formatPrefix } from '../../../base/prefixes.ts';
import type { PeeringConnection, PeeringSide } from '../../../network/peering-connection.ts';
import type { VpcPeeringConnectionVpcInfo } from '../../protocol/types.generated.ts';
import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describe } from './describe.ts';
import type { Fields } from './filters.ts';
import { tagSet } from './outputs.ts';

const ACTIVE = { Code: 'active', Message: 'Active' };

function cidrsOf({ cidrs }: PeeringSide, family: 4 | 6): string[] {
  return cidrs.filter((prefix) => prefix.family === family).map(formatPrefix);
}

function sideOutput(side: PeeringSide): VpcPeeringConnectionVpcInfo {
  const four = cidrsOf(side, 4);
  return {
    CidrBlock: four[0],
    Ipv6CidrBlockSet: cidrsOf(side, 6).map((cidr) => ({ Ipv6CidrBlock: cidr })),
    CidrBlockSet: four.map((cidr) => ({ CidrBlock: cidr })),
    OwnerId: side.accountId,
    VpcId: side.vpcId,
    Region: side.region,
  };
}

const FIELDS: Fields<PeeringConnection> = {
  'vpc-peering-connection-id': (it) => it.id,
  'requester-vpc-info.vpc-id': (it) => it.requester.vpcId,
  'requester-vpc-info.owner-id': (it) => it.requester.accountId,
  'requester-vpc-info.cidr-block': (it) => cidrsOf(it.requester, 4),
  'accepter-vpc-info.vpc-id': (it) => it.accepter.vpcId,
  'accepter-vpc-info.owner-id': (it) => it.accepter.accountId,
  'accepter-vpc-info.cidr-block': (it) => cidrsOf(it.accepter, 4),
  'status-code': () => ACTIVE.Code,
  'status-message': () => ACTIVE.Message,
};

/** DescribeVpcPeeringConnections. */
export function describeVpcPeeringConnections(
  options: NetworkActionsOptions,
): HandlerOf<'DescribeVpcPeeringConnections'> {
  return async (context, input) => {
    const { items, NextToken } = await describe(options, context, {
      ...input,
      action: 'DescribeVpcPeeringConnections',
      kind: 'peeringConnection',
      ids: input.VpcPeeringConnectionIds,
      idsName: 'VpcPeeringConnectionIds',
      filters: input.Filters,
      fields: FIELDS,
    });
    const VpcPeeringConnections = items.map((it) => ({
      AccepterVpcInfo: sideOutput(it.accepter),
      RequesterVpcInfo: sideOutput(it.requester),
      Status: ACTIVE,
      Tags: tagSet(it.tags),
      VpcPeeringConnectionId: it.id,
    }));
    return { VpcPeeringConnections, NextToken };
  };
}
