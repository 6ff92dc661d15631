import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { messageOf, UserError } from '../base/errors.ts';
import type { DirectoryLock } from './data-directory.ts';
import { createPrivateFile, DATABASE_FILE, lockDataDirectory } from './data-directory.ts';
import type { Capabilities, Database } from './dialect.ts';
import type { Migration } from './migrations.ts';
import { migrate, MIGRATIONS } from './migrations.ts';
import { sqlRepositories } from './repositories/repositories.ts';
import type { Schema } from './schema.ts';
import type { ReadRepositories, Repositories, Store } from './store.ts';
import { SqliteTurns } from './sqlite-turns.ts';
import { Turns } from './turns.ts';

const SQLITE: Capabilities = {
  growingKey: (column) => column.primaryKey().autoIncrement(),
  parametersPerStatement: 32_766, // SQLITE_MAX_VARIABLE_NUMBER as it is built by default
};

/** What a write-ahead log is cut back to after a checkpoint, bytes. */
const LOG_KEPT = 16 * 1024 * 1024;

export interface SqliteOptions {
  /** The data directory; absent: in memory, for tests. */
  readonly directory?: string;
  /** Another list of migrations, for tests. */
  readonly migrations?: readonly Migration[];
}

/** A store in a file of a data directory, or in memory. */
export class SqliteStore implements Store {
  /** The data directory's real path; undefined in memory. */
  readonly directory: string | undefined;
  readonly #db: Database;
  readonly #lock: DirectoryLock | undefined;
  readonly #repositories: Repositories;
  readonly #turns: Turns;
  #closing: Promise<void> | undefined;

  constructor(connection: BetterSqlite.Database, db: Database, lock: DirectoryLock | undefined) {
    this.directory = lock?.directory;
    this.#db = db;
    this.#lock = lock;
    this.#repositories = sqlRepositories(db, SQLITE);
    this.#turns = new Turns(new SqliteTurns(connection));
  }

  read<T>(work: (from: ReadRepositories) => Promise<T>): Promise<T> {
    return this.#turns.ask('read', () => work(this.#repositories));
  }

  transaction<T>(work: (on: Repositories) => Promise<T>): Promise<T> {
    return this.#turns.ask('write', () => work(this.#repositories));
  }

  close(): Promise<void> {
    this.#closing ??= this.#turns.close().then(async () => {
      try {
        await this.#db.destroy();
      } finally {
        this.#lock?.release();
      }
    });
    return this.#closing;
  }
}

/**
 * Opens the control state: takes the data directory, brings the schema up to date. The write-ahead log is
 * flushed at every commit (synchronous=FULL), so that what was answered survives power loss too.
 * @throws {UserError} when the directory is in use, cannot be used, or was written by a newer weir
 */
export async function openSqliteStore(options: SqliteOptions = {}): Promise<SqliteStore> {
  const lock = options.directory === undefined ? undefined : lockDataDirectory(options.directory);
  const file = lock === undefined ? ':memory:' : join(lock.directory, DATABASE_FILE);
  let connection: BetterSqlite.Database | undefined;
  try {
    if (lock !== undefined) createPrivateFile(file);
    connection = new BetterSqlite(file);
    connection.pragma('journal_mode = WAL');
    connection.pragma('synchronous = FULL');
    connection.pragma('foreign_keys = ON');
    connection.pragma(`journal_size_limit = ${LOG_KEPT}`);
    connection.pragma('temp_store = MEMORY');
    const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: connection }) });
    await migrate(db, SQLITE, file, options.migrations ?? MIGRATIONS);
    return new SqliteStore(connection, db, lock);
  } catch (error) {
    connection?.close();
    lock?.release();
    if (error instanceof UserError) throw error;
    throw new UserError(`the control state ${file} cannot be opened: ${messageOf(error)}`, { cause: error });
  }
}
