/** Delivers what a stream holds, and ends without a farewell at a given point. */
import { join } from 'node:path';
import { StreamPump } from '../../../src/standins/firehose/pump.ts';
import { openObjectStorage } from '../../../src/standins/storage/objects.ts';
import { openStreamStorage } from '../../../src/standins/storage/streams.ts';

const [root, point, now] = process.argv.slice(2) as [string, string, string];
const streams = openStreamStorage(join(root, 'firehose'));
const objects = await openObjectStorage(join(root, 's3'));
const die = (): never => process.kill(process.pid, 'SIGKILL') as never;
const pump = new StreamPump({
  streams,
  objects: {
    bucket: (name) => objects.bucket(name),
    async put(bucket, key, body, options) {
      if (point === 'before the object') die();
      const info = await objects.put(bucket, key, body, options);
      if (point === 'behind the object') die();
      return info;
    },
  },
  now: () => Number(now),
});
await pump.pump();
die();
