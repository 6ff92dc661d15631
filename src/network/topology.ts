/**
 * What lies between interfaces: routes, gateways, attachments, endpoints, controls. Goes to the threads that
 * write records, where rules/ works the derived fields out of it.
 */
import type { Network, NetworkLists } from './model.ts';

/** A subnet that a transit gateway's attachment is in, with its interface there. */
export interface AttachedSubnet {
  readonly attachmentId: string;
  readonly subnetId: string;
  readonly azId: string | undefined;
  /** The subnet is in a sublocation: records print no zone. */
  readonly placed: boolean;
  readonly interfaceId: string | undefined;
}

/** The first interface in a VPC of an instance that a route of the VPC leads to. */
export interface RoutedInstance {
  readonly vpcId: string;
  readonly instanceId: string;
  readonly interfaceId: string;
}

type TopologyLists = Pick<
  NetworkLists,
  | 'vpcs'
  | 'routeTables'
  | 'prefixLists'
  | 'natGateways'
  | 'peeringConnections'
  | 'vpcEndpoints'
  | 'transitGateways'
  | 'transitGatewayAttachments'
  | 'transitGatewayRouteTables'
  | 'encryptionControls'
  | 'publicAccessBlocks'
  | 'publicAccessExclusions'
>;

/** The lists that derived fields follow from. Frozen. */
export interface Topology extends TopologyLists {
  /** In the order of each attachment's subnets. */
  readonly attachedSubnets: readonly AttachedSubnet[];
  readonly routedInstances: readonly RoutedInstance[];
}

function values<T>(map: ReadonlyMap<string, T>): readonly T[] {
  return [...map.values()];
}

/** The parts of a network that make its topology. */
export function topologyOf(network: Network): Topology {
  return Object.freeze({
    vpcs: values(network.vpcs),
    routeTables: values(network.routeTables),
    prefixLists: values(network.prefixLists),
    natGateways: values(network.natGateways),
    peeringConnections: values(network.peeringConnections),
    vpcEndpoints: values(network.vpcEndpoints),
    transitGateways: values(network.transitGateways),
    transitGatewayAttachments: values(network.transitGatewayAttachments),
    transitGatewayRouteTables: values(network.transitGatewayRouteTables),
    encryptionControls: values(network.encryptionControls),
    publicAccessBlocks: network.publicAccessBlocks,
    publicAccessExclusions: values(network.publicAccessExclusions),
    attachedSubnets: attachedSubnets(network),
    routedInstances: routedInstances(network),
  });
}

function attachedSubnets(network: Network): AttachedSubnet[] {
  return [...network.transitGatewayAttachments.values()].flatMap(({ id, subnetIds, interfaceIds }) =>
    subnetIds.map((subnetId) => {
      const { azId, placement } = network.subnets.get(subnetId) ?? {};
      const interfaceId = interfaceIds.find((eni) => network.interfaces.get(eni)?.subnetId === subnetId);
      return { attachmentId: id, subnetId, azId, placed: placement !== undefined, interfaceId };
    }),
  );
}

/** The first interfaces of instances that routes lead to. */
export function routedInstances(network: Network): RoutedInstance[] {
  const wanted = new Set<string>();
  for (const { vpcId, routes } of network.routeTables.values()) {
    for (const { target } of routes) if (target?.kind === 'instance') wanted.add(`${vpcId} ${target.id}`);
  }
  if (wanted.size === 0) return [];
  const found: RoutedInstance[] = [];
  for (const { id: interfaceId, subnetId, instanceId } of network.interfaces.values()) {
    const vpcId = network.subnets.get(subnetId)?.vpcId;
    if (vpcId === undefined || instanceId === undefined) continue;
    // Taken off the list when found: the first one counts.
    if (wanted.delete(`${vpcId} ${instanceId}`)) found.push({ vpcId, instanceId, interfaceId });
  }
  return found;
}
