/** The thread itself, over the real delivery and storages. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Snapshot } from '../../../src/network/snapshot.ts';
import type { WindowAnswer, WritingStats } from '../../../src/service/threads/messages.ts';
import { startWriting, type Writing } from '../../../src/service/writing/writing.ts';
import { openObjectStorage } from '../../../src/standins/storage/objects.ts';
import { anInterface, idOf, networkOf } from '../../network/builders.ts';
import { ACCOUNT, REGION, subscription } from './support.ts';
import { aWindow, closed, T } from './windows.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'weir-writing-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

interface Started {
  readonly writing: Writing;
  readonly failures: Error[];
  readonly stats: WritingStats[];
  readonly lines: string[];
}

function start(spool = join(root, 'spool')): Started {
  const failures: Error[] = [];
  const stats: WritingStats[] = [];
  const lines: string[] = [];
  const writing = startWriting({
    spool: { directory: spool },
    objects: join(root, 's3'),
    queues: join(root, 'queues'),
    logs: join(root, 'logs'),
    streams: join(root, 'streams'),
    onState: () => {},
    onLines: (_flowLog, text) => lines.push(text),
    onStats: (it) => stats.push(it),
    onLog: () => {},
    onFailure: (error) => failures.push(error),
  });
  return { writing, failures, stats, lines };
}

test('windows of a port become objects; the account and the amounts are told', async () => {
  const storage = await openObjectStorage(join(root, 's3'));
  await storage.buckets.create({ name: 'flows', account: ACCOUNT, region: REGION, createdAt: Date.now() });
  const { writing, failures, stats, lines } = start();
  const { flowLog, ...rest } = subscription({ on: idOf('eni', 1) });
  writing.subscribe([{ flowLog, ...rest }]);
  writing.tail([flowLog]);
  const snapshot = Snapshot.build(networkOf({ interfaces: [anInterface(1, { primary4: 0x0a000001 })] }), {
    version: 1,
    scopes: 'all',
  });
  const { port1, port2 } = new MessageChannel();
  const answers: WindowAnswer['kind'][] = [];
  const ended = new Promise<void>((resolve) => {
    port1.on('message', (answer: WindowAnswer) => {
      answers.push(answer.kind);
      if (answer.kind === 'ended') resolve();
    });
  });
  writing.addRecording({ recording: 1, producer: 'replay-00', mode: 'replay', port: port2 });
  writing.network(1, 1, snapshot.handle());
  for (const it of closed(
    aWindow(T, [{ source: '10.0.0.1', destination: '1.1.1.1', egress: 1, packets: 3, bytes: 120 }]),
  )) {
    port1.postMessage(it);
  }
  port1.postMessage({ kind: 'end' });
  await ended;
  await writing.flush('replay-00');
  const { objects } = await storage.list('flows', { max: 10 });
  expect(objects.map((it) => it.key)).toEqual([
    expect.stringMatching(/^AWSLogs\/123456789012\/vpcflowlogs\/.*\.log\.gz$/),
  ]);
  port1.close();
  await writing.close(1000);
  expect(answers).toEqual(['begun', 'release', 'ended']);
  expect(lines.join('')).toMatch(/ 3 120 \d+ \d+ ACCEPT OK\n$/);
  expect(failures).toEqual([]);
  const last = stats.at(-1)!;
  expect(last.account.recordedPackets).toBe(3);
  expect(last).toMatchObject({ windows: 1, lines: 1, objects: 1, unsubscribedRows: 0 });
  expect(last.amounts.get(flowLog)?.delivered).toEqual({ rows: 1, packets: 3, bytes: 120 });
}, 20_000);

test('when the thread dies, everything rejects and it is told once', async () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  const { writing, failures } = start(join(file, 'spool'));
  await expect(writing.flush()).rejects.toThrow(/ENOTDIR|EEXIST|not a directory/);
  await expect(writing.flush()).rejects.toThrow(/ENOTDIR|EEXIST|not a directory/);
  writing.subscribe([]);
  const { port1, port2 } = new MessageChannel();
  const gone = new Promise((resolve) => port1.on('close', () => resolve('gone')));
  writing.addRecording({ recording: 1, producer: 'live-1', mode: 'live', port: port2 });
  expect(await gone).toBe('gone');
  await writing.close(100);
  expect(failures).toHaveLength(1);
}, 20_000);
