/** What the checks of each kind of resource ask about the others. */
import type { NetworkLists } from './model.ts';

/** Tells of a broken rule: by which resource (the object itself, as ids may be double), at which of its members
 * in network.yaml, and what to do. */
export type Report = (subject: object, member: readonly (string | number)[], message: string) => void;

/** Kinds that have ids. */
type IdLists = {
  [K in keyof NetworkLists]: NetworkLists[K] extends readonly { readonly id: string }[] ? K : never;
}[keyof NetworkLists];

export class Checking {
  readonly parts: NetworkLists;
  readonly report: Report;
  readonly #maps = new Map<IdLists, ReadonlyMap<string, unknown>>();
  #vpcOf: Map<string, string> | undefined;
  #ids: Set<string> | undefined;
  #attached: Set<string> | undefined;
  #instanceVpcs: Map<string, Set<string>> | undefined;

  constructor(parts: NetworkLists, report: Report) {
    this.parts = parts;
    this.report = report;
  }

  /** A resource of a list; of two with one id the last. */
  find<K extends IdLists>(list: K, id: string): NetworkLists[K][number] | undefined {
    let map = this.#maps.get(list);
    if (map === undefined) {
      const resources = this.parts[list] as readonly { readonly id: string }[];
      this.#maps.set(list, (map = new Map(resources.map((it) => [it.id, it]))));
    }
    return map.get(id) as NetworkLists[K][number] | undefined;
  }

  /** Whether there is a resource with the id; reports it when not. */
  exists(subject: object, member: readonly (string | number)[], id: string): boolean {
    this.#ids ??= new Set(
      Object.values(this.parts).flatMap((list: readonly object[]) =>
        list.map((it) => ('id' in it ? (it.id as string) : '')),
      ),
    );
    if (this.#ids.has(id)) return true;
    this.report(subject, member, `${id} is not there: declare it, or correct the id`);
    return false;
  }

  /** Whether a resource lies in a VPC; reports it when not. */
  inVpc(subject: object, member: readonly (string | number)[], id: string, vpcId: string): boolean {
    const home = this.vpcOf(id);
    if (home === vpcId) return true;
    if (home === undefined) return this.exists(subject, member, id) && false;
    this.report(subject, member, `${id} lies in ${home}, not in ${vpcId}`);
    return false;
  }

  /** The VPC that a resource lies in. */
  vpcOf(id: string): string | undefined {
    if (this.#vpcOf === undefined) {
      const homes = (this.#vpcOf = new Map());
      for (const it of this.parts.subnets) homes.set(it.id, it.vpcId);
      for (const it of this.parts.interfaces) {
        const home = homes.get(it.subnetId);
        if (home !== undefined) homes.set(it.id, home);
      }
      for (const list of [
        this.parts.internetGateways,
        this.parts.egressOnlyInternetGateways,
        this.parts.vpnGateways,
        this.parts.natGateways,
        this.parts.routeTables,
        this.parts.vpcEndpoints,
        this.parts.securityGroups,
        this.parts.networkAcls,
      ]) {
        for (const it of list) homes.set(it.id, it.vpcId);
      }
    }
    return this.#vpcOf.get(id);
  }

  isAttached(transitGatewayId: string, vpcId: string): boolean {
    this.#attached ??= new Set(
      this.parts.transitGatewayAttachments.map((it) => `${it.transitGatewayId} ${it.vpcId}`),
    );
    return this.#attached.has(`${transitGatewayId} ${vpcId}`);
  }

  /** The VPCs in which an instance has interfaces. */
  instanceVpcs(id: string): ReadonlySet<string> {
    if (this.#instanceVpcs === undefined) {
      this.#instanceVpcs = new Map();
      for (const { id: eni, instanceId } of this.parts.interfaces) {
        const vpc = this.vpcOf(eni);
        if (instanceId === undefined || vpc === undefined) continue;
        const known = this.#instanceVpcs.get(instanceId);
        if (known === undefined) this.#instanceVpcs.set(instanceId, new Set([vpc]));
        else known.add(vpc);
      }
    }
    return this.#instanceVpcs.get(id) ?? NONE;
  }
}

const NONE: ReadonlySet<string> = new Set();
