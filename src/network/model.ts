/** The network: accounts, regions, VPCs and all that lies in and between them; plain frozen data by id. */
import { UserError } from '../base/errors.ts';
import type { Account } from './account.ts';
import type { AutoScalingGroup } from './auto-scaling-group.ts';
import { checkNetwork } from './checks.ts';
import type { EcsTask } from './ecs-task.ts';
import { completed } from './implied.ts';
import type { LoadBalancer } from './load-balancer.ts';
import type { PublicAccessBlock } from './public-access.ts';
import type { Region } from './region.ts';
import { LISTS, type ResourceKind, type ResourceOf } from './resources.ts';
import type { ScopeRule } from './scope-rules.ts';

/** Resources of each kind that has an id of the API's, by the names of their lists. */
type ResourceLists = {
  readonly [K in ResourceKind as (typeof LISTS)[K]]: readonly ResourceOf[K][];
};

/** Resources as lists, in the order in which they are to be kept. */
export interface NetworkLists extends ResourceLists {
  /** Declared ones; empty lists allow any account and region. */
  readonly accounts: readonly Account[];
  readonly regions: readonly Region[];
  readonly loadBalancers: readonly LoadBalancer[];
  readonly autoScalingGroups: readonly AutoScalingGroup[];
  readonly ecsTasks: readonly EcsTask[];
  /** One at most for an account and region. */
  readonly publicAccessBlocks: readonly PublicAccessBlock[];
  readonly scopes: readonly ScopeRule[];
}

/** The lists that a network has at least; there are none of what is absent. */
export type NetworkParts = Pick<
  NetworkLists,
  'accounts' | 'regions' | 'vpcs' | 'subnets' | 'interfaces' | 'instances'
> &
  Partial<NetworkLists>;

type ResourceMaps = {
  readonly [K in ResourceKind as (typeof LISTS)[K]]: ReadonlyMap<string, ResourceOf[K]>;
};

/** A network whose rules hold (checks.ts). Maps keep the order of the parts: it numbers the interfaces. */
export interface Network extends ResourceMaps {
  readonly accounts: ReadonlyMap<string, Account>;
  readonly regions: ReadonlyMap<string, Region>;
  /** By ARN. */
  readonly loadBalancers: ReadonlyMap<string, LoadBalancer>;
  /** By account, region and name, with spaces between. */
  readonly autoScalingGroups: ReadonlyMap<string, AutoScalingGroup>;
  /** By ARN. */
  readonly ecsTasks: ReadonlyMap<string, EcsTask>;
  readonly publicAccessBlocks: readonly PublicAccessBlock[];
  readonly scopes: readonly ScopeRule[];
}

/** Lists of nothing. */
export function emptyLists(): { -readonly [K in keyof NetworkLists]: NetworkLists[K][number][] } {
  const resources = Object.fromEntries(Object.values(LISTS).map((list) => [list, []]));
  return {
    ...(resources as unknown as { [K in keyof ResourceLists]: ResourceLists[K][number][] }),
    accounts: [],
    regions: [],
    loadBalancers: [],
    autoScalingGroups: [],
    ecsTasks: [],
    publicAccessBlocks: [],
    scopes: [],
  };
}

/** Checks the parts and puts them together; a UserError that names up to 20 faults. */
export function createNetwork(parts: NetworkParts): Network {
  const lists: NetworkLists = { ...emptyLists(), ...parts };
  const problems = checkNetwork(lists);
  if (problems.length > 0) {
    throw new UserError(
      problems
        .slice(0, 20)
        .map((problem) => problem.message)
        .join('\n'),
    );
  }
  return completeNetwork(lists);
}

/** Puts parts together that checkNetwork found no fault with, and adds what the service makes by itself. */
export function completeNetwork(lists: NetworkLists): Network {
  return indexNetwork(completed(lists));
}

/** Puts the parts of a network together that has all it needs. */
export function indexNetwork(lists: NetworkLists): Network {
  const maps = Object.fromEntries(
    Object.values(LISTS).map((list) => [list, byId(lists[list] as readonly ResourceOf[ResourceKind][])]),
  ) as unknown as ResourceMaps;
  return Object.freeze({
    ...maps,
    accounts: byId(lists.accounts),
    regions: new Map(lists.regions.map((it) => [it.name, Object.freeze(it)])),
    loadBalancers: byId(lists.loadBalancers),
    autoScalingGroups: byId(lists.autoScalingGroups),
    ecsTasks: byId(lists.ecsTasks),
    publicAccessBlocks: lists.publicAccessBlocks,
    scopes: lists.scopes,
  });
}

function byId<T extends { readonly id: string }>(list: readonly T[]): ReadonlyMap<string, T> {
  return new Map(list.map((it) => [it.id, Object.freeze(it)]));
}
