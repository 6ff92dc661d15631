import { expect, test } from 'vitest';
import { FLOW_BATCH_ROWS } from '../../../src/capture/flow-batch.ts';
import { NetflowFeed, SflowFeed, StreamFeed } from './mutations.ts';
import { Collector } from './support.ts';

/** The same cases in every run, as many as there is time for. tests/soak/exports-mutations.test.ts has ten million. */
const SEED = 20_261_121;
const BUDGET_MILLIS = 2000;
/** A datagram that takes longer than this of the processor hangs: a good one takes microseconds. Collections of garbage
 * are in it. */
const LONGEST_MILLIS = 1000;

test.each([
  ['NetFlow and IPFIX', () => new NetflowFeed(SEED), BUDGET_MILLIS],
  ['sFlow', () => new SflowFeed(SEED), BUDGET_MILLIS / 2],
  ['IPFIX streams', () => new StreamFeed(SEED), BUDGET_MILLIS / 2],
])('mutated %s: no throw, everything bounded, every record accounted for', (_name, open, budget) => {
  const feed = open();
  const deadline = Date.now() + budget;
  let longest = 0;
  for (let number = 0; Date.now() < deadline; number++) longest = Math.max(longest, feed.step(number));
  feed.finish();
  expect(longest).toBeLessThan(LONGEST_MILLIS);
  // Some must get through, or this tests nothing.
  expect(feed.rows).toBeGreaterThan(feed.datagrams / 2);
  expect(feed.datagrams).toBeGreaterThan(100);
});

test('some mutated streams are read to their end', () => {
  const feed = new StreamFeed(SEED);
  for (let number = 0; number < 100; number++) feed.step(number);
  expect(feed.whole).toBeGreaterThan(20);
  expect(feed.whole).toBeLessThan(100);
});

test('records of one octet fill more than a batch, and come out all', () => {
  const collector = new Collector();
  const fields = Buffer.from('00020010 0100 0002 0008 0004 000c 0004'.replaceAll(' ', ''), 'hex');
  const records = Buffer.alloc(8 * 8000, 1);
  const header = Buffer.from('000a0000 6553f8f0 00000000 00000000'.replaceAll(' ', ''), 'hex');
  const data = Buffer.concat([
    Buffer.from([1, 0, (records.length + 4) >> 8, (records.length + 4) & 255]),
    records,
  ]);
  fields[3] = fields.length;
  const counted = Buffer.concat([header, fields, data]);
  counted.writeUInt16BE(counted.length, 2);
  collector.push(counted);
  expect(collector.decoder.counters.rejections()).toEqual({ no_counters: 8000 });
  const withCounts = Buffer.from(
    '00020014 0101 0003 0008 0004 000c 0004 0002 0001'.replaceAll(' ', ''),
    'hex',
  );
  withCounts[3] = withCounts.length;
  const rows = Buffer.alloc(9 * 5000, 1);
  const message = Buffer.concat([
    header,
    withCounts,
    Buffer.from([1, 1, (rows.length + 4) >> 8, (rows.length + 4) & 255]),
    rows,
  ]);
  message.writeUInt16BE(message.length, 2);
  expect(collector.push(message)).toHaveLength(5000);
  expect(5000).toBeGreaterThan(FLOW_BATCH_ROWS);
});
