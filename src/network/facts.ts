/** The facts behind interface numbers: columns that a thread is sent, and objects that it makes of them. */
import { isDeepStrictEqual } from 'node:util';
import type { InterfaceKind, Placement } from './interface.ts';
import { NO_VPC } from './lookup.ts';
import type { EcsTask } from './ecs-task.ts';
import type { InstanceFacts, InterfaceFacts } from './lookup.ts';
import type { Network } from './model.ts';
import { shared } from './index-table.ts';
import type { ATTACHMENT_KIND, RecordingPoint } from './recording-points.ts';
import { NO_TAGS, type Tags } from './tags.ts';

/** Stands for the id of an interface that an earlier version had. */
export const HOLE = '';

/** What facts.kind may be. */
type FactKind = InterfaceKind | typeof ATTACHMENT_KIND;

type Words = readonly [number, number, number, number];

/** What facts say of a subnet. */
export interface SubnetFacts {
  readonly id: string;
  /** Index among the VPCs. */
  readonly vpc: number;
  readonly azId: string | undefined;
  readonly placement: Placement | undefined;
  /** The owner, which also owns what is discovered in it. */
  readonly accountId: string;
}

/** What facts say of a VPC. */
export interface VpcFacts {
  readonly id: string;
  readonly accountId: string;
  readonly region: string;
  readonly awsReserved: boolean;
}

/**
 * All declared interfaces, attachments and regional NAT gateways, by number - 1; holes have the id '' and no facts.
 * Columns, so that 100,000 of them clone to another thread in milliseconds; indexes are into the lists beside them,
 * -1 for none.
 */
export interface FactColumns {
  readonly ids: readonly string[];
  readonly subnet: Int32Array;
  readonly vpc: Int32Array;
  readonly region: Int32Array;
  readonly account: Int32Array;
  readonly kind: Int32Array;
  readonly instance: Int32Array;
  readonly placement: Int32Array;
  readonly has4: Int32Array;
  readonly primary4: Int32Array;
  /** Where in `words6` the interface's IPv6 addresses begin; one more at the end. */
  readonly from6: Int32Array;
  readonly words6: Int32Array;
  readonly vpcs: readonly VpcFacts[];
  readonly subnets: readonly SubnetFacts[];
  readonly accounts: readonly string[];
  readonly kinds: readonly FactKind[];
  readonly regions: readonly string[];
  readonly instances: readonly InstanceFacts[];
  readonly placements: readonly Placement[];
  readonly tags: Int32Array;
  readonly tagSets: readonly Tags[];
  readonly ecsTask: Int32Array;
  readonly ecsTasks: readonly EcsTask[];
}

/** Numbers equal values (by a key) in order of appearance. */
class Interned<T> {
  readonly list: T[] = [];
  readonly #numbers = new Map<string, number>();

  number(key: string, value: T): number {
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.list.push(value) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }
}

/** The columns of the named interfaces and points, in that order; '' makes a hole. */
export function factColumns(
  network: Network,
  ids: readonly string[],
  points: readonly RecordingPoint[],
): FactColumns {
  const count = ids.length;
  const vpcNumbers = new Map([...network.vpcs.keys()].map((id, i) => [id, i]));
  const subnetNumbers = new Map([...network.subnets.keys()].map((id, i) => [id, i]));
  const accounts = new Interned<string>();
  const kinds = new Interned<FactKind>();
  const regions = new Interned<string>();
  const pointsById = new Map(points.map((point) => [point.id, point]));
  const instances = new Interned<InstanceFacts>();
  const tagSets = new Interned<Tags>();
  const groups = groupsOf(network);
  const ecsTasks = [...network.ecsTasks.values()];
  const taskOf = new Map(ecsTasks.map((task, i) => [task.interfaceId, i]));
  const placements = new Interned<Placement>();
  const column = (): Int32Array => shared({ length: count }).fill(-1);
  const [subnet, vpc, region] = [column(), column(), column()];
  const [account, kind, instance] = [column(), column(), column()];
  const [placement, has4, primary4] = [column(), column(), column()];
  const [tags, ecsTask] = [column(), column()];
  const from6 = shared({ length: count + 1 });
  const words6: number[] = [];
  ids.forEach((id, i) => {
    from6[i] = words6.length;
    if (id === HOLE) return;
    const it = network.interfaces.get(id);
    if (it === undefined) {
      const point = pointsById.get(id)!;
      vpc[i] = point.vpcId === undefined ? -1 : vpcNumbers.get(point.vpcId)!;
      region[i] = regions.number(point.region, point.region);
      account[i] = accounts.number(point.accountId, point.accountId);
      kind[i] = kinds.number(point.kind, point.kind);
      has4[i] = 0;
      return;
    }
    const home = network.subnets.get(it.subnetId)!;
    const place = it.placement ?? home.placement;
    const around = network.vpcs.get(home.vpcId)!;
    subnet[i] = subnetNumbers.get(home.id)!;
    vpc[i] = vpcNumbers.get(home.vpcId)!;
    region[i] = regions.number(around.region, around.region);
    account[i] = accounts.number(it.accountId, it.accountId);
    kind[i] = kinds.number(it.kind, it.kind);
    if (it.instanceId !== undefined) {
      instance[i] = instances.number(
        it.instanceId,
        instanceFacts(network, it.instanceId, it.accountId, groups),
      );
    }
    tags[i] = tagSets.number(JSON.stringify(it.tags), it.tags);
    ecsTask[i] = taskOf.get(id) ?? -1;
    placement[i] =
      place === undefined ? -1 : placements.number(`${place.sublocationType} ${place.sublocationId}`, place);
    has4[i] = it.primary4 === undefined ? 0 : 1;
    primary4[i] = it.primary4 ?? 0;
    for (const words of it.ipv6) words6.push(...words);
  });
  from6[count] = words6.length;
  return {
    ids,
    subnet,
    vpc,
    region,
    account,
    kind,
    instance,
    placement,
    has4,
    primary4,
    from6,
    words6: shared(words6),
    vpcs: Array.from(network.vpcs.values(), ({ id, accountId, region, awsReserved }) => ({
      id,
      accountId,
      region,
      awsReserved,
    })),
    subnets: Array.from(network.subnets.values(), ({ id, vpcId, azId, placement, accountId }) => {
      return { id, vpc: vpcNumbers.get(vpcId)!, azId, placement, accountId };
    }),
    accounts: accounts.list,
    kinds: kinds.list,
    regions: regions.list,
    instances: instances.list,
    placements: placements.list,
    tags,
    tagSets: tagSets.list,
    ecsTask,
    ecsTasks,
  };
}

/** Groups by the ids of their instances. */
function groupsOf(network: Network): ReadonlyMap<string, InstanceFacts['group']> {
  const groups = new Map<string, InstanceFacts['group']>();
  for (const { accountId, tags, instanceIds } of network.autoScalingGroups.values()) {
    for (const id of instanceIds) groups.set(id, { accountId, tags });
  }
  return groups;
}

/** An instance that nothing is said of belongs to the owner of its interface. */
function instanceFacts(
  network: Network,
  id: string,
  owner: string,
  groups: ReadonlyMap<string, InstanceFacts['group']>,
): InstanceFacts {
  const { accountId = owner, nitro = false, tags = NO_TAGS } = network.instances.get(id) ?? {};
  return { id, accountId, nitro, tags, group: groups.get(id) };
}

/** True when every declared interface of one version has the same facts in a later one. */
export function keepsFacts(before: FactColumns, after: FactColumns): boolean {
  const places = new Map(after.subnets.map((subnet, i) => [subnet.id, i]));
  const subnets = before.subnets.map((subnet) => places.get(subnet.id) ?? -1);
  const sameHome = before.subnets.map((subnet, i) => {
    const now = after.subnets[subnets[i]!];
    return (
      now !== undefined &&
      isDeepStrictEqual({ ...subnet, vpc: before.vpcs[subnet.vpc] }, { ...now, vpc: after.vpcs[now.vpc] })
    );
  });
  return before.ids.every((id, i) => {
    if (id === HOLE) return true;
    const home = before.subnet[i]!;
    return (
      after.ids[i] === id &&
      (home < 0
        ? after.subnet[i] === -1 && before.vpcs[before.vpc[i]!]?.id === after.vpcs[after.vpc[i]!]?.id
        : sameHome[home]! && after.subnet[i] === subnets[home]) &&
      before.regions[before.region[i]!] === after.regions[after.region[i]!] &&
      after.accounts[after.account[i]!] === before.accounts[before.account[i]!] &&
      after.kinds[after.kind[i]!] === before.kinds[before.kind[i]!] &&
      isDeepStrictEqual(after.instances[after.instance[i]!], before.instances[before.instance[i]!]) &&
      isDeepStrictEqual(after.placements[after.placement[i]!], before.placements[before.placement[i]!]) &&
      isDeepStrictEqual(after.tagSets[after.tags[i]!], before.tagSets[before.tags[i]!]) &&
      isDeepStrictEqual(after.ecsTasks[after.ecsTask[i]!], before.ecsTasks[before.ecsTask[i]!]) &&
      after.has4[i] === before.has4[i] &&
      after.primary4[i] === before.primary4[i] &&
      sameWords6(before, after, i)
    );
  });
}

function sameWords6(before: FactColumns, after: FactColumns, i: number): boolean {
  const [from, to] = [before.from6[i]!, before.from6[i + 1]!];
  const there = after.from6[i]!;
  if (after.from6[i + 1]! - there !== to - from) return false;
  for (let w = from; w < to; w++) if (before.words6[w] !== after.words6[there + w - from]) return false;
  return true;
}

/** The facts of a declared interface or a point. */
export function declaredFacts(columns: FactColumns, number: number): InterfaceFacts {
  const i = number - 1;
  const subnet = columns.subnets[columns.subnet[i]!];
  const vpc = columns.vpcs[columns.vpc[i]!];
  const instance = columns.instances[columns.instance[i]!];
  const placement = columns.placements[columns.placement[i]!];
  const addresses6 = Array.from(columns.words6.subarray(columns.from6[i], columns.from6[i + 1]));
  return Object.freeze({
    number,
    interfaceId: columns.ids[i]!,
    accountId: columns.accounts[columns.account[i]!]!,
    vpcId: vpc?.id ?? NO_VPC,
    subnetId: subnet?.id,
    instanceId: instance?.id,
    region: columns.regions[columns.region[i]!]!,
    azId: placement === undefined ? subnet?.azId : undefined,
    sublocationType: placement?.sublocationType,
    sublocationId: placement?.sublocationId,
    kind: columns.kinds[columns.kind[i]!]!,
    nitro: instance?.nitro ?? false,
    tags: columns.tagSets[columns.tags[i]!] ?? NO_TAGS,
    instance,
    ecsTask: columns.ecsTasks[columns.ecsTask[i]!],
    primary4: columns.has4[i] === 1 ? columns.primary4[i]! : undefined,
    primary6:
      addresses6.length > 0 ? (addresses6.slice(0, 4) as [number, number, number, number]) : undefined,
    addresses6,
    discovered: false,
  });
}

/** The facts of a discovered interface: what its subnet and VPC say, and its one address. */
export function discoveredFacts(
  number: number,
  interfaceId: string,
  subnet: SubnetFacts | undefined,
  vpc: VpcFacts,
  six: boolean,
  words: Words,
): InterfaceFacts {
  return {
    number,
    interfaceId,
    accountId: subnet?.accountId ?? vpc.accountId,
    vpcId: vpc.id,
    subnetId: subnet?.id,
    instanceId: undefined,
    region: vpc.region,
    azId: subnet?.placement === undefined ? subnet?.azId : undefined,
    sublocationType: subnet?.placement?.sublocationType,
    sublocationId: subnet?.placement?.sublocationId,
    kind: 'interface',
    nitro: false,
    tags: NO_TAGS,
    instance: undefined,
    ecsTask: undefined,
    primary4: six ? undefined : words[3],
    primary6: six ? words : undefined,
    addresses6: six ? words : NO_WORDS,
    discovered: true,
  };
}

const NO_WORDS: readonly number[] = Object.freeze([]);
