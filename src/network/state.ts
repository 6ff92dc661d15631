/**
 * The network as it stands now, in memory: what network.yaml declares and what the API created, with the
 * indexes that requests ask. Changes cost what they touch, not what is there. Knows of no storage and of no
 * turns: registry.ts keeps both.
 */
import { containsAddress, containsPrefix, prefixesOverlap, type Prefix } from '../base/prefixes.ts';
import { AddressBook, addressesOf } from './address-book.ts';
import { indexNetwork, type Network } from './model.ts';
import { needsOf, scopeKey, type Held, type ResourceKind, type ResourceOf, type Scope } from './resources.ts';
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
  readonly #maps: Maps = {
    vpc: new Map(),
    subnet: new Map(),
    interface: new Map(),
    instance: new Map(),
    transitGateway: new Map(),
    transitGatewayAttachment: new Map(),
    natGateway: new Map(),
  };
  /** Where each resource belongs. */
  readonly #places = new Map<string, { readonly kind: ResourceKind; readonly home: Home }>();
  /** By the keys of their scopes. */
  readonly #homes = new Map<string, Home>();
  /** By id: the resources that need it, oldest first. */
  readonly #dependents = new Map<string, Set<string>>();
  readonly #addresses = new AddressBook();

  /** Begins with what a network declares. */
  constructor(declared: Network) {
    this.#declared = declared;
    for (const resource of declared.vpcs.values()) this.add({ kind: 'vpc', resource });
    for (const resource of declared.subnets.values()) this.add({ kind: 'subnet', resource });
    for (const resource of declaredInstances(declared)) {
      this.#maps.instance.set(resource.id, resource);
    }
    for (const resource of declared.interfaces.values()) this.add({ kind: 'interface', resource });
    for (const resource of declared.transitGateways?.values() ?? [])
      this.add({ kind: 'transitGateway', resource });
    for (const resource of declared.transitGatewayAttachments?.values() ?? []) {
      this.add({ kind: 'transitGatewayAttachment', resource });
    }
    for (const resource of declared.natGateways?.values() ?? []) this.add({ kind: 'natGateway', resource });
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

  /** What a resource needs, by id; for what is known to be there. */
  vpc(id: string): ResourceOf['vpc'] {
    return this.#known('vpc', id);
  }

  subnet(id: string): Subnet {
    return this.#known('subnet', id);
  }

  /** The resources of a kind among those that need one. */
  *dependentsOf<K extends ResourceKind>(id: string, kind: K): Generator<ResourceOf[K], void, undefined> {
    for (const dependent of this.dependents(id)) {
      const resource = this.#maps[kind].get(dependent);
      if (resource !== undefined) yield resource;
    }
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
    const { id } = held.resource;
    switch (held.kind) {
      case 'vpc':
        return this.#declared.vpcs.get(id)?.tags ?? NO_TAGS;
      case 'subnet':
        return this.#declared.subnets.get(id)?.tags ?? NO_TAGS;
      case 'interface':
        return this.#declared.interfaces.get(id)?.tags ?? NO_TAGS;
      case 'instance':
        return this.#declared.instances.get(id)?.tags ?? NO_TAGS;
      case 'transitGateway':
        return this.#declared.transitGateways?.get(id)?.tags ?? NO_TAGS;
      case 'transitGatewayAttachment':
        return this.#declared.transitGatewayAttachments?.get(id)?.tags ?? NO_TAGS;
      default:
        return this.#declared.natGateways?.get(id)?.tags ?? NO_TAGS;
    }
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

  /** Adds a resource that fits. */
  add(held: Held): void {
    const { id } = held.resource;
    (this.#maps[held.kind] as Map<string, Held['resource']>).set(id, held.resource);
    this.#place(held.kind, id, held.resource.accountId, this.regionOf(held));
    for (const needed of needsOf(held)) {
      const dependents = this.#dependents.get(needed);
      if (dependents === undefined) this.#dependents.set(needed, new Set([id]));
      else dependents.add(id);
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

  /** Takes away a resource that nothing needs. */
  remove(held: Held): void {
    const { id } = held.resource;
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
    return indexNetwork({
      accounts: [...this.#declared.accounts.values()],
      regions: [...this.#declared.regions.values()],
      vpcs: [...this.#maps.vpc.values()],
      subnets: [...this.#maps.subnet.values()],
      interfaces: [...this.#maps.interface.values()],
      instances: [...this.#maps.instance.values()],
      transitGateways: [...this.#maps.transitGateway.values()],
      transitGatewayAttachments: [...this.#maps.transitGatewayAttachment.values()],
      natGateways: [...this.#maps.natGateway.values()],
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
