import { FLAGS_VERDICT } from '../../flows/rows.ts';
import { REJECTED, type TrafficType } from '../../records/select.ts';

/** Verdicts as bits. A row without a verdict is written as ACCEPT (S4.1). */
export type TrafficBits = number;
export const ACCEPTED_BIT = 1;
export const REJECTED_BIT = 2;

/** The verdicts that a flow log of a traffic type records. */
export function selectsBit(traffic: TrafficType): TrafficBits {
  if (traffic === 'ALL') return ACCEPTED_BIT | REJECTED_BIT;
  return traffic === 'REJECT' ? REJECTED_BIT : ACCEPTED_BIT;
}

/** The verdict of a row by its WORD_FLAGS. */
export function verdictBit(flags: number): TrafficBits {
  return (flags & FLAGS_VERDICT) === REJECTED ? REJECTED_BIT : ACCEPTED_BIT;
}
