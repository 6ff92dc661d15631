/** Which interface is whose: services make interfaces of their own in a VPC. */
import type { Checking } from './checking.ts';
import type { EcsTask } from './ecs-task.ts';
import type { InterfaceKind } from './interface.ts';
import type { LoadBalancer } from './load-balancer.ts';
import type { NetworkLists } from './model.ts';
import type { NatGateway } from './nat-gateway.ts';
import type { TransitGatewayAttachment } from './transit-gateway-attachment.ts';
import type { VpcEndpoint } from './vpc-endpoint.ts';

export type InterfaceOwner =
  | { readonly kind: 'natGateway'; readonly resource: NatGateway }
  | { readonly kind: 'transitGatewayAttachment'; readonly resource: TransitGatewayAttachment }
  | { readonly kind: 'vpcEndpoint'; readonly resource: VpcEndpoint }
  | { readonly kind: 'loadBalancer'; readonly resource: LoadBalancer }
  | { readonly kind: 'ecsTask'; readonly resource: EcsTask };

/** An owner's interface, and where its list names it. */
interface Owned {
  readonly owner: InterfaceOwner;
  readonly interfaceId: string;
  readonly member: readonly (string | number)[];
}

/** The parts that own interfaces. */
export type OwningParts = {
  readonly [
    K in 'natGateways' | 'transitGatewayAttachments' | 'vpcEndpoints' | 'loadBalancers' | 'ecsTasks'
  ]: Iterable<NetworkLists[K][number]>;
};

function* owned(parts: OwningParts): Generator<Owned, void, undefined> {
  for (const resource of parts.natGateways) {
    if (resource.interfaceId === undefined) continue;
    const owner = { kind: 'natGateway', resource } as const;
    yield { owner, interfaceId: resource.interfaceId, member: ['interface'] };
  }
  for (const resource of parts.transitGatewayAttachments) {
    yield* listed({ kind: 'transitGatewayAttachment', resource }, resource.interfaceIds);
  }
  for (const resource of parts.vpcEndpoints) {
    yield* listed({ kind: 'vpcEndpoint', resource }, resource.interfaceIds);
  }
  for (const resource of parts.loadBalancers) {
    yield* listed({ kind: 'loadBalancer', resource }, resource.interfaceIds);
  }
  for (const resource of parts.ecsTasks) {
    const owner = { kind: 'ecsTask', resource } as const;
    yield { owner, interfaceId: resource.interfaceId, member: ['interface'] };
  }
}

function* listed(owner: InterfaceOwner, ids: readonly string[]): Generator<Owned, void, undefined> {
  for (const [i, interfaceId] of ids.entries()) yield { owner, interfaceId, member: ['interfaces', i] };
}

/** The owners of interfaces, by the interface's id. */
export function interfaceOwners(parts: OwningParts): Map<string, InterfaceOwner> {
  const owners = new Map<string, InterfaceOwner>();
  for (const { owner, interfaceId } of owned(parts)) owners.set(interfaceId, owner);
  return owners;
}

/** The kind that an owner's interfaces are of. */
function kindOf({ kind, resource }: InterfaceOwner): InterfaceKind {
  switch (kind) {
    case 'natGateway':
      return 'nat_gateway';
    case 'transitGatewayAttachment':
      return 'transit_gateway';
    case 'vpcEndpoint':
      return 'vpc_endpoint';
    case 'loadBalancer':
      return resource.type === 'network' ? 'network_load_balancer' : 'interface';
    default:
      return 'interface';
  }
}

/** One owner an interface, of the owner's kind. */
export function checkInterfaceOwners(checking: Checking): void {
  const taken = new Map<string, string>();
  for (const { owner, interfaceId, member } of owned(checking.parts)) {
    const { resource } = owner;
    const other = taken.get(interfaceId);
    if (other !== undefined) {
      checking.report(resource, member, `${interfaceId} is the interface of ${other} already`);
    }
    taken.set(interfaceId, resource.id);
    const it = checking.find('interfaces', interfaceId);
    const wanted = kindOf(owner);
    if (it === undefined || it.kind === wanted) continue;
    checking.report(resource, member, `${interfaceId} is of kind ${it.kind}: write kind: ${wanted} there`);
  }
}
