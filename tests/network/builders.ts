/** Networks of tests, with ids made of numbers. */
import { parsePrefix } from '../../src/base/prefixes.ts';
import type { NetworkInterface } from '../../src/network/interface.ts';
import { createNetwork, type Network, type NetworkParts } from '../../src/network/model.ts';
import type { Subnet } from '../../src/network/subnet.ts';
import type { Vpc } from '../../src/network/vpc.ts';

const RESOURCE = { origin: 'file', accountId: '123456789012', tags: {} } as const;

export function idOf(prefix: string, n: number): string {
  return `${prefix}-${n.toString(16).padStart(17, '0')}`;
}

export function aVpc(n: number, cidrs: string[]): Vpc {
  return {
    ...RESOURCE,
    id: idOf('vpc', n),
    region: 'eu-central-1',
    cidrs: cidrs.map(parsePrefix),
    awsReserved: false,
  };
}

export function aSubnet(n: number, vpc: number, cidrs: string[]): Subnet {
  return {
    ...RESOURCE,
    id: idOf('subnet', n),
    vpcId: idOf('vpc', vpc),
    cidrs: cidrs.map(parsePrefix),
    azId: undefined,
    discover: false,
    placement: undefined,
  };
}

/** An interface of subnet 1. */
export function anInterface(n: number, members: Partial<NetworkInterface>): NetworkInterface {
  return {
    ...RESOURCE,
    id: idOf('eni', n),
    subnetId: idOf('subnet', 1),
    kind: 'interface',
    primary4: undefined,
    secondary4: [],
    ipv6: [],
    mac: undefined,
    instanceId: undefined,
    placement: undefined,
    bindings: [],
    ...members,
  };
}

/** A network of one VPC and subnet, 10.0.0.0/8, unless others are given. */
export function networkOf(parts: Partial<NetworkParts>): Network {
  return createNetwork({
    accounts: [],
    regions: [],
    vpcs: [aVpc(1, ['10.0.0.0/8'])],
    subnets: [aSubnet(1, 1, ['10.0.0.0/8'])],
    interfaces: [],
    instances: [],
    ...parts,
  });
}
