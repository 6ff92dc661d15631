/** Closed windows made of flows that a person can read. */
import {
  type ClosedWindow,
  rowDoubles,
  rowWords,
  DOUBLE_BYTES,
  DOUBLE_PACKETS,
  ROW_WORDS,
  WORD_KEY,
} from '../../../src/flows/rows.ts';
import type { NetworkVersion } from '../../../src/flows/rows.ts';
import type { WindowMessage } from '../../../src/service/threads/messages.ts';
import { type Flow, windowOf as expandedOf } from '../../records/windows.ts';
import { closedAt } from './support.ts';

/** Start of an interval of 600 s, and of the first of its slots. */
export const T = 1_800_000_000;

/** A window of flows; each one's first and last second count from the window's start. */
export function aWindow(
  start: number,
  flows: readonly Flow[],
  members: Partial<ClosedWindow> & Partial<NetworkVersion> = {},
): ClosedWindow {
  const timed = flows.map((flow) => ({
    ...flow,
    first: start + (flow.first ?? 0),
    last: start + (flow.last ?? flow.first ?? 0),
  }));
  const { window } = expandedOf(timed.map((flow) => ({ flow, side: 'egress' as const })));
  const words = rowWords(window.rows);
  const doubles = rowDoubles(window.rows);
  let packets = 0;
  let bytes = 0;
  for (let row = 0; row < window.count; row++) {
    words[row * ROW_WORDS + WORD_KEY]! &= 0x3ff;
    packets += doubles[row * (ROW_WORDS / 2) + DOUBLE_PACKETS]!;
    bytes += doubles[row * (ROW_WORDS / 2) + DOUBLE_BYTES]!;
  }
  return { ...window, start, version: 1, factsVersion: 1, packets, bytes, ...members };
}

export function message(window: ClosedWindow, at = closedAt(window.start + 60)): WindowMessage {
  return { kind: 'window', window, closedAt: at };
}

/** A window and what says that it is over. */
export function closed(window: ClosedWindow, at?: number): WindowMessage[] {
  return [message(window, at), { kind: 'closed', upTo: window.start + 60 }];
}

export function interval(
  start: number,
  status: readonly number[] = [],
  at: NetworkVersion = V1,
): WindowMessage[] {
  return [
    { kind: 'interval', start, status: Int32Array.from(status), at, closedAt: closedAt(start + 600) },
    { kind: 'closed', upTo: start + 600 },
  ];
}

export const V1: NetworkVersion = { version: 1, factsVersion: 1 };
