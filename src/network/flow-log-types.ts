/** The resource types of flow logs, by kind: what CreateFlowLogs asks about the ids that it is given. */
import type { NetworkRegistry } from './registry.ts';
import type { ResourceKind, Scope } from './resources.ts';

export type FlowLogType =
  | 'VPC'
  | 'Subnet'
  | 'NetworkInterface'
  | 'TransitGateway'
  | 'TransitGatewayAttachment'
  | 'RegionalNatGateway';

const TYPES: Readonly<Partial<Record<ResourceKind, FlowLogType>>> = {
  vpc: 'VPC',
  subnet: 'Subnet',
  interface: 'NetworkInterface',
  transitGateway: 'TransitGateway',
  transitGatewayAttachment: 'TransitGatewayAttachment',
  natGateway: 'RegionalNatGateway',
};

/** Which of the ids exist in an account and region, and what each is. `other`: nothing that a flow log records. */
export function flowLogTypes(
  network: Pick<NetworkRegistry, 'state'>,
  scope: Scope,
  ids: readonly string[],
): Map<string, FlowLogType | 'other'> {
  const out = new Map<string, FlowLogType | 'other'>();
  for (const id of ids) {
    const held = network.state.find(scope, id);
    if (held === undefined) continue;
    // Traffic of a zonal NAT gateway is recorded at its interface.
    const zonal = held.kind === 'natGateway' && held.resource.mode === 'zonal';
    out.set(id, zonal ? 'other' : (TYPES[held.kind] ?? 'other'));
  }
  return out;
}
