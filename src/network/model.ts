/** The network: accounts, regions, VPCs, subnets, interfaces, instances, gateways; plain frozen data by id. */
import { UserError } from '../base/errors.ts';
import type { Account } from './account.ts';
import { checkNetwork } from './checks.ts';
import type { Instance } from './instance.ts';
import type { NetworkInterface } from './interface.ts';
import type { NatGateway } from './nat-gateway.ts';
import type { Region } from './region.ts';
import type { Subnet } from './subnet.ts';
import type { TransitGatewayAttachment } from './transit-gateway-attachment.ts';
import type { TransitGateway } from './transit-gateway.ts';
import type { Vpc } from './vpc.ts';

/** Resources as lists, in the order in which they are to be kept. */
export interface NetworkParts {
  /** Declared ones; empty lists allow any account and region. */
  readonly accounts: readonly Account[];
  readonly regions: readonly Region[];
  readonly vpcs: readonly Vpc[];
  readonly subnets: readonly Subnet[];
  readonly interfaces: readonly NetworkInterface[];
  /** Instances of which more is known than that interfaces name them. */
  readonly instances: readonly Instance[];
  /** None where they are absent. */
  readonly transitGateways?: readonly TransitGateway[];
  readonly transitGatewayAttachments?: readonly TransitGatewayAttachment[];
  readonly natGateways?: readonly NatGateway[];
}

/** A network whose rules hold (checks.ts). Maps keep the order of the parts: it numbers the interfaces. */
export interface Network {
  readonly accounts: ReadonlyMap<string, Account>;
  readonly regions: ReadonlyMap<string, Region>;
  readonly vpcs: ReadonlyMap<string, Vpc>;
  readonly subnets: ReadonlyMap<string, Subnet>;
  readonly interfaces: ReadonlyMap<string, NetworkInterface>;
  readonly instances: ReadonlyMap<string, Instance>;
  /** None where they are absent. */
  readonly transitGateways?: ReadonlyMap<string, TransitGateway>;
  readonly transitGatewayAttachments?: ReadonlyMap<string, TransitGatewayAttachment>;
  readonly natGateways?: ReadonlyMap<string, NatGateway>;
}

/** Checks the parts and puts them together; a UserError that names up to 20 faults. */
export function createNetwork(parts: NetworkParts): Network {
  const problems = checkNetwork(parts);
  if (problems.length > 0) {
    throw new UserError(
      problems
        .slice(0, 20)
        .map((problem) => problem.message)
        .join('\n'),
    );
  }
  return indexNetwork(parts);
}

/** Puts parts together that checkNetwork found no fault with. */
export function indexNetwork(parts: NetworkParts): Network {
  return Object.freeze({
    accounts: new Map(parts.accounts.map((it) => [it.id, Object.freeze(it)])),
    regions: new Map(parts.regions.map((it) => [it.name, Object.freeze(it)])),
    vpcs: byId(parts.vpcs),
    subnets: byId(parts.subnets),
    interfaces: byId(parts.interfaces),
    instances: byId(parts.instances),
    transitGateways: byId(parts.transitGateways ?? []),
    transitGatewayAttachments: byId(parts.transitGatewayAttachments ?? []),
    natGateways: byId(parts.natGateways ?? []),
  });
}

function byId<T extends { readonly id: string }>(list: readonly T[]): ReadonlyMap<string, T> {
  return new Map(list.map((it) => [it.id, Object.freeze(it)]));
}
