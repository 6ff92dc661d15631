/** What streams ask of their database. */
import type { Database } from './database.ts';

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
  return {
    find: database.prepare<At, StreamRow>(
      'SELECT * FROM stream WHERE account = ? AND region = ? AND name = ?',
    ),
    byId: database.prepare<[number], StreamRow>('SELECT * FROM stream WHERE id = ?'),
    all: database.prepare<[], StreamRow>('SELECT * FROM stream ORDER BY id'),
    names: database.prepare<[string, string, string, number], { name: string }>(
      'SELECT name FROM stream WHERE account = ? AND region = ? AND name > ? ORDER BY name LIMIT ?',
    ),
    count: database.prepare<[string, string], { count: number }>(
      'SELECT COUNT(*) AS count FROM stream WHERE account = ? AND region = ?',
    ),
    create: database.prepare<[...At, number, string, string]>(
      `INSERT OR IGNORE INTO stream (account, region, name, created_at, destination, tags)
       VALUES (?, ?, ?, ?, ?, ?)`,
    ),
    drop: database.prepare<[number]>('DELETE FROM stream WHERE id = ?'),
    dropBatches: database.prepare<[number]>('DELETE FROM batch WHERE stream = ?'),
    dropTaken: database.prepare<[number]>('DELETE FROM taken WHERE stream = ?'),
    setTags: database.prepare<[string, ...At]>(
      'UPDATE stream SET tags = ? WHERE account = ? AND region = ? AND name = ?',
    ),
    take: database.prepare<[number, string, number]>('INSERT OR IGNORE INTO taken VALUES (?, ?, ?)'),
    forget: database.prepare<[number, number]>(
      `DELETE FROM taken WHERE (stream, batch) IN
         (SELECT stream, batch FROM taken WHERE at < ? LIMIT ?)`,
    ),
    keep: database.prepare<[number, number, number, number, number, Buffer, Buffer]>(
      `INSERT INTO batch (stream, taken_at, records, bytes, crc, ends, data)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    holds: database.prepare<[number, number, number]>(
      `UPDATE stream SET held_bytes = held_bytes + ?, held_records = held_records + ? WHERE id = ?`,
    ),
    oldest: database.prepare<[number], { taken_at: number }>(
      'SELECT taken_at FROM batch WHERE stream = ? ORDER BY id LIMIT 1',
    ),
    waiting: database.prepare<[number], WaitingRow>(
      'SELECT id, taken_at, records, bytes FROM batch WHERE stream = ? ORDER BY id',
    ),
    setPlan: database.prepare<[string, number]>('UPDATE stream SET plan = ? WHERE id = ?'),
    batch: database.prepare<[number, number, number], BatchRow>(
      `SELECT id, crc, ends, data FROM batch WHERE stream = ? AND id BETWEEN ? AND ?
       ORDER BY id LIMIT 1`,
    ),
    dropRange: database.prepare<[number, number, number]>(
      'DELETE FROM batch WHERE stream = ? AND id BETWEEN ? AND ?',
    ),
    settled: database.prepare<[number, number, number]>(
      `UPDATE stream SET plan = NULL, held_bytes = held_bytes - ?, held_records = held_records - ?
       WHERE id = ?`,
    ),
    lease: database.prepare<[], { owner: string; until: number }>('SELECT owner, until FROM lease'),
    setLease: database.prepare<[string, number]>('INSERT OR REPLACE INTO lease VALUES (1, ?, ?)'),
    dropLease: database.prepare<[string]>('DELETE FROM lease WHERE owner = ?'),
    tally: database.prepare<[string, number]>(
      'INSERT INTO tally VALUES (?, ?) ON CONFLICT DO UPDATE SET amount = amount + excluded.amount',
    ),
    tallies: database.prepare<[], { name: string; amount: number }>('SELECT name, amount FROM tally'),
  };
}
