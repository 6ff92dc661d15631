/** The ledger's objects: what they hold, said before they are put, and which of them are (S6.2). */
import type { LedgerFile } from './ledger-file.ts';

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

export class ObjectTable {
  readonly #file: LedgerFile;

  constructor(file: LedgerFile) {
    this.#file = file;
  }

  pending(): ObjectRow[] {
    const rows = this.#file.all(
      'SELECT * FROM objects WHERE state = 0 ORDER BY producer, slot',
    ) as RawObject[];
    return rows.map(objectRow);
  }

  /** The parts of a slot with what is in them; those of live producers that are put no longer say it. */
  of(producer: string, slot: number, flowLog: string): (ObjectRow & { readonly state: ObjectState })[] {
    const rows = this.#file.all(
      'SELECT * FROM objects WHERE producer = ? AND slot = ? AND flow_log = ? ORDER BY part',
      producer,
      slot,
      flowLog,
    ) as RawObject[];
    return rows.map((raw) => ({ ...objectRow(raw), state: raw.state }));
  }

  partNumbers(producer: string, slot: number, flowLog: string): number[] {
    const rows = this.#file.all(
      'SELECT part FROM objects WHERE producer = ? AND slot = ? AND flow_log = ? ORDER BY part',
      producer,
      slot,
      flowLog,
    ) as { part: number }[];
    return rows.map((row) => row.part);
  }

  insert(row: ObjectRow): void {
    const { producer, slot, flowLog, part, key, digest, due, chunks } = row;
    const packed = JSON.stringify(
      chunks.map((c) => [c.segment, c.chunk, c.sequence, c.ordinal, c.digest, c.from, c.to, c.pieces]),
    );
    this.#file.run(
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
  settle(id: ObjectId, state: 1 | 2, keepChunks: boolean): void {
    this.#file.run(
      `UPDATE objects SET state = ?, chunks = iif(?, chunks, '[]') WHERE producer = ? AND slot = ? AND flow_log = ? AND part = ?`,
      state,
      keepChunks ? 1 : 0,
      id.producer,
      id.slot,
      id.flowLog,
      id.part,
    );
  }

  /** Forgets the parts of slots that have nothing to be put. */
  forgetSettled(producer: string): void {
    this.#forget(
      producer,
      `NOT EXISTS (SELECT 1 FROM objects p WHERE p.producer = o.producer
         AND p.slot = o.slot AND p.flow_log = o.flow_log AND p.state = 0)`,
    );
  }

  /** Forgets the parts of slots of which one was given up, but those that are to be put. */
  forgetGivenUp(producer: string): void {
    this.#forget(
      producer,
      `EXISTS (SELECT 1 FROM objects g WHERE g.producer = o.producer
         AND g.slot = o.slot AND g.flow_log = o.flow_log AND g.state = 2)`,
    );
  }

  /** Forgets all of a producer. */
  forgetAll(producer: string): void {
    this.#file.run('DELETE FROM objects WHERE producer = ?', producer);
  }

  /** Forgets what was settled in slots up to `slot`; returns the highest part number among them, or -1. */
  prune(producer: string, slot: number): number {
    const { part: most } = this.#file.get(
      'SELECT max(part) AS part FROM objects WHERE producer = ? AND slot <= ? AND state <> 0',
      producer,
      slot,
    ) as { part: number | null };
    if (most === null) return -1;
    this.#file.run('DELETE FROM objects WHERE producer = ? AND slot <= ? AND state <> 0', producer, slot);
    return most;
  }

  #forget(producer: string, which: string): void {
    const rows = this.#file.all(
      `SELECT slot, flow_log, part FROM objects o WHERE producer = ? AND state <> 0 AND ${which}`,
      producer,
    ) as { slot: number; flow_log: string; part: number }[];
    for (const { slot, flow_log, part } of rows) {
      this.#file.run(
        'DELETE FROM objects WHERE producer = ? AND slot = ? AND flow_log = ? AND part = ?',
        producer,
        slot,
        flow_log,
        part,
      );
    }
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
