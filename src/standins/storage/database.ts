/** SQLite files of the embedded services: any number of threads of one process may open the same one. */
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';

export type Database = BetterSqlite.Database;

/** How long a thread waits for another's transaction, ms. */
const BUSY_MS = 20_000;
/** What a write-ahead log is cut back to after a checkpoint, bytes. */
const LOG_KEPT = 16 * 1024 * 1024;

/**
 * Opens a database and brings its schema up to date: `migrations` are run once each, in order. The write-ahead log
 * is flushed at every commit, so that what was answered outlasts a loss of power.
 *
 * @throws what SQLite and the file system say; an Error for a file of a newer weir
 */
export function openDatabase(directory: string, name: string, migrations: readonly string[]): Database {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, name);
  makePrivate(directory, file);
  const database = new BetterSqlite(file, { timeout: BUSY_MS });
  try {
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma(`journal_size_limit = ${LOG_KEPT}`);
    database.pragma('temp_store = MEMORY');
    database.transaction(() => migrate(database, file, migrations)).immediate();
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

function migrate(database: Database, file: string, migrations: readonly string[]): void {
  const done = database.pragma('user_version', { simple: true }) as number;
  if (done > migrations.length) {
    throw new Error(`${file} was written by a newer weir: run that one, or give another directory`);
  }
  for (const migration of migrations.slice(done)) database.exec(migration);
  database.pragma(`user_version = ${migrations.length}`);
}

/** An empty file of mode 0600 where there is none. One that is there is never opened: closing it would drop the
 * locks that another thread's connection has on it (POSIX locks belong to the process). */
function makePrivate(directory: string, file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    chmodSync(file, 0o600);
    return;
  }
  const folder = openSync(directory, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** A prepared statement, by a type that declarations of other files can name. */
export interface Question<B extends unknown[], R> {
  get(...bound: B): R | undefined;
  all(...bound: B): R[];
  iterate(...bound: B): IterableIterator<R>;
  run(...bound: B): { readonly changes: number; readonly lastInsertRowid: number | bigint };
}

/** Prepares a statement. @throws errors of SQLite for what is none */
export function question<B extends unknown[], R>(database: Database, sql: string): Question<B, R> {
  return database.prepare<B, R>(sql);
}

/** Does some work in one transaction, which begins as a writer's. @throws what the work throws: then nothing of it is done */
export function inOne<T>(database: Database, work: () => T): T {
  return database.transaction(work).immediate();
}

/** The table of tallies: what is counted over all threads and restarts. */
export const TALLY_TABLE =
  'CREATE TABLE tally (name TEXT PRIMARY KEY, amount INTEGER NOT NULL) STRICT, WITHOUT ROWID;';

/** Adds to tallies; to be called inside the transaction that does what is counted. */
export function tallier(database: Database): (name: string, amount: number) => void {
  const add = database.prepare<[string, number]>(
    'INSERT INTO tally VALUES (?, ?) ON CONFLICT DO UPDATE SET amount = amount + excluded.amount',
  );
  return (name, amount) => {
    if (amount > 0) add.run(name, amount);
  };
}

/** Of these names, those that nothing was added to at 0. */
export function talliesOf<Name extends string>(
  database: Database,
  names: readonly Name[],
): Record<Name, number> {
  const rows = database.prepare<[], { name: string; amount: number }>('SELECT name, amount FROM tally').all();
  const found = new Map(rows.map(({ name, amount }) => [name, amount]));
  return Object.fromEntries(names.map((name) => [name, found.get(name) ?? 0])) as Record<Name, number>;
}
