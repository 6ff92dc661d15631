import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createdEvents } from '../../../src/standins/notifications/created-events.ts';
import type { NotificationSetting } from '../../../src/standins/notifications/rules.ts';
import { type ObjectStorage, openObjectStorage } from '../../../src/standins/storage/objects.ts';
import { EventJournal } from '../../../src/standins/storage/queues-events.ts';
import { openQueueStorage, type QueueStorage } from '../../../src/standins/storage/queues.ts';
import { keysOf, tendEvents } from '../services.ts';

const queue = { account: '123456789012', region: 'eu-central-1', name: 'events' };
const setting: NotificationSetting = {
  queues: [
    {
      id: 'r',
      arn: 'arn:aws:sqs:eu-central-1:123456789012:events',
      events: ['s3:ObjectCreated:*'],
      prefix: '',
      suffix: '',
    },
  ],
};
const CHILD = new URL('./crash-child.ts', import.meta.url).pathname;

let root: string;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'weir-events-'));
  const { queues, objects } = await open();
  queues.create(queue, {}, {}, Date.now());
  const bucket = await objects.buckets.create({
    name: 'flows',
    account: queue.account,
    region: queue.region,
    createdAt: 0,
  });
  await objects.settings.write(bucket, 'notification', setting);
  queues.close();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function open(): Promise<{ queues: QueueStorage; journal: EventJournal; objects: ObjectStorage }> {
  const queues = openQueueStorage(join(root, 'sqs'));
  const journal = new EventJournal(queues);
  return { queues, journal, objects: await openObjectStorage(join(root, 's3'), createdEvents({ journal })) };
}

function received(queues: QueueStorage, now = Date.now()): string[] {
  const found = queues.find(queue)!;
  const messages: string[] = [];
  for (;;) {
    const some = queues.receive(found, 10, 3600, now);
    if (some.length === 0) return messages;
    messages.push(...some.flatMap(({ body }) => keysOf(body)));
  }
}

const POINTS = [
  'before it is written down',
  'before the object has its name',
  'before it is told',
  'before delivery knows',
  'nowhere',
] as const;

test.each(
  POINTS.flatMap(
    (point) =>
      [
        [point, 'recovers'],
        [point, 'is put again first'],
      ] as const,
  ),
)('each object is told of once: killed %s, then it %s', async (point, order) => {
  const { signal, stderr } = spawnSync(process.execPath, [CHILD, root, point, '3'], { encoding: 'utf8' });
  expect([signal, stderr]).toEqual(['SIGKILL', '']);
  const { queues, journal, objects } = await open();
  // Delivery, which had no answer for the last, puts it again.
  const again = () => objects.put('flows', 'object-3', [Buffer.from('bytes of 3')]);
  if (order === 'is put again first') await again();
  await tendEvents({ queues, journal, objects }, Date.now());
  if (order === 'recovers') await again();
  expect(received(queues).sort()).toEqual(['object-1', 'object-2', 'object-3']);
  expect(queues.database.prepare('SELECT COUNT(*) AS n FROM event_intent').get()).toEqual({ n: 0 });
  queues.close();
});

test('an object that nobody puts again is told of when it is there, and only then', async () => {
  for (const [point, told] of [
    ['before it is told', 1],
    ['before the object has its name', 0],
  ] as const) {
    spawnSync(process.execPath, [CHILD, root, point, '1']);
    const { queues, journal, objects } = await open();
    expect(received(queues)).toHaveLength(0);
    await tendEvents({ queues, journal, objects }, Date.now());
    expect(received(queues)).toHaveLength(told);
    await objects.delete('flows', 'object-1');
    queues.database.exec('DELETE FROM event_once');
    queues.close();
  }
});

test('what this process is about to do is left alone', async () => {
  const { queues, journal, objects } = await open();
  const subject = { bucket: 'flows', bucketId: 'x', key: 'k', identity: { size: 1n, mtimeNs: 1n } };
  const id = journal.begin(
    subject,
    undefined,
    () => [{ queue, body: '{"Records":[{"s3":{"object":{"key":"k"}}}]}' }],
    Date.now(),
  )!;
  await tendEvents({ queues, journal, objects }, Date.now() + 3_600_000);
  journal.happened(id, Date.now());
  expect(received(queues)).toEqual(['k']);
  queues.close();
});

test('what cannot be written down is not put; what cannot be told is told later', async () => {
  const { queues, journal } = await open();
  const faults: unknown[] = [];
  const events = createdEvents({ journal, onFault: (error) => faults.push(error) });
  const objects = await openObjectStorage(join(root, 's3'), events);
  const put = (key: string) => objects.put('flows', key, [Buffer.from(key)]);
  queues.database.exec(
    "CREATE TRIGGER full BEFORE INSERT ON event_intent BEGIN SELECT RAISE(FAIL, 'disk full'); END",
  );
  await expect(put('a')).rejects.toThrow('disk full');
  expect(await objects.head('flows', 'a')).toBeUndefined();
  queues.database.exec('DROP TRIGGER full');
  queues.database.exec(
    "CREATE TRIGGER full BEFORE INSERT ON message BEGIN SELECT RAISE(FAIL, 'disk full'); END",
  );
  await put('b');
  expect(faults).toHaveLength(1);
  expect(received(queues)).toEqual([]);
  queues.database.exec('DROP TRIGGER full');
  const later = Date.now() + 61_000;
  await tendEvents({ queues, journal, objects }, later);
  expect(received(queues, later)).toEqual(['b']);
  queues.close();
});
