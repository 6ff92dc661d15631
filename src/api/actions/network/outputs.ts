/** Parts of answers that several kinds have. */
import { hash } from 'node:crypto';
import type { Subnet } from '../../../network/subnet.ts';
import type { Tags } from '../../../network/tags.ts';
import type { NetworkInterface } from '../../../network/interface.ts';
import type { Tag } from '../../protocol/types.generated.ts';
import type { State } from './dependencies.ts';

/** Tags as answers have them, by key. */
export function tagSet(tags: Tags): Tag[] {
  return Object.keys(tags)
    .sort()
    .map((key) => ({ Key: key, Value: tags[key]! }));
}

/** An id of what has none of its own (associations, attachments): the same for the same thing. */
export function derivedId(prefix: string, ...parts: readonly string[]): string {
  return `${prefix}-${hash('sha256', parts.join(' '), 'hex').slice(0, 17)}`;
}

/** The time of a creation; undefined for what the network file declares. */
export function dateOf(createdAt: number | undefined): Date | undefined {
  return createdAt === undefined ? undefined : new Date(createdAt);
}

/** The Outpost of a subnet, or of an interface by itself or its subnet. */
export function outpostArn(state: State, it: Subnet | NetworkInterface): string | undefined {
  const subnet = 'subnetId' in it ? state.subnet(it.subnetId) : it;
  const placement = it.placement ?? subnet.placement;
  if (placement?.sublocationType !== 'outpost') return undefined;
  const { region } = state.vpc(subnet.vpcId);
  return `arn:aws:outposts:${region}:${subnet.accountId}:outpost/${placement.sublocationId}`;
}
