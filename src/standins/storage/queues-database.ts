/**
 * The database of queues, and of what is to be told of objects (queues-events.ts): one file, so that an event is
 * taken out of one and put into the other in one transaction.
 */
import { type Database, openDatabase, talliesOf, TALLY_TABLE } from './database.ts';

export const QUEUES_FILE = 'queues.db';

// Ids are never given out again: receipt handles and the sequence of events go by them. Times are ms.
const MIGRATIONS = [
  `
  CREATE TABLE queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    purged_at INTEGER,
    attributes TEXT NOT NULL,
    tags TEXT NOT NULL,
    held INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account, region, name)
  ) STRICT;
  CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue INTEGER NOT NULL REFERENCES queue (id),
    message_id TEXT NOT NULL,
    body TEXT NOT NULL,
    md5 TEXT NOT NULL,
    attributes TEXT,
    sender TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    visible_at INTEGER NOT NULL,
    receives INTEGER NOT NULL DEFAULT 0,
    first_received_at INTEGER,
    receipt TEXT
  ) STRICT;
  CREATE INDEX message_by_turn ON message (queue, visible_at, id);
  CREATE INDEX message_by_age ON message (queue, sent_at);
  CREATE TABLE event_intent (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner TEXT NOT NULL,
    at INTEGER NOT NULL,
    bucket TEXT NOT NULL,
    bucket_id TEXT NOT NULL,
    key TEXT NOT NULL,
    size TEXT NOT NULL,
    mtime TEXT NOT NULL,
    once TEXT,
    targets TEXT NOT NULL
  ) STRICT;
  CREATE TABLE event_once (once TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX event_once_by_age ON event_once (at);
  CREATE TABLE webhook_event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook TEXT NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX webhook_event_by_turn ON webhook_event (webhook, id);
  CREATE TABLE webhook (name TEXT PRIMARY KEY, filter TEXT NOT NULL, held INTEGER NOT NULL DEFAULT 0) STRICT;
  ${TALLY_TABLE}
  `,
];

export function openQueuesDatabase(root: string): Database {
  return openDatabase(root, QUEUES_FILE, MIGRATIONS);
}

/** What is counted over all threads and restarts. */
export const TALLIES = [
  'messages_sent',
  'messages_received',
  'messages_deleted',
  'messages_expired',
  'messages_purged',
  'messages_dead_lettered',
  'events_queued',
  'events_repeated', // delivery put the same object again
  'events_without_queue', // the queue of a configuration is gone
  'events_queue_full',
  'events_webhook',
  'events_webhook_delivered',
  'events_webhook_dropped', // too many, or too old
] as const;
export type Tally = (typeof TALLIES)[number];

export function readTallies(database: Database): Record<Tally, number> {
  return talliesOf(database, TALLIES);
}
