/** Whether what lies between interfaces (topology.ts) is the same in a later version, where it matters (S3.7). */
import { PrefixTable, type Prefix } from '../base/prefixes.ts';
import type { Network } from './model.ts';
import type { NumberedNetwork } from './numbering.ts';
import { sameResource } from './same.ts';
import { routedInstances } from './topology.ts';

/** Resources of one kind by id. */
type Resources<T> = ReadonlyMap<string, T>;

/**
 * Compares what lies in VPCs that matter: those with numbers, with transit gateways, or in which addresses are
 * discovered; and the transit gateways that something is attached to. What comes to them is a change, unless nothing
 * that was there leads to it.
 */
export function keepsTopology(before: NumberedNetwork, after: Network): boolean {
  const { network } = before;
  const vpcs = vpcsThatMatter(before);
  const inVpc = ({ vpcId }: { readonly vpcId: string }): boolean => vpcs.has(vpcId);
  const old = network.interfaces;
  return (
    keeps(network.vpcs, after.vpcs, ({ id }) => vpcs.has(id), never) &&
    keeps(network.subnets, after.subnets, inVpc, never) &&
    !splitsSubnets(network, after, vpcs) &&
    keeps(network.internetGateways, after.internetGateways, inVpc, never) &&
    keeps(network.egressOnlyInternetGateways, after.egressOnlyInternetGateways, inVpc, never) &&
    keeps(network.vpnGateways, after.vpnGateways, inVpc, never) &&
    keeps(network.prefixLists, after.prefixLists, always, never) &&
    keeps(network.routeTables, after.routeTables, inVpc, (table) => {
      return (
        table.main || table.gatewayIds.length > 0 || table.subnetIds.some((id) => network.subnets.has(id))
      );
    }) &&
    keeps(network.natGateways, after.natGateways, inVpc, ({ interfaceId }) => {
      return interfaceId !== undefined && old.has(interfaceId);
    }) &&
    keeps(network.vpcEndpoints, after.vpcEndpoints, inVpc, ({ interfaceIds }) => {
      return interfaceIds.some((id) => old.has(id));
    }) &&
    keeps(
      network.peeringConnections,
      after.peeringConnections,
      ({ requester, accepter }) => inVpc(requester) || inVpc(accepter),
      never,
    ) &&
    keeps(network.encryptionControls, after.encryptionControls, inVpc, always) &&
    keepsGateways(network, after) &&
    keepsPublicAccess(network, after, vpcs) &&
    keepsRoutedInstances(network, after)
  );
}

const never = (): boolean => false;
const always = (): boolean => true;

/** Resources that matter are there as they were; of those that are new none `leads` to something that was there. */
function keeps<T extends { readonly id: string }>(
  before: Resources<T>,
  after: Resources<T>,
  matters: (it: T) => boolean,
  leads: (it: T) => boolean,
): boolean {
  for (const it of before.values()) {
    const now = after.get(it.id);
    if (it !== now && matters(it) && !sameResource(it, now)) return false;
  }
  if (leads === never) return true;
  for (const it of after.values()) if (!before.has(it.id) && matters(it) && leads(it)) return false;
  return true;
}

function vpcsThatMatter({ network, interfaces, points }: NumberedNetwork): ReadonlySet<string> {
  const vpcs = new Set<string>();
  for (const { vpcId } of interfaces) vpcs.add(vpcId);
  for (const { point } of points) if (point.vpcId !== undefined) vpcs.add(point.vpcId);
  for (const { vpcId, discover } of network.subnets.values()) if (discover) vpcs.add(vpcId);
  for (const { vpcId } of network.transitGatewayAttachments.values()) {
    if (vpcId !== undefined) vpcs.add(vpcId);
  }
  return vpcs;
}

/** A new subnet has addresses that an earlier one had: the longest prefix counts. */
function splitsSubnets(network: Network, after: Network, vpcs: ReadonlySet<string>): boolean {
  const added = new Map<string, Prefix[]>();
  for (const { id, vpcId, cidrs } of after.subnets.values()) {
    if (network.subnets.has(id) || !vpcs.has(vpcId)) continue;
    const known = added.get(vpcId);
    if (known === undefined) added.set(vpcId, [...cidrs]);
    else known.push(...cidrs);
  }
  if (added.size === 0) return false;
  const earlier = new Map<string, Prefix[]>();
  for (const { vpcId, cidrs } of network.subnets.values()) {
    if (!added.has(vpcId)) continue;
    const known = earlier.get(vpcId);
    if (known === undefined) earlier.set(vpcId, [...cidrs]);
    else known.push(...cidrs);
  }
  return Array.from(added).some(([vpcId, fresh]) => {
    const old = new PrefixTable(earlier.get(vpcId) ?? []);
    const now = new PrefixTable(fresh);
    return (
      fresh.some((prefix) => old.find(prefix) >= 0) ||
      (earlier.get(vpcId) ?? []).some((prefix) => now.find(prefix) >= 0)
    );
  });
}

/** Transit gateways with attachments: what comes to one may be learnt, or be the default, for those it has. */
function keepsGateways(network: Network, after: Network): boolean {
  const attached = new Set<string>();
  for (const { transitGatewayId } of network.transitGatewayAttachments.values())
    attached.add(transitGatewayId);
  const ofGateway = ({ transitGatewayId }: { readonly transitGatewayId: string }): boolean =>
    attached.has(transitGatewayId);
  return (
    keeps(network.transitGateways, after.transitGateways, ({ id }) => attached.has(id), never) &&
    keeps(network.transitGatewayAttachments, after.transitGatewayAttachments, ofGateway, always) &&
    keeps(network.transitGatewayRouteTables, after.transitGatewayRouteTables, ofGateway, always)
  );
}

/** The option of the accounts and regions of VPCs, and what is let out of it. */
function keepsPublicAccess(network: Network, after: Network, vpcs: ReadonlySet<string>): boolean {
  const homes = new Set<string>();
  for (const id of vpcs) {
    const { accountId, region } = network.vpcs.get(id)!;
    homes.add(`${accountId} ${region}`);
  }
  const [modes, modesNow] = [modesOf(network), modesOf(after)];
  for (const home of homes) if (modes.get(home) !== modesNow.get(home)) return false;
  return keeps(
    network.publicAccessExclusions,
    after.publicAccessExclusions,
    ({ vpcId, subnetId }) => vpcs.has(vpcId ?? network.subnets.get(subnetId!)?.vpcId ?? ''),
    always,
  );
}

function modesOf({ publicAccessBlocks }: Network): ReadonlyMap<string, string> {
  const modes = new Map<string, string>();
  for (const { accountId, region, mode } of publicAccessBlocks) {
    if (mode !== 'off') modes.set(`${accountId} ${region}`, mode);
  }
  return modes;
}

function keepsRoutedInstances(network: Network, after: Network): boolean {
  const before = routedInstances(network);
  if (before.length === 0) return true;
  const now = new Map(
    routedInstances(after).map((it) => [`${it.vpcId} ${it.instanceId}`, it.interfaceId] as const),
  );
  return before.every((it) => now.get(`${it.vpcId} ${it.instanceId}`) === it.interfaceId);
}
