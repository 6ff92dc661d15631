import type { VpnGateway } from '../../../network/vpn-gateway.ts';
import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describeAll } from './describe.ts';
import type { Fields } from './filters.ts';
import { tagSet } from './outputs.ts';

const TYPE = 'ipsec.1';

const FIELDS: Fields<VpnGateway> = {
  'vpn-gateway-id': (it) => it.id,
  'attachment.vpc-id': (it) => it.vpcId,
  'attachment.state': () => 'attached',
  'amazon-side-asn': (it) => String(it.amazonSideAsn),
  state: () => 'available',
  type: () => TYPE,
};

/** DescribeVpnGateways. It has no pages. */
export function describeVpnGateways(options: NetworkActionsOptions): HandlerOf<'DescribeVpnGateways'> {
  return async (context, input) => {
    const items = await describeAll(options, context, {
      action: 'DescribeVpnGateways',
      kind: 'vpnGateway',
      ids: input.VpnGatewayIds,
      idsName: 'VpnGatewayIds',
      filters: input.Filters,
      fields: FIELDS,
    });
    const VpnGateways = items.map((it) => ({
      AmazonSideAsn: it.amazonSideAsn,
      Tags: tagSet(it.tags),
      VpnGatewayId: it.id,
      State: 'available',
      Type: TYPE,
      VpcAttachments: [{ VpcId: it.vpcId, State: 'attached' }],
    }));
    return { VpnGateways };
  };
}
