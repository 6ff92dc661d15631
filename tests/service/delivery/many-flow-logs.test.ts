import { expect, test } from 'vitest';
import { manyFlowLogs } from './many-flow-logs.ts';

/** A tenth of the flows that `npm run soak` has, in five windows, so that it takes seconds: flow logs, interfaces and
 * formats are all there. */
const FLOWS = 100_000;
const WINDOWS = 5;

test('1,000 flow logs of 10,000 interfaces: each has its records, and each window takes one commit', async () => {
  const { looks, end, slowestWindowMs, expected, sample } = await manyFlowLogs({
    flows: FLOWS,
    windows: WINDOWS,
  });
  expect(end).toMatchObject({ packets: FLOWS * WINDOWS, windows: WINDOWS, unsubscribedRows: 0 });
  // In = recorded + nothing else.
  expect(end.account).toMatchObject({ recordedPackets: FLOWS * WINDOWS, recordedBytes: end.bytes });
  expect(looks.at(-1)).toMatchObject({ windows: WINDOWS, commits: WINDOWS, spoolBytes: 0, failures: 0 });
  expect(end.flowLogs).toHaveLength(1_000);
  const none = { rows: 0, packets: 0, bytes: 0 };
  for (const { id, state, amounts } of end.flowLogs) {
    const is = { selected: expected, delivered: expected, spooled: none, givenUp: none };
    expect({ id, state, amounts }).toEqual({ id, state: 'delivering', amounts: is });
  }
  expect(sample.length).toBeGreaterThan(8);
  for (const { name, ...sums } of sample) expect({ name, ...sums }).toEqual({ name, ...expected });
  // Event time runs faster than the clock on the wall, with room to spare.
  expect(slowestWindowMs).toBeLessThan(20_000);
  expect(Math.max(...looks.map(({ rss }) => rss))).toBeLessThan(2 * 2 ** 30);
}, 120_000);
