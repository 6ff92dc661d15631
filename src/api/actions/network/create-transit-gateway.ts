import { formatPrefix } from '../../../base/prefixes.ts';
import { randomId } from '../../../network/ids.ts';
import { NO_TAGS } from '../../../network/tags.ts';
import type { TransitGateway, TransitGatewayOptions } from '../../../network/transit-gateway.ts';
import { refusal } from '../../errors.ts';
import type { TransitGatewayRequestOptions } from '../../protocol/types.generated.ts';
import { tagsOfSpecifications } from '../tags/tag-input.ts';
import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { cidrOf, switchOf, textOf } from './inputs.ts';
import { find } from './lookup.ts';
import { transitGatewayOutput } from './transit-gateway-output.ts';

const MAX_DESCRIPTION = 255;
const MAX_CIDR_BLOCKS = 5;
const DEFAULT_ASN = 64_512;
/** Private AS numbers (RFC 6996) without the last of each range, as the service takes them. */
const ASN_RANGES: readonly (readonly [number, number])[] = [
  [64_512, 65_534],
  [4_200_000_000, 4_294_967_294],
];

/** CreateTransitGateway. */
export function createTransitGateway({ network }: NetworkActionsOptions): HandlerOf<'CreateTransitGateway'> {
  return (context, input) => {
    const description = textOf(input.Description, MAX_DESCRIPTION, 'description');
    const options = optionsOf(input.Options ?? {});
    const tags = tagsOfSpecifications(input.TagSpecifications, 'transit-gateway');
    return network.turn(context, async (turn) => {
      context.permit(input);
      const { account: accountId, region } = context;
      const id = randomId('transitGateway');
      const createdAt = context.now.getTime();
      const resource: TransitGateway = {
        id,
        origin: 'api',
        accountId,
        tags: NO_TAGS,
        region,
        description,
        createdAt,
        options,
      };
      await turn.create({ kind: 'transitGateway', resource }, tags, context.now);
      const made = find(turn.state, context, 'transitGateway', id);
      return { TransitGateway: transitGatewayOutput(turn.state, made, 'pending') };
    });
  };
}

function optionsOf(input: TransitGatewayRequestOptions): TransitGatewayOptions {
  const { AmazonSideAsn: asn = DEFAULT_ASN, TransitGatewayCidrBlocks: cidrBlocks = [] } = input;
  if (!ASN_RANGES.some(([low, high]) => asn >= low && asn <= high)) {
    const reason = 'It must be between 64512 and 65534 or between 4200000000 and 4294967294.';
    throw refusal('invalidValue', { value: asn, name: 'AmazonSideAsn', reason });
  }
  if (cidrBlocks.length > MAX_CIDR_BLOCKS) {
    throw refusal('tooMany', {
      name: 'TransitGatewayCidrBlocks',
      count: cidrBlocks.length,
      max: MAX_CIDR_BLOCKS,
    });
  }
  const name = 'TransitGatewayCidrBlocks';
  return {
    amazonSideAsn: asn,
    autoAcceptSharedAttachments: switchOf(
      input.AutoAcceptSharedAttachments,
      'disable',
      'AutoAcceptSharedAttachments',
    ),
    defaultRouteTableAssociation: switchOf(
      input.DefaultRouteTableAssociation,
      'enable',
      'DefaultRouteTableAssociation',
    ),
    defaultRouteTablePropagation: switchOf(
      input.DefaultRouteTablePropagation,
      'enable',
      'DefaultRouteTablePropagation',
    ),
    vpnEcmpSupport: switchOf(input.VpnEcmpSupport, 'enable', 'VpnEcmpSupport'),
    dnsSupport: switchOf(input.DnsSupport, 'enable', 'DnsSupport'),
    securityGroupReferencingSupport: switchOf(
      input.SecurityGroupReferencingSupport,
      'disable',
      'SecurityGroupReferencingSupport',
    ),
    multicastSupport: switchOf(input.MulticastSupport, 'disable', 'MulticastSupport'),
    cidrBlocks: cidrBlocks.map((text) => formatPrefix(cidrOf(text, text.includes(':') ? 6 : 4, name))),
  };
}
