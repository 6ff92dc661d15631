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

const TYPES: Readonly<Record<ResourceKind, FlowLogType | 'other'>> = {
  vpc: 'VPC',
  subnet: 'Subnet',
  interface: 'NetworkInterface',
  instance: 'other',
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
    const kind = network.state.kindOf(scope, id);
    if (kind !== undefined) out.set(id, TYPES[kind]);
  }
  return out;
}
