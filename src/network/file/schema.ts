/** The shape of network.yaml, one schema for each kind of resource. Lists of other resources are left as they
 * are (`unknown`): each element is read by itself, so that one bad element hides no fault of the others. */
import { z } from 'zod';
import { isSublocationId } from '../ids.ts';
import { INTERFACE_KINDS, SUBLOCATION_TYPES } from '../interface.ts';
import { NAT_ADDRESS_KEYS } from './nat-gateway.ts';
import { ACL_ENTRY_KEYS } from './network-acl.ts';
import { PEERING_SIDE_KEYS } from './peering-connection.ts';
import { ROUTE_KEYS } from './route-table.ts';
import { EGRESS_KEYS, INGRESS_KEYS } from './security-group.ts';
import { PEER_KEYS } from './transit-gateway-attachment.ts';
import {
  account,
  address,
  bindings,
  BINDING_KEYS,
  element,
  elements,
  id,
  mac,
  name,
  prefix,
  region,
  tags,
  text,
  zoneId,
} from './schema-parts.ts';

const placement = z.strictObject({
  sublocationType: z.enum(SUBLOCATION_TYPES),
  sublocationId: text(
    isSublocationId,
    'is no sublocation id: up to 64 letters, digits, dots, hyphens and underscores',
  ),
});

export const fileSchema = z.strictObject({
  account: account.optional(),
  region: region.optional(),
  accounts: elements,
  regions: elements,
  vpcs: elements,
  instances: elements,
  prefixLists: elements,
  transitGateways: elements,
  peeringConnections: elements,
  loadBalancers: elements,
  autoScalingGroups: elements,
  ecsTasks: elements,
  blockPublicAccess: elements,
  scopes: elements,
});

export const accountSchema = z.strictObject({ id: account, name: name.optional() });

export const regionSchema = z.strictObject({
  name: region,
  zones: z.array(z.strictObject({ id: zoneId, name: name.optional() })).default([]),
});

export const vpcSchema = z.strictObject({
  id: id('vpc'),
  account: account.optional(),
  region: region.optional(),
  cidrs: z.array(prefix),
  awsReserved: z.boolean().default(false),
  tags: tags.default({}),
  subnets: elements,
  internetGateway: element,
  egressOnlyInternetGateway: element,
  vpnGateway: element,
  natGateways: elements,
  routeTables: elements,
  endpoints: elements,
  securityGroups: elements,
  networkAcls: elements,
  encryptionControl: element,
});

export const subnetSchema = z.strictObject({
  id: id('subnet'),
  account: account.optional(),
  cidrs: z.array(prefix),
  azId: zoneId.optional(),
  discover: z.boolean().default(false),
  placement: placement.optional(),
  tags: tags.default({}),
  interfaces: elements,
});

export const interfaceSchema = z.strictObject({
  id: id('interface'),
  account: account.optional(),
  kind: z.enum(INTERFACE_KINDS).default('interface'),
  primary: address(4).optional(),
  secondary: z.array(address(4)).default([]),
  ipv6: z.array(address(6)).default([]),
  mac: mac.optional(),
  instance: id('instance').optional(),
  placement: placement.optional(),
  bind: bindings,
  securityGroups: z.array(id('securityGroup')).optional(),
  tags: tags.default({}),
});

export const instanceSchema = z.strictObject({
  id: id('instance'),
  account: account.optional(),
  nitro: z.boolean().default(false),
  tags: tags.default({}),
});

/** Keys of the objects that lie inside of a resource, for suggestions; by the member they lie at. */
export const INNER_KEYS: Readonly<Record<string, readonly string[]>> = {
  placement: Object.keys(placement.shape),
  bind: BINDING_KEYS,
  zones: ['id', 'name'],
  addresses: NAT_ADDRESS_KEYS,
  requester: PEERING_SIDE_KEYS,
  accepter: PEERING_SIDE_KEYS,
  peer: PEER_KEYS,
  ingress: INGRESS_KEYS,
  egress: EGRESS_KEYS,
  inbound: ACL_ENTRY_KEYS,
  outbound: ACL_ENTRY_KEYS,
  routes: ROUTE_KEYS,
};
