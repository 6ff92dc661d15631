/**
 * The ledger (S6.2): what objects are, before they are put; what was delivered of the spool; targets and producers.
 * A file of SQLite of its own, flushed at every transaction. Everything here is synchronous and throws what SQLite
 * throws; a transaction that throws leaves nothing.
 */
import Database from 'better-sqlite3';
import { UserError } from '../base/errors.ts';
import type { GivenUp } from './deliverer.ts';
import type { DeliveryTarget } from './target.ts';

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

export type ProducerKind = 'live' | 'replay';

export interface ProducerRow {
  readonly producer: string;
  readonly kind: ProducerKind;
  readonly ended: boolean;
  /** A flush cut slots of a replay before they were complete: a rerun that starts anew would cut them elsewhere. */
  readonly irregular: boolean;
  /** Slots up to here have no rows any more, and their parts had numbers up to `prunedPart`. */
  readonly prunedSlot: number;
  readonly prunedPart: number;
}

/** 0: to be put; 1: put; 2: given up. */
export type ObjectState = 0 | 1 | 2;

/** A chunk, or some of its pieces, in an object. */
export interface ObjectChunk {
  readonly segment: number;
  readonly chunk: number;
  readonly sequence: number;
  readonly ordinal: number;
  readonly digest: string;
  readonly from: number;
  readonly to: number;
  readonly pieces: number;
}

export interface ObjectRow {
  readonly producer: string;
  readonly slot: number;
  readonly flowLog: string;
  readonly part: number;
  readonly key: string;
  readonly digest: string;
  /** Milliseconds since the epoch: when its slot was complete. */
  readonly due: number;
  readonly chunks: readonly ObjectChunk[];
}

export type ObjectId = Pick<ObjectRow, 'producer' | 'slot' | 'flowLog' | 'part'>;

interface RawObject {
  producer: string;
  slot: number;
  flow_log: string;
  part: number;
  key: string;
  digest: string;
  state: ObjectState;
  due: number;
  chunks: string;
}

export class Ledger {
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

  meta(name: string): string | undefined {
    return this.#get<{ value: string }>('SELECT value FROM meta WHERE name = ?', name)?.value;
  }

  setMeta(name: string, value: string): void {
    this.#run('INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value', name, value);
  }

  targets(): DeliveryTarget[] {
    return this.#all<{ target: string }>('SELECT target FROM targets').map(
      (row) => JSON.parse(row.target) as DeliveryTarget,
    );
  }

  putTarget(target: DeliveryTarget): void {
    this.#run(
      'INSERT INTO targets VALUES (?, ?) ON CONFLICT DO UPDATE SET target = excluded.target',
      target.flowLog,
      JSON.stringify(target),
    );
  }

  deleteTarget(flowLog: string): void {
    this.#run('DELETE FROM targets WHERE flow_log = ?', flowLog);
  }

  /** In the order in which they first began. */
  producers(): ProducerRow[] {
    interface Raw {
      producer: string;
      kind: ProducerKind;
      ended: number;
      irregular: number;
      pruned_slot: number;
      pruned_part: number;
    }
    return this.#all<Raw>('SELECT * FROM producers ORDER BY begun').map((row) => ({
      producer: row.producer,
      kind: row.kind,
      ended: row.ended !== 0,
      irregular: row.irregular !== 0,
      prunedSlot: row.pruned_slot,
      prunedPart: row.pruned_part,
    }));
  }

  putProducer(row: ProducerRow): void {
    this.#run(
      `INSERT INTO producers VALUES (?, ?, (SELECT coalesce(max(begun), 0) + 1 FROM producers), ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET kind = excluded.kind, ended = excluded.ended, irregular = excluded.irregular,
         pruned_slot = excluded.pruned_slot, pruned_part = excluded.pruned_part`,
      row.producer,
      row.kind,
      row.ended ? 1 : 0,
      row.irregular ? 1 : 0,
      row.prunedSlot,
      row.prunedPart,
    );
  }

  /** With its rows. */
  deleteProducer(producer: string): void {
    this.#run('DELETE FROM objects WHERE producer = ?', producer);
    this.#run('DELETE FROM producers WHERE producer = ?', producer);
  }

  pendingObjects(): ObjectRow[] {
    return this.#all<RawObject>('SELECT * FROM objects WHERE state = 0 ORDER BY producer, slot').map(
      objectRow,
    );
  }

  /** The parts of a slot with what is in them; those of live producers that are put no longer say it. */
  objectsOf(
    producer: string,
    slot: number,
    flowLog: string,
  ): (ObjectRow & { readonly state: ObjectState })[] {
    return this.#all<RawObject>(
      'SELECT * FROM objects WHERE producer = ? AND slot = ? AND flow_log = ? ORDER BY part',
      producer,
      slot,
      flowLog,
    ).map((raw) => ({ ...objectRow(raw), state: raw.state }));
  }

  partNumbers(producer: string, slot: number, flowLog: string): number[] {
    return this.#all<{ part: number }>(
      'SELECT part FROM objects WHERE producer = ? AND slot = ? AND flow_log = ? ORDER BY part',
      producer,
      slot,
      flowLog,
    ).map((row) => row.part);
  }

  insertObject(row: ObjectRow): void {
    const { producer, slot, flowLog, part, key, digest, due, chunks } = row;
    const packed = JSON.stringify(
      chunks.map((c) => [c.segment, c.chunk, c.sequence, c.ordinal, c.digest, c.from, c.to, c.pieces]),
    );
    this.#run(
      'INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)',
      producer,
      slot,
      flowLog,
      part,
      key,
      digest,
      due,
      packed,
    );
  }

  /** What is no longer to be put. `keepChunks`: for a rerun to know what was in it. */
  settleObject(id: ObjectId, state: 1 | 2, keepChunks: boolean): void {
    this.#run(
      `UPDATE objects SET state = ?, chunks = iif(?, chunks, '[]') WHERE producer = ? AND slot = ? AND flow_log = ? AND part = ?`,
      state,
      keepChunks ? 1 : 0,
      id.producer,
      id.slot,
      id.flowLog,
      id.part,
    );
  }

  /** Forgets the parts of slots that have nothing to be put and (with `state`) one that ended so. */
  forgetSettled(producer: string, state: ObjectState | undefined): void {
    const which =
      state === undefined
        ? ''
        : `AND EXISTS (SELECT 1 FROM objects g WHERE g.producer = o.producer
      AND g.slot = o.slot AND g.flow_log = o.flow_log AND g.state = ${state})`;
    const open =
      state === undefined
        ? `AND NOT EXISTS (SELECT 1 FROM objects p WHERE p.producer = o.producer
      AND p.slot = o.slot AND p.flow_log = o.flow_log AND p.state = 0)`
        : '';
    const rows = this.#all<{ slot: number; flow_log: string; part: number }>(
      `SELECT slot, flow_log, part FROM objects o WHERE producer = ? AND state <> 0 ${which} ${open}`,
      producer,
    );
    for (const row of rows) {
      this.#run(
        'DELETE FROM objects WHERE producer = ? AND slot = ? AND flow_log = ? AND part = ?',
        producer,
        row.slot,
        row.flow_log,
        row.part,
      );
    }
  }

  /** Forgets what was settled in slots up to `slot`; returns the highest part number among them, or -1. */
  pruneObjects(producer: string, slot: number): number {
    const most = this.#get<{ part: number | null }>(
      'SELECT max(part) AS part FROM objects WHERE producer = ? AND slot <= ? AND state <> 0',
      producer,
      slot,
    )?.part;
    if (most === null || most === undefined) return -1;
    this.#run('DELETE FROM objects WHERE producer = ? AND slot <= ? AND state <> 0', producer, slot);
    return most;
  }

  addFreed(segment: number, chunk: number, flowLog: string): void {
    this.#run('INSERT OR IGNORE INTO freed VALUES (?, ?, ?)', segment, chunk, flowLog);
  }

  freedOf(segment: number): Set<string> {
    return new Set(
      this.#all<{ chunk: number; flow_log: string }>(
        'SELECT chunk, flow_log FROM freed WHERE segment = ?',
        segment,
      ).map((row) => `${row.chunk}/${row.flow_log}`),
    );
  }

  deleteFreed(segment: number): void {
    this.#run('DELETE FROM freed WHERE segment = ?', segment);
  }

  freedSegments(): number[] {
    return this.#all<{ segment: number }>('SELECT DISTINCT segment FROM freed').map((row) => row.segment);
  }

  givenUp(): GivenUp[] {
    interface Raw {
      flow_logs: string;
      interfaces: string;
      begins: number;
      ends: number;
    }
    return this.#all<Raw>('SELECT * FROM given_up ORDER BY id').flatMap((row) => {
      const interfaces = JSON.parse(row.interfaces) as string[];
      const { begins: from, ends: to } = row;
      return (JSON.parse(row.flow_logs) as string[]).map((flowLog) => ({ flowLog, interfaces, from, to }));
    });
  }

  /** Puts a list in place of the one that is there. Entries that share a list of interfaces share a row. */
  setGivenUp(entries: readonly GivenUp[]): void {
    this.#run('DELETE FROM given_up');
    const rows = new Map<readonly string[], Map<string, GivenUp & { readonly flowLogs: string[] }>>();
    for (const entry of entries) {
      const times =
        rows.get(entry.interfaces) ?? new Map<string, GivenUp & { readonly flowLogs: string[] }>();
      rows.set(entry.interfaces, times);
      const same = times.get(`${entry.from}/${entry.to}`);
      if (same === undefined) times.set(`${entry.from}/${entry.to}`, { ...entry, flowLogs: [entry.flowLog] });
      else same.flowLogs.push(entry.flowLog);
    }
    for (const [interfaces, times] of rows) {
      const names = JSON.stringify(interfaces);
      for (const { flowLogs, from, to } of times.values()) {
        this.#run(
          'INSERT INTO given_up (flow_logs, interfaces, begins, ends) VALUES (?, ?, ?, ?)',
          JSON.stringify(flowLogs),
          names,
          from,
          to,
        );
      }
    }
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

  #run(sql: string, ...values: unknown[]): void {
    this.#statement(sql).run(...values);
  }

  #get<T>(sql: string, ...values: unknown[]): T | undefined {
    return this.#statement(sql).get(...values) as T | undefined;
  }

  #all<T>(sql: string, ...values: unknown[]): T[] {
    return this.#statement(sql).all(...values) as T[];
  }
}

function objectRow(raw: RawObject): ObjectRow {
  const packed = JSON.parse(raw.chunks) as [number, number, number, number, string, number, number, number][];
  return {
    producer: raw.producer,
    slot: raw.slot,
    flowLog: raw.flow_log,
    part: raw.part,
    key: raw.key,
    digest: raw.digest,
    due: raw.due,
    chunks: packed.map(([segment, chunk, sequence, ordinal, digest, from, to, pieces]) => ({
      segment,
      chunk,
      sequence,
      ordinal,
      digest,
      from,
      to,
      pieces,
    })),
  };
}
