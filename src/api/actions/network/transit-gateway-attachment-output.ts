import type { TransitGatewayAttachment } from '../../../network/transit-gateway-attachment.ts';
import type {
  TransitGatewayAttachment as AttachmentOutput,
  TransitGatewayPeeringAttachment as PeeringAttachmentOutput,
  TransitGatewayVpcAttachment as VpcAttachmentOutput,
} from '../../protocol/types.generated.ts';
import type { State } from './dependencies.ts';
import type { Fields } from './filters.ts';
import { associationFinder } from './gateway-tables.ts';
import { dateOf, tagSet } from './outputs.ts';

/** An attachment of a VPC as the actions on those show it. */
export function vpcAttachmentOutput(it: TransitGatewayAttachment, phase = 'available'): VpcAttachmentOutput {
  return {
    TransitGatewayAttachmentId: it.id,
    TransitGatewayId: it.transitGatewayId,
    VpcId: it.vpcId,
    VpcOwnerId: it.resourceOwnerId,
    State: phase,
    SubnetIds: it.subnetIds,
    CreationTime: dateOf(it.createdAt),
    Options: {
      DnsSupport: it.options.dnsSupport,
      SecurityGroupReferencingSupport: it.options.securityGroupReferencingSupport,
      Ipv6Support: it.options.ipv6Support,
      ApplianceModeSupport: it.options.applianceModeSupport,
    },
    Tags: tagSet(it.tags),
  };
}

/** An attachment of another transit gateway as the action on those shows it: which side asked for it is not
 * known, this one is shown as that. */
export function peeringAttachmentOutput(state: State, it: TransitGatewayAttachment): PeeringAttachmentOutput {
  return {
    TransitGatewayAttachmentId: it.id,
    RequesterTgwInfo: {
      TransitGatewayId: it.transitGatewayId,
      OwnerId: state.transitGateway(it.transitGatewayId).accountId,
      Region: it.region,
    },
    AccepterTgwInfo: {
      TransitGatewayId: it.resourceId,
      OwnerId: it.resourceOwnerId,
      Region: it.peerRegion,
    },
    Status: { Code: 'available', Message: 'Available' },
    State: 'available',
    CreationTime: dateOf(it.createdAt),
    Tags: tagSet(it.tags),
  };
}

/** Makes of attachments what the action on those of every kind shows. */
export function attachmentOutputs(state: State): (it: TransitGatewayAttachment) => AttachmentOutput {
  const tableOf = associationFinder(state);
  return (it) => {
    const table = tableOf(it);
    return {
      TransitGatewayAttachmentId: it.id,
      TransitGatewayId: it.transitGatewayId,
      TransitGatewayOwnerId: state.transitGateway(it.transitGatewayId).accountId,
      ResourceOwnerId: it.resourceOwnerId,
      ResourceType: it.type,
      ResourceId: it.resourceId,
      State: 'available',
      Association: table && { TransitGatewayRouteTableId: table.id, State: 'associated' },
      CreationTime: dateOf(it.createdAt),
      Tags: tagSet(it.tags),
    };
  };
}

export const VPC_ATTACHMENT_FIELDS: Fields<TransitGatewayAttachment> = {
  'transit-gateway-attachment-id': (it) => it.id,
  'transit-gateway-id': (it) => it.transitGatewayId,
  'vpc-id': (it) => it.vpcId,
  state: () => 'available',
};

export const PEERING_ATTACHMENT_FIELDS: Fields<TransitGatewayAttachment> = {
  'transit-gateway-attachment-id': (it) => it.id,
  'transit-gateway-id': (it) => it.transitGatewayId,
  'remote-owner-id': (it) => it.resourceOwnerId,
  'local-owner-id': (it) => it.accountId,
  state: () => 'available',
};

export function attachmentFields(state: State): Fields<TransitGatewayAttachment> {
  const tableOf = associationFinder(state);
  return {
    'transit-gateway-attachment-id': (it) => it.id,
    'transit-gateway-id': (it) => it.transitGatewayId,
    'transit-gateway-owner-id': (it) => state.transitGateway(it.transitGatewayId).accountId,
    'resource-id': (it) => it.resourceId,
    'resource-owner-id': (it) => it.resourceOwnerId,
    'resource-type': (it) => it.type,
    'association.transit-gateway-route-table-id': (it) => tableOf(it)?.id,
    'association.state': (it) => (tableOf(it) === undefined ? undefined : 'associated'),
    state: () => 'available',
  };
}
