/** The facts behind interface numbers as columns in shared memory: what a thread is sent. */
import { HOLE, type SubnetFacts, type VpcFacts } from './facts.ts';
import type { InterfaceKind, NetworkInterface, Placement } from './interface.ts';
import type { Network } from './model.ts';
import { shared } from './index-table.ts';
import { packTexts, type PackedValues } from './packed-values.ts';
import type { ATTACHMENT_KIND, RecordingPoint } from './recording-points.ts';
import { NO_TAGS, type Tags } from './tags.ts';

/** What facts.kind may be. */
export type FactKind = InterfaceKind | typeof ATTACHMENT_KIND;

/** An instance as it is packed: id, owner, nitro, index of its tags, index of its group; -1 for none. */
export type PackedInstance = readonly [string, string, boolean, number, number];

/** An Auto Scaling group as it is packed: owner, index of its tags. */
export type PackedGroup = readonly [string, number];

/**
 * All declared interfaces, attachments and regional NAT gateways, by number - 1; holes have the id '' and no facts.
 * Columns and packed lists, so that 100,000 of them clone to another thread in milliseconds; indexes are into the
 * lists beside them, -1 for none.
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
  readonly tags: Int32Array;
  readonly ecsTask: Int32Array;
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
  readonly placements: readonly Placement[];
  /** Of PackedInstance. */
  readonly instances: PackedValues;
  /** Some instance among them is marked nitro. */
  readonly hasNitro: boolean;
  /** Of PackedGroup. */
  readonly groups: PackedValues;
  /** Of Tags. */
  readonly tagSets: PackedValues;
  /** Of EcsTask. */
  readonly ecsTasks: PackedValues;
}

/** Numbers values by a key, in order of appearance. */
class Interned<K, T> {
  readonly list: T[] = [];
  readonly #numbers = new Map<K, number>();

  number(key: K, value: () => T): number {
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.list.push(value()) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }
}

/** Texts that appear. */
class Texts extends Interned<string, string> {
  of(text: string): number {
    return this.number(text, () => text);
  }
}

/** Sets of tags that appear, as JSON; those without any have no number. */
class TagSets {
  readonly texts = new Texts();

  of(tags: Tags): number {
    for (const _ in tags) return this.texts.of(JSON.stringify(tags));
    return -1;
  }
}

/** Fills the columns. */
class ColumnWriter {
  readonly #network: Network;
  readonly #accounts = new Texts();
  readonly #kinds = new Texts();
  readonly #regions = new Texts();
  readonly #tagSets = new TagSets();
  readonly #placements = new Interned<string, Placement>();
  readonly #instances = new Interned<string, string>();
  #hasNitro = false;
  readonly #groups: string[] = [];
  /** By instance: its group's index. */
  readonly #groupOf = new Map<string, number>();
  readonly #tasks: readonly string[];
  readonly #taskOf: ReadonlyMap<string, number>;
  readonly #vpcNumbers: ReadonlyMap<string, number>;
  readonly #subnetNumbers: ReadonlyMap<string, number>;

  constructor(network: Network) {
    this.#network = network;
    this.#vpcNumbers = indexes(network.vpcs.keys());
    this.#subnetNumbers = indexes(network.subnets.keys());
    for (const { accountId, tags, instanceIds } of network.autoScalingGroups.values()) {
      const group: PackedGroup = [accountId, this.#tagSets.of(tags)];
      const index = this.#groups.push(JSON.stringify(group)) - 1;
      for (const id of instanceIds) this.#groupOf.set(id, index);
    }
    this.#tasks = Array.from(network.ecsTasks.values(), (task) => JSON.stringify(task));
    this.#taskOf = indexes(Array.from(network.ecsTasks.values(), (task) => task.interfaceId));
  }

  columns(ids: readonly string[], points: readonly RecordingPoint[]): FactColumns {
    const network = this.#network;
    const count = ids.length;
    const byId = new Map(points.map((point) => [point.id, point]));
    const column = (): Int32Array => shared({ length: count }).fill(-1);
    const out = {
      subnet: column(),
      vpc: column(),
      region: column(),
      account: column(),
      kind: column(),
      instance: column(),
      placement: column(),
      tags: column(),
      ecsTask: column(),
      has4: shared({ length: count }),
      primary4: shared({ length: count }),
    };
    const from6 = shared({ length: count + 1 });
    const words6: number[] = [];
    for (let i = 0; i < count; i++) {
      const id = ids[i]!;
      from6[i] = words6.length;
      if (id === HOLE) continue;
      const it = network.interfaces.get(id);
      const { accountId, kind, region, vpcId } = it === undefined ? byId.get(id)! : this.#home(it);
      out.vpc[i] = vpcId === undefined ? -1 : this.#vpcNumbers.get(vpcId)!;
      out.region[i] = this.#regions.of(region);
      out.account[i] = this.#accounts.of(accountId);
      out.kind[i] = this.#kinds.of(kind);
      if (it === undefined) continue;
      const place = it.placement ?? network.subnets.get(it.subnetId)!.placement;
      out.subnet[i] = this.#subnetNumbers.get(it.subnetId)!;
      if (it.instanceId !== undefined) out.instance[i] = this.#instance(it.instanceId, it.accountId);
      out.tags[i] = this.#tagSets.of(it.tags);
      out.ecsTask[i] = this.#taskOf.get(id) ?? -1;
      if (place !== undefined) {
        const key = `${place.sublocationType} ${place.sublocationId}`;
        out.placement[i] = this.#placements.number(key, () => place);
      }
      out.has4[i] = it.primary4 === undefined ? 0 : 1;
      out.primary4[i] = it.primary4 ?? 0;
      for (const words of it.ipv6) words6.push(...words);
    }
    from6[count] = words6.length;
    return { ids, ...out, from6, words6: shared(words6), ...this.#lists() };
  }

  /** What an interface has by where it lies. */
  #home({ accountId, kind, subnetId }: NetworkInterface): {
    readonly accountId: string;
    readonly kind: InterfaceKind;
    readonly region: string;
    readonly vpcId: string;
  } {
    const { vpcId } = this.#network.subnets.get(subnetId)!;
    return { accountId, kind, region: this.#network.vpcs.get(vpcId)!.region, vpcId };
  }

  /** An instance that nothing is said of belongs to the owner of its interface. */
  #instance(id: string, owner: string): number {
    return this.#instances.number(id, () => {
      const { accountId = owner, nitro = false, tags = NO_TAGS } = this.#network.instances.get(id) ?? {};
      this.#hasNitro ||= nitro;
      const group = this.#groupOf.get(id) ?? -1;
      return JSON.stringify([id, accountId, nitro, this.#tagSets.of(tags), group] satisfies PackedInstance);
    });
  }

  #lists() {
    const { vpcs, subnets } = this.#network;
    return {
      vpcs: Array.from(vpcs.values(), ({ id, accountId, region, awsReserved }): VpcFacts => ({
        id,
        accountId,
        region,
        awsReserved,
      })),
      subnets: Array.from(subnets.values(), ({ id, vpcId, azId, placement, accountId }): SubnetFacts => {
        return { id, vpc: this.#vpcNumbers.get(vpcId)!, azId, placement, accountId };
      }),
      accounts: this.#accounts.list,
      kinds: this.#kinds.list as FactKind[],
      regions: this.#regions.list,
      placements: this.#placements.list,
      instances: packTexts(this.#instances.list),
      hasNitro: this.#hasNitro,
      groups: packTexts(this.#groups),
      tagSets: packTexts(this.#tagSets.texts.list),
      ecsTasks: packTexts(this.#tasks),
    };
  }
}

/** The columns of the named interfaces and points, in that order; HOLE makes a hole. */
export function factColumns(
  network: Network,
  ids: readonly string[],
  points: readonly RecordingPoint[],
): FactColumns {
  return new ColumnWriter(network).columns(ids, points);
}

function indexes(ids: Iterable<string>): ReadonlyMap<string, number> {
  return new Map(Array.from(ids, (id, i) => [id, i]));
}
