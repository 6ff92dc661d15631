/**
 * A replay, or a live recording, into directories, that crash.test.ts runs. It ends itself (SIGKILL) at the given step,
 * or after its last one: runs differ by some steps, since turns of threads and clock do. With 0 it comes to its end.
 */
import { subscribe } from 'node:diagnostics_channel';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { openDeliverer } from '../../src/delivery/delivery.ts';
import { openLogStorage } from '../../src/standins/storage/logs.ts';
import { openObjectStorage } from '../../src/standins/storage/objects.ts';
import {
  eventsChunk,
  groupTarget,
  objectTarget,
  parquetChunk,
  parquetTarget,
  SLOT0,
  T0,
  textChunk,
} from './chunks.ts';

const [root, mode, killAt, producer] = process.argv.slice(2) as [string, 'live' | 'replay', string, string];
const end = (): void => void process.kill(process.pid, 'SIGKILL');
let steps = 0;
subscribe('weir:delivery:step', () => {
  if (++steps === Number(killAt)) end();
});
const objects = await openObjectStorage(join(root, 's3'));
const logs = openLogStorage(join(root, 'logs'));
const deliverer = openDeliverer({
  directory: join(root, 'delivery'),
  objects,
  logs,
  onState: () => {},
  onLog: () => {},
  limits: { objectBytes: 400 },
});
deliverer.setTargets([
  objectTarget('fl-1'),
  objectTarget('fl-2', 'logs', 600),
  groupTarget('fl-3'),
  parquetTarget('fl-4'),
]);
deliverer.begin(producer, mode);
for (let i = 0; i < 12; i++) {
  const rows = Array.from({ length: 8 }, (_, k) => `${mode === 'live' ? producer : 'row'} ${i}.${k}`);
  const slot = SLOT0 + Math.floor(i / 5);
  const chunks = [textChunk(['fl-1', 'fl-2'], slot, rows, 2), eventsChunk(['fl-3'], slot, { stream: rows })];
  chunks.push(parquetChunk(['fl-4'], slot, [rows.map((row) => `2 ${row.replace(' ', '_')} 10`)]));
  deliverer.commit({ producer, sequence: i, chunks });
  // Said to the test: it was committed.
  writeSync(1, `${producer} ${i}\n`);
  deliverer.closed(producer, T0 + (i + 1) * 60);
  await new Promise((resolve) => setTimeout(resolve, 2));
}
if (mode === 'replay') deliverer.end(producer);
await deliverer.flush();
await deliverer.close(1000);
if (killAt !== '0') end();
writeSync(1, `steps ${steps}\n`);
