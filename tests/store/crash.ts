import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { SqliteStore } from '../../src/store/sqlite.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { Repositories, Store } from '../../src/store/store.ts';
import { HERE, sampleFlowLog } from './samples.ts';

/**
 * kill -9 under load. A child works through an endless list of operations that a seed decides, several under way
 * at a time, says on stdout when it starts one and when one was answered, and is killed at a random moment. What
 * the store holds then must be exactly what a prefix of the list leaves: at least all that was answered, nothing
 * that was not started, and no operation in part. The next child goes on from there.
 */

/** One operation: several rows of several tables in one transaction. */
interface Operation {
  readonly kind: 'create' | 'delete' | 'tag' | 'untag' | 'resource' | 'forget' | 'undone';
  /** An earlier operation whose resources it is about. */
  readonly target: number;
  /** How many rows. */
  readonly size: number;
}

/** Pseudo-random numbers from 0 to 1 (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const KINDS = [
  'create',
  'create',
  'create',
  'delete',
  'tag',
  'tag',
  'untag',
  'resource',
  'forget',
  'undone',
] as const;

/** The operation with an index: the same for parent and child. */
function operation(seed: number, index: number): Operation {
  const random = generator(seed * 1_000_003 + index);
  return {
    kind: KINDS[Math.floor(random() * KINDS.length)]!,
    target: Math.floor(random() * index),
    size: 1 + Math.floor(random() * 5),
  };
}

const idsOf = (index: number, size: number) => Array.from({ length: size }, (_, i) => `fl-${index}-${i}`);

/** Does an operation, and notes in the same transaction that the list is done up to it. */
async function perform(store: Store, seed: number, index: number): Promise<void> {
  const { kind, target, size } = operation(seed, index);
  const targets = idsOf(target, operation(seed, target).size);
  await store.transaction(async (on) => {
    await change(on, kind, index, size, targets);
    if (kind === 'undone') throw new RangeError('undone');
    await on.settings.set('next', String(index + 1));
  });
}

async function change(
  on: Repositories,
  kind: Operation['kind'],
  index: number,
  size: number,
  targets: readonly string[],
): Promise<void> {
  switch (kind) {
    case 'create':
    case 'undone': {
      const ids = idsOf(index, size);
      await on.flowLogs.insert(ids.map((id) => sampleFlowLog(id)));
      await on.tags.put(HERE, ids, [{ key: 'made', value: String(index) }]);
      const token = {
        ...HERE,
        action: 'CreateFlowLogs',
        token: `t-${index}`,
        requestDigest: 'd',
        createdAt: index,
      };
      return on.clientTokens.insert({ ...token, response: ids });
    }
    case 'delete':
      await on.flowLogs.delete(HERE, targets);
      return;
    case 'tag':
      return on.tags.put(HERE, targets, [{ key: `k${index % 7}`, value: String(index) }]);
    case 'untag':
      return on.tags.delete(HERE, targets, [{ key: `k${index % 7}` }]);
    case 'resource':
      return on.resources.put({
        ...HERE,
        kind: 'vpc',
        id: `vpc-${index % 13}`,
        document: { index },
        createdAt: 0,
      });
    case 'forget':
      await on.resources.delete(HERE, 'vpc', `vpc-${index % 13}`);
  }
}

/** What the first operations of the list must leave, in the form that `stateOf` reads. */
function expectedState(seed: number, next: number): string[] {
  const flowLogs = new Set<string>();
  const tags = new Map<string, string>();
  const resources = new Map<string, number>();
  const tokens: string[] = [];
  for (let index = 0; index < next; index++) {
    const { kind, target, size } = operation(seed, index);
    const targets = idsOf(target, operation(seed, target).size);
    if (kind === 'create') {
      for (const id of idsOf(index, size)) {
        flowLogs.add(id);
        tags.set(`${id} made`, String(index));
      }
      tokens.push(`token t-${index} ${idsOf(index, size).join()}`);
    } else if (kind === 'delete') {
      for (const id of targets) {
        // The store takes the tags of what it deletes, and leaves those of what was not there.
        if (!flowLogs.delete(id)) continue;
        for (const key of tags.keys()) if (key.startsWith(`${id} `)) tags.delete(key);
      }
    } else if (kind === 'tag') for (const id of targets) tags.set(`${id} k${index % 7}`, String(index));
    else if (kind === 'untag') for (const id of targets) tags.delete(`${id} k${index % 7}`);
    else if (kind === 'resource') resources.set(`vpc-${index % 13}`, index);
    else if (kind === 'forget') resources.delete(`vpc-${index % 13}`);
  }
  return [
    ...[...flowLogs].map((id) => `flow log ${id}`),
    ...[...tags].map(([key, value]) => `tag ${key} ${value}`),
    ...[...resources].map(([id, index]) => `resource ${id} ${index}`),
    ...tokens,
  ];
}

async function stateOf(store: Store, upTo: number): Promise<string[]> {
  return store.read(async (from) => {
    const flowLogs = await from.flowLogs.all();
    const tags = await from.tags.list({ ...HERE, limit: 1_000_000 });
    const resources = await from.resources.all();
    const tokens: string[] = [];
    for (let index = 0; index < upTo; index++) {
      const token = await from.clientTokens.find(HERE, 'CreateFlowLogs', `t-${index}`);
      if (token !== undefined) tokens.push(`token t-${index} ${(token.response as string[]).join()}`);
    }
    return [
      ...flowLogs.map((row) => `flow log ${row.id}`),
      ...tags.map((row) => `tag ${row.resourceId} ${row.key} ${row.value}`),
      ...resources.map((row) => `resource ${row.id} ${(row.document as { index: number }).index}`),
      ...tokens,
    ];
  });
}

const nextOf = async (store: Store) => Number((await store.read((from) => from.settings.get('next'))) ?? 0);

export interface CrashReport {
  readonly points: number;
  /** Operations that were answered before a kill. */
  readonly answered: number;
  /** Operations that stood though the kill came before their answer was seen. */
  readonly unanswered: number;
}

/**
 * Kills a working store `count` times and checks what is left each time.
 * @throws RangeError that names the seed and the point when the store does not hold what it must
 */
export async function crash({ count, seed }: { count: number; seed: number }): Promise<CrashReport> {
  const root = mkdtempSync(join(tmpdir(), 'weir-crash-'));
  const directory = join(root, 'data');
  const random = generator(seed);
  let answered = 0;
  let unanswered = 0;
  try {
    for (let point = 0; point < count; point++) {
      const seen = await killOne(directory, seed, Math.floor(random() ** 2 * 80));
      const store = await openSqliteStore({ directory });
      try {
        await check(store, seed, seen, `seed ${seed}, point ${point}`);
        unanswered += Math.max(0, (await nextOf(store)) - 1 - seen.lastAnswered);
        answered += seen.answered;
      } finally {
        await store.close();
      }
    }
    return { points: count, answered, unanswered };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

interface Seen {
  answered: number;
  /** Highest index that was answered with success; -1 for none. */
  lastAnswered: number;
  /** Highest index that was started; -1 for none. */
  lastStarted: number;
}

async function check(store: SqliteStore, seed: number, seen: Seen, where: string): Promise<void> {
  const next = await nextOf(store);
  if (next <= seen.lastAnswered) {
    throw new RangeError(
      `${where}: operation ${seen.lastAnswered} was answered, and the store ends at ${next}`,
    );
  }
  if (seen.lastStarted >= 0 && next > seen.lastStarted + 1) {
    throw new RangeError(`${where}: the store has operation ${next - 1}, which nobody started`);
  }
  const expected = new Set(expectedState(seed, next));
  const found = new Set(await stateOf(store, Math.max(next, seen.lastStarted + 1)));
  const missing = [...expected].filter((line) => !found.has(line));
  const extra = [...found].filter((line) => !expected.has(line));
  if (missing.length + extra.length > 0) {
    throw new RangeError(`${where}: missing ${missing.join('; ')}; not whole ${extra.join('; ')}`);
  }
}

/** Starts a child on the directory and kills it some time after its first answer. */
async function killOne(directory: string, seed: number, delay: number): Promise<Seen> {
  const file = fileURLToPath(import.meta.url);
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', file, directory, String(seed)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = once(child, 'exit');
  const seen: Seen = { answered: 0, lastAnswered: -1, lastStarted: -1 };
  const lines = createInterface({ input: child.stdout });
  const read = once(lines, 'close');
  const working = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      const [word, text] = line.split(' ') as [string, string];
      const index = Number(text);
      if (word === 'start') seen.lastStarted = Math.max(seen.lastStarted, index);
      if (word === 'done') {
        seen.answered += 1;
        seen.lastAnswered = Math.max(seen.lastAnswered, index);
        resolve();
      }
    });
  });
  await Promise.race([working, ended]);
  await sleep(delay);
  if (child.exitCode !== null) throw new RangeError(`the child ended by itself with ${child.exitCode}`);
  child.kill('SIGKILL');
  await Promise.all([ended, read]);
  return seen;
}

/** Written at once, not through a stream that a kill would empty. */
function say(text: string): void {
  writeSync(1, `${text}\n`);
}

/** The child: works until it is killed, up to eight operations under way at a time. */
async function work(directory: string, seed: number): Promise<void> {
  const store = await openSqliteStore({ directory });
  const random = generator(process.pid);
  for (let index = await nextOf(store); ;) {
    const batch = Array.from({ length: 1 + Math.floor(random() * 8) }, async () => {
      const mine = index++;
      say(`start ${mine}`);
      try {
        await perform(store, seed, mine);
        say(`done ${mine}`);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
    });
    await Promise.all(batch);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await work(process.argv[2]!, Number(process.argv[3]));
}
