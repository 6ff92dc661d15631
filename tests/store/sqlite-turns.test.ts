import BetterSqlite from 'better-sqlite3';
import { beforeEach, describe, expect, test } from 'vitest';
import { SqliteTurns } from '../../src/store/sqlite-turns.ts';
import { StoreFault } from '../../src/store/store.ts';
import { Turns } from '../../src/store/turns.ts';

describe('a turn of SQLite', () => {
  let connection: BetterSqlite.Database;
  let turns: Turns;
  beforeEach(() => {
    connection = new BetterSqlite(':memory:');
    connection.exec('CREATE TABLE t (v TEXT UNIQUE)');
    turns = new Turns(new SqliteTurns(connection));
  });
  const insert = (value: string) =>
    turns.ask('write', async () => connection.prepare('INSERT INTO t VALUES (?)').run(value));
  const values = () => connection.prepare('SELECT v FROM t').pluck().all();

  test('a full disk fails what did not fit, and what shared its commit when SQLite undid that too', async () => {
    await insert('kept');
    const pages = connection.pragma('page_count', { simple: true }) as number;
    connection.pragma(`max_page_count = ${pages + 2}`);
    const results = await Promise.allSettled([insert('small'), insert('x'.repeat(100_000)), insert('other')]);
    expect(results[1]).toMatchObject({ status: 'rejected', reason: { name: 'StoreFault', reason: 'full' } });
    // Whichever were answered are there, whichever were refused are not.
    const answered = ['small', 'x', 'other'].filter((_, i) => results[i]!.status === 'fulfilled');
    expect(values()).toEqual(['kept', ...answered]);
    connection.pragma('max_page_count = 1000');
    await insert('again');
    expect(values()).toEqual(['kept', ...answered, 'again']);
  });

  test('when the transaction ends under a job, all that shared it are refused and none of it is there', async () => {
    const broken = turns.ask('write', async () => {
      // What SQLite does by itself at an input/output error: the transaction is gone when the statement fails.
      connection.exec('ROLLBACK');
      throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_WRITE' });
    });
    const results = await Promise.allSettled([insert('a'), broken, insert('b')]);
    // The first one waited with the broken one, or had its turn before it: order of asking decides.
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected', 'rejected']);
    for (const result of results)
      expect((result as PromiseRejectedResult).reason).toMatchObject({ reason: 'io' });
    expect(values()).toEqual([]);
    await insert('c');
    expect(values()).toEqual(['c']);
  });

  test('a commit that fails refuses every job of the turn', async () => {
    connection.exec(
      'PRAGMA foreign_keys = ON; CREATE TABLE p (id INTEGER PRIMARY KEY);' +
        'CREATE TABLE c (p INTEGER REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED)',
    );
    const orphan = turns.ask('write', async () => connection.exec('INSERT INTO c VALUES (1)'));
    const results = await Promise.allSettled([insert('a'), orphan, insert('b')]);
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(values()).toEqual([]);
    expect(connection.inTransaction).toBe(false);
  });

  test('nothing is answered before the commit', async () => {
    const order: string[] = [];
    const states: boolean[] = [];
    const ask = async (name: string) => {
      await turns.ask('write', async () => {
        order.push(`run ${name}`);
        states.push(connection.inTransaction);
      });
      order.push(`answered ${name}`);
      states.push(connection.inTransaction);
    };
    await Promise.all(['a', 'b', 'c'].map(ask));
    expect(order).toEqual(['run a', 'run b', 'run c', 'answered a', 'answered b', 'answered c']);
    expect(states).toEqual([true, true, true, false, false, false]);
  });
});

describe('turns', () => {
  test('go on when their machinery fails, and fail the jobs that it took along', async () => {
    let failures = 1;
    const turns = new Turns({
      async reads(jobs) {
        for (const job of jobs) job.settle({ value: await job.run() });
      },
      async writes(jobs) {
        if (failures-- > 0) throw new StoreFault('io', 'gone');
        for (const job of jobs) job.settle({ value: await job.run() });
      },
    });
    await expect(turns.ask('write', async () => 1)).rejects.toMatchObject({ reason: 'io' });
    await expect(turns.ask('write', async () => 2)).resolves.toBe(2);
    await expect(turns.ask('read', async () => 3)).resolves.toBe(3);
  });

  test('take what waits in bounded numbers, in the order asked', async () => {
    const sizes: number[] = [];
    const seen: number[] = [];
    const turns = new Turns({
      async reads() {},
      async writes(jobs) {
        sizes.push(jobs.length);
        for (const job of jobs) job.settle({ value: await job.run() });
      },
    });
    await Promise.all(Array.from({ length: 600 }, (_, i) => turns.ask('write', async () => seen.push(i))));
    expect(Math.max(...sizes)).toBe(256);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(600);
    expect(seen).toEqual(Array.from({ length: 600 }, (_, i) => i));
  });
});
