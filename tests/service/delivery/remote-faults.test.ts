/** Faults of destinations that are other programs, with few flow logs; tests/soak has all of both. */
import { afterAll, beforeAll, test, vi } from 'vitest';
import {
  checkAccidents,
  checkExpected,
  checkHangingBucket,
  checkTroubles,
  FaultWorld,
  TROUBLES,
} from './remote-faults.ts';
import type { RemoteWish } from './remote-world.ts';

/** They take two seconds each; the machine may be busy. */
vi.setConfig({ testTimeout: 120_000 });

const WISHES: readonly RemoteWish[] = [
  { name: 'text', kind: 's3', interval: 60, bucket: 'records', format: 'plain-text' },
  { name: 'parquet', kind: 's3', interval: 600, bucket: 'others', format: 'parquet', hive: true, hour: true },
  { name: 'group', kind: 'logs', interval: 60 },
  { name: 'stream', kind: 'firehose', interval: 60 },
];

let world: FaultWorld;
beforeAll(async () => {
  world = await FaultWorld.prepare({ wishes: WISHES, hosts: 3, packetsPerSecond: 4 });
});
afterAll(() => world?.close());

test('the undisturbed run has something of everything', () => {
  checkExpected(world, { objects: 8, lines: 100 });
});

test.each([
  { troubles: [TROUBLES['s3 refused'], TROUBLES['firehose 400']] },
  { troubles: [TROUBLES['s3 503'], TROUBLES['logs refused']] },
  { troubles: [TROUBLES['s3 403'], TROUBLES['firehose throttled']] },
  { troubles: [TROUBLES['logs throttled'], TROUBLES['firehose refused']] },
])(
  '$troubles.0.name, $troubles.1.name: told, no other destination is delayed, and everything comes when it is over',
  ({ troubles }) => checkTroubles(world, troubles),
);

test('a bucket hangs: another of the same S3, log groups and streams do not wait', () =>
  checkHangingBucket(world));

test('what was accepted and whose answers are lost: objects are there once with their bytes, events are there', () =>
  checkAccidents(world, { s3: 'lose', lost: ['logs'] }));
