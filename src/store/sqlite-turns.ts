import type BetterSqlite from 'better-sqlite3';
import { StoreFault } from './store.ts';
import type { Job, TurnRunner } from './turns.ts';

/** Turns on the one connection. The statements of better-sqlite3 run to their end before they return, so what
 * a job asks for cannot mix with another's. */
export class SqliteTurns implements TurnRunner {
  readonly #connection: BetterSqlite.Database;

  constructor(connection: BetterSqlite.Database) {
    this.#connection = connection;
  }

  async reads(jobs: readonly Job[]): Promise<void> {
    // The types let a read do nothing else; this holds for what goes around them.
    this.#connection.exec('PRAGMA query_only = ON');
    for (const job of jobs) {
      try {
        job.settle({ value: await job.run() });
      } catch (error) {
        const wrote = (error as { code?: unknown } | null)?.code === 'SQLITE_READONLY';
        const misuse = new StoreFault('misuse', 'a read changed something: the store is read-only in it', {
          cause: error,
        });
        job.settle({ error: wrote ? misuse : asFault(error) });
      }
    }
    this.#connection.exec('PRAGMA query_only = OFF');
  }

  async writes(jobs: readonly Job[]): Promise<void> {
    const done: [Job, unknown][] = [];
    let settled = 0;
    try {
      this.#connection.exec('BEGIN IMMEDIATE');
      for (const job of jobs) {
        this.#connection.exec('SAVEPOINT job');
        try {
          const value = await job.run();
          this.#connection.exec('RELEASE job');
          done.push([job, value]);
        } catch (error) {
          // A disk that is full or broken ends the whole transaction by itself: then none of it stands.
          if (!this.#connection.inTransaction) throw error;
          this.#connection.exec('ROLLBACK TO job; RELEASE job');
          job.settle({ error: asFault(error) });
        }
        settled += 1;
      }
      this.#connection.exec('COMMIT');
    } catch (error) {
      const fault = asFault(error);
      for (const [job] of done) job.settle({ error: fault });
      for (const job of jobs.slice(settled)) job.settle({ error: fault });
      if (this.#connection.inTransaction) this.#connection.exec('ROLLBACK');
      return;
    }
    for (const [job, value] of done) job.settle({ value });
  }
}

const FAULTS: readonly (readonly [string, StoreFault['reason'], string])[] = [
  ['SQLITE_FULL', 'full', 'the disk of the data directory is full'],
  ['SQLITE_IOERR', 'io', 'the disk of the data directory cannot be read or written'],
  ['SQLITE_READONLY', 'io', 'the data directory cannot be written'],
  ['SQLITE_CANTOPEN', 'io', 'the control state cannot be opened'],
  ['SQLITE_CORRUPT', 'corrupt', 'the control state is damaged'],
  ['SQLITE_NOTADB', 'corrupt', 'the control state is damaged'],
];

/** A fault of the disk as the port names it; anything else as it is. */
function asFault(error: unknown): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') return error;
  const known = FAULTS.find(([prefix]) => code.startsWith(prefix));
  return known === undefined ? error : new StoreFault(known[1], known[2], { cause: error });
}
