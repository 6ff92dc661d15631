/** Producers: what they have committed, what is complete, and how their parts are numbered. */
import { EarlyCuts } from './early-cuts.ts';
import type { ProducerKind, ProducerRow } from './ledger-producers.ts';
import { Piles } from './piles.ts';
import type { Pile } from './piles.ts';

/** Names go into object names, file names and ids of appends. */
const NAME = /^[A-Za-z0-9_.-]{1,120}$/;

export interface Producer {
  readonly name: string;
  readonly kind: ProducerKind;
  readonly piles: Piles;
  readonly early: EarlyCuts;
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
  return producerOf(row);
}

export function producerOf(row: ProducerRow): Producer {
  return {
    name: row.producer,
    kind: row.kind,
    piles: new Piles(),
    early: new EarlyCuts(),
    row,
    begun: false,
    resumed: false,
    differs: false,
    lastSequence: -1,
    upTo: 0,
    unsettled: 0,
  };
}

/** What the ledger must say of a producer while it runs: if it ends here, its early cuts were in the middle of it. */
export function storedRow({ row, early }: Producer): ProducerRow {
  return early.size === 0 ? row : { ...row, irregular: true };
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
