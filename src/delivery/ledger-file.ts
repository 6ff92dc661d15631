/** The file of the ledger: its tables, and statements on them. */
import Database from 'better-sqlite3';
import { UserError } from '../base/errors.ts';

const VERSION = 1;
/** What the write-ahead log is cut back to after a checkpoint, bytes. */
const LOG_KEPT = 16 * 1024 * 1024;

const SCHEMA = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE targets (flow_log TEXT PRIMARY KEY, target TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE producers (
    producer TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    begun INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    irregular INTEGER NOT NULL,
    pruned_slot INTEGER NOT NULL,
    pruned_part INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE objects (
    producer TEXT NOT NULL,
    slot INTEGER NOT NULL,
    flow_log TEXT NOT NULL,
    part INTEGER NOT NULL,
    key TEXT NOT NULL,
    digest TEXT NOT NULL,
    state INTEGER NOT NULL,
    due INTEGER NOT NULL,
    chunks TEXT NOT NULL,
    PRIMARY KEY (producer, slot, flow_log, part)
  ) WITHOUT ROWID;
  CREATE INDEX objects_pending ON objects (producer, slot) WHERE state = 0;
  CREATE TABLE freed (
    segment INTEGER NOT NULL,
    chunk INTEGER NOT NULL,
    flow_log TEXT NOT NULL,
    PRIMARY KEY (segment, chunk, flow_log)
  ) WITHOUT ROWID;
  CREATE TABLE given_up (
    id INTEGER PRIMARY KEY,
    flow_logs TEXT NOT NULL,
    interfaces TEXT NOT NULL,
    begins INTEGER NOT NULL,
    ends INTEGER NOT NULL
  );
`;

/** A file of SQLite, flushed at every transaction. Everything is synchronous and throws what SQLite throws. */
export class LedgerFile {
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  /** @throws {UserError} when the file is of a newer version */
  constructor(path: string) {
    this.#db = new Database(path);
    this.#db.pragma('journal_mode = WAL');
    this.#db.pragma('synchronous = FULL');
    this.#db.pragma(`journal_size_limit = ${LOG_KEPT}`);
    const version = this.#db.pragma('user_version', { simple: true }) as number;
    if (version > VERSION) {
      this.#db.close();
      throw new UserError(
        `${path} was written by a newer weir (ledger version ${version}, this one knows ${VERSION})`,
      );
    }
    if (version === 0) {
      this.transaction(() => {
        this.#db.exec(SCHEMA);
        this.#db.pragma(`user_version = ${VERSION}`);
      });
    }
  }

  transaction<T>(work: () => T): T {
    return this.#db.transaction(work).immediate();
  }

  run(sql: string, ...values: unknown[]): void {
    this.#statement(sql).run(...values);
  }

  /** The first row; undefined where there is none. */
  get(sql: string, ...values: unknown[]): unknown {
    return this.#statement(sql).get(...values);
  }

  all(sql: string, ...values: unknown[]): unknown[] {
    return this.#statement(sql).all(...values);
  }

  close(): void {
    this.#db.close();
  }

  #statement(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
