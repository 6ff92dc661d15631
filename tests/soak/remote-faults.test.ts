/** Every fault of destinations that are other programs, in every layout and at both lengths. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  checkAccidents,
  checkExpected,
  checkHangingBucket,
  checkHangingKind,
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
  checkExpected(world, { objects: 40, lines: 200 });
});

test('two runs of the same captures make the same objects, byte for byte, and the same lines', async () => {
  await world.run('again', async (running) => {
    await world.replay(running);
    await world.isComplete(running);
    expect(await running.remote.outcome()).toEqual(world.expected);
  });
});

const troubles: readonly Trouble[] = Object.values(TROUBLES);
test.each(troubles)(
  '$name: it is told, delays no other destination, and everything comes when it is over',
  (trouble) => checkTroubles(world, [trouble]),
);

describe('what hangs', () => {
  test('a bucket: others of the same S3, log groups and streams do not wait', () =>
    checkHangingBucket(world));
  test.each(['logs', 'firehose'] as const)('all of %s: the others do not wait', (kind) =>
    checkHangingKind(world, kind),
  );
});

describe('in the middle of requests', () => {
  test.each(['lose', 'cut'] as const)('%s: each object is there once, with its bytes', (fault) =>
    checkAccidents(world, { s3: fault }),
  );
  test.each(['logs', 'firehose'] as const)(
    'lost answers of %s: every record is there, and no more than were sent again are there twice',
    (kind) => checkAccidents(world, { lost: [kind] }),
  );
  test('records of a put that fail one by one are put again, the others are not', () =>
    checkPartialFailures(world));
});
