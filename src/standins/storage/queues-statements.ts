/** What queues ask of their database. */
import { type Database, type Question, question } from './database.ts';

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
  const ask = <B extends unknown[], R = unknown>(sql: string): Question<B, R> => question(database, sql);
  return {
    find: ask<At, QueueRow>('SELECT * FROM queue WHERE account = ? AND region = ? AND name = ?'),
    count: ask<[string, string], { count: number }>(
      'SELECT COUNT(*) AS count FROM queue WHERE account = ? AND region = ?',
    ),
    all: ask<[], QueueRow>('SELECT * FROM queue'),
    list: ask<[string, string, string, number, string, number], QueueRow>(
      `SELECT * FROM queue WHERE account = ? AND region = ? AND name > ? AND substr(name, 1, ?) = ?
       ORDER BY name LIMIT ?`,
    ),
    create: ask<[...At, number, number, string, string]>(
      `INSERT INTO queue (account, region, name, created_at, changed_at, attributes, tags)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    change: ask<[string, string, number, number]>(
      'UPDATE queue SET attributes = ?, tags = ?, changed_at = ? WHERE id = ?',
    ),
    remove: ask<[number]>('DELETE FROM queue WHERE id = ?'),
    clear: ask<[number]>('DELETE FROM message WHERE queue = ?'),
    purged: ask<[number, number]>('UPDATE queue SET purged_at = ?, held = 0 WHERE id = ?'),
    holds: ask<[number, number]>('UPDATE queue SET held = held + ? WHERE id = ?'),
    send: ask<[number, string, string, string, string | null, string, number, number]>(
      `INSERT INTO message
         (queue, message_id, body, md5, attributes, sender, sent_at, visible_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    someVisible: ask<[number, number, number], { id: number }>(
      'SELECT id FROM message WHERE queue = ? AND visible_at <= ? AND sent_at > ? LIMIT 1',
    ),
    visible: ask<[number, number, number, number], MessageRow>(
      `SELECT * FROM message WHERE queue = ? AND visible_at <= ? AND sent_at > ?
       ORDER BY visible_at, id LIMIT ?`,
    ),
    hide: ask<[number, number, string, number]>(
      `UPDATE message SET visible_at = ?, first_received_at = ?, receipt = ?, receives = receives + 1
       WHERE id = ?`,
    ),
    bury: ask<[number, number, number, number]>(
      `UPDATE message SET queue = ?, receives = 0, first_received_at = NULL, receipt = NULL
       WHERE queue = ? AND visible_at <= ? AND receives >= ?`,
    ),
    delete: ask<[number, number, string]>('DELETE FROM message WHERE id = ? AND queue = ? AND receipt = ?'),
    visibleAt: ask<[number, number, string], { visible_at: number }>(
      'SELECT visible_at FROM message WHERE id = ? AND queue = ? AND receipt = ?',
    ),
    hideUntil: ask<[number, number]>('UPDATE message SET visible_at = ? WHERE id = ?'),
    counts: ask<
      [number, number, number, number],
      { whole: number; visible: number | null; in_flight: number | null }
    >(
      `SELECT COUNT(*) AS whole, SUM(visible_at <= ?) AS visible,
         SUM(visible_at > ? AND receives > 0) AS in_flight
       FROM message WHERE queue = ? AND sent_at > ?`,
    ),
    expire: ask<[number, number, number]>(
      `DELETE FROM message WHERE id IN
         (SELECT id FROM message WHERE queue = ? AND sent_at <= ? ORDER BY sent_at LIMIT ?)`,
    ),
  };
}
