import { type NetworkDirectory, NO_INTERFACE } from '../network/lookup.ts';
import type { TransitRules } from '../rules/record-rules.ts';

/** What transit windows are made from: one version of the network, as far as transit gateways go. */
export interface TransitFacts {
  readonly rules: Pick<TransitRules, 'leavesBy' | 'entersBy'>;
  /** False: nothing crosses a transit gateway. */
  readonly hasAttachments: boolean;
  isAttachment(number: number): boolean;
  /** A source is bound to the attachment: its legs are what is seen there, and none is derived (S2.4). */
  isBound(number: number): boolean;
  /** The attachment that a transit gateway's own network interface is of; NO_INTERFACE for others. */
  attachmentOf(number: number): number;
}

/** What transitFacts asks of a snapshot. */
export interface TransitDirectory extends Pick<NetworkDirectory, 'numberOf' | 'topology'> {
  isBound(number: number): boolean;
}

/** The transit facts of a version. Cheap without attachments, else a look at each of them. */
export function transitFacts(directory: TransitDirectory, rules: TransitFacts['rules']): TransitFacts {
  const bound = new Map<number, boolean>();
  const owners = new Map<number, number>();
  for (const it of directory.topology.transitGatewayAttachments) {
    const number = directory.numberOf(it.id);
    if (number === NO_INTERFACE) continue;
    bound.set(number, directory.isBound(number));
    for (const id of it.interfaceIds) owners.set(directory.numberOf(id), number);
  }
  owners.delete(NO_INTERFACE);
  return {
    rules,
    hasAttachments: bound.size > 0,
    isAttachment: (number) => bound.has(number),
    isBound: (number) => bound.get(number) ?? false,
    attachmentOf: (number) => owners.get(number) ?? NO_INTERFACE,
  };
}
