/** 1,000 flow logs of 10,000 interfaces with a million flows a window, for 30 minutes of windows. MANY_WINDOWS and
 * MANY_FLOWS (a multiple of 10,000) have other numbers. Event time: windows come as fast as they are recorded. */
import { expect, test } from 'vitest';
import { manyFlowLogs } from '../service/delivery/many-flow-logs.ts';

const WINDOWS = Number(process.env['MANY_WINDOWS'] ?? 30);
const FLOWS = Number(process.env['MANY_FLOWS'] ?? 1_000_000);

test(`${WINDOWS} windows of ${FLOWS} flows`, async () => {
  const { looks, end, slowestWindowMs, expected, sample } = await manyFlowLogs({
    flows: FLOWS,
    windows: WINDOWS,
  });
  const peak = (part: typeof looks): number => Math.max(...part.map(({ rss }) => rss)) / 1e6;
  // Without the windows in which tables and heaps reach their sizes.
  const steady = looks.filter(({ windows }) => windows >= WINDOWS / 3 && windows < WINDOWS);
  const half = steady.length >> 1;
  const [first, second] = [peak(steady.slice(0, half)), peak(steady.slice(half))];
  const seconds = (looks.at(-1)!.at - looks[0]!.at) / 1000;
  const told = {
    windows: WINDOWS,
    flows: FLOWS,
    seconds,
    slowestWindowMs,
    firstHalfMb: first,
    secondHalfMb: second,
  };
  process.stdout.write(
    `${JSON.stringify({ ...told, spoolMb: Math.max(...looks.map((it) => it.spoolBytes)) / 1e6 })}\n`,
  );
  expect(end).toMatchObject({ packets: FLOWS * WINDOWS, windows: WINDOWS, unsubscribedRows: 0 });
  expect(end.account).toMatchObject({ recordedPackets: FLOWS * WINDOWS, recordedBytes: end.bytes });
  expect(looks.at(-1)).toMatchObject({ windows: WINDOWS, commits: WINDOWS, spoolBytes: 0, failures: 0 });
  for (const { amounts } of end.flowLogs) {
    expect(amounts).toMatchObject({ selected: expected, delivered: expected });
  }
  for (const { name, ...sums } of sample) expect({ name, ...sums }).toEqual({ name, ...expected });
  expect(slowestWindowMs).toBeLessThan(60_000);
  expect(second).toBeLessThan(1.1 * first + 50);
});
