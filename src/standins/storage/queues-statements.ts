/** What queues ask of their database. */
import type { Database } from './database.ts';

export interface QueueRow {
  id: number;
  account: string;
  region: string;
  name: string;
  created_at: number;
  changed_at: number;
  purged_at: number | null;
  attributes: string;
  tags: string;
  held: number;
}

interface MessageRow {
  id: number;
  message_id: string;
  body: string;
  md5: string;
  attributes: string | null;
  sender: string;
  sent_at: number;
  receives: number;
  first_received_at: number | null;
}

export type At = [account: string, region: string, name: string];

export function prepare(database: Database) {
  return {
    find: database.prepare<At, QueueRow>('SELECT * FROM queue WHERE account = ? AND region = ? AND name = ?'),
    count: database.prepare<[string, string], { count: number }>(
      'SELECT COUNT(*) AS count FROM queue WHERE account = ? AND region = ?',
    ),
    all: database.prepare<[], QueueRow>('SELECT * FROM queue'),
    list: database.prepare<[string, string, string, number, string, number], QueueRow>(
      `SELECT * FROM queue WHERE account = ? AND region = ? AND name > ? AND substr(name, 1, ?) = ?
       ORDER BY name LIMIT ?`,
    ),
    create: database.prepare<[...At, number, number, string, string]>(
      `INSERT INTO queue (account, region, name, created_at, changed_at, attributes, tags)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    change: database.prepare<[string, string, number, number]>(
      'UPDATE queue SET attributes = ?, tags = ?, changed_at = ? WHERE id = ?',
    ),
    remove: database.prepare<[number]>('DELETE FROM queue WHERE id = ?'),
    clear: database.prepare<[number]>('DELETE FROM message WHERE queue = ?'),
    purged: database.prepare<[number, number]>('UPDATE queue SET purged_at = ?, held = 0 WHERE id = ?'),
    holds: database.prepare<[number, number]>('UPDATE queue SET held = held + ? WHERE id = ?'),
    send: database.prepare<[number, string, string, string, string | null, string, number, number]>(
      `INSERT INTO message
         (queue, message_id, body, md5, attributes, sender, sent_at, visible_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    someVisible: database.prepare<[number, number, number], { id: number }>(
      'SELECT id FROM message WHERE queue = ? AND visible_at <= ? AND sent_at > ? LIMIT 1',
    ),
    visible: database.prepare<[number, number, number, number], MessageRow>(
      `SELECT * FROM message WHERE queue = ? AND visible_at <= ? AND sent_at > ?
       ORDER BY visible_at, id LIMIT ?`,
    ),
    hide: database.prepare<[number, number, string, number]>(
      `UPDATE message SET visible_at = ?, first_received_at = ?, receipt = ?, receives = receives + 1
       WHERE id = ?`,
    ),
    bury: database.prepare<[number, number, number, number]>(
      `UPDATE message SET queue = ?, receives = 0, first_received_at = NULL, receipt = NULL
       WHERE queue = ? AND visible_at <= ? AND receives >= ?`,
    ),
    delete: database.prepare<[number, number, string]>(
      'DELETE FROM message WHERE id = ? AND queue = ? AND receipt = ?',
    ),
    visibleAt: database.prepare<[number, number, string], { visible_at: number }>(
      'SELECT visible_at FROM message WHERE id = ? AND queue = ? AND receipt = ?',
    ),
    hideUntil: database.prepare<[number, number]>('UPDATE message SET visible_at = ? WHERE id = ?'),
    counts: database.prepare<
      [number, number, number, number],
      { whole: number; visible: number | null; in_flight: number | null }
    >(
      `SELECT COUNT(*) AS whole, SUM(visible_at <= ?) AS visible,
         SUM(visible_at > ? AND receives > 0) AS in_flight
       FROM message WHERE queue = ? AND sent_at > ?`,
    ),
    expire: database.prepare<[number, number, number]>(
      `DELETE FROM message WHERE id IN
         (SELECT id FROM message WHERE queue = ? AND sent_at <= ? ORDER BY sent_at LIMIT ?)`,
    ),
  };
}
