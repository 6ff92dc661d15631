import type { TransitGatewayAttachment } from '../../../network/transit-gateway-attachment.ts';
import type {
  TransitGatewayAttachment as AttachmentOutput,
  TransitGatewayVpcAttachment as VpcAttachmentOutput,
} from '../../protocol/types.generated.ts';
import type { State } from './dependencies.ts';
import type { Fields } from './filters.ts';
import { tagSet } from './outputs.ts';

/** An attachment as the actions on VPC attachments show it. */
export function vpcAttachmentOutput(
  state: State,
  it: TransitGatewayAttachment,
  phase = 'available',
): VpcAttachmentOutput {
  return {
    TransitGatewayAttachmentId: it.id,
    TransitGatewayId: it.transitGatewayId,
    VpcId: it.vpcId,
    VpcOwnerId: state.vpc(it.vpcId).accountId,
    State: phase,
    SubnetIds: it.subnetIds,
    CreationTime: new Date(it.createdAt),
    Options: {
      DnsSupport: it.options.dnsSupport,
      SecurityGroupReferencingSupport: it.options.securityGroupReferencingSupport,
      Ipv6Support: it.options.ipv6Support,
      ApplianceModeSupport: it.options.applianceModeSupport,
    },
    Tags: tagSet(it.tags),
  };
}

/** An attachment as the action on attachments of every kind shows it. */
export function attachmentOutput(state: State, it: TransitGatewayAttachment): AttachmentOutput {
  return {
    TransitGatewayAttachmentId: it.id,
    TransitGatewayId: it.transitGatewayId,
    TransitGatewayOwnerId: it.accountId,
    ResourceOwnerId: state.vpc(it.vpcId).accountId,
    ResourceType: 'vpc',
    ResourceId: it.vpcId,
    State: 'available',
    CreationTime: new Date(it.createdAt),
    Tags: tagSet(it.tags),
  };
}

export const VPC_ATTACHMENT_FIELDS: Fields<TransitGatewayAttachment> = {
  'transit-gateway-attachment-id': (it) => it.id,
  'transit-gateway-id': (it) => it.transitGatewayId,
  'vpc-id': (it) => it.vpcId,
  state: () => 'available',
};

export function attachmentFields(state: State): Fields<TransitGatewayAttachment> {
  return {
    'transit-gateway-attachment-id': (it) => it.id,
    'transit-gateway-id': (it) => it.transitGatewayId,
    'transit-gateway-owner-id': (it) => it.accountId,
    'resource-id': (it) => it.vpcId,
    'resource-owner-id': (it) => state.vpc(it.vpcId).accountId,
    'resource-type': () => 'vpc',
    state: () => 'available',
  };
}
