/**
 * The network as it stands now, in memory: what network.yaml declares and what the API created, with the
 * indexes that requests ask. Changes cost what they touch, not what is there. Knows of no storage and of no
 * turns: registry.ts keeps both.
 */
import { containsAddress, containsPrefix, prefixesOverlap, type Prefix } from '../base/prefixes.ts';
import { AddressBook, addressesOf } from './address-book.ts';
import type { AutoScalingGroup } from './auto-scaling-group.ts';
import { impliedBy } from './implied.ts';
import { interfaceOwners, type InterfaceOwner, type OwningParts } from './interface-owners.ts';
import { emptyLists, indexNetwork, type Network } from './model.ts';
import type { PublicAccessBlock } from './public-access.ts';
import {
  isImplied,
  KINDS,
  LISTS,
  needsOf,
  scopeKey,
  type Held,
  type ResourceKind,
  type ResourceOf,
  type Scope,
} from './resources.ts';
import { DEFAULT_GROUP } from './security-group.ts';
import { SortedIds } from './sorted-ids.ts';
import type { Subnet } from './subnet.ts';
import { NO_TAGS, type Tags } from './tags.ts';

type Maps = { readonly [K in ResourceKind]: Map<string, ResourceOf[K]> };

const NO_IDS: ReadonlySet<string> = new Set();

/** What belongs to a scope: the ids of each kind. */
interface Home {
  readonly scope: Scope;
  readonly ids: Map<ResourceKind, SortedIds>;
}

export class NetworkState {
  readonly #declared: Network;
  readonly #maps = Object.fromEntries(KINDS.map((kind) => [kind, new Map()])) as unknown as Maps;
  /** Where each resource belongs. */
  readonly #places = new Map<string, { readonly kind: ResourceKind; readonly home: Home }>();
  /** By the keys of their scopes. */
  readonly #homes = new Map<string, Home>();
  /** By id: the resources that need it, oldest first. */
  readonly #dependents = new Map<string, Set<string>>();
  readonly #addresses = new AddressBook();
  /** Of declared interfaces, and of instances: who has them. */
  readonly #owners: ReadonlyMap<string, InterfaceOwner>;
  readonly #groups = new Map<string, AutoScalingGroup>();
  /** By VPC: the group of interfaces that name none. */
  readonly #defaultGroups = new Map<string, string>();

  /** Begins with what a network declares. */
  constructor(declared: Network) {
    this.#declared = declared;
    this.#owners = interfaceOwners(ownersOf(declared));
    for (const group of declared.autoScalingGroups.values()) {
      for (const id of group.instanceIds) this.#groups.set(id, group);
    }
    for (const kind of KINDS) {
      if (kind === 'instance') {
        for (const it of declaredInstances(declared)) this.#maps.instance.set(it.id, it);
      } else for (const resource of declared[LISTS[kind]].values()) this.#put({ kind, resource } as Held);
    }
  }

  /** What the network file says of regions and zones. */
  get regions(): Network['regions'] {
    return this.#declared.regions;
  }

  /** A resource that belongs to a scope. */
  get<K extends ResourceKind>(scope: Scope, kind: K, id: string): ResourceOf[K] | undefined {
    const place = this.#places.get(id);
    if (place?.kind !== kind || !isOf(place.home, scope)) return undefined;
    return this.#maps[kind].get(id);
  }

  /** The kind of a resource that belongs to a scope; undefined when it has none of the id. */
  kindOf(scope: Scope, id: string): ResourceKind | undefined {
    const place = this.#places.get(id);
    return place !== undefined && isOf(place.home, scope) ? place.kind : undefined;
  }

  /** A resource of whichever kind that belongs to a scope. */
  find(scope: Scope, id: string): Held | undefined {
    const kind = this.kindOf(scope, id);
    return kind === undefined ? undefined : this.#held(kind, id);
  }

  /** Whether an id is taken, in whatever scope. */
  has(id: string): boolean {
    return this.#places.has(id) || this.#maps.instance.has(id);
  }

  /** The resources of a kind that belong to a scope, in the order of their ids, behind `after`. To be gone
   * through at once: after a pause, ask again behind the last one. */
  *resources<K extends ResourceKind>(
    scope: Scope,
    kind: K,
    after?: string,
  ): Generator<ResourceOf[K], void, undefined> {
    const ids = this.#homes.get(scopeKey(scope))?.ids.get(kind);
    if (ids === undefined) return;
    const map = this.#maps[kind];
    for (const id of ids.from(after)) yield map.get(id)!;
  }

  /** The ids of a kind that belong to a scope, in order. */
  *ids(scope: Scope, kind: ResourceKind): Generator<string, void, undefined> {
    yield* this.#homes.get(scopeKey(scope))?.ids.get(kind)?.from() ?? [];
  }

  /** The resources that need one, whichever scope they belong to, oldest first. */
  dependents(id: string): ReadonlySet<string> {
    return this.#dependents.get(id) ?? NO_IDS;
  }

  /** Whether something must be deleted before a resource can be. */
  isNeeded(id: string): boolean {
    for (const dependent of this.dependents(id)) {
      const place = this.#places.get(dependent);
      if (place === undefined || !isImplied(this.#held(place.kind, dependent))) return true;
    }
    return false;
  }

  /** What a resource needs, by id; for what is known to be there. */
  vpc(id: string): ResourceOf['vpc'] {
    return this.#known('vpc', id);
  }

  interface(id: string): ResourceOf['interface'] {
    return this.#known('interface', id);
  }

  subnet(id: string): Subnet {
    return this.#known('subnet', id);
  }

  transitGateway(id: string): ResourceOf['transitGateway'] {
    return this.#known('transitGateway', id);
  }

  transitGatewayAttachment(id: string): ResourceOf['transitGatewayAttachment'] {
    return this.#known('transitGatewayAttachment', id);
  }

  securityGroup(id: string): ResourceOf['securityGroup'] {
    return this.#known('securityGroup', id);
  }

  /** The resources of a kind among those that need one. */
  *dependentsOf<K extends ResourceKind>(id: string, kind: K): Generator<ResourceOf[K], void, undefined> {
    for (const dependent of this.dependents(id)) {
      const resource = this.#maps[kind].get(dependent);
      if (resource !== undefined) yield resource;
    }
  }

  /** The service that an interface is of, as the network file says. */
  ownerOf(interfaceId: string): InterfaceOwner | undefined {
    return this.#owners.get(interfaceId);
  }

  /** The Auto Scaling group that an instance is in. */
  groupOf(instanceId: string): AutoScalingGroup | undefined {
    return this.#groups.get(instanceId);
  }

  /** The security group of a VPC's interfaces that name none. */
  defaultGroup(vpcId: string): string | undefined {
    return this.#defaultGroups.get(vpcId);
  }

  /** Block Public Access of an account and region, as the network file says. */
  publicAccessBlock({ account, region }: Scope): PublicAccessBlock | undefined {
    return this.#declared.publicAccessBlocks.find((it) => it.accountId === account && it.region === region);
  }

  /** Addresses that interfaces hold, and free ones. */
  get addresses(): AddressBook {
    return this.#addresses;
  }

  /**
   * The subnet of a VPC that a new prefix would collide with. Subnets made over the API lie beside each other,
   * as the service has it. Only inside of one that discovers (S2.6) may another lie: the longer prefix wins.
   */
  collision(vpcId: string, prefix: Prefix): Subnet | undefined {
    for (const other of this.dependentsOf(vpcId, 'subnet')) {
      for (const taken of other.cidrs) {
        if (!prefixesOverlap(taken, prefix)) continue;
        if (other.discover && taken.length !== prefix.length) continue;
        return other;
      }
    }
    return undefined;
  }

  /** The tags that the network file gives to a resource: nothing else can change them. */
  declaredTags(held: Held): Tags {
    if (held.resource.origin === 'api') return NO_TAGS;
    return this.#declared[LISTS[held.kind]].get(held.resource.id)?.tags ?? NO_TAGS;
  }

  /** Why a resource has no place in the network as it stands; undefined when it has one. */
  misfit(held: Held): string | undefined {
    const { id } = held.resource;
    if (this.has(id)) return `${id} is there already`;
    for (const needed of needsOf(held)) if (!this.has(needed)) return `${needed} is not there`;
    if (held.kind === 'subnet') return this.#subnetMisfit(held.resource);
    if (held.kind === 'interface') return this.#interfaceMisfit(held.resource);
    return undefined;
  }

  /** Adds a resource that fits, with what comes with it. */
  add(held: Held): void {
    this.#put(held);
    for (const it of impliedBy(held)) this.#put(it);
  }

  #put(held: Held): void {
    const { id } = held.resource;
    (this.#maps[held.kind] as Map<string, Held['resource']>).set(id, held.resource);
    this.#place(held.kind, id, held.resource.accountId, this.regionOf(held));
    for (const needed of needsOf(held)) {
      const dependents = this.#dependents.get(needed);
      if (dependents === undefined) this.#dependents.set(needed, new Set([id]));
      else dependents.add(id);
    }
    if (held.kind === 'securityGroup' && held.resource.name === DEFAULT_GROUP) {
      this.#defaultGroups.set(held.resource.vpcId, id);
    }
    if (held.kind !== 'interface') return;
    const { subnetId, instanceId } = held.resource;
    this.#addresses.add(this.subnet(subnetId), held.resource);
    // An instance is where its first interface is.
    if (instanceId === undefined || this.#places.has(instanceId)) return;
    const instance = this.#maps.instance.get(instanceId);
    const { region } = this.vpc(this.subnet(subnetId).vpcId);
    if (instance !== undefined) {
      this.#place('instance', instanceId, instance.accountId, region);
    }
  }

  /** Takes away a resource that nothing needs, with what came with it. */
  remove(held: Held): void {
    for (const it of impliedBy(held)) this.#take(it);
    this.#take(held);
  }

  #take(held: Held): void {
    const { id } = held.resource;
    if (held.kind === 'securityGroup') this.#defaultGroups.delete(held.resource.vpcId);
    if (held.kind === 'interface') this.#addresses.remove(this.subnet(held.resource.subnetId), held.resource);
    this.#maps[held.kind].delete(id);
    const place = this.#places.get(id);
    this.#places.delete(id);
    this.#dependents.delete(id);
    place?.home.ids.get(place.kind)?.delete(id);
    for (const needed of needsOf(held)) this.#dependents.get(needed)?.delete(id);
    if (held.kind === 'subnet') {
      this.#addresses.searchAgain(this.dependentsOf(held.resource.vpcId, 'subnet'));
    }
  }

  /** Gives a resource other tags; the file's own stay, whatever `tags` says of them. */
  setTags(held: Held, tags: Tags): void {
    const resource = { ...held.resource, tags: { ...tags, ...this.declaredTags(held) } };
    (this.#maps[held.kind] as Map<string, Held['resource']>).set(resource.id, Object.freeze(resource));
  }

  /** A copy as a network: one version of it. */
  network(): Network {
    const { accounts, regions, loadBalancers, autoScalingGroups, ecsTasks } = this.#declared;
    const resources = Object.fromEntries(KINDS.map((kind) => [LISTS[kind], [...this.#maps[kind].values()]]));
    return indexNetwork({
      ...emptyLists(),
      ...resources,
      accounts: [...accounts.values()],
      regions: [...regions.values()],
      loadBalancers: [...loadBalancers.values()],
      autoScalingGroups: [...autoScalingGroups.values()],
      ecsTasks: [...ecsTasks.values()],
      publicAccessBlocks: this.#declared.publicAccessBlocks,
      scopes: this.#declared.scopes,
    });
  }

  /** Every scope in which there is, or was, something. */
  scopes(): Scope[] {
    return Array.from(this.#homes.values(), ({ scope }) => scope);
  }

  #held(kind: ResourceKind, id: string): Held {
    return { kind, resource: this.#known(kind, id) } as Held;
  }

  #known<K extends ResourceKind>(kind: K, id: string): ResourceOf[K] {
    const resource = this.#maps[kind].get(id);
    if (resource === undefined) throw new RangeError(`${id} is not in the network`);
    return resource;
  }

  #place(kind: ResourceKind, id: string, account: string, region: string): void {
    const scope = { account, region };
    const key = scopeKey(scope);
    let home = this.#homes.get(key);
    if (home === undefined) this.#homes.set(key, (home = { scope, ids: new Map() }));
    this.#places.set(id, { kind, home });
    let ids = home.ids.get(kind);
    if (ids === undefined) home.ids.set(kind, (ids = new SortedIds()));
    ids.add(id);
  }

  /** The region of a resource that has a place, by what it lies in. */
  regionOf(held: Held): string {
    switch (held.kind) {
      case 'subnet':
        return this.vpc(held.resource.vpcId).region;
      case 'interface':
        return this.vpc(this.subnet(held.resource.subnetId).vpcId).region;
      case 'instance':
        throw new RangeError('an instance is where its first interface is');
      default:
        return held.resource.region;
    }
  }

  #subnetMisfit(subnet: Subnet): string | undefined {
    const vpc = this.vpc(subnet.vpcId);
    for (const prefix of subnet.cidrs) {
      if (!vpc.cidrs.some((outer) => containsPrefix(outer, prefix))) return `it is outside of ${vpc.id}`;
      const other = this.collision(vpc.id, prefix);
      if (other !== undefined) return `${other.id} has its prefix`;
    }
    return undefined;
  }

  #interfaceMisfit(it: ResourceOf['interface']): string | undefined {
    const { vpcId, cidrs } = this.subnet(it.subnetId);
    for (const address of addressesOf(it)) {
      if (!cidrs.some((prefix) => containsAddress(prefix, address))) {
        return `an address of it is outside of ${it.subnetId}`;
      }
      const holder = this.#addresses.holder(vpcId, address);
      if (holder !== undefined) return `${holder} has its address`;
    }
    return undefined;
  }
}

function isOf({ scope }: Home, { account, region }: Scope): boolean {
  return scope.account === account && scope.region === region;
}

function ownersOf(network: Network): OwningParts {
  const { natGateways, transitGatewayAttachments, vpcEndpoints, loadBalancers, ecsTasks } = network;
  return {
    natGateways: natGateways.values(),
    transitGatewayAttachments: transitGatewayAttachments.values(),
    vpcEndpoints: vpcEndpoints.values(),
    loadBalancers: loadBalancers.values(),
    ecsTasks: ecsTasks.values(),
  };
}

/** The instances of a network, and those of which it says no more than that interfaces name them: these are
 * their interface's owner's. */
function* declaredInstances(network: Network): Generator<ResourceOf['instance'], void, undefined> {
  yield* network.instances.values();
  const unlisted = new Set<string>();
  for (const { instanceId: id, accountId, origin } of network.interfaces.values()) {
    if (id === undefined || network.instances.has(id) || unlisted.has(id)) continue;
    unlisted.add(id);
    yield Object.freeze({ id, origin, accountId, tags: NO_TAGS, nitro: false });
  }
}
