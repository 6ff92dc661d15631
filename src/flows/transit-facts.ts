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

const UNBOUND = 1;
const BOUND = 2;

/** The transit facts of a version. Cheap without attachments, else a look at each of them. */
export function transitFacts(directory: TransitDirectory, rules: TransitFacts['rules']): TransitFacts {
  const attachments = new Map<number, number>();
  const owners = new Map<number, number>();
  for (const it of directory.topology.transitGatewayAttachments) {
    const number = directory.numberOf(it.id);
    if (number === NO_INTERFACE) continue;
    attachments.set(number, directory.isBound(number) ? BOUND : UNBOUND);
    for (const id of it.interfaceIds) owners.set(directory.numberOf(id), number);
  }
  owners.delete(NO_INTERFACE);
  // By number, to the highest of any: asked four times for each row of a window.
  const kindOf = Uint8Array.from(column(attachments));
  const ownerOf = Int32Array.from(column(owners));
  return {
    rules,
    hasAttachments: attachments.size > 0,
    isAttachment: (number) => (kindOf[number] ?? 0) !== 0,
    isBound: (number) => kindOf[number] === BOUND,
    attachmentOf: (number) => ownerOf[number] ?? NO_INTERFACE,
  };
}

function column(values: ReadonlyMap<number, number>): number[] {
  let highest = 0;
  for (const number of values.keys()) if (number > highest) highest = number;
  const list = Array.from({ length: highest + 1 }, () => 0);
  for (const [number, value] of values) list[number] = value;
  return list;
}
