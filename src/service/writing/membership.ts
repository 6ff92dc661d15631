import { withRoom } from '../../base/room.ts';
import { DISCOVERED_BASE, type InterfaceFacts, NO_INTERFACE } from '../../network/lookup.ts';
import type { NatGateway } from '../../network/nat-gateway.ts';
import type { Snapshot } from '../../network/snapshot.ts';
import type { TransitGatewayAttachment } from '../../network/transit-gateway-attachment.ts';
import type { TransitGateway } from '../../network/transit-gateway.ts';
import { resourceKey } from './flow-logs.ts';
import type { InterfaceNames } from './interface-names.ts';
import { isAttachment, isRegionalNat } from './kinds.ts';

/** What the facts of a network have to say here. */
interface FactSource {
  readonly snapshot: Snapshot;
  facts(number: number): InterfaceFacts;
}

/**
 * Lines at a regional NAT gateway also belong to the flow logs of its VPC. Inferred: they have `resource-id` for it
 * (record format 3), which flow logs on the gateway alone would not need.
 */
const VPC_RECORDS_REGIONAL_NAT = true;

/** Interfaces that flow logs on anything larger cannot tell apart: a few for each subnet, and one for each attachment
 * and regional NAT gateway. */
export interface InterfaceClass {
  readonly index: number;
  /** Keys of the resources whose flow logs record them, flow logs on one network interface aside. */
  readonly resources: readonly string[];
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
  #attachments: ReadonlyMap<string, TransitGatewayAttachment> = new Map();
  #gateways: ReadonlyMap<string, TransitGateway> = new Map();
  #natGateways: ReadonlyMap<string, NatGateway> = new Map();
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

  /** The transit gateway of an attachment; undefined for other interfaces. */
  gatewayOf(number: number): string | undefined {
    const { snapshot } = this.#source;
    this.#catchUp(snapshot);
    const facts = this.#source.facts(number);
    return isAttachment(facts) ? this.#attachments.get(facts.interfaceId)?.transitGatewayId : undefined;
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
    const own = isAttachment(facts) || isRegionalNat(facts) ? facts.interfaceId : '';
    const key = `${own} ${facts.vpcId} ${facts.subnetId} ${facts.nitro}`;
    let found = this.#byKey.get(key);
    if (found === undefined) {
      found = { index: this.#classes.length, resources: this.#resourcesOf(facts), nitro: facts.nitro };
      this.#classes.push(found);
      this.#byKey.set(key, found);
    }
    if (number < DISCOVERED_BASE) this.#declared = withRoom(this.#declared, index);
    else this.#discovered = withRoom(this.#discovered, index);
    (number < DISCOVERED_BASE ? this.#declared : this.#discovered)[index] = found.index + 1;
    return found;
  }

  #resourcesOf(facts: InterfaceFacts): readonly string[] {
    const { interfaceId: id, vpcId, subnetId, region } = facts;
    const regionalNat = isRegionalNat(facts);
    const keys: string[] = [];
    if (isAttachment(facts)) {
      const attachment = this.#attachments.get(id);
      if (attachment === undefined) return keys;
      keys.push(resourceKey('TransitGatewayAttachment', attachment.accountId, attachment.region, id));
      const gateway = this.#gateways.get(attachment.transitGatewayId);
      if (gateway === undefined) return keys;
      keys.push(resourceKey('TransitGateway', gateway.accountId, gateway.region, gateway.id));
      return keys;
    }
    if (regionalNat) {
      const nat = this.#natGateways.get(id);
      if (nat !== undefined) keys.push(resourceKey('RegionalNatGateway', nat.accountId, nat.region, id));
    }
    const vpcOwner = this.#vpcOwners.get(vpcId);
    if (vpcOwner !== undefined && (!regionalNat || VPC_RECORDS_REGIONAL_NAT)) {
      keys.push(resourceKey('VPC', vpcOwner, region, vpcId));
    }
    const subnetOwner = subnetId === undefined ? undefined : this.#subnetOwners.get(subnetId);
    if (subnetOwner !== undefined) keys.push(resourceKey('Subnet', subnetOwner, region, subnetId!));
    return keys;
  }

  /** A later version may have more of everything. */
  #catchUp(snapshot: Snapshot): void {
    if (this.#read === snapshot) return;
    this.#read = snapshot;
    const { vpcs, subnets } = snapshot.handle().columns;
    this.#vpcOwners = new Map(vpcs.map((it) => [it.id, it.accountId]));
    this.#subnetOwners = new Map(subnets.map((it) => [it.id, it.accountId]));
    const { transitGatewayAttachments, transitGateways, natGateways } = snapshot.topology;
    this.#attachments = new Map(transitGatewayAttachments.map((it) => [it.id, it]));
    this.#gateways = new Map(transitGateways.map((it) => [it.id, it]));
    this.#natGateways = new Map(natGateways.map((it) => [it.id, it]));
  }
}
