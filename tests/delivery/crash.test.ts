import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { openLogStorage } from '../../src/standins/storage/logs.ts';
import { openObjectStorage } from '../../src/standins/storage/objects.ts';
import { ACCOUNT, HEADER } from './chunks.ts';
import { parquetRows } from './parquet-rows.ts';

const CHILD = new URL('crash-child.ts', import.meta.url).pathname;

async function makeRoot(): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'weir-crash-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const objects = await openObjectStorage(join(root, 's3'));
  await objects.buckets.create({ name: 'logs', account: ACCOUNT, region: 'eu-central-1', createdAt: 0 });
  return root;
}

/** Runs the child; it ends itself at a step, or comes to its end (0). */
function run(
  root: string,
  mode: string,
  killAt: number,
  producer: string,
): { killed: boolean; said: string } {
  const child = spawnSync(process.execPath, [CHILD, root, mode, String(killAt), producer], {
    encoding: 'utf8',
  });
  const killed = child.signal === 'SIGKILL';
  if (!killed && child.status !== 0) throw new Error(child.stderr);
  return { killed, said: child.stdout };
}

/** Objects by path below the bucket's directory. */
function objectsOf(root: string): Map<string, Buffer> {
  const out = new Map<string, Buffer>();
  const walk = (directory: string): void => {
    for (const name of readdirSync(directory)) {
      const path = join(directory, name);
      if (statSync(path).isDirectory()) walk(path);
      else if (name.includes('.log.')) {
        const bytes = readFileSync(path);
        const isParquet = bytes.subarray(0, 4).toString() === 'PAR1';
        if (isParquet || bytes.readUInt16BE() === 0x1f8b) out.set(relative(root, path), bytes);
      }
    }
  };
  walk(join(root, 's3'));
  return out;
}

async function messagesOf(root: string): Promise<string[]> {
  const group = { account: ACCOUNT, region: 'eu-central-1', name: 'group' };
  const page = await openLogStorage(join(root, 'logs')).read(
    group,
    { from: 0, to: 1e15, limit: 10_000, maxBytes: 1e8, budget: 1e9 },
    Date.now(),
  );
  return (page?.events ?? []).map(({ message }) => message).sort();
}

test(
  'a replay that is killed at any step and run again makes the objects of an undisturbed run',
  { timeout: 120_000 },
  async () => {
    const undisturbed = await makeRoot();
    const steps = Number(/steps (\d+)/.exec(run(undisturbed, 'replay', 0, 'replay-x').said)![1]);
    expect(steps).toBeGreaterThan(60);
    const objects = objectsOf(undisturbed);
    expect(objects.size).toBeGreaterThan(5);
    expect([...objects.keys()].some((key) => key.endsWith('.log.parquet'))).toBe(true);
    const messages = await messagesOf(undisturbed);
    expect(messages).toHaveLength(96);
    for (let i = 0; i < 12; i++) {
      const root = await makeRoot();
      const killAt = 1 + Math.floor(((i + Math.random()) / 12) * steps);
      expect(run(root, 'replay', killAt, 'replay-x').killed).toBe(true);
      expect(run(root, 'replay', killAt + 5, 'replay-x').killed).toBe(true);
      expect(run(root, 'replay', 0, 'replay-x').killed).toBe(false);
      const again = objectsOf(root);
      expect([...again.keys()].sort(), `killed at step ${killAt}`).toEqual([...objects.keys()].sort());
      const changed = [...objects].filter(([key, bytes]) => !again.get(key)!.equals(bytes));
      expect(changed.map(([key]) => key)).toEqual([]);
      expect(await messagesOf(root), `killed at step ${killAt}`).toEqual(messages);
    }
  },
);

test(
  'a live recording that is killed at any step loses and doubles nothing of what was committed',
  { timeout: 120_000 },
  async () => {
    for (let i = 0; i < 4; i++) {
      const root = await makeRoot();
      const said: string[] = [];
      for (const generation of [1, 2, 3]) {
        const killAt = generation === 3 ? 0 : 3 + Math.floor(Math.random() * 60);
        said.push(run(root, 'live', killAt, `live-${generation}`).said);
      }
      const committed = [...said.join('').matchAll(/(live-\d) (\d+)\n/g)].flatMap(([, producer, n]) =>
        Array.from({ length: 8 }, (_, k) => `${producer} ${n}.${k}`),
      );
      const lines = { 'fl-1': [] as string[], 'fl-2': [] as string[] };
      const rows: string[] = [];
      for (const [key, bytes] of objectsOf(root)) {
        if (key.endsWith('.log.parquet')) {
          rows.push(...(await parquetRows(bytes)).map((row) => row.split(' ')[1]!.replace('_', ' ')));
          continue;
        }
        const text = gunzipSync(bytes).toString().slice(HEADER.length);
        lines[/_(fl-[12])_/.exec(key)![1] as 'fl-1'].push(...text.split('\n').slice(0, -1));
      }
      const messages = await messagesOf(root);
      for (const got of [lines['fl-1'], lines['fl-2'], messages, rows]) {
        expect(new Set(got).size).toBe(got.length);
        const all = new Set(got);
        expect(committed.filter((line) => !all.has(line))).toEqual([]);
      }
    }
  },
);
