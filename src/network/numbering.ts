/** Numbers that stay with ids from version to version of the network. */
import { UserError } from '../base/errors.ts';
import { HOLE } from './facts.ts';
import { DISCOVERED_BASE } from './lookup.ts';
import type { Network } from './model.ts';
import { isSeen, type RecordingPoint } from './recording-points.ts';

/**
 * The ids of network interfaces, attachments and regional NAT gateways by number - 1: those of the version before keep
 * theirs, new ones follow in the order of the network, interfaces first, and where one is gone is a hole. Only what the
 * VPCs let see has a number.
 */
export function numberInterfaces(
  before: readonly string[],
  network: Network,
  points: readonly RecordingPoint[],
  vpcs: ReadonlySet<string>,
): readonly string[] {
  const present = new Set<string>();
  for (const it of network.interfaces.values()) {
    if (vpcs.has(network.subnets.get(it.subnetId)!.vpcId)) present.add(it.id);
  }
  for (const point of points) if (isSeen(point, vpcs)) present.add(point.id);
  const ids = before.map((id) => (present.delete(id) ? id : HOLE));
  ids.push(...present);
  if (ids.length >= DISCOVERED_BASE) {
    throw new UserError(
      `the network has had more than ${DISCOVERED_BASE - 1} interfaces since it was first read: start again`,
    );
  }
  return ids;
}

/** Goes on numbering: ids that have a number keep it, new ones follow. `numbers` is by the order of `ids`. */
export function numberOn(
  before: readonly string[],
  ids: readonly string[],
): { ids: string[]; numbers: Int32Array } {
  const all = [...before];
  const known = new Map(before.map((id, i) => [id, i]));
  const numbers = new Int32Array(new SharedArrayBuffer(4 * ids.length));
  ids.forEach((id, i) => {
    let number = known.get(id);
    if (number === undefined) {
      number = all.push(id) - 1;
      known.set(id, number);
    }
    numbers[i] = number;
  });
  return { ids: all, numbers };
}
