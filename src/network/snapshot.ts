/**
 * One version of the network as the packet path and the record writers read it: tables in shared memory,
 * facts as plain columns, and the overlay of discovered interfaces that passes from version to version.
 */
import { createHash } from 'node:crypto';
import { formatPrefix } from '../base/prefixes.ts';
import { BindingTable, type Bound, shareBindings, type BindingHandle } from './bindings.ts';
import { DiscoveredInterfaces } from './discovered.ts';
import { declaredFacts, HOLE, type SubnetFacts } from './facts.ts';
import { factColumns, type FactColumns } from './fact-columns.ts';
import { keepsFacts } from './keeps-facts.ts';
import { packTopology, type PackedTopology, unpackTopology } from './packed-topology.ts';
import { ENTRY_WORDS, EntryTable, findWord, type WordTables } from './index-table.ts';
import {
  DISCOVERED_BASE,
  NO_INTERFACE,
  NO_KIN,
  type DiscoveredDirectory,
  type InterfaceDirectory,
  type InterfaceFacts,
  type InterfaceLookup,
  type NetworkDirectory,
  type SeenBy,
} from './lookup.ts';
import type { Network } from './model.ts';
import {
  neverDiscovered4,
  neverDiscovered6,
  Overlay,
  type DiscoveryLimits,
  type OverlayHandle,
} from './overlay.ts';
import { type NumberedNetwork, numberNetwork, numberOn } from './numbering.ts';
import type { ScopeConflict } from './overlaps.ts';
import type { ServiceRanges } from './service-ranges.ts';
import { isServed, servedTables, type ServedTables } from './served.ts';
import { RESERVED_DNS, RESERVED_ROUTER, reservedTables } from './reserved.ts';
import { numberScopes } from './scope-rules.ts';
import {
  buildScopes,
  prefixRow,
  resolveScopes,
  type OverlapRule,
  type Scopes,
  type ScopeTables,
} from './scopes.ts';
import { type Topology, topologyOf } from './topology.ts';

/** How a snapshot is built. */
export interface SnapshotOptions {
  readonly version: number;
  /** The VPCs of scope 0, 1 and so on ('all': every one), or 'all': scope 0 with every VPC. Behind these come the scopes
   * of the network's rules. The same in all versions. */
  readonly scopes: Scopes;
  /** What to do when VPCs of one scope overlap; `refuse` unless told otherwise. */
  readonly overlaps?: OverlapRule;
  /** Of a new overlay; one that is taken along keeps its own. */
  readonly limits?: Partial<DiscoveryLimits>;
  /** The version before: interfaces that it has keep their numbers, new ones get the next, and numbers of
   * those that are gone are not used again. */
  readonly previous?: Snapshot;
  /** Of pkt-src-aws-service and pkt-dst-aws-service. */
  readonly services?: ServiceRanges | undefined;
}

/** A snapshot for another thread: structured cloning shares its memory. */
export interface SnapshotHandle {
  readonly version: number;
  readonly factsVersion: number;
  /** What the facts of discovered interfaces, and whose addresses are whose, follow from, as a digest. */
  readonly discovery: string;
  readonly tables: ScopeTables;
  readonly served: ServedTables;
  readonly bindings: BindingHandle;
  /** The VPCs of each scope, as texts; and the scopes, plus 1, by where traffic is seen. */
  readonly scopeKeys: readonly string[];
  readonly scopeRules: BindingHandle;
  readonly columns: FactColumns;
  readonly reserved: WordTables | undefined;
  readonly overlay: OverlayHandle;
  readonly topology: PackedTopology;
  readonly services: ServiceRanges | undefined;
  /** Ids by the numbers that overlay entries use, in order of appearance over all versions. */
  readonly spaces: readonly string[];
  readonly places: readonly string[];
  /** By VPC and by subnet of this version: those numbers. */
  readonly spaceOf: Int32Array;
  readonly placeOf: Int32Array;
}

export class Snapshot implements InterfaceLookup, InterfaceDirectory, DiscoveredDirectory, NetworkDirectory {
  readonly version: number;
  readonly factsVersion: number;
  readonly declaredCount: number;
  readonly scopeCount: number;
  readonly needsLink: boolean;
  /** What was left out of scopes for overlap (S2.1). On the thread that built the snapshot only. */
  readonly conflicts: readonly ScopeConflict[];
  readonly #handle: SnapshotHandle;
  /** On the thread that built the snapshot only: the next version is compared with it (S3.7). */
  readonly #numbered: NumberedNetwork | undefined;
  readonly #tables: ScopeTables;
  readonly #entries6: EntryTable;
  readonly #macs: EntryTable;
  readonly #bindings: BindingTable;
  readonly #scopeRules: BindingTable;
  readonly #overlay: Overlay;
  readonly #declared: InterfaceFacts[] = [];
  readonly #discovered: DiscoveredInterfaces;
  #numbers: ReadonlyMap<string, number> | undefined;
  #vpcs: ReadonlyMap<string, number> | undefined;
  #topology: Topology | undefined;

  private constructor(
    handle: SnapshotHandle,
    overlay: Overlay,
    conflicts: readonly ScopeConflict[] = [],
    numbered?: NumberedNetwork,
  ) {
    this.#handle = handle;
    this.#numbered = numbered;
    this.conflicts = conflicts;
    this.version = handle.version;
    this.factsVersion = handle.factsVersion;
    this.scopeCount = handle.tables.members.length;
    this.declaredCount = handle.columns.ids.length;
    this.#tables = handle.tables;
    this.#entries6 = new EntryTable(handle.tables.entries6.entries, handle.tables.entries6.slots);
    this.#macs = new EntryTable(handle.tables.macs.entries, handle.tables.macs.slots);
    this.#bindings = new BindingTable(handle.bindings);
    this.#scopeRules = new BindingTable(handle.scopeRules);
    this.needsLink = handle.tables.macCount > 0 || !this.#bindings.empty || !this.#scopeRules.empty;
    this.#overlay = overlay;
    this.#discovered = new DiscoveredInterfaces(handle, overlay);
  }

  /** A snapshot of a network. Interfaces that no scope sees get no number. A UserError when VPCs of one
   * scope overlap (S2.1), or a scope names a VPC that is not there, unless `overlaps` says otherwise. */
  static build(network: Network, options: SnapshotOptions): Snapshot {
    const { version, previous } = options;
    const before = previous === undefined ? undefined : previous.#handle;
    const conflicts: ScopeConflict[] = [];
    const {
      scopes: seenVpcs,
      keys,
      ofRules,
    } = numberScopes(options.scopes, network.scopes, before?.scopeKeys);
    const scopes = resolveScopes(network, seenVpcs, options.overlaps ?? 'refuse', conflicts);
    const seen = new Set(scopes.flatMap(({ vpcs }) => [...vpcs]));
    const numbered = numberNetwork(before?.columns.ids ?? [], network, seen);
    const overlay = previous === undefined ? Overlay.create(options.limits) : previous.#overlay;
    const spaces = numberOn(before?.spaces ?? [], [...network.vpcs.keys()]);
    const places = numberOn(before?.places ?? [], [...network.subnets.keys()]);
    const columns = factColumns(numbered);
    const { tables, taken } = buildScopes(numbered, scopes, conflicts);
    const discovery = discoveryDigest(network, seenVpcs, taken);
    const built = previous === undefined ? undefined : previous.#numbered;
    const keeps =
      before !== undefined &&
      built !== undefined &&
      before.discovery === discovery &&
      before.services?.digest === options.services?.digest &&
      keepsFacts(built, numbered);
    const handle: SnapshotHandle = {
      version,
      factsVersion: keeps ? before.factsVersion : version,
      discovery,
      tables,
      served: servedTables(numbered),
      bindings: shareBindings(boundTargets(numbered)),
      scopeKeys: keys,
      scopeRules: shareBindings(
        network.scopes.map((rule, i) => ({ number: ofRules[i]! + 1, bindings: [rule] })),
      ),
      columns,
      reserved: reservedTables(network),
      overlay: overlay.handle,
      topology: packTopology(topologyOf(network)),
      services: options.services,
      spaces: spaces.ids,
      places: places.ids,
      spaceOf: spaces.numbers,
      placeOf: places.numbers,
    };
    return new Snapshot(handle, overlay, conflicts, numbered);
  }

  /** A snapshot that another thread built. Pass the one that this thread used before, if any: its index of
   * the overlay is used on. */
  static attach(handle: SnapshotHandle, previous?: Snapshot): Snapshot {
    const known = previous === undefined ? undefined : previous.#overlay;
    const same = known !== undefined && known.handle.key === handle.overlay.key;
    return new Snapshot(handle, same ? known : new Overlay(handle.overlay));
  }

  /** The structured-cloneable value to `attach` on another thread. */
  handle(): SnapshotHandle {
    return this.#handle;
  }

  /** Some interface belongs to an instance that is marked nitro (S3.2). */
  get hasNitro(): boolean {
    return this.#handle.columns.hasNitro;
  }

  /** Number of interfaces discovered so far. */
  get discoveredCount(): number {
    return this.#overlay.count;
  }

  /** How many lookups found a new address and no room for it (S2.6); their packets are unattributed. */
  get discoveryFull(): number {
    return this.#overlay.full;
  }

  /** The declared interfaces that a scope sees, ascending. */
  scopeInterfaces(scope: number): Int32Array {
    return this.#tables.members[scope]!;
  }

  has(number: number): boolean {
    if (number < DISCOVERED_BASE) return (this.#handle.columns.ids[number - 1] ?? HOLE) !== HOLE;
    return number - DISCOVERED_BASE < this.#overlay.count && this.#vpcOf(number) >= 0;
  }

  isBound(number: number): boolean {
    return this.#bindings.isBound(number);
  }

  /** The number of a declared interface, attachment or regional NAT gateway, by its id; NO_INTERFACE when this
   * version has none. */
  numberOf(interfaceId: string): number {
    this.#numbers ??= new Map(this.#handle.columns.ids.map((id, i) => [id, i + 1]));
    return interfaceId === HOLE ? NO_INTERFACE : (this.#numbers.get(interfaceId) ?? NO_INTERFACE);
  }

  /** The number of the interface that is, or now becomes, discovered at an address of a VPC (IPv4 in the last
   * word); NO_INTERFACE where none can be. */
  rediscover(vpcId: string, six: boolean, words: readonly [number, number, number, number]): number {
    const { columns } = this.#handle;
    const vpc = this.#vpcNumber(vpcId);
    const scope = this.#tables.vpcScope[vpc] ?? -1;
    if (scope < 0) return NO_INTERFACE;
    // Another VPC of the scope may have the address now.
    const row = this.#row(scope, six, ...words);
    if (row < 0 || columns.subnets[this.#tables.rowSubnet[row]!]!.vpc !== vpc) return NO_INTERFACE;
    const number = six ? this.find6(scope, ...words, true) : this.find4(scope, words[3], true);
    return number < DISCOVERED_BASE ? NO_INTERFACE : number;
  }

  find4(scope: number, address: number, mayDiscover: boolean): number {
    const word = address | 0;
    const number = findWord(this.#tables.words4, scope, word);
    return number === NO_INTERFACE ? this.#undeclared4(scope, word, mayDiscover) : number;
  }

  find6(scope: number, a: number, b: number, c: number, d: number, mayDiscover: boolean): number {
    const entry = this.#entries6.find(scope, a | 0, b | 0, c | 0, d | 0);
    if (entry >= 0) return this.#tables.entries6.entries[ENTRY_WORDS * entry + 5]!;
    return this.#undeclared6(scope, a | 0, b | 0, c | 0, d | 0, mayDiscover);
  }

  findMac(scope: number, high: number, low: number): number {
    const entry = this.#macs.find(scope, high, low | 0, 0, 0);
    return entry < 0 ? NO_INTERFACE : this.#tables.macs.entries[ENTRY_WORDS * entry + 5]!;
  }

  findBound(seen: SeenBy, ifIndex: number, vlan: number, tunnel: number): number {
    return this.#bindings.find(seen, ifIndex, vlan, tunnel);
  }

  scopeOf(seen: SeenBy, ifIndex: number, vlan: number, tunnel: number, scope: number): number {
    const found = this.#scopeRules.find(seen, ifIndex, vlan, tunnel);
    return found === 0 ? scope : found - 1;
  }

  scopesOf(seen: SeenBy, scope: number): number[] {
    if (this.#scopeRules.empty) return [scope];
    const { whole, parts } = this.#scopeRules.findAll(seen);
    return [whole === 0 ? scope : whole - 1, ...parts.map((number) => number - 1)];
  }

  isReservedVpc(number: number): boolean {
    if (this.#handle.reserved === undefined) return false;
    return this.#handle.columns.vpcs[this.#vpcOf(number)]?.awsReserved ?? false;
  }

  isReserved4(number: number, address: number): 'dns' | 'router' | undefined {
    const { reserved } = this.#handle;
    const vpc = this.#vpcOf(number);
    if (reserved === undefined || vpc < 0) return undefined;
    const what = findWord(reserved, vpc, address | 0);
    if (what === RESERVED_DNS) return 'dns';
    return what === RESERVED_ROUTER ? 'router' : undefined;
  }

  serves4(number: number, address: number): boolean {
    return isServed(this.#handle.served, number, false, 0, 0, 0, address);
  }

  serves6(number: number, a: number, b: number, c: number, d: number): boolean {
    return isServed(this.#handle.served, number, true, a, b, c, d);
  }

  get topology(): Topology {
    return (this.#topology ??=
      this.#numbered === undefined
        ? unpackTopology(this.#handle.topology)
        : topologyOf(this.#numbered.network));
  }

  get services(): ServiceRanges | undefined {
    return this.#handle.services;
  }

  holderOf(vpcId: string, six: boolean, a: number, b: number, c: number, d: number): number {
    const vpc = this.#vpcNumber(vpcId);
    const scope = this.#tables.vpcScope[vpc] ?? -1;
    if (scope < 0) return NO_INTERFACE;
    const number = six ? this.find6(scope, a, b, c, d, false) : this.find4(scope, d, false);
    if (number === NO_INTERFACE || number >= DISCOVERED_BASE) return NO_INTERFACE;
    // A NAT gateway holds addresses too, and is no network interface.
    if (this.#handle.columns.subnet[number - 1]! < 0) return NO_INTERFACE;
    return this.#vpcOf(number) === vpc ? number : NO_INTERFACE;
  }

  subnetAt(vpcId: string, six: boolean, a: number, b: number, c: number, d: number): SubnetFacts | undefined {
    const { columns } = this.#handle;
    const vpc = this.#vpcNumber(vpcId);
    const scope = this.#tables.vpcScope[vpc] ?? -1;
    const row = scope < 0 ? -1 : this.#row(scope, six, a, b, c, d);
    const subnet = row < 0 ? undefined : columns.subnets[this.#tables.rowSubnet[row]!];
    return subnet?.vpc === vpc ? subnet : undefined;
  }

  facts(number: number): InterfaceFacts {
    if (number < DISCOVERED_BASE) {
      if (!this.has(number)) {
        const gone = number >= 1 && number <= this.declaredCount ? ': it is gone' : '';
        throw new RangeError(`version ${this.version} has no interface with number ${number}${gone}`);
      }
      return (this.#declared[number] ??= declaredFacts(this.#handle.columns, number));
    }
    return this.#discovered.facts(number);
  }

  compare(a: number, b: number): number {
    if (a < DISCOVERED_BASE || b < DISCOVERED_BASE || a === b) return a - b;
    return this.#discovered.compare(a, b);
  }

  discovered4(number: number): number {
    return number < DISCOVERED_BASE ? -1 : this.#discovered.address4(number);
  }

  kinOf(number: number): number {
    return number < DISCOVERED_BASE ? NO_KIN : this.#discovered.kinOf(number);
  }

  discoveredId(number: number): string {
    return this.#discovered.id(number);
  }

  /** Index of a VPC by its id, -1 when this version does not have it. */
  #vpcNumber(vpcId: string): number {
    this.#vpcs ??= new Map(this.#handle.columns.vpcs.map((it, i) => [it.id, i]));
    return this.#vpcs.get(vpcId) ?? -1;
  }

  /** Index of the VPC that an interface lies in, -1 when this version does not have it. */
  #vpcOf(number: number): number {
    const { columns } = this.#handle;
    if (number < DISCOVERED_BASE) return columns.vpc[number - 1] ?? -1;
    return this.#discovered.vpcOf(number);
  }

  #undeclared4(scope: number, word: number, mayDiscover: boolean): number {
    const row = this.#row(scope, false, 0, 0, 0, word);
    const subnet = row < 0 ? -1 : this.#tables.rowSubnet[row]!;
    if (subnet < 0 || this.#tables.discover[subnet] === 0) return NO_INTERFACE;
    const space = this.#spaceOfSubnet(subnet);
    const number = this.#overlay.find(space, false, 0, 0, 0, word);
    if (number !== NO_INTERFACE || !mayDiscover) return number;
    if (neverDiscovered4(word, this.#tables.rowLength[row]!)) return NO_INTERFACE;
    return this.#overlay.add(space, false, 0, 0, 0, word, this.#handle.placeOf[subnet]!);
  }

  #undeclared6(scope: number, a: number, b: number, c: number, d: number, mayDiscover: boolean): number {
    const row = this.#row(scope, true, a, b, c, d);
    const subnet = row < 0 ? -1 : this.#tables.rowSubnet[row]!;
    if (subnet < 0 || this.#tables.discover[subnet] === 0) return NO_INTERFACE;
    const space = this.#spaceOfSubnet(subnet);
    const number = this.#overlay.find(space, true, a, b, c, d);
    if (number !== NO_INTERFACE || !mayDiscover || neverDiscovered6(a, b, c, d)) return number;
    return this.#overlay.add(space, true, a, b, c, d, this.#handle.placeOf[subnet]!);
  }

  #row(scope: number, six: boolean, a: number, b: number, c: number, d: number): number {
    return prefixRow(this.#tables, scope, six, a, b, c, d);
  }

  #spaceOfSubnet(subnet: number): number {
    return this.#handle.spaceOf[this.#handle.columns.subnets[subnet]!.vpc]!;
  }
}

/** What discovered interfaces' facts follow from: the VPCs in which addresses are discovered, as they stand, who sees
 * them, and what others took of their prefixes. */
function discoveryDigest(network: Network, seenVpcs: Scopes, taken: readonly string[]): string {
  const subnets = [...network.subnets.values()];
  const vpcs = new Set(subnets.filter((it) => it.discover).map((it) => it.vpcId));
  const hash = createHash('sha256');
  for (const id of vpcs) {
    const { accountId, region } = network.vpcs.get(id)!;
    hash.update(JSON.stringify([id, accountId, region]));
  }
  for (const { id, vpcId, cidrs, accountId, azId, placement, discover } of subnets) {
    if (!vpcs.has(vpcId)) continue;
    const members = [id, vpcId, cidrs.map(formatPrefix), accountId, azId, placement, discover];
    hash.update(JSON.stringify(members));
  }
  hash.update(JSON.stringify([seenVpcs, taken]));
  return hash.digest('hex');
}

function* boundTargets({ interfaces, points }: NumberedNetwork): Generator<Bound, void, undefined> {
  for (const { number, it } of interfaces)
    if (it.bindings.length > 0) yield { number, bindings: it.bindings };
  for (const { number, point } of points) yield { number, bindings: point.bindings };
}
