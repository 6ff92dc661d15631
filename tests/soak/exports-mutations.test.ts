import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { NetflowFeed, SflowFeed, StreamFeed } from '../capture/netflow/mutations.ts';

/** How many datagrams, and where the chance begins: MUTATIONS=1000000 SEED=7 npm run soak -- exports-mutations */
const MUTATIONS = Number(process.env['MUTATIONS'] ?? 10_000_000);
const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000_000);
/** Of them, those of sFlow, and those of IPFIX streams; the rest are datagrams of NetFlow and IPFIX. */
const SFLOW_SHARE = 0.25;
const STREAM_SHARE = 0.15;
/** A datagram that takes longer than this of the processor hangs: a good one takes microseconds. Collections of garbage
 * are in it. */
const LONGEST_MILLIS = 1000;
/** The heap is looked at so often, after a collection. */
const LOOKS = 20;
/** What it may grow by from a tenth of the way to the end, in bytes: limits are small, and reached early. */
const HEAP_GROWTH = 8 << 20;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

test.each([
  ['NetFlow and IPFIX', () => new NetflowFeed(SEED), 1 - SFLOW_SHARE - STREAM_SHARE],
  ['sFlow', () => new SflowFeed(SEED), SFLOW_SHARE],
  ['IPFIX streams', () => new StreamFeed(SEED), STREAM_SHARE],
])('mutated %s: no throw, no hang, memory flat, every record accounted for', (name, open, share) => {
  const feed = open();
  const wanted = Math.ceil(MUTATIONS * share);
  const heaps: number[] = [];
  const began = performance.now();
  let longest = 0;
  let cases = 0;
  for (; feed.datagrams < wanted; cases++) {
    longest = Math.max(longest, feed.step(cases));
    if (feed.datagrams * LOOKS >= wanted * (heaps.length + 1)) heaps.push(heapUsed());
  }
  feed.finish();
  const seconds = (performance.now() - began) / 1000;
  const heap = heaps.map((bytes) => Math.round(bytes / 1e6)).join(' ');
  process.stdout.write(
    `${name}: seed ${SEED}, ${feed.datagrams} datagrams in ${cases} cases, ${feed.rows} rows, ${seconds.toFixed(0)} s, ` +
      `longest ${longest.toFixed(1)} ms, heap in MB ${heap}, rejected ${JSON.stringify(feed.decoder.counters.rejections())}\n`,
  );
  expect(longest).toBeLessThan(LONGEST_MILLIS);
  expect(feed.rows).toBeGreaterThan(feed.datagrams / 2);
  expect(heaps.at(-1)! - heaps[LOOKS / 10]!).toBeLessThan(HEAP_GROWTH);
});
