/** Faults of destinations that are other programs, with few flow logs; tests/soak has all of both. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { missingForMounts } from './disks.ts';
import {
  checkAccidents,
  checkFullSpool,
  checkHanging,
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
  const { objects, lines } = world.expected;
  const folders = new Set([...objects.keys()].map((path) => path.split('/')[1]));
  expect([...folders].toSorted()).toEqual(['parquet', 'text']);
  expect(objects.size).toBeGreaterThanOrEqual(8);
  expect([...lines.keys()]).toEqual(['group', 'stream']);
  for (const own of lines.values()) expect(own.length).toBeGreaterThan(100);
});

test.each([
  { troubles: [TROUBLES['s3 refused'], TROUBLES['firehose 400']] },
  { troubles: [TROUBLES['s3 503'], TROUBLES['logs refused']] },
  { troubles: [TROUBLES['s3 403'], TROUBLES['firehose throttled']] },
  { troubles: [TROUBLES['logs throttled'], TROUBLES['firehose refused']] },
])(
  '$troubles.0.name, $troubles.1.name: told, no other destination is delayed, and everything comes when it is over',
  async ({ troubles }) => {
    expect(await checkTroubles(world, troubles)).toBeGreaterThan(0);
  },
);

test('a bucket hangs: another of the same S3, log groups and streams do not wait', async () => {
  expect(await checkHanging(world, 's3', 'records')).toBeGreaterThan(0);
});

test('what was accepted and whose answers are lost: objects are there once with their bytes, events are there', async () => {
  expect(await checkAccidents(world, { s3: 'lose', lost: ['logs'] })).toBeGreaterThan(2);
});

const lack = missingForMounts();
test.skipIf(lack !== undefined)(
  `the disk of the spool is full while S3 is down: recording waits, and nothing is lost${lack === undefined ? '' : ` (lacks ${lack})`}`,
  async () => {
    expect(await checkFullSpool(world)).toBeGreaterThan(1);
  },
);
