/** Resources of every kind under one roof: what the API creates, shows, tags and deletes. */
import type { Instance } from './instance.ts';
import type { NetworkInterface } from './interface.ts';
import type { NatGateway } from './nat-gateway.ts';
import type { Subnet } from './subnet.ts';
import type { TransitGatewayAttachment } from './transit-gateway-attachment.ts';
import type { TransitGateway } from './transit-gateway.ts';
import type { Vpc } from './vpc.ts';

/** Kinds by the names that ids.ts has for them. */
export interface ResourceOf {
  vpc: Vpc;
  subnet: Subnet;
  interface: NetworkInterface;
  instance: Instance;
  transitGateway: TransitGateway;
  transitGatewayAttachment: TransitGatewayAttachment;
  natGateway: NatGateway;
}

export type ResourceKind = keyof ResourceOf;

/** Those that the API may create. */
export type CreatedKind = Exclude<ResourceKind, 'instance'>;

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

/** The resources that one cannot be without, and that cannot be deleted before it. */
export function needsOf(held: Held): readonly string[] {
  switch (held.kind) {
    case 'subnet':
      return [held.resource.vpcId];
    case 'interface':
      return held.resource.instanceId === undefined
        ? [held.resource.subnetId]
        : [held.resource.subnetId, held.resource.instanceId];
    case 'transitGatewayAttachment':
      return [held.resource.transitGatewayId, held.resource.vpcId, ...held.resource.subnetIds];
    case 'natGateway':
      return [held.resource.vpcId];
    default:
      return [];
  }
}
