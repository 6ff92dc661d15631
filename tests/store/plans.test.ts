import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DATABASE_FILE } from '../../src/store/data-directory.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';

const directory = mkdtempSync(join(tmpdir(), 'weir-plans-'));
let connection: BetterSqlite.Database;
beforeAll(async () => {
  await (await openSqliteStore({ directory })).close();
  connection = new BetterSqlite(join(directory, DATABASE_FILE), { readonly: true });
});
afterAll(() => {
  connection.close();
  rmSync(directory, { recursive: true });
});

const HERE = `account = 'a' AND region = 'r'`;

/** What costs the same whatever else the store holds: a search by all that is given, no walk. */
test.each([
  ['tags of a resource', `SELECT * FROM tags WHERE ${HERE} AND resource_id IN ('x')`, 'resource_id=?'],
  ['tags of several', `SELECT * FROM tags WHERE ${HERE} AND resource_id IN ('x', 'y')`, 'resource_id=?'],
  ['their deletion', `DELETE FROM tags WHERE ${HERE} AND resource_id IN ('x')`, 'resource_id=?'],
  ['tags by value', `SELECT * FROM tags WHERE ${HERE} AND key = 'k' AND value IN ('v')`, 'value=?'],
  ['flow logs by id', `SELECT * FROM flow_logs WHERE ${HERE} AND id IN ('x')`, 'id=?'],
])('%s', (_name, statement, by) => {
  const plan = connection.prepare(`EXPLAIN QUERY PLAN ${statement}`).all() as { detail: string }[];
  expect(plan[0]!.detail).toMatch(/^SEARCH /);
  expect(plan[0]!.detail).toContain(by);
});
