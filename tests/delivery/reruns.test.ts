/** Replays that have ended and are run again, into real storages. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Deliverer } from '../../src/delivery/deliverer.ts';
import { openDeliverer } from '../../src/delivery/delivery.ts';
import { openLogStorage } from '../../src/standins/storage/logs.ts';
import type { LogStorage } from '../../src/standins/storage/logs.ts';
import { openObjectStorage } from '../../src/standins/storage/objects.ts';
import type { ObjectStorage } from '../../src/standins/storage/objects.ts';
import { ACCOUNT, eventsChunk, groupTarget, objectTarget, SLOT0, T0, textChunk, until } from './helpers.ts';

const BUCKET = { name: 'logs', account: ACCOUNT, region: 'eu-central-1', createdAt: 0 };
const GROUP = { account: ACCOUNT, region: 'eu-central-1', name: 'group' };
const WINDOWS = 12;

interface World {
  readonly deliverer: Deliverer;
  readonly objects: ObjectStorage;
  readonly logs: LogStorage;
  read(): Promise<Map<string, string>>;
  empty(): Promise<void>;
  messages(): Promise<string[] | undefined>;
}

async function world(): Promise<World> {
  const root = mkdtempSync(join(tmpdir(), 'weir-rerun-'));
  const objects = await openObjectStorage(join(root, 's3'));
  await objects.buckets.create(BUCKET);
  const logs = openLogStorage(join(root, 'logs'));
  const deliverer = openDeliverer({
    directory: join(root, 'delivery'),
    objects,
    logs,
    limits: { objectBytes: 400 },
    onState: () => {},
    onLog: () => {},
  });
  onTestFinished(async () => {
    await deliverer.close(1000);
    rmSync(root, { recursive: true, force: true });
  });
  deliverer.setTargets([objectTarget('fl-1'), objectTarget('fl-2', 'logs', 600), groupTarget('fl-3')]);
  const keys = async (): Promise<string[]> => {
    const page = await objects.list('logs', { max: 1000 });
    return page.objects.map(({ key }) => key);
  };
  return {
    deliverer,
    objects,
    logs,
    async read() {
      const out = new Map<string, string>();
      for (const key of await keys()) {
        const found = await objects.open('logs', key);
        const parts: Buffer[] = [];
        for await (const part of found!.body()) parts.push(Buffer.from(part));
        out.set(key, Buffer.concat(parts).toString('base64'));
      }
      return out;
    },
    async empty() {
      for (const key of await keys()) await objects.delete('logs', key);
      expect(await keys()).toEqual([]);
    },
    async messages() {
      const request = { from: 0, to: 1e15, limit: 10_000, maxBytes: 1e8, budget: 1e9 };
      const page = await logs.read(GROUP, request, Date.now());
      return page?.events.map(({ message }) => message).sort();
    },
  };
}

/** Windows of a minute; slots are complete along the way. `between` is called behind some of them. */
async function replay(
  deliverer: Deliverer,
  between: (window: number) => Promise<void> | void = () => {},
): Promise<void> {
  deliverer.begin('replay-x', 'replay');
  for (let i = 0; i < WINDOWS; i++) {
    const rows = Array.from({ length: 8 }, (_, k) => `row ${i}.${k}`);
    const slot = SLOT0 + Math.floor(i / 5);
    const chunks = [
      textChunk(['fl-1', 'fl-2'], slot, rows, 2),
      eventsChunk(['fl-3'], slot, { stream: rows }),
    ];
    deliverer.commit({ producer: 'replay-x', sequence: i, chunks });
    deliverer.closed('replay-x', T0 + (i + 1) * 60);
    await between(i);
  }
  deliverer.end('replay-x');
  await deliverer.flush('replay-x');
}

test('objects that were deleted after a replay are there again when it is run again, byte for byte', async () => {
  const w = await world();
  await replay(w.deliverer);
  const first = await w.read();
  expect(first.size).toBeGreaterThan(5);
  for (let run = 0; run < 2; run++) {
    await w.empty();
    await replay(w.deliverer);
    expect(await w.read()).toEqual(first);
  }
  await w.empty();
  await w.objects.buckets.delete('logs');
  await w.objects.buckets.create(BUCKET);
  await replay(w.deliverer);
  expect(await w.read()).toEqual(first);
  const { selected, delivered } = w.deliverer.amounts().get('fl-1')!;
  expect(delivered).toEqual(selected);
  expect(delivered.rows).toBe(4 * WINDOWS * 8);
  await until(() => w.deliverer.stats().spoolSegments === 0);
});

test('a replay that was flushed where no slot was parted is put again as one that was not', async () => {
  const undisturbed = await world();
  await replay(undisturbed.deliverer);
  const expected = await undisturbed.read();
  const w = await world();
  // Behind window 4 the first slot waits for its end as fl-2 has it, and has all of its rows.
  await replay(w.deliverer, (window) => (window === 4 ? w.deliverer.flush('replay-x') : undefined));
  expect(await w.read()).toEqual(expected);
  await w.empty();
  await replay(w.deliverer);
  expect(await w.read()).toEqual(expected);
});

test('a flush right before the end is no cut that a rerun does not know', async () => {
  const w = await world();
  await replay(w.deliverer, (window) => (window === WINDOWS - 1 ? w.deliverer.flush() : undefined));
  const first = await w.read();
  await w.empty();
  await replay(w.deliverer);
  expect(await w.read()).toEqual(first);
});

test('where a flush parted slots in the middle, a rerun doubles no row', async () => {
  const w = await world();
  await replay(w.deliverer, (window) => (window === 2 ? w.deliverer.flush('replay-x') : undefined));
  const first = await w.read();
  await replay(w.deliverer);
  expect(await w.read()).toEqual(first);
});

test('a log group that was deleted after a replay has its events again, once, when it is run again', async () => {
  const w = await world();
  await replay(w.deliverer);
  const first = await w.messages();
  expect(first).toHaveLength(WINDOWS * 8);
  await replay(w.deliverer);
  expect(await w.messages()).toEqual(first);
  expect(await w.logs.deleteGroup(GROUP)).toBe(true);
  expect(await w.messages()).toBeUndefined();
  for (let run = 0; run < 2; run++) {
    await replay(w.deliverer);
    expect(await w.messages()).toEqual(first);
  }
});
