/** Resources of every kind under one roof: what the API creates, shows, tags and deletes. */
import type { EgressOnlyInternetGateway } from './egress-only-internet-gateway.ts';
import type { EncryptionControl } from './encryption-control.ts';
import type { Instance } from './instance.ts';
import type { NetworkInterface } from './interface.ts';
import type { InternetGateway } from './internet-gateway.ts';
import type { NatGateway } from './nat-gateway.ts';
import type { NetworkAcl } from './network-acl.ts';
import type { PeeringConnection } from './peering-connection.ts';
import type { PrefixList } from './prefix-list.ts';
import type { PublicAccessExclusion } from './public-access.ts';
import type { RouteTable } from './route-table.ts';
import type { SecurityGroup } from './security-group.ts';
import type { Subnet } from './subnet.ts';
import type { TransitGatewayAttachment } from './transit-gateway-attachment.ts';
import type { TransitGatewayRouteTable } from './transit-gateway-route-table.ts';
import type { TransitGateway } from './transit-gateway.ts';
import type { VpcEndpoint } from './vpc-endpoint.ts';
import type { Vpc } from './vpc.ts';
import type { VpnGateway } from './vpn-gateway.ts';

/** Kinds by the names that ids.ts has for them. */
export interface ResourceOf {
  vpc: Vpc;
  subnet: Subnet;
  instance: Instance;
  interface: NetworkInterface;
  prefixList: PrefixList;
  routeTable: RouteTable;
  internetGateway: InternetGateway;
  egressOnlyInternetGateway: EgressOnlyInternetGateway;
  vpnGateway: VpnGateway;
  natGateway: NatGateway;
  transitGateway: TransitGateway;
  transitGatewayAttachment: TransitGatewayAttachment;
  transitGatewayRouteTable: TransitGatewayRouteTable;
  peeringConnection: PeeringConnection;
  vpcEndpoint: VpcEndpoint;
  securityGroup: SecurityGroup;
  networkAcl: NetworkAcl;
  encryptionControl: EncryptionControl;
  publicAccessExclusion: PublicAccessExclusion;
}

export type ResourceKind = keyof ResourceOf;

/** What the lists of each kind are called; in the order in which a network is put together: what others lie in
 * comes first. */
export const LISTS = {
  vpc: 'vpcs',
  subnet: 'subnets',
  instance: 'instances',
  interface: 'interfaces',
  prefixList: 'prefixLists',
  routeTable: 'routeTables',
  internetGateway: 'internetGateways',
  egressOnlyInternetGateway: 'egressOnlyInternetGateways',
  vpnGateway: 'vpnGateways',
  natGateway: 'natGateways',
  transitGateway: 'transitGateways',
  transitGatewayAttachment: 'transitGatewayAttachments',
  transitGatewayRouteTable: 'transitGatewayRouteTables',
  peeringConnection: 'peeringConnections',
  vpcEndpoint: 'vpcEndpoints',
  securityGroup: 'securityGroups',
  networkAcl: 'networkAcls',
  encryptionControl: 'encryptionControls',
  publicAccessExclusion: 'publicAccessExclusions',
} as const satisfies Record<ResourceKind, string>;

export const KINDS = Object.keys(LISTS) as ResourceKind[];

/** Those that the API may create. */
export type CreatedKind =
  | 'vpc'
  | 'subnet'
  | 'interface'
  | 'transitGateway'
  | 'transitGatewayAttachment'
  | 'natGateway';

/** A resource with its kind. */
export type Held = {
  [K in ResourceKind]: { readonly kind: K; readonly resource: ResourceOf[K] };
}[ResourceKind];

/** Where state belongs (S8.1). */
export interface Scope {
  readonly account: string;
  readonly region: string;
}

/** A scope as a key of maps. */
export function scopeKey({ account, region }: Scope): string {
  return `${account} ${region}`;
}

/** Whether a resource came with another one, and goes with it. */
export function isImplied({ resource }: Held): boolean {
  return 'implied' in resource && resource.implied;
}

/** The resources that one cannot be without, and that cannot be deleted before it: unless it is implied by them. */
export function needsOf(held: Held): readonly string[] {
  switch (held.kind) {
    case 'subnet':
    case 'internetGateway':
    case 'egressOnlyInternetGateway':
    case 'vpnGateway':
    case 'encryptionControl':
    case 'routeTable':
    case 'securityGroup':
    case 'networkAcl':
      return [held.resource.vpcId];
    case 'transitGatewayRouteTable':
      return [held.resource.transitGatewayId];
    case 'interface': {
      const { subnetId, instanceId, securityGroupIds = [] } = held.resource;
      return instanceId === undefined
        ? [subnetId, ...securityGroupIds]
        : [subnetId, instanceId, ...securityGroupIds];
    }
    case 'natGateway': {
      const { vpcId, interfaceId } = held.resource;
      return interfaceId === undefined ? [vpcId] : [vpcId, interfaceId];
    }
    case 'vpcEndpoint':
      return [held.resource.vpcId, ...held.resource.interfaceIds];
    case 'transitGatewayAttachment': {
      const { transitGatewayId, vpcId, subnetIds, interfaceIds } = held.resource;
      return [transitGatewayId, ...(vpcId === undefined ? [] : [vpcId]), ...subnetIds, ...interfaceIds];
    }
    default:
      return [];
  }
}
