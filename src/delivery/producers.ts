/** Producers: what they have committed, what is complete, and what a rerun of a replay finds done. */
import type { Ledger, ObjectRow, ObjectState, ProducerKind, ProducerRow } from './ledger.ts';
import { Piles } from './piles.ts';
import type { Pile } from './piles.ts';

/** Names go into object names, file names and ids of appends. */
const NAME = /^[A-Za-z0-9_.-]{1,120}$/;

export interface Producer {
  readonly name: string;
  readonly kind: ProducerKind;
  readonly piles: Piles;
  row: ProducerRow;
  /** It has begun in this process. */
  begun: boolean;
  /** A replay of which the ledger may know parts. */
  resumed: boolean;
  /** Its rows differ from those of the run before: said once. */
  differs: boolean;
  lastSequence: number;
  upTo: number;
  /** Objects that are cut and not settled in the ledger. */
  unsettled: number;
}

/** A pile that has been cut off: the next parts of its slot. */
export interface Cut extends Pile {
  readonly producer: Producer;
  /** Milliseconds. */
  readonly due: number;
}

export function newProducer(name: string, kind: ProducerKind): Producer {
  if (!NAME.test(name)) throw new Error(`${JSON.stringify(name)} cannot be the name of a producer`);
  const row = { producer: name, kind, ended: false, irregular: false, prunedSlot: -1, prunedPart: -1 };
  return { ...producerOf(row), begun: false };
}

export function producerOf(row: ProducerRow): Producer {
  return {
    ...{ name: row.producer, kind: row.kind, piles: new Piles(), row, begun: false, resumed: false },
    ...{ differs: false, lastSequence: -1, upTo: 0, unsettled: 0 },
  };
}

/**
 * Numbers for the next parts of a slot: the lowest that no part of it has, above all that were pruned. For a replay that
 * is run again after some of its parts were forgotten these are the numbers that they had.
 */
export function partNumbers(row: ProducerRow, used: readonly number[], slot: number): () => number {
  const taken = new Set(used);
  let next = slot <= row.prunedSlot ? row.prunedPart + 1 : 0;
  return () => {
    while (taken.has(next)) next++;
    return next++;
  };
}

/** What the ledger knows of chunks that a replay commits again, for the time of one commit. */
export class Recommitted {
  readonly #ledger: Ledger;
  readonly #producer: Producer;
  readonly #sequence: number;
  readonly #rows = new Map<string, (ObjectRow & { readonly state: ObjectState })[]>();

  constructor(ledger: Ledger, producer: Producer, sequence: number) {
    this.#ledger = ledger;
    this.#producer = producer;
    this.#sequence = sequence;
  }

  /** `differs`: what the ledger knows under its place is not the same. */
  of(
    flowLog: string,
    slot: number,
    ordinal: number,
    digest: string,
  ): 'new' | 'spooled' | 'delivered' | 'differs' {
    if (!this.#producer.resumed) return 'new';
    const key = `${slot}/${flowLog}`;
    let rows = this.#rows.get(key);
    if (rows === undefined) {
      rows = this.#ledger.objectsOf(this.#producer.name, slot, flowLog).filter((row) => row.state !== 2);
      this.#rows.set(key, rows);
    }
    let covered = 0;
    let pieces = -1;
    let open = false;
    for (const row of rows) {
      for (const chunk of row.chunks) {
        if (chunk.sequence !== this.#sequence || chunk.ordinal !== ordinal) continue;
        if (chunk.digest !== digest) return 'differs';
        covered += chunk.to - chunk.from;
        pieces = chunk.pieces;
        open ||= row.state === 0;
      }
    }
    if (covered !== pieces) return 'new';
    return open ? 'spooled' : 'delivered';
  }
}
