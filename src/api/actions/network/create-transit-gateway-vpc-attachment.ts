import { randomId } from '../../../network/ids.ts';
import { NO_TAGS } from '../../../network/tags.ts';
import {
  vpcAttachment,
  type TransitGatewayAttachment,
  type TransitGatewayAttachmentOptions,
} from '../../../network/transit-gateway-attachment.ts';
import { refusal } from '../../errors.ts';
import type { CreateTransitGatewayVpcAttachmentRequestOptions } from '../../protocol/types.generated.ts';
import { tagsOfSpecifications } from '../tags/tag-input.ts';
import type { HandlerOf, NetworkActionsOptions, State } from './dependencies.ts';
import { switchOf } from './inputs.ts';
import { checkId, find } from './lookup.ts';
import { vpcAttachmentOutput } from './transit-gateway-attachment-output.ts';

/** At most one subnet in each zone; no region has more zones. */
const MAX_SUBNETS = 26;

/** CreateTransitGatewayVpcAttachment. */
export function createTransitGatewayVpcAttachment({
  network,
}: NetworkActionsOptions): HandlerOf<'CreateTransitGatewayVpcAttachment'> {
  return (context, input) => {
    checkId('transitGateway', input.TransitGatewayId);
    checkId('vpc', input.VpcId);
    const subnetIds = [...new Set(input.SubnetIds)];
    if (subnetIds.length > MAX_SUBNETS) {
      throw refusal('tooMany', { name: 'SubnetIds', count: subnetIds.length, max: MAX_SUBNETS });
    }
    for (const id of subnetIds) checkId('subnet', id);
    const options = optionsOf(input.Options ?? {});
    const tags = tagsOfSpecifications(input.TagSpecifications, 'transit-gateway-attachment');
    return network.turn(context, async (turn) => {
      const { state } = turn;
      const gateway = find(state, context, 'transitGateway', input.TransitGatewayId);
      const vpc = find(state, context, 'vpc', input.VpcId);
      const zones = new Set<string>();
      for (const id of subnetIds) {
        const { vpcId, azId } = find(state, context, 'subnet', id);
        if (vpcId !== vpc.id) throw refusal('subnetInOtherVpc', { subnet: id, vpc: vpc.id });
        if (azId !== undefined && zones.has(azId)) throw refusal('subnetsInSameZone');
        if (azId !== undefined) zones.add(azId);
      }
      if (isAttached(state, gateway.id, vpc.id)) throw refusal('attachmentExists', { id: gateway.id });
      context.permit(input);
      const id = randomId('transitGatewayAttachment');
      const resource: TransitGatewayAttachment = {
        id,
        origin: 'api',
        accountId: context.account,
        tags: NO_TAGS,
        region: context.region,
        createdAt: context.now.getTime(),
        ...vpcAttachment(vpc.accountId, { transitGatewayId: gateway.id, vpcId: vpc.id, subnetIds, options }),
      };
      await turn.create({ kind: 'transitGatewayAttachment', resource }, tags, context.now);
      const made = find(state, context, 'transitGatewayAttachment', id);
      return { TransitGatewayVpcAttachment: vpcAttachmentOutput(made, 'pending') };
    });
  };
}

function isAttached(state: State, gatewayId: string, vpcId: string): boolean {
  for (const it of state.dependentsOf(gatewayId, 'transitGatewayAttachment'))
    if (it.vpcId === vpcId) return true;
  return false;
}

function optionsOf(input: CreateTransitGatewayVpcAttachmentRequestOptions): TransitGatewayAttachmentOptions {
  return {
    dnsSupport: switchOf(input.DnsSupport, 'enable', 'DnsSupport'),
    securityGroupReferencingSupport: switchOf(
      input.SecurityGroupReferencingSupport,
      'enable',
      'SecurityGroupReferencingSupport',
    ),
    ipv6Support: switchOf(input.Ipv6Support, 'disable', 'Ipv6Support'),
    applianceModeSupport: switchOf(input.ApplianceModeSupport, 'disable', 'ApplianceModeSupport'),
  };
}
