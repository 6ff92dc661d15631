import { expect, test } from 'vitest';
import { VERDICT_REJECT } from '../../src/capture/batch.ts';
import { FLAGS_VERDICT_SHIFT } from '../../src/flows/rows.ts';
import { REJECTED, selectLines } from '../../src/records/select.ts';
import { windowOf } from './windows.ts';
import type { Flow, Line } from './windows.ts';

const FLOWS: readonly Flow[] = ([0, 1, 2, 2, 1, 0] as const).map((verdict, i) => ({
  source: '10.0.0.1',
  destination: `10.0.1.${i}`,
  verdict,
  egress: 1,
  ingress: 2,
}));

const LINES: readonly Line[] = [
  ...FLOWS.map((flow) => ({ flow, side: 'egress' }) as const),
  { status: { number: 3, kind: 'NODATA', start: 0, end: 59 } },
  ...FLOWS.map((flow) => ({ flow, side: 'ingress' }) as const),
  { status: { number: 4, kind: 'SKIPDATA', start: 0, end: 59 } },
];

test('the bits of a rejected row are those of the batch', () => {
  expect(REJECTED).toBe(VERDICT_REJECT << FLAGS_VERDICT_SHIFT);
});

test('ALL is the window itself', () => {
  const window = windowOf(LINES);
  expect(selectLines(window, 'ALL')).toBe(window);
});

test('REJECT takes rejected rows in their order, ACCEPT all others; both take status lines', () => {
  const window = windowOf(LINES);
  const taken = (traffic: 'ACCEPT' | 'REJECT'): number[] => {
    const { order, lines } = selectLines(window, traffic);
    return [...order.subarray(0, lines)];
  };
  expect(taken('REJECT')).toEqual([4, 6, ~0, 5, 7, ~1]);
  expect(taken('ACCEPT')).toEqual([0, 2, 8, 10, ~0, 1, 3, 9, 11, ~1]);
});

test('looks at the valid lines only', () => {
  const window = windowOf(LINES);
  const { lines } = selectLines({ ...window, lines: 3 }, 'REJECT');
  expect(lines).toBe(1);
});
