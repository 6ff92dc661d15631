/**
 * Where traffic goes by a VPC's route tables: each table is compiled to ranges when it is first asked. The longest
 * prefix wins; of equal ones a static route, then a prefix list's, then a propagated one, and of two lists' the
 * first in the table (VPC user guide, route priority).
 */
import { containsPrefix, findRange4, findRange6, flattenPrefixes, type Prefix } from '../base/prefixes.ts';
import type { PrefixList } from '../network/prefix-list.ts';
import type { RouteTable } from '../network/route-table.ts';
import type { Topology } from '../network/topology.ts';
import type { Targets } from './targets.ts';

/** Values by the longest prefix over an address, 0 where there is none. */
export class PrefixValues {
  readonly #starts4: Uint32Array;
  readonly #values4: Int32Array;
  readonly #starts6: Uint32Array;
  readonly #values6: Int32Array;

  /** values[i] is that of prefixes[i], and not 0. Of equal prefixes the last one counts. */
  constructor(prefixes: readonly Prefix[], values: readonly number[]) {
    ({ starts: this.#starts4, values: this.#values4 } = flattenPrefixes(4, prefixes, values));
    ({ starts: this.#starts6, values: this.#values6 } = flattenPrefixes(6, prefixes, values));
  }

  /** `words`: an address, IPv4 in the last. */
  find(six: boolean, words: Int32Array): number {
    if (!six) return findRange4(this.#starts4, this.#values4, 0, this.#values4.length, words[3]!);
    const [values, w] = [this.#values6, words];
    return findRange6(this.#starts6, values, 0, values.length, w[0]!, w[1]!, w[2]!, w[3]!);
  }
}

const NO_ROUTES = new PrefixValues([], []);
const EVERYWHERE: readonly Prefix[] = [
  { family: 4, words: [0, 0, 0, 0], length: 0 },
  { family: 6, words: [0, 0, 0, 0], length: 0 },
];

/** The route tables of a network's VPCs. What they find are numbers of `targets`. */
export class VpcRoutes {
  readonly #topology: Topology;
  readonly #targets: Targets;
  readonly #bySubnet = new Map<string, RouteTable>();
  readonly #main = new Map<string, RouteTable>();
  readonly #lists: ReadonlyMap<string, PrefixList>;
  readonly #compiled = new Map<RouteTable, PrefixValues>();

  constructor(topology: Topology, targets: Targets) {
    this.#topology = topology;
    this.#targets = targets;
    this.#lists = new Map(topology.prefixLists.map((it) => [it.id, it]));
    for (const table of topology.routeTables) {
      if (table.main) this.#main.set(table.vpcId, table);
      for (const subnet of table.subnetIds) this.#bySubnet.set(subnet, table);
    }
  }

  /** Of a subnet: the table that lists it, else the VPC's main one, which is also that of what has no subnet. */
  ofSubnet(vpcId: string, subnetId: string | undefined): PrefixValues {
    const own = subnetId === undefined ? undefined : this.#bySubnet.get(subnetId);
    const table = own ?? this.#main.get(vpcId);
    if (table === undefined) return NO_ROUTES;
    let compiled = this.#compiled.get(table);
    if (compiled === undefined) {
      compiled = this.#compile(table);
      this.#compiled.set(table, compiled);
    }
    return compiled;
  }

  /**
   * Of a regional NAT gateway, which has no subnet. The service makes it a table of its own, with the VPC's local
   * routes and one to the internet gateway (VPC user guide, regional NAT gateways); the model has no such table, nor
   * what users add to it. Not the main table: its default route leads back to this gateway as a rule.
   */
  ofRegionalNat(vpcId: string): PrefixValues {
    const cidrs = this.#topology.vpcs.find((it) => it.id === vpcId)?.cidrs ?? [];
    const [local, out] = [this.#targets.ofKind('local'), this.#targets.ofKind('internetGateway')];
    return new PrefixValues([...EVERYWHERE, ...cidrs], [out, out, ...cidrs.map(() => local)]);
  }

  #compile(table: RouteTable): PrefixValues {
    const locals: Prefix[] = [];
    for (const { destination, target } of table.routes) {
      if (target?.kind === 'local' && typeof destination !== 'string') locals.push(destination);
    }
    const prefixes: Prefix[] = [];
    const values: number[] = [];
    const add = (list: readonly Prefix[], value: number): void => {
      for (const prefix of list) {
        prefixes.push(prefix);
        values.push(value);
      }
    };
    // The later of equal prefixes counts: what comes first in priority is added last.
    for (const pass of ['propagated', 'list', 'static'] as const) {
      for (const route of table.routes.toReversed()) {
        const { destination, origin } = route;
        const listed = typeof destination === 'string';
        if (pass !== (origin === 'propagated' ? 'propagated' : listed ? 'list' : 'static')) continue;
        const to = listed ? (this.#lists.get(destination)?.prefixes ?? []) : [destination];
        // A local route is preferred to propagated ones inside of it (Site-to-Site VPN, route priority).
        const left =
          pass === 'propagated' ? to.filter((it) => !locals.some((local) => containsPrefix(local, it))) : to;
        add(left, this.#targets.ofRoute(table.vpcId, route));
      }
    }
    return new PrefixValues(prefixes, values);
  }
}
