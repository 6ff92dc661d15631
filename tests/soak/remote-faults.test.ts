/** Every fault of destinations that are other programs, in every layout and at both lengths. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  checkAccidents,
  checkHanging,
  checkPartialFailures,
  checkTroubles,
  FaultWorld,
  type Trouble,
  TROUBLES,
} from '../service/delivery/remote-faults.ts';
import { REMOTE_WISHES } from '../service/delivery/remote-world.ts';

/** The machine may be busy: tests take some seconds each. */
vi.setConfig({ testTimeout: 300_000 });

let world: FaultWorld;
beforeAll(async () => {
  world = await FaultWorld.prepare({ wishes: REMOTE_WISHES, hosts: 12, packetsPerSecond: 8 });
});
afterAll(() => world?.close());

test('the undisturbed run has something of everything', () => {
  const { objects, lines } = world.expected;
  const folders = new Set([...objects.keys()].map((path) => path.split('/')[1]));
  expect(folders.size).toBe(REMOTE_WISHES.filter(({ kind }) => kind === 's3').length);
  expect(objects.size).toBeGreaterThanOrEqual(40);
  expect(lines.size).toBe(REMOTE_WISHES.length - folders.size);
  for (const own of lines.values()) expect(own.length).toBeGreaterThan(200);
});

test('two runs of the same captures make the same objects, byte for byte, and the same lines', async () => {
  await world.run('again', async (running) => {
    await world.replayAll(running);
    await world.settled(running.weir);
    expect(await running.remote.outcome()).toEqual(world.expected);
  });
});

const troubles: readonly Trouble[] = Object.values(TROUBLES);
test.each(troubles)(
  '$name: it is told, delays no other destination, and everything comes when it is over',
  async (trouble) => {
    expect(await checkTroubles(world, [trouble])).toBeGreaterThan(0);
  },
);

describe('what hangs', () => {
  test('a bucket: others of the same S3, log groups and streams do not wait', async () => {
    expect(await checkHanging(world, 's3', 'records')).toBeGreaterThan(0);
  });
  test.each(['logs', 'firehose'] as const)('all of %s: the others do not wait', async (kind) => {
    expect(await checkHanging(world, kind)).toBeGreaterThan(0);
  });
});

describe('in the middle of requests', () => {
  test.each(['lose', 'cut'] as const)('%s: each object is there once, with its bytes', async (s3) => {
    expect(await checkAccidents(world, { s3 })).toBeGreaterThanOrEqual(40);
  });
  test.each(['logs', 'firehose'] as const)(
    'lost answers of %s: every record is there, and no more than were sent again are there twice',
    async (kind) => {
      expect(await checkAccidents(world, { lost: [kind] })).toBeGreaterThan(2);
    },
  );
  test('records of a put that fail one by one are put again, the others are not', async () => {
    expect(await checkPartialFailures(world)).toBeGreaterThan(100);
  });
});
