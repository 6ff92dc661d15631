import { z } from 'zod';
import { formatPrefix } from '../base/prefixes.ts';
import { topKind } from './file-kind.ts';
import type { Resource } from './resource.ts';
import { asNumber, elements, name, named, prefix, region } from './schema-parts.ts';

export type Switch = 'enable' | 'disable';

const DEFAULT_ASN = 64_512;

/** What a transit gateway was made with. Weir forwards nothing: it only keeps and shows them. */
export interface TransitGatewayOptions {
  /** AS number of its side of a BGP session. */
  readonly amazonSideAsn: number;
  readonly autoAcceptSharedAttachments: Switch;
  readonly defaultRouteTableAssociation: Switch;
  readonly defaultRouteTablePropagation: Switch;
  readonly vpnEcmpSupport: Switch;
  readonly dnsSupport: Switch;
  readonly securityGroupReferencingSupport: Switch;
  readonly multicastSupport: Switch;
  /** As text. */
  readonly cidrBlocks: readonly string[];
}

/** A router between VPCs, which are attached to it. */
export interface TransitGateway extends Resource {
  readonly region: string;
  readonly description: string | undefined;
  /** Milliseconds since the epoch; undefined for what the file declares. */
  readonly createdAt: number | undefined;
  readonly options: TransitGatewayOptions;
}

/** A switch as the API has it. */
export function switched(on: boolean): Switch {
  return on ? 'enable' : 'disable';
}

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
