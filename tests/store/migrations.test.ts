import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Migration } from '../../src/store/migrations.ts';
import { MIGRATIONS } from '../../src/store/migrations.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'weir-migrations-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function inspect<T>(work: (database: BetterSqlite.Database) => T): T {
  const database = new BetterSqlite(join(directory, 'weir.db'));
  try {
    return work(database);
  } finally {
    database.close();
  }
}

const versions = () =>
  inspect((database) =>
    database.prepare('SELECT version FROM schema_versions ORDER BY version').pluck().all(),
  );

/** How SQLite would find a page of flow logs with a further condition. */
function plan(where: string, sequence = 'sequence'): string[] {
  const query = `SELECT * FROM flow_logs WHERE account = 'a' AND region = 'r' AND ${sequence} > 5 ${where}
                 ORDER BY ${sequence} LIMIT 1000`;
  const rows = inspect((database) => database.prepare(`EXPLAIN QUERY PLAN ${query}`).all());
  return rows.map((row) => (row as { detail: string }).detail);
}

describe('migrations', () => {
  const added: Migration = {
    version: 2,
    name: 'a column more',
    up: async (db) => {
      await sql`ALTER TABLE settings ADD COLUMN note text`.execute(db);
    },
  };

  test('are numbered from 1 without gaps', () => {
    expect(MIGRATIONS.map((migration) => migration.version)).toEqual(MIGRATIONS.map((_, i) => i + 1));
  });

  test('are taken once, in order, and keep what is there', async () => {
    const first = await openSqliteStore({ directory });
    await first.transaction((on) => on.settings.set('a', 'kept'));
    await first.close();
    for (let start = 0; start < 2; start++) {
      const store = await openSqliteStore({ directory, migrations: [...MIGRATIONS, added] });
      expect(await store.read((from) => from.settings.get('a'))).toBe('kept');
      await store.close();
    }
    expect(versions()).toEqual([1, 2]);
  });

  test('a step that fails is undone whole, and taken at the next start', async () => {
    const failing: Migration = {
      ...added,
      up: async (db, capabilities) => {
        await added.up(db, capabilities);
        await sql`INSERT INTO nowhere VALUES (1)`.execute(db);
      },
    };
    const attempt = openSqliteStore({ directory, migrations: [...MIGRATIONS, failing] });
    await expect(attempt).rejects.toThrow(/cannot be opened: no such table: nowhere/);
    expect(versions()).toEqual([1]);
    const columns = inspect((database) =>
      database.prepare("SELECT name FROM pragma_table_info('settings')").pluck().all(),
    );
    expect(columns).toEqual(['name', 'value']);
    await (await openSqliteStore({ directory, migrations: [...MIGRATIONS, added] })).close();
    expect(versions()).toEqual([1, 2]);
  });

  test('the pages of flow logs come out of an index, without a sort', async () => {
    await (await openSqliteStore({ directory })).close();
    for (const where of [
      '',
      "AND resource_id = 'v'",
      "AND deliver_logs_status = 'FAILED'",
      "AND log_group_name = 'g'",
    ]) {
      const details = plan(where);
      expect(details).toHaveLength(1);
      expect(details[0]).toMatch(/USING INDEX flow_logs_(page|resource|status|group)/);
    }
    const byId = plan("AND id IN ('a', 'b')", '+sequence').join('; ');
    expect(byId).toMatch(/USING INDEX sqlite_autoindex_flow_logs_1 \(account=\? AND region=\? AND id=\?\)/);
  });
});
