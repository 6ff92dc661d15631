import { z } from 'zod';
import { fileKind } from './kind.ts';
import { isId, kindOfId } from '../ids.ts';
import { id, named, prefixOrId, text } from './schema-parts.ts';
import { ROUTE_TARGETS, type RouteTarget, type RouteTable } from '../route-table.ts';

const CORE_NETWORK = /^arn:aws[a-z-]*:networkmanager::[0-9]{12}:core-network\/core-network-[0-9a-f]{17}$/;

const target = z.string().transform((value, context): RouteTarget => {
  if (value === 'local') return { kind: 'local' };
  if (CORE_NETWORK.test(value)) return { kind: 'coreNetwork', arn: value };
  const kind = kindOfId(value) as (typeof ROUTE_TARGETS)[number] | undefined;
  if (kind !== undefined && ROUTE_TARGETS.includes(kind)) return { kind, id: value };
  const message =
    'is nothing that a route leads to: write local, or the id of a gateway (igw, eigw, nat, vgw, tgw, lgw, cagw), of a pcx, vpce, eni or i, or a core network ARN';
  context.issues.push({ code: 'custom', message, input: value });
  return z.NEVER;
});

const destination = prefixOrId(
  ['prefixList'],
  'is no destination: write a prefix like 10.0.0.0/8, or the id of a prefix list',
);

const route = z
  .strictObject({
    to: destination,
    via: target.optional(),
    blackhole: z.boolean().default(false),
    propagated: z.boolean().default(false),
  })
  .refine(({ via, blackhole }) => via !== undefined || blackhole, {
    error: 'a route leads somewhere: add "via", or blackhole: true',
  });

/** Keys of a route, for suggestions. */
export const ROUTE_KEYS = Object.keys(route.shape);

const gateway = text(
  (value) => isId('internetGateway', value) || isId('vpnGateway', value),
  'is no gateway that has a route table: write the id of an internet or a virtual private gateway',
);

/** `routeTables` of a VPC in network.yaml. */
export const routeTableKind = fileKind(
  z.strictObject({
    ...named('routeTable'),
    main: z.boolean().default(false),
    subnets: z.array(id('subnet')).default([]),
    gateways: z.array(gateway).default([]),
    propagating: z.boolean().default(false),
    routes: z.array(route).default([]),
  }),
  ({ main, subnets, gateways, propagating, routes }, base, { region, vpcId }): RouteTable => ({
    ...base,
    region,
    vpcId,
    main,
    implied: false,
    subnetIds: subnets,
    gatewayIds: gateways,
    propagating,
    routes: routes.map(({ to, via, blackhole, propagated }) => ({
      destination: to,
      target: via,
      blackhole,
      origin: via?.kind === 'local' ? 'table' : propagated ? 'propagated' : 'created',
    })),
  }),
);
