/** Puts objects as delivery does, and ends without a farewell at a given point of one of the puts. */
import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { createdEvents } from '../../../src/standins/notifications/created-events.ts';
import { openObjectStorage } from '../../../src/standins/storage/objects.ts';
import { EventJournal } from '../../../src/standins/storage/queues-events.ts';
import { openQueueStorage } from '../../../src/standins/storage/queues.ts';

const [root, point, count] = process.argv.slice(2) as [string, string, string];
const queues = openQueueStorage(join(root, 'sqs'));
const events = createdEvents({ journal: new EventJournal(queues) });
const die = (): never => process.kill(process.pid, 'SIGKILL') as never;
let puts = 0;

const objects = await openObjectStorage(join(root, 's3'), {
  begin(object, notification) {
    const isLast = ++puts === Number(count);
    if (isLast && point === 'before it is written down') die();
    const pending = events.begin(object, notification);
    if (isLast && point === 'before the object has its name') die();
    return (
      pending && {
        happened: () => {
          if (isLast && point === 'before it is told') die();
          pending.happened();
          if (isLast && point === 'before delivery knows') die();
        },
        withdrawn: () => pending.withdrawn(),
      }
    );
  },
});
for (let i = 1; i <= Number(count); i++) {
  await objects.put('flows', `object-${i}`, [Buffer.from(`bytes of ${i}`)]);
}
die();
