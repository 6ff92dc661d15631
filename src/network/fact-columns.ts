/** The facts behind interface numbers as columns in shared memory: what a thread is sent. */
import type { SubnetFacts, VpcFacts } from './facts.ts';
import type { InterfaceKind, Placement } from './interface.ts';
import type { Network } from './model.ts';
import { shared } from './index-table.ts';
import type { ATTACHMENT_KIND } from './lookup.ts';
import type { NumberedNetwork } from './numbering.ts';
import { packTexts, type PackedValues } from './packed-values.ts';
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

/** Numbers texts in order of appearance. */
class Texts {
  readonly list: string[] = [];
  readonly #numbers = new Map<string, number>();
  #last = '';
  #lastNumber = -1;

  of(text: string): number {
    // Neighbours are much alike.
    if (text === this.#last && this.#lastNumber >= 0) return this.#lastNumber;
    let number = this.#numbers.get(text);
    if (number === undefined) this.#numbers.set(text, (number = this.list.push(text) - 1));
    this.#last = text;
    this.#lastNumber = number;
    return number;
  }
}

/** Shorter sets of tags are most often names, each another: looking for equal ones costs more than it saves. */
const MIN_SHARED_TAGS = 64;

/** Sets of tags as JSON; those without any have no number. */
class TagSets {
  readonly list: string[] = [];
  readonly #numbers = new Map<string, number>();

  of(tags: Tags): number {
    let any = false;
    for (const _ in tags) any = true;
    if (!any) return -1;
    const text = JSON.stringify(tags);
    if (text.length < MIN_SHARED_TAGS) return this.list.push(text) - 1;
    let number = this.#numbers.get(text);
    if (number === undefined) this.#numbers.set(text, (number = this.list.push(text) - 1));
    return number;
  }
}

/** What is the same for the interfaces of a subnet: indexes, and its place. */
interface Home {
  readonly id: string;
  readonly subnet: number;
  readonly vpc: number;
  readonly region: number;
  readonly placement: Placement | undefined;
}

const NOWHERE: Home = { id: '', subnet: -1, vpc: -1, region: -1, placement: undefined };

/** Fills the columns. */
class ColumnWriter {
  readonly network: Network;
  readonly #accounts = new Texts();
  readonly #kinds = new Texts();
  readonly #regions = new Texts();
  readonly #tagSets = new TagSets();
  readonly #placements: Placement[] = [];
  readonly #placementTexts = new Texts();
  readonly #instances: string[] = [];
  readonly #instanceNumbers = new Map<string, number>();
  #hasNitro = false;
  readonly #groups: string[] = [];
  /** By instance: its group's index. */
  readonly #groupOf = new Map<string, number>();
  readonly #tasks: readonly string[];
  readonly #taskOf: ReadonlyMap<string, number>;
  readonly #vpcNumbers: ReadonlyMap<string, number>;
  readonly #subnetNumbers: ReadonlyMap<string, number>;

  constructor(network: Network) {
    this.network = network;
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

  columns({ ids, interfaces, points }: NumberedNetwork): FactColumns {
    const { network } = this;
    const count = ids.length;
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
    let reached = 0;
    let home = NOWHERE;
    for (const { number, it } of interfaces) {
      const i = number - 1;
      from6.fill(words6.length, reached, number);
      reached = number;
      for (const words of it.ipv6) words6.push(...words);
      // Neighbours are mostly of one subnet.
      if (it.subnetId !== home.id) home = this.#home(it.subnetId);
      out.subnet[i] = home.subnet;
      out.vpc[i] = home.vpc;
      out.region[i] = home.region;
      out.account[i] = this.#accounts.of(it.accountId);
      out.kind[i] = this.#kinds.of(it.kind);
      out.tags[i] = this.#tagSets.of(it.tags);
      if (it.instanceId !== undefined) out.instance[i] = this.#instance(it.instanceId, it.accountId);
      if (this.#taskOf.size > 0) out.ecsTask[i] = this.#taskOf.get(it.id) ?? -1;
      const place = it.placement ?? home.placement;
      if (place !== undefined) {
        const at = this.#placementTexts.of(`${place.sublocationType} ${place.sublocationId}`);
        out.placement[i] = at;
        this.#placements[at] = place;
      }
      if (it.primary4 === undefined) continue;
      out.has4[i] = 1;
      out.primary4[i] = it.primary4;
    }
    from6.fill(words6.length, reached);
    for (const { number, point } of points) {
      if (point.vpcId !== undefined) out.vpc[number - 1] = this.#vpcNumbers.get(point.vpcId)!;
      out.region[number - 1] = this.#regions.of(point.region);
      out.account[number - 1] = this.#accounts.of(point.accountId);
      out.kind[number - 1] = this.#kinds.of(point.kind);
    }
    return { ids, ...out, from6, words6: shared(words6), ...this.#lists(network) };
  }

  /** What an interface has by its subnet. */
  #home(id: string): Home {
    const { vpcId, placement } = this.network.subnets.get(id)!;
    const region = this.#regions.of(this.network.vpcs.get(vpcId)!.region);
    const subnet = this.#subnetNumbers.get(id)!;
    return { id, subnet, vpc: this.#vpcNumbers.get(vpcId)!, region, placement };
  }

  /** An instance that nothing is said of belongs to the owner of its interface. */
  #instance(id: string, owner: string): number {
    const known = this.#instanceNumbers.get(id);
    if (known !== undefined) return known;
    const { accountId = owner, nitro = false, tags = NO_TAGS } = this.network.instances.get(id) ?? {};
    this.#hasNitro ||= nitro;
    const group = this.#groupOf.get(id) ?? -1;
    const packed: PackedInstance = [id, accountId, nitro, this.#tagSets.of(tags), group];
    const number = this.#instances.push(JSON.stringify(packed)) - 1;
    this.#instanceNumbers.set(id, number);
    return number;
  }

  #lists({ vpcs, subnets }: Network) {
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
      placements: this.#placements,
      instances: packTexts(this.#instances),
      hasNitro: this.#hasNitro,
      groups: packTexts(this.#groups),
      tagSets: packTexts(this.#tagSets.list),
      ecsTasks: packTexts(this.#tasks),
    };
  }
}

/** The columns of what has numbers. */
export function factColumns(numbered: NumberedNetwork): FactColumns {
  return new ColumnWriter(numbered.network).columns(numbered);
}

function indexes(ids: Iterable<string>): ReadonlyMap<string, number> {
  return new Map(Array.from(ids, (id, i) => [id, i]));
}
