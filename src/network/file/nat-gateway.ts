import { z } from 'zod';
import { fileKind } from './kind.ts';
import { address, bindings, id, named, zoneId } from './schema-parts.ts';
import type { NatGateway } from '../nat-gateway.ts';

const natAddress = z.strictObject({
  public: address(4).optional(),
  private: address(4).optional(),
  azId: zoneId.optional(),
});

/** Keys of an address, for suggestions. */
export const NAT_ADDRESS_KEYS = Object.keys(natAddress.shape);

/** `natGateways` of a VPC in network.yaml. */
export const natGatewayKind = fileKind(
  z.strictObject({
    ...named('natGateway'),
    regional: z.boolean().default(false),
    connectivity: z.enum(['public', 'private']).default('public'),
    interface: id('interface').optional(),
    addresses: z.array(natAddress).default([]),
    bind: bindings,
  }),
  (
    { regional, connectivity, interface: interfaceId, addresses, bind },
    base,
    { region, vpcId },
  ): NatGateway => ({
    ...base,
    region,
    vpcId,
    createdAt: undefined,
    mode: regional ? 'regional' : 'zonal',
    connectivity,
    interfaceId,
    addresses: addresses.map((it) => ({ public: it.public, private: it.private, azId: it.azId })),
    bindings: bind,
  }),
);
