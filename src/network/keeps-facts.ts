/** Whether a version of the network says the same as an earlier one of all that the earlier one had (S3.7). */
import { HOLE } from './facts.ts';
import type { NetworkInterface } from './interface.ts';
import { keepsTopology } from './keeps-topology.ts';
import type { Network } from './model.ts';
import { sameResource, sameValue } from './same.ts';

/** A version of the network with the ids of its numbers. */
export interface FactSource {
  readonly network: Network;
  /** By number - 1. */
  readonly ids: readonly string[];
}

/**
 * True when the facts of every number, and what rules/ make of them, are the same in a later version. It may have
 * more: interfaces, and what nothing earlier leads to. Cheap where the versions share their objects.
 */
export function keepsFacts(before: FactSource, after: FactSource): boolean {
  const { ids } = before;
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] !== HOLE && ids[i] !== after.ids[i]) return false;
  }
  return (
    keepsInterfaces(before, after.network) &&
    keepsInstances(before, after.network) &&
    keepsTasks(before, after.network) &&
    keepsTopology(before, after.network)
  );
}

function keepsInterfaces({ network, ids }: FactSource, after: Network): boolean {
  for (const id of ids) {
    const it = network.interfaces.get(id);
    if (it === undefined) continue; // a hole, or a point: part of the topology
    const now = after.interfaces.get(id)!;
    if (it !== now && !sameInterface(it, now)) return false;
  }
  return true;
}

/** What facts say of an interface, and whose its addresses are. */
function sameInterface(a: NetworkInterface, b: NetworkInterface): boolean {
  return (
    a.subnetId === b.subnetId &&
    a.accountId === b.accountId &&
    a.kind === b.kind &&
    a.instanceId === b.instanceId &&
    a.primary4 === b.primary4 &&
    sameValue(a.secondary4, b.secondary4) &&
    sameValue(a.ipv6, b.ipv6) &&
    sameValue(a.placement, b.placement) &&
    sameValue(a.tags, b.tags)
  );
}

/** Instances that interfaces name, with their groups. */
function keepsInstances({ network, ids }: FactSource, after: Network): boolean {
  const [groups, groupsNow] = [groupOf(network), groupOf(after)];
  for (const id of ids) {
    const { instanceId, accountId } = network.interfaces.get(id) ?? {};
    if (instanceId === undefined) continue;
    const it = network.instances.get(instanceId);
    const now = after.instances.get(instanceId);
    if (it !== now) {
      const owner = { accountId, nitro: false, tags: {} };
      const [was, is] = [it ?? owner, now ?? owner];
      if (was.accountId !== is.accountId || was.nitro !== is.nitro || !sameValue(was.tags, is.tags)) {
        return false;
      }
    }
    const [group, groupNow] = [groups.get(instanceId), groupsNow.get(instanceId)];
    if (group === groupNow) continue;
    if (group?.accountId !== groupNow?.accountId || !sameValue(group?.tags, groupNow?.tags)) return false;
  }
  return true;
}

type Group = Network['autoScalingGroups'] extends ReadonlyMap<string, infer G> ? G : never;

function groupOf(network: Network): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  for (const group of network.autoScalingGroups.values()) {
    for (const id of group.instanceIds) groups.set(id, group);
  }
  return groups;
}

function keepsTasks({ network, ids }: FactSource, after: Network): boolean {
  if (network.ecsTasks.size === 0 && after.ecsTasks.size === 0) return true;
  const [tasks, tasksNow] = [network, after].map(
    (it) => new Map(Array.from(it.ecsTasks.values(), (task) => [task.interfaceId, task])),
  );
  return ids.every((id) => id === HOLE || sameResource(tasks!.get(id), tasksNow!.get(id)));
}
