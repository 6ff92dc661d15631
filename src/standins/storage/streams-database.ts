/** The database of streams: what they hold until it is delivered. */
import { type Database, openDatabase, TALLY_TABLE } from './database.ts';

// Times are ms. A batch is what came by one put, with a CRC-32 of its data. `plan` is the delivery that is under way
// (streams-plan.ts).
const MIGRATIONS = [
  `
  CREATE TABLE stream (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    destination TEXT NOT NULL,
    tags TEXT NOT NULL,
    plan TEXT,
    held_bytes INTEGER NOT NULL DEFAULT 0,
    held_records INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account, region, name)
  ) STRICT;
  CREATE TABLE batch (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    stream INTEGER NOT NULL REFERENCES stream (id),
    taken_at INTEGER NOT NULL,
    records INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    ends BLOB NOT NULL,
    data BLOB NOT NULL
  ) STRICT;
  CREATE INDEX batch_by_turn ON batch (stream, id, bytes, records, taken_at);
  CREATE TABLE taken (
    stream INTEGER NOT NULL,
    batch TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (stream, batch)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX taken_by_age ON taken (at);
  CREATE TABLE lease (id INTEGER PRIMARY KEY CHECK (id = 1), owner TEXT NOT NULL, until INTEGER NOT NULL) STRICT;
  ${TALLY_TABLE}
  `,
];

export function openStreamsDatabase(root: string): Database {
  return openDatabase(root, 'streams.db', MIGRATIONS);
}

/** What is counted over all threads and restarts. */
export const STREAM_TALLIES = [
  'records_taken',
  'bytes_taken',
  'batches_repeated',
  'records_refused', // the buffer was full
  'records_delivered',
  'records_backed_up', // the HTTP endpoint did not take them: they are in the backup bucket
  'records_dropped', // held by a stream that was deleted
  'records_damaged', // could not be read again
] as const;
export type StreamTally = (typeof STREAM_TALLIES)[number];
