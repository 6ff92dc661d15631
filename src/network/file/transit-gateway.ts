import { z } from 'zod';
import { formatPrefix } from '../../base/prefixes.ts';
import { topKind } from './kind.ts';
import { asNumber, elements, name, named, prefix, region } from './schema-parts.ts';
import { type TransitGateway, switched } from '../transit-gateway.ts';

const DEFAULT_ASN = 64_512;

/** `transitGateways` of network.yaml. */
export const transitGatewayKind = topKind(
  z.strictObject({
    ...named('transitGateway'),
    region: region.optional(),
    description: name.optional(),
    asn: asNumber.default(DEFAULT_ASN),
    cidrs: z.array(prefix).default([]),
    defaultRouteTableAssociation: z.boolean().default(true),
    defaultRouteTablePropagation: z.boolean().default(true),
    attachments: elements,
    routeTables: elements,
  }),
  (it, base, around): TransitGateway => ({
    ...base,
    region: it.region ?? around.region,
    description: it.description,
    createdAt: undefined,
    options: {
      amazonSideAsn: it.asn,
      autoAcceptSharedAttachments: 'disable',
      defaultRouteTableAssociation: switched(it.defaultRouteTableAssociation),
      defaultRouteTablePropagation: switched(it.defaultRouteTablePropagation),
      vpnEcmpSupport: 'enable',
      dnsSupport: 'enable',
      securityGroupReferencingSupport: 'disable',
      multicastSupport: 'disable',
      cidrBlocks: it.cidrs.map(formatPrefix),
    },
  }),
);
