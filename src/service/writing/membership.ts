import { DISCOVERED_BASE, type InterfaceFacts, NO_INTERFACE } from '../../network/lookup.ts';
import type { Snapshot } from '../../network/snapshot.ts';
import { resourceKey } from './flow-logs.ts';
import type { InterfaceNames } from './interface-names.ts';

/** What the facts of a network have to say here. */
interface FactSource {
  readonly snapshot: Snapshot;
  facts(number: number): InterfaceFacts;
}

/** Interfaces that VPC and subnet flow logs cannot tell apart: a few for each subnet. */
export interface InterfaceClass {
  readonly index: number;
  readonly vpc: string | undefined;
  readonly subnet: string | undefined;
  /** Recorded at 60 s whatever a flow log asks (S3.2). */
  readonly nitro: boolean;
}

/**
 * Which resources of flow logs an interface belongs to, under the facts of some versions of the network. Each
 * interface is asked for once; the flow logs are none of its business.
 *
 * A flow log records what its account and region hold: the owner of the VPC, of the subnet or of the interface
 * that it names, as the API asks when it is made.
 */
export class Membership {
  readonly #source: FactSource;
  readonly #names: InterfaceNames;
  readonly #classes: InterfaceClass[] = [];
  readonly #byKey = new Map<string, InterfaceClass>();
  /** Index of the class plus 1. */
  #declared = new Int32Array(1024);
  #discovered = new Int32Array(1024);
  /** Owners of VPCs and subnets, of the snapshot that was read. */
  #vpcOwners = new Map<string, string>();
  #subnetOwners = new Map<string, string>();
  #read: Snapshot | undefined;

  constructor(source: FactSource, names: InterfaceNames) {
    this.#source = source;
    this.#names = names;
  }

  classOf(number: number): InterfaceClass {
    const index = number < DISCOVERED_BASE ? number : number - DISCOVERED_BASE;
    const known = (number < DISCOVERED_BASE ? this.#declared : this.#discovered)[index];
    return known === undefined || known === 0 ? this.#find(number, index) : this.#classes[known - 1]!;
  }

  /** The interface of an id in an account and region, if this network has it now. */
  numberOf(id: string, account: string, region: string): number | undefined {
    const number = this.numberById(id);
    if (number === undefined) return undefined;
    const facts = this.#source.facts(number);
    return facts.accountId === account && facts.region === region ? number : undefined;
  }

  /** The same whoever owns it. */
  numberById(id: string): number | undefined {
    const { snapshot } = this.#source;
    const declared = snapshot.numberOf(id);
    return declared === NO_INTERFACE ? this.#names.discovered(id, snapshot) : declared;
  }

  #find(number: number, index: number): InterfaceClass {
    const { snapshot } = this.#source;
    this.#catchUp(snapshot);
    const facts = this.#source.facts(number);
    this.#names.keep(facts);
    const { vpcId, subnetId, region, nitro } = facts;
    const key = `${vpcId} ${subnetId} ${nitro}`;
    let found = this.#byKey.get(key);
    if (found === undefined) {
      const vpcOwner = this.#vpcOwners.get(vpcId);
      const subnetOwner = subnetId === undefined ? undefined : this.#subnetOwners.get(subnetId);
      found = {
        index: this.#classes.length,
        vpc: vpcOwner === undefined ? undefined : resourceKey('VPC', vpcOwner, region, vpcId),
        subnet: subnetOwner === undefined ? undefined : resourceKey('Subnet', subnetOwner, region, subnetId!),
        nitro,
      };
      this.#classes.push(found);
      this.#byKey.set(key, found);
    }
    if (number < DISCOVERED_BASE) this.#declared = withRoom(this.#declared, index);
    else this.#discovered = withRoom(this.#discovered, index);
    (number < DISCOVERED_BASE ? this.#declared : this.#discovered)[index] = found.index + 1;
    return found;
  }

  /** A later version may have more of everything. */
  #catchUp(snapshot: Snapshot): void {
    if (this.#read === snapshot) return;
    this.#read = snapshot;
    const { vpcs, subnets } = snapshot.handle().columns;
    this.#vpcOwners = new Map(vpcs.map((it) => [it.id, it.accountId]));
    this.#subnetOwners = new Map(subnets.map((it) => [it.id, it.accountId]));
  }
}

function withRoom(array: Int32Array<ArrayBuffer>, index: number): Int32Array<ArrayBuffer> {
  if (index < array.length) return array;
  const grown = new Int32Array(Math.max(index + 1, 2 * array.length));
  grown.set(array);
  return grown;
}
