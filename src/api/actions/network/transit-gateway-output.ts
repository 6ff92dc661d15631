import type { TransitGateway } from '../../../network/transit-gateway.ts';
import type { TransitGateway as TransitGatewayOutput } from '../../protocol/types.generated.ts';
import type { Fields } from './filters.ts';
import { derivedId, tagSet } from './outputs.ts';

function arnOf({ id, accountId, region }: TransitGateway): string {
  return `arn:aws:ec2:${region}:${accountId}:transit-gateway/${id}`;
}

/** A transit gateway as answers show it. Its route table has an id, but there are no actions on it. */
export function transitGatewayOutput(it: TransitGateway, state = 'available'): TransitGatewayOutput {
  const { options } = it;
  const table = derivedId('tgw-rtb', it.id);
  return {
    TransitGatewayId: it.id,
    TransitGatewayArn: arnOf(it),
    State: state,
    OwnerId: it.accountId,
    Description: it.description ?? '',
    CreationTime: new Date(it.createdAt),
    Options: {
      AmazonSideAsn: options.amazonSideAsn,
      TransitGatewayCidrBlocks: options.cidrBlocks.length === 0 ? undefined : options.cidrBlocks,
      AutoAcceptSharedAttachments: options.autoAcceptSharedAttachments,
      DefaultRouteTableAssociation: options.defaultRouteTableAssociation,
      AssociationDefaultRouteTableId: options.defaultRouteTableAssociation === 'enable' ? table : undefined,
      DefaultRouteTablePropagation: options.defaultRouteTablePropagation,
      PropagationDefaultRouteTableId: options.defaultRouteTablePropagation === 'enable' ? table : undefined,
      VpnEcmpSupport: options.vpnEcmpSupport,
      DnsSupport: options.dnsSupport,
      SecurityGroupReferencingSupport: options.securityGroupReferencingSupport,
      MulticastSupport: options.multicastSupport,
    },
    Tags: tagSet(it.tags),
  };
}

export const TRANSIT_GATEWAY_FIELDS: Fields<TransitGateway> = {
  'transit-gateway-id': (it) => it.id,
  state: () => 'available',
  'owner-id': (it) => it.accountId,
  'options.amazon-side-asn': (it) => String(it.options.amazonSideAsn),
  'options.auto-accept-shared-attachments': (it) => it.options.autoAcceptSharedAttachments,
  'options.default-route-table-association': (it) => it.options.defaultRouteTableAssociation,
  'options.default-route-table-propagation': (it) => it.options.defaultRouteTablePropagation,
  'options.association-default-route-table-id': (it) => derivedId('tgw-rtb', it.id),
  'options.propagation-default-route-table-id': (it) => derivedId('tgw-rtb', it.id),
  'options.dns-support': (it) => it.options.dnsSupport,
  'options.vpn-ecmp-support': (it) => it.options.vpnEcmpSupport,
};
