/** What streams ask of their database. */
import { type Database, type Question, question } from './database.ts';

export interface StreamRow {
  id: number;
  account: string;
  region: string;
  name: string;
  created_at: number;
  destination: string;
  tags: string;
  plan: string | null;
  held_bytes: number;
  held_records: number;
}

/** A batch without its records. */
export interface WaitingRow {
  id: number;
  taken_at: number;
  records: number;
  bytes: number;
}

interface BatchRow {
  id: number;
  crc: number;
  ends: Buffer;
  data: Buffer;
}

type At = [account: string, region: string, name: string];

export function prepare(database: Database) {
  const ask = <B extends unknown[], R = unknown>(sql: string): Question<B, R> => question(database, sql);
  return {
    find: ask<At, StreamRow>('SELECT * FROM stream WHERE account = ? AND region = ? AND name = ?'),
    byId: ask<[number], StreamRow>('SELECT * FROM stream WHERE id = ?'),
    all: ask<[], StreamRow>('SELECT * FROM stream ORDER BY id'),
    names: ask<[string, string, string, number], { name: string }>(
      'SELECT name FROM stream WHERE account = ? AND region = ? AND name > ? ORDER BY name LIMIT ?',
    ),
    count: ask<[string, string], { count: number }>(
      'SELECT COUNT(*) AS count FROM stream WHERE account = ? AND region = ?',
    ),
    create: ask<[...At, number, string, string]>(
      `INSERT OR IGNORE INTO stream (account, region, name, created_at, destination, tags)
       VALUES (?, ?, ?, ?, ?, ?)`,
    ),
    drop: ask<[number]>('DELETE FROM stream WHERE id = ?'),
    dropBatches: ask<[number]>('DELETE FROM batch WHERE stream = ?'),
    dropTaken: ask<[number]>('DELETE FROM taken WHERE stream = ?'),
    setTags: ask<[string, ...At]>('UPDATE stream SET tags = ? WHERE account = ? AND region = ? AND name = ?'),
    take: ask<[number, string, number]>('INSERT OR IGNORE INTO taken VALUES (?, ?, ?)'),
    forget: ask<[number, number]>(
      `DELETE FROM taken WHERE (stream, batch) IN
         (SELECT stream, batch FROM taken WHERE at < ? LIMIT ?)`,
    ),
    keep: ask<[number, number, number, number, number, Buffer, Buffer]>(
      `INSERT INTO batch (stream, taken_at, records, bytes, crc, ends, data)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    holds: ask<[number, number, number]>(
      `UPDATE stream SET held_bytes = held_bytes + ?, held_records = held_records + ? WHERE id = ?`,
    ),
    oldest: ask<[number], { taken_at: number }>(
      'SELECT taken_at FROM batch WHERE stream = ? ORDER BY id LIMIT 1',
    ),
    waiting: ask<[number], WaitingRow>(
      'SELECT id, taken_at, records, bytes FROM batch WHERE stream = ? ORDER BY id',
    ),
    setPlan: ask<[string, number]>('UPDATE stream SET plan = ? WHERE id = ?'),
    batch: ask<[number, number, number], BatchRow>(
      `SELECT id, crc, ends, data FROM batch WHERE stream = ? AND id BETWEEN ? AND ?
       ORDER BY id LIMIT 1`,
    ),
    dropRange: ask<[number, number, number]>('DELETE FROM batch WHERE stream = ? AND id BETWEEN ? AND ?'),
    settled: ask<[number, number, number]>(
      `UPDATE stream SET plan = NULL, held_bytes = held_bytes - ?, held_records = held_records - ?
       WHERE id = ?`,
    ),
    lease: ask<[], { owner: string; until: number }>('SELECT owner, until FROM lease'),
    setLease: ask<[string, number]>('INSERT OR REPLACE INTO lease VALUES (1, ?, ?)'),
    dropLease: ask<[string]>('DELETE FROM lease WHERE owner = ?'),
  };
}
