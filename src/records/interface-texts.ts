/** What records print that is the same in all records of an interface. */
import {
  ATTACHMENT_KIND,
  type DiscoveredDirectory,
  type InterfaceDirectory,
  type InterfaceFacts,
  type NetworkDirectory,
  NO_KIN,
  REGIONAL_NAT_KIND,
} from '../network/lookup.ts';
import { interfaceType } from '../rules/interface-type.ts';
import type { ConstantFilling, InterfaceValue, TaggedResource, TaskValue } from './filling.ts';
import { Gateways } from './gateways.ts';
import { percentEncode } from './percent.ts';
import type { TagFieldSpecification } from './tag-fields.ts';

/** What records ask a directory for; of transit gateways also what lies between interfaces. One that discovers may
 * tell which interfaces are alike. */
export type FactSource = Pick<InterfaceDirectory, 'version' | 'facts'> &
  Partial<Pick<NetworkDirectory, 'topology'> & DiscoveredDirectory & Pick<InterfaceDirectory, 'discovered4'>>;

/** A value that is not known prints as this. */
export const ABSENT = '-';

/** A tag whose value is empty prints as if it were not there: a line has no empty column. Not documented. */
const EMPTY_TAG_VALUE = ABSENT;

const PRINTABLE = /^[!-~]+$/;

/** Facts that records of a regional NAT gateway leave out (record format 3): it has no interface. */
const NOT_OF_GATEWAYS: ReadonlySet<InterfaceValue> = new Set<InterfaceValue>(['interfaceId', 'subnetId']);

/** Kinds whose records print the packets' addresses at their own side too (S2.5, record format 2 and 3). */
const NO_OWN_ADDRESS: ReadonlySet<string> = new Set(['router', REGIONAL_NAT_KIND, ATTACHMENT_KIND]);

/** True for interfaces whose own address stands in place of the packet's (S2.5). */
export function printsOwnAddress(facts: InterfaceFacts): boolean {
  return !NO_OWN_ADDRESS.has(facts.kind);
}

/** Services made the interfaces that have a type: no instance has them (record format 1.1). */
function isManaged(kind: string): boolean {
  return interfaceType(kind) !== ABSENT;
}

/** A value as a field. Ids are checked where they come in (S8.5); what breaks a line must not get past here. */
export function printed(value: string | undefined): string {
  if (value === undefined || value === '') return ABSENT;
  if (!PRINTABLE.test(value)) throw new Error(`not printable in a record: ${JSON.stringify(value)}`);
  return value;
}

/**
 * What a record prints for a fact of an interface. `owner` is the account of the flow log: it sees instances that it
 * owns itself only (record format 1.1).
 */
export function factText(facts: InterfaceFacts, value: InterfaceValue, owner: string): string {
  const { kind } = facts;
  switch (value) {
    case 'interfaceType':
      return interfaceType(kind);
    case 'resourceId':
      return kind === REGIONAL_NAT_KIND ? printed(facts.interfaceId) : ABSENT;
    case 'instanceId':
      if (isManaged(kind) || (facts.instance?.accountId ?? facts.accountId) !== owner) return ABSENT;
      return printed(facts.instanceId);
    // The zone is that of the region: a sublocation has none.
    case 'azId':
      return facts.sublocationType === undefined ? printed(facts.azId) : ABSENT;
    default:
      return kind === REGIONAL_NAT_KIND && NOT_OF_GATEWAYS.has(value) ? ABSENT : printed(facts[value]);
  }
}

/** The constant texts of a format's lines, with the facts of one directory. */
export class InterfaceTexts {
  readonly #directory: FactSource;
  readonly #owner: string | undefined;
  readonly #keys: ReadonlyMap<string, readonly string[]>;
  readonly #gateways: Gateways;

  /** `owner`: the account of the flow log; without one, the owner of each interface. */
  constructor(directory: FactSource, tagFields: readonly TagFieldSpecification[] = [], owner?: string) {
    this.#directory = directory;
    this.#owner = owner;
    this.#keys = new Map(tagFields.map(({ resourceType, tagKeys }) => [resourceType, tagKeys]));
    this.#gateways = new Gateways(() => directory.topology);
  }

  facts(number: number): InterfaceFacts {
    return this.#directory.facts(number);
  }

  /** Interfaces of one kin have the same texts but for the id; NO_KIN: an interface has its own. */
  kinOf(number: number): number {
    return this.#directory.kinOf?.(number) ?? NO_KIN;
  }

  /** Of an interface that has kin: its id, and its IPv4 address (unsigned, -1 of another family). */
  kinId(number: number): string {
    return this.#directory.discoveredId!(number);
  }

  kinAddress4(number: number): number {
    return this.#directory.discovered4!(number);
  }

  /** The account that the fields of an interface's lines are filled for. */
  ownerFor(facts: InterfaceFacts): string {
    return this.#owner ?? facts.accountId;
  }

  text(facts: InterfaceFacts, filling: ConstantFilling): string {
    switch (filling.per) {
      case 'interface':
        return factText(facts, filling.value, this.ownerFor(facts));
      case 'task':
        return taskText(facts, filling.value, this.ownerFor(facts));
      case 'tag':
        return this.#tagText(facts, filling.resource, filling.key);
      default:
        return printed(this.#gateways.of(facts.interfaceId)?.[filling.value]);
    }
  }

  #tagText(facts: InterfaceFacts, resource: TaggedResource, index: number): string {
    const key = this.#keys.get(resource)?.[index];
    const tagged = key === undefined ? undefined : taggedResource(facts, resource);
    // Only tags of what the owner of the flow log owns (record format 1.5, 1.8).
    if (tagged === undefined || tagged.accountId !== this.ownerFor(facts)) return ABSENT;
    const value = Object.hasOwn(tagged.tags, key!) ? tagged.tags[key!] : undefined;
    if (value === undefined) return ABSENT;
    return value === '' ? EMPTY_TAG_VALUE : percentEncode(value);
  }
}

/** What has the tags: not the instance of an interface that a service made, nor a gateway in place of an interface. */
function taggedResource(
  facts: InterfaceFacts,
  resource: TaggedResource,
): Pick<InterfaceFacts, 'accountId' | 'tags'> | undefined {
  const { kind, instance } = facts;
  if (resource === 'network-interface')
    return kind === REGIONAL_NAT_KIND || kind === ATTACHMENT_KIND ? undefined : facts;
  if (isManaged(kind)) return undefined;
  return resource === 'instance' ? instance : instance?.group;
}

/** The fields ecs-…, of a task that the owner of the flow log owns (record format 1.8). */
function taskText({ ecsTask: task }: InterfaceFacts, value: TaskValue, owner: string): string {
  if (task === undefined || task.accountId !== owner) return ABSENT;
  switch (value) {
    case 'taskArn':
      return printed(task.id);
    case 'containerId':
      return printed(task.containerIds[0]);
    case 'secondContainerId':
      return printed(task.containerIds[1]);
    default:
      return printed(task[value]);
  }
}
