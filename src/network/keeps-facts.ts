/** Whether a version of the network says the same as an earlier one of all that the earlier one had (S3.7). */
import type { AutoScalingGroup } from './auto-scaling-group.ts';
import { HOLE } from './facts.ts';
import type { NetworkInterface } from './interface.ts';
import { keepsTopology } from './keeps-topology.ts';
import type { Network } from './model.ts';
import type { NumberedNetwork } from './numbering.ts';
import { sameResource, sameValue } from './same.ts';
import { NO_TAGS } from './tags.ts';

/**
 * True when the facts of every number, and what rules/ make of them, are the same in a later version. It may have
 * more: interfaces, and what nothing earlier leads to. Cheap where the versions share their objects.
 */
export function keepsFacts(before: NumberedNetwork, after: NumberedNetwork): boolean {
  const { ids } = before;
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] !== HOLE && ids[i] !== after.ids[i]) return false;
  }
  return (
    keepsInterfaces(before, after) &&
    keepsInstances(before, after.network) &&
    keepsTasks(before, after.network) &&
    keepsTopology(before, after.network)
  );
}

/** The later version has all of the earlier one's numbers: its first ones are those. */
function keepsInterfaces(before: NumberedNetwork, after: NumberedNetwork): boolean {
  return before.interfaces.every(({ it }, i) => {
    const now = after.interfaces[i]!.it;
    return it === now || sameInterface(it, now);
  });
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

/** Instances that interfaces name, with their groups. One that nothing is said of belongs to its interface's owner. */
function keepsInstances({ network, interfaces }: NumberedNetwork, after: Network): boolean {
  const changed = changedInstances(network, after);
  if (changed.size === 0) return true;
  return interfaces.every(({ it: { instanceId, accountId } }) => {
    if (instanceId === undefined || !changed.has(instanceId)) return true;
    const [was, is] = [network, after].map((it) => it.instances.get(instanceId));
    const group = (it: Network): AutoScalingGroup | undefined =>
      [...it.autoScalingGroups.values()].find((one) => one.instanceIds.includes(instanceId));
    const [groupWas, groupIs] = [group(network), group(after)];
    return (
      (was?.accountId ?? accountId) === (is?.accountId ?? accountId) &&
      (was?.nitro ?? false) === (is?.nitro ?? false) &&
      sameValue(was?.tags ?? NO_TAGS, is?.tags ?? NO_TAGS) &&
      groupWas?.accountId === groupIs?.accountId &&
      sameValue(groupWas?.tags, groupIs?.tags)
    );
  });
}

/** Instances of which another object is there now, or another group has them. */
function changedInstances(network: Network, after: Network): ReadonlySet<string> {
  const changed = new Set<string>();
  let found = 0;
  for (const [id, it] of network.instances) {
    const now = after.instances.get(id);
    if (now !== undefined) found++;
    if (now !== it && !sameValue(now, it)) changed.add(id);
  }
  if (found < after.instances.size) {
    for (const id of after.instances.keys()) if (!network.instances.has(id)) changed.add(id);
  }
  for (const [groups, others] of [
    [network.autoScalingGroups, after.autoScalingGroups],
    [after.autoScalingGroups, network.autoScalingGroups],
  ] as const) {
    for (const [id, group] of groups) {
      const other = others.get(id);
      if (other === group || sameValue(other, group)) continue;
      for (const instance of group.instanceIds) changed.add(instance);
    }
  }
  return changed;
}

function keepsTasks({ network, ids }: NumberedNetwork, after: Network): boolean {
  if (network.ecsTasks.size === 0 && after.ecsTasks.size === 0) return true;
  const [tasks, tasksNow] = [network, after].map(
    (it) => new Map(Array.from(it.ecsTasks.values(), (task) => [task.interfaceId, task])),
  );
  return ids.every((id) => id === HOLE || sameResource(tasks!.get(id), tasksNow!.get(id)));
}
