/**
 * What lies between interfaces: routes, gateways, attachments, endpoints, controls. Goes to the threads that
 * write records, where rules/ works the derived fields out of it.
 */
import type { Network, NetworkLists } from './model.ts';

/** The lists that derived fields follow from. Frozen; structured cloning copies it. */
export type Topology = Pick<
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

/** The parts of a network that make its topology. */
export function topologyOf(network: Network): Topology {
  const values = <T>(map: ReadonlyMap<string, T>): readonly T[] => [...map.values()];
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
  });
}
