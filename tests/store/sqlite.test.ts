import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { pageTokenSecret, raiseGeneration } from '../../src/store/service-state.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { storeConformance } from './conformance.ts';
import { HERE, sampleFlowLog } from './samples.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'weir-store-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

storeConformance({ name: 'SQLite in memory', open: () => openSqliteStore() });
storeConformance({ name: 'SQLite in a file', open: () => openSqliteStore({ directory }) });

describe('the file', () => {
  test('has it all after a restart', async () => {
    const first = await openSqliteStore({ directory });
    const [row] = await first.transaction(async (on) => {
      await on.tags.put(HERE, ['fl-1'], [{ key: 'a', value: 'b' }]);
      return on.flowLogs.insert([sampleFlowLog('fl-1')]);
    });
    await first.close();
    const second = await openSqliteStore({ directory });
    expect(await second.read((from) => from.flowLogs.all())).toEqual([row]);
    expect((await second.read((from) => from.tags.of(HERE, ['fl-1']))).get('fl-1')).toHaveLength(1);
    await second.close();
  });

  test('is written through to disk at every commit, and nobody else can read it', async () => {
    const store = await openSqliteStore({ directory: join(directory, 'a', 'data') });
    await store.transaction((on) => on.settings.set('a', 'b'));
    expect(statSync(store.directory!).mode & 0o777).toBe(0o700);
    const names = readdirSync(store.directory!);
    expect(names).toContain('weir.db-wal');
    for (const name of names)
      expect([name, statSync(join(store.directory!, name)).mode & 0o777]).toEqual([name, 0o600]);
    await store.close();
  });

  test('flushes once for transactions that wait together, and for each that does not', async () => {
    // strace is not everywhere: what the log grows by tells the commits apart (one frame with a commit mark each).
    const store = await openSqliteStore({ directory });
    const commits = () => {
      const log = readFileSync(join(directory, 'weir.db-wal'));
      const frame = 24 + log.readUInt32BE(8);
      let count = 0;
      for (let at = 32; at + frame <= log.length; at += frame) {
        const salted = log.readUInt32BE(at + 8) === log.readUInt32BE(16);
        if (salted && log.readUInt32BE(at + 4) !== 0) count += 1;
      }
      return count;
    };
    await store.transaction((on) => on.settings.set('warm', 'up'));
    const before = commits();
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => store.transaction((on) => on.settings.set(`k${i}`, 'v'))),
    );
    const together = commits();
    expect(together - before).toBe(1);
    for (let i = 0; i < 5; i++) await store.transaction((on) => on.settings.set('one', String(i)));
    expect(commits() - together).toBe(5);
    await store.read((from) => from.settings.get('one'));
    expect(commits() - together).toBe(5);
    await store.close();
  });

  test('that is no database is refused with its name, and the directory is free again', async () => {
    const store = await openSqliteStore({ directory });
    await store.close();
    rmSync(join(directory, 'weir.db'));
    spawnSync('sh', ['-c', `head -c 8192 /dev/urandom > ${join(directory, 'weir.db')}`]);
    await expect(openSqliteStore({ directory })).rejects.toThrow(
      /weir\.db cannot be opened: file is not a database/,
    );
    rmSync(join(directory, 'weir.db'));
    await (await openSqliteStore({ directory })).close();
  });

  test('written by a newer weir is refused in words, and left alone', async () => {
    await (await openSqliteStore({ directory })).close();
    const file = join(directory, 'weir.db');
    const database = new BetterSqlite(file);
    database.exec("INSERT INTO schema_versions VALUES (7, 'of tomorrow', 0)");
    database.close();
    const attempt = openSqliteStore({ directory });
    await expect(attempt).rejects.toThrow(UserError);
    await expect(openSqliteStore({ directory })).rejects.toThrow(
      /weir\.db has schema version 7, and this version of weir knows them up to 1/,
    );
  });
});

describe('what the service keeps about itself', () => {
  test('each start has a generation of its own, and page tokens outlive it', async () => {
    const seen: [number, string][] = [];
    for (let start = 0; start < 3; start++) {
      const store = await openSqliteStore({ directory });
      seen.push([await raiseGeneration(store), (await pageTokenSecret(store)).toString('hex')]);
      await store.close();
    }
    expect(seen.map(([generation]) => generation)).toEqual([1, 2, 3]);
    expect(new Set(seen.map(([, secret]) => secret)).size).toBe(1);
    expect(seen[0]![1]).toMatch(/^[0-9a-f]{64}$/);
  });
});
