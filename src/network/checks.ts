/** The rules that a network keeps, beyond the shape of each resource. */
import { formatIPv4, formatIPv6, type Address } from '../base/addresses.ts';
import { comparePrefixes, containsPrefix, formatPrefix, PrefixTable, type Prefix } from '../base/prefixes.ts';
import { checkBindings } from './bindings.ts';
import type { NetworkInterface } from './interface.ts';
import { DISCOVERED_BASE } from './lookup.ts';
import { checkAutoScalingGroups } from './auto-scaling-group.ts';
import { Checking, type Report } from './checking.ts';
import { checkEcsTasks } from './ecs-task.ts';
import { checkInterfaceOwners } from './interface-owners.ts';
import { checkLoadBalancers } from './load-balancer.ts';
import type { NetworkLists } from './model.ts';
import { checkNatGateways } from './nat-gateway.ts';
import { checkNetworkAcls } from './network-acl.ts';
import { checkPeeringConnections } from './peering-connection.ts';
import { checkPrefixLists } from './prefix-list.ts';
import { checkPublicAccess } from './public-access.ts';
import { checkRouteTables } from './route-table.ts';
import { checkScopeRules } from './scope-rules.ts';
import { checkSecurityGroups } from './security-group.ts';
import { KINDS, LISTS } from './resources.ts';
import { checkTransitGatewayAttachments } from './transit-gateway-attachment.ts';
import { checkTransitGatewayRouteTables } from './transit-gateway-route-table.ts';
import { checkVpcEndpoints } from './vpc-endpoint.ts';
import type { Subnet } from './subnet.ts';
import type { Vpc } from './vpc.ts';

/** A rule that is broken: by which resource (the object itself, as ids may be double), at which of its
 * members, and what to do, in one sentence. */
export interface Problem {
  readonly subject: object;
  readonly member: readonly (string | number)[];
  readonly message: string;
}

/** Everything that is wrong with the parts of a network; empty when it is good. */
export function checkNetwork(parts: NetworkLists): Problem[] {
  const problems: Problem[] = [];
  const report: Report = (subject, member, message) => problems.push({ subject, member, message });
  checkIds(parts, report);
  checkOwners(parts, report);
  const vpcs = new Map(parts.vpcs.map((vpc) => [vpc.id, vpc]));
  for (const vpc of parts.vpcs) checkVpc(vpc, report);
  checkSubnets(parts, vpcs, report);
  checkInterfaces(parts, report);
  checkBindings([...parts.interfaces, ...parts.transitGatewayAttachments, ...parts.natGateways], report);
  const checking = new Checking(parts, report);
  for (const check of CHECKS) check(checking);
  return problems;
}

/** The rules of each kind with the others. */
const CHECKS: readonly ((checking: Checking) => void)[] = [
  checkPrefixLists,
  checkRouteTables,
  checkNatGateways,
  checkTransitGatewayAttachments,
  checkTransitGatewayRouteTables,
  checkPeeringConnections,
  checkVpcEndpoints,
  checkSecurityGroups,
  checkNetworkAcls,
  checkPublicAccess,
  checkLoadBalancers,
  checkAutoScalingGroups,
  checkEcsTasks,
  checkInterfaceOwners,
  checkScopeRules,
];

function checkIds(parts: NetworkLists, report: Report): void {
  const seen = new Set<string>();
  const lists: readonly (readonly { readonly id: string }[])[] = [
    ...KINDS.map((kind) => parts[LISTS[kind]]),
    parts.accounts,
    parts.loadBalancers,
    parts.autoScalingGroups,
    parts.ecsTasks,
  ];
  for (const it of lists.flat()) {
    if (seen.has(it.id)) report(it, ['id'], `${it.id} is there already: give each its own id`);
    seen.add(it.id);
  }
  const names = new Set<string>();
  for (const region of parts.regions) {
    if (names.has(region.name)) report(region, ['name'], `the region ${region.name} is there already`);
    names.add(region.name);
  }
  if (parts.interfaces.length >= DISCOVERED_BASE) {
    const last = parts.interfaces.at(-1)!;
    report(last, ['id'], `there are more than ${DISCOVERED_BASE - 1} interfaces`);
  }
}

/** Where accounts and regions are declared, resources may name no others: it would be a slip of the pen. */
function checkOwners(parts: NetworkLists, report: Report): void {
  const accounts = new Set(parts.accounts.map((it) => it.id));
  const regions = new Map(parts.regions.map((it) => [it.name, it]));
  if (accounts.size > 0) {
    const owned: readonly { readonly accountId: string }[] = [
      ...KINDS.flatMap((kind): readonly { readonly accountId: string }[] => parts[LISTS[kind]]),
      ...parts.loadBalancers,
      ...parts.autoScalingGroups,
      ...parts.ecsTasks,
      ...parts.publicAccessBlocks,
    ];
    for (const it of owned) {
      if (accounts.has(it.accountId)) continue;
      report(
        it,
        ['account'],
        `account ${it.accountId} is not under "accounts": add it there, or name another`,
      );
    }
  }
  if (regions.size === 0) return;
  const regionOf = new Map(parts.vpcs.map((vpc) => [vpc.id, vpc.region]));
  const placed: readonly { readonly region: string }[] = [
    ...parts.vpcs,
    ...parts.prefixLists,
    ...parts.transitGateways,
    ...parts.loadBalancers,
    ...parts.autoScalingGroups,
    ...parts.ecsTasks,
    ...parts.publicAccessBlocks,
  ];
  for (const it of placed) {
    if (regions.has(it.region)) continue;
    report(it, ['region'], `region ${it.region} is not under "regions": add it there, or name another`);
  }
  for (const subnet of parts.subnets) {
    const zones = regions.get(regionOf.get(subnet.vpcId) ?? '')?.zones ?? [];
    if (subnet.azId === undefined || zones.length === 0) continue;
    if (zones.some((zone) => zone.id === subnet.azId)) continue;
    const known = zones.map((zone) => zone.id).join(', ');
    report(subnet, ['azId'], `${subnet.azId} is no zone of its region: use one of ${known}, or add it there`);
  }
}

function checkVpc(vpc: Vpc, report: Report): void {
  if (vpc.cidrs.length === 0) report(vpc, ['cidrs'], `${vpc.id} has no prefix: give it at least one`);
  const order = vpc.cidrs.map((_, i) => i).sort((a, b) => comparePrefixes(vpc.cidrs[a]!, vpc.cidrs[b]!));
  let outer: Prefix | undefined;
  for (const i of order) {
    const prefix = vpc.cidrs[i]!;
    if (outer !== undefined && containsPrefix(outer, prefix)) {
      const text = `${formatPrefix(prefix)} lies in ${formatPrefix(outer)} of the same VPC: take one out`;
      report(vpc, ['cidrs', i], text);
    } else outer = prefix;
  }
}

function checkSubnets(parts: NetworkLists, vpcs: ReadonlyMap<string, Vpc>, report: Report): void {
  const tables = new Map(parts.vpcs.map((vpc) => [vpc.id, new PrefixTable(vpc.cidrs)]));
  const taken = new Map<string, string>();
  for (const subnet of parts.subnets) {
    const vpc = vpcs.get(subnet.vpcId);
    if (vpc === undefined) {
      report(subnet, ['vpc'], `${subnet.vpcId} is not there: ${subnet.id} needs a VPC to lie in`);
      continue;
    }
    if (subnet.cidrs.length === 0)
      report(subnet, ['cidrs'], `${subnet.id} has no prefix: give it at least one`);
    subnet.cidrs.forEach((prefix, i) => {
      const found = vpc.cidrs[tables.get(vpc.id)!.find(prefix)];
      if (found === undefined || found.length > prefix.length) {
        const text = `${formatPrefix(prefix)} is outside of its VPC: add it to the cidrs of ${vpc.id}, or correct it`;
        report(subnet, ['cidrs', i], text);
      }
      const key = `${vpc.id} ${formatPrefix(prefix)}`;
      const other = taken.get(key);
      if (other !== undefined) {
        report(subnet, ['cidrs', i], `${formatPrefix(prefix)} is a prefix of ${other} already: take one out`);
      }
      taken.set(key, subnet.id);
    });
  }
}

/** The addresses of an interface with the member that each stands in. */
function* addressesOf(it: NetworkInterface): Generator<{ member: (string | number)[]; address: Address }> {
  if (it.primary4 !== undefined) {
    yield { member: ['primary'], address: { family: 4, words: [0, 0, 0, it.primary4] } };
  }
  for (const [i, word] of it.secondary4.entries()) {
    yield { member: ['secondary', i], address: { family: 4, words: [0, 0, 0, word] } };
  }
  for (const [i, words] of it.ipv6.entries()) yield { member: ['ipv6', i], address: { family: 6, words } };
}

function addressText({ family, words: [a, b, c, d] }: Address): string {
  return family === 4 ? formatIPv4(d) : formatIPv6(a, b, c, d);
}

function checkInterfaces(parts: NetworkLists, report: Report): void {
  const subnets = new Map(
    parts.subnets.map((it) => [it.id, { subnet: it, table: new PrefixTable(it.cidrs) }]),
  );
  const holders = new Map<string, Map<string, string>>(parts.vpcs.map((vpc) => [vpc.id, new Map()]));
  for (const it of parts.interfaces) {
    const home = subnets.get(it.subnetId);
    if (home === undefined) {
      report(it, ['subnet'], `${it.subnetId} is not there: ${it.id} needs a subnet to lie in`);
      continue;
    }
    const held = holders.get(home.subnet.vpcId) ?? new Map<string, string>();
    checkAddresses(it, home.subnet, home.table, held, report);
    checkMac(it, held, report);
  }
}

function checkAddresses(
  it: NetworkInterface,
  subnet: Subnet,
  table: PrefixTable,
  held: Map<string, string>,
  report: Report,
): void {
  if (it.secondary4.length > 0 && it.primary4 === undefined) {
    report(it, ['secondary'], `${it.id} has secondary addresses but no primary one: add "primary"`);
  }
  let count = it.bindings.length + (it.mac === undefined ? 0 : 1);
  for (const { member, address } of addressesOf(it)) {
    count++;
    const text = addressText(address);
    if (table.find(address) < 0) {
      const prefixes = subnet.cidrs.slice(0, 4).map(formatPrefix).join(', ');
      report(
        it,
        member,
        `${text} is outside of ${subnet.id} (${prefixes}): correct it, or add its prefix there`,
      );
    }
    const other = held.get(text);
    if (other !== undefined) {
      report(
        it,
        member,
        `${text} is an address of ${other} already: one interface of a VPC holds an address`,
      );
    }
    held.set(text, it.id);
  }
  if (count === 0) {
    report(it, [], `${it.id} can never be seen: give it an address (primary, ipv6), a mac, or a bind entry`);
  }
}

function checkMac(it: NetworkInterface, held: Map<string, string>, report: Report): void {
  if (it.mac === undefined) return;
  const key = `mac ${it.mac.high} ${it.mac.low}`;
  const other = held.get(key);
  if (other !== undefined)
    report(it, ['mac'], `${other} has this MAC address already: it is one station of a VPC`);
  held.set(key, it.id);
}
