import { z } from 'zod';
import type { TransitGatewayRouteTable } from '../transit-gateway-route-table.ts';
import { fileKindIn } from './kind.ts';
import { id, named, prefix } from './schema-parts.ts';
import type { AroundInGateway } from './transit-gateway-attachment.ts';

const attachment = id('transitGatewayAttachment');

const route = z
  .strictObject({
    to: prefix,
    via: z.union([attachment.transform((one) => [one]), z.array(attachment).min(1)]).optional(),
    blackhole: z.boolean().default(false),
    propagated: z.boolean().default(false),
  })
  .refine(({ via, blackhole }) => (via !== undefined) !== blackhole, {
    error: 'a route leads to attachments or nowhere: write one of "via" and blackhole: true',
  })
  .refine(({ propagated, blackhole }) => !(propagated && blackhole), {
    error: 'a black hole is static: take "propagated" out',
    path: ['propagated'],
  });

/** `routeTables` of a transit gateway in network.yaml. */
export const transitGatewayRouteTableKind = fileKindIn(
  z.strictObject({
    ...named('transitGatewayRouteTable'),
    defaultAssociation: z.boolean().default(false),
    defaultPropagation: z.boolean().default(false),
    associations: z.array(attachment).default([]),
    propagations: z.array(attachment).default([]),
    routes: z.array(route).default([]),
  }),
  (it, base, around: AroundInGateway): TransitGatewayRouteTable => ({
    ...base,
    region: around.region,
    transitGatewayId: around.transitGatewayId,
    defaultAssociation: it.defaultAssociation,
    defaultPropagation: it.defaultPropagation,
    implied: false,
    associations: it.associations,
    propagations: it.propagations,
    routes: it.routes.map(({ to, via, propagated }) => ({
      destination: to,
      attachmentIds: via ?? [],
      type: propagated ? 'propagated' : 'static',
    })),
  }),
);
