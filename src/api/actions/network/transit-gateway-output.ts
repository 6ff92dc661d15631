import type { TransitGateway } from '../../../network/transit-gateway.ts';
import type { TransitGateway as TransitGatewayOutput } from '../../protocol/types.generated.ts';
import type { State } from './dependencies.ts';
import type { Fields } from './filters.ts';
import { dateOf, tagSet } from './outputs.ts';

function arnOf({ id, accountId, region }: TransitGateway): string {
  return `arn:aws:ec2:${region}:${accountId}:transit-gateway/${id}`;
}

/** The id of the table that a transit gateway's attachments are associated with, or propagate to, by default. */
function defaultTable(
  state: State,
  { id }: TransitGateway,
  member: 'defaultAssociation' | 'defaultPropagation',
): string | undefined {
  for (const table of state.dependentsOf(id, 'transitGatewayRouteTable')) if (table[member]) return table.id;
  return undefined;
}

/** A transit gateway as answers show it. */
export function transitGatewayOutput(
  state: State,
  it: TransitGateway,
  phase = 'available',
): TransitGatewayOutput {
  const { options } = it;
  return {
    TransitGatewayId: it.id,
    TransitGatewayArn: arnOf(it),
    State: phase,
    OwnerId: it.accountId,
    Description: it.description ?? '',
    CreationTime: dateOf(it.createdAt),
    Options: {
      AmazonSideAsn: options.amazonSideAsn,
      TransitGatewayCidrBlocks: options.cidrBlocks.length === 0 ? undefined : options.cidrBlocks,
      AutoAcceptSharedAttachments: options.autoAcceptSharedAttachments,
      DefaultRouteTableAssociation: options.defaultRouteTableAssociation,
      AssociationDefaultRouteTableId: defaultTable(state, it, 'defaultAssociation'),
      DefaultRouteTablePropagation: options.defaultRouteTablePropagation,
      PropagationDefaultRouteTableId: defaultTable(state, it, 'defaultPropagation'),
      VpnEcmpSupport: options.vpnEcmpSupport,
      DnsSupport: options.dnsSupport,
      SecurityGroupReferencingSupport: options.securityGroupReferencingSupport,
      MulticastSupport: options.multicastSupport,
    },
    Tags: tagSet(it.tags),
  };
}

export function transitGatewayFields(state: State): Fields<TransitGateway> {
  return {
    'transit-gateway-id': (it) => it.id,
    state: () => 'available',
    'owner-id': (it) => it.accountId,
    'options.amazon-side-asn': (it) => String(it.options.amazonSideAsn),
    'options.auto-accept-shared-attachments': (it) => it.options.autoAcceptSharedAttachments,
    'options.default-route-table-association': (it) => it.options.defaultRouteTableAssociation,
    'options.default-route-table-propagation': (it) => it.options.defaultRouteTablePropagation,
    'options.association-default-route-table-id': (it) => defaultTable(state, it, 'defaultAssociation'),
    'options.propagation-default-route-table-id': (it) => defaultTable(state, it, 'defaultPropagation'),
    'options.dns-support': (it) => it.options.dnsSupport,
    'options.vpn-ecmp-support': (it) => it.options.vpnEcmpSupport,
  };
}
