/** The facts behind interface numbers: objects that a thread makes of columns. */
import type { EcsTask } from './ecs-task.ts';
import type { FactColumns, PackedGroup, PackedInstance } from './fact-columns.ts';
import type { Placement } from './interface.ts';
import { type InstanceFacts, type InterfaceFacts, NO_VPC } from './lookup.ts';
import { packedValue } from './packed-values.ts';
import { NO_TAGS, type Tags } from './tags.ts';

/** Stands for the id of an interface that an earlier version had. */
export const HOLE = '';

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

/** The facts of a declared interface or a point, read from the columns. */
export function declaredFacts(columns: FactColumns, number: number): InterfaceFacts {
  const i = number - 1;
  const subnet = columns.subnets[columns.subnet[i]!];
  const vpc = columns.vpcs[columns.vpc[i]!];
  const instance = instanceFacts(columns, columns.instance[i]!);
  const placement = columns.placements[columns.placement[i]!];
  const task = columns.ecsTask[i]!;
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
    tags: tagsAt(columns, columns.tags[i]!),
    instance,
    ecsTask: task < 0 ? undefined : (packedValue(columns.ecsTasks, task) as EcsTask),
    primary4: columns.has4[i] === 1 ? columns.primary4[i]! : undefined,
    primary6:
      addresses6.length > 0 ? (addresses6.slice(0, 4) as [number, number, number, number]) : undefined,
    addresses6,
    discovered: false,
  });
}

function tagsAt({ tagSets }: FactColumns, i: number): Tags {
  return i < 0 ? NO_TAGS : Object.freeze(packedValue(tagSets, i) as Tags);
}

function instanceFacts(columns: FactColumns, i: number): InstanceFacts | undefined {
  if (i < 0) return undefined;
  const [id, accountId, nitro, tags, group] = packedValue(columns.instances, i) as PackedInstance;
  const packed = group < 0 ? undefined : (packedValue(columns.groups, group) as PackedGroup);
  return {
    id,
    accountId,
    nitro,
    tags: tagsAt(columns, tags),
    group: packed && { accountId: packed[0], tags: tagsAt(columns, packed[1]) },
  };
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
