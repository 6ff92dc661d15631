import type { VpcEndpoint } from '../../../network/vpc-endpoint.ts';
import type { HandlerOf, NetworkActionsOptions, State } from './dependencies.ts';
import { describe } from './describe.ts';
import type { Fields } from './filters.ts';
import { groupsOf } from './interface-groups.ts';
import { tagSet } from './outputs.ts';

/** The subnets that an endpoint's interfaces lie in. */
function subnetIds(state: State, { interfaceIds }: VpcEndpoint): string[] {
  return [...new Set(interfaceIds.map((id) => state.interface(id).subnetId))];
}

/** The security groups of its interfaces. */
function groups(state: State, { interfaceIds }: VpcEndpoint) {
  const all = interfaceIds.flatMap((id) => groupsOf(state, state.interface(id)));
  return [...new Map(all.map((group) => [group.GroupId, group])).values()];
}

const FIELDS: Fields<VpcEndpoint> = {
  'vpc-endpoint-id': (it) => it.id,
  'vpc-id': (it) => it.vpcId,
  'vpc-endpoint-type': (it) => it.type,
  'service-name': (it) => it.serviceName,
  'vpc-endpoint-state': () => 'available',
};

/** DescribeVpcEndpoints. */
export function describeVpcEndpoints(options: NetworkActionsOptions): HandlerOf<'DescribeVpcEndpoints'> {
  const { network } = options;
  return async (context, input) => {
    const { state } = network;
    const { items, NextToken } = await describe(options, context, {
      ...input,
      action: 'DescribeVpcEndpoints',
      kind: 'vpcEndpoint',
      ids: input.VpcEndpointIds,
      idsName: 'VpcEndpointIds',
      filters: input.Filters,
      fields: FIELDS,
    });
    const VpcEndpoints = items.map((it) => ({
      VpcEndpointId: it.id,
      VpcEndpointType: it.type,
      VpcId: it.vpcId,
      ServiceName: it.serviceName,
      State: 'available',
      RouteTableIds: it.routeTableIds,
      SubnetIds: subnetIds(state, it),
      Groups: groups(state, it),
      PrivateDnsEnabled: it.privateDns,
      RequesterManaged: false,
      NetworkInterfaceIds: it.interfaceIds,
      DnsEntries: [],
      Tags: tagSet(it.tags),
      OwnerId: it.accountId,
      ServiceRegion: it.region,
    }));
    return { VpcEndpoints, NextToken };
  };
}
