/** Numbers that stay with ids from version to version of the network. */
import { UserError } from '../base/errors.ts';
import { HOLE } from './facts.ts';
import type { NetworkInterface } from './interface.ts';
import { DISCOVERED_BASE } from './lookup.ts';
import type { Network } from './model.ts';
import { isSeen, recordingPoints, type NumberedPoint } from './recording-points.ts';

/** A network interface with its number and the VPC that it lies in. */
export interface NumberedInterface {
  readonly number: number;
  readonly it: NetworkInterface;
  readonly vpcId: string;
}

/** A version of the network with the interfaces, attachments and regional NAT gateways that have numbers. */
export interface NumberedNetwork {
  readonly network: Network;
  /** By number - 1; HOLE where an earlier version had one. */
  readonly ids: readonly string[];
  /** In the order of their numbers. */
  readonly interfaces: readonly NumberedInterface[];
  readonly points: readonly NumberedPoint[];
}

/**
 * Numbers what the VPCs let see: what the version before had keeps its number, new ones get the next in the order of the
 * network, network interfaces first, and where one is gone is a hole.
 */
export function numberNetwork(
  before: readonly string[],
  network: Network,
  vpcs: ReadonlySet<string>,
): NumberedNetwork {
  const homes = new Homes(network);
  const points = new Map<string, NumberedPoint['point']>();
  for (const point of recordingPoints(network)) if (isSeen(point, vpcs)) points.set(point.id, point);
  const ids: string[] = [];
  const interfaces: NumberedInterface[] = [];
  const numberedPoints: NumberedPoint[] = [];
  for (const id of before) {
    const number = ids.push(id);
    const it = network.interfaces.get(id);
    const vpcId = it === undefined ? undefined : homes.vpcOf(it);
    const point = it === undefined ? points.get(id) : undefined;
    if (it !== undefined && vpcs.has(vpcId!)) interfaces.push({ number, it, vpcId: vpcId! });
    else if (point !== undefined) numberedPoints.push({ number, point });
    else ids[number - 1] = HOLE;
  }
  const known = new Set(before.length === 0 ? [] : ids);
  for (const it of network.interfaces.values()) {
    if (known.has(it.id)) continue;
    const vpcId = homes.vpcOf(it);
    if (vpcs.has(vpcId)) interfaces.push({ number: ids.push(it.id), it, vpcId });
  }
  for (const point of points.values()) {
    if (!known.has(point.id)) numberedPoints.push({ number: ids.push(point.id), point });
  }
  if (ids.length >= DISCOVERED_BASE) {
    throw new UserError(
      `the network has had more than ${DISCOVERED_BASE - 1} interfaces since it was first read: start again`,
    );
  }
  return { network, ids, interfaces, points: numberedPoints };
}

/** The VPCs of interfaces: neighbours are mostly of one subnet. */
class Homes {
  readonly #network: Network;
  #subnetId = '';
  #vpcId = '';

  constructor(network: Network) {
    this.#network = network;
  }

  vpcOf({ subnetId }: NetworkInterface): string {
    if (subnetId !== this.#subnetId) {
      this.#subnetId = subnetId;
      this.#vpcId = this.#network.subnets.get(subnetId)!.vpcId;
    }
    return this.#vpcId;
  }
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
