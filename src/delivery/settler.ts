/** What was delivered or is given up: counted at once, said in the ledger, then segments go. */
import type { AmountsBook } from './amounts.ts';
import { SLOT_SECONDS } from './chunk.ts';
import type { Chunk } from './chunk.ts';
import type { Amount, GivenUp } from './deliverer.ts';
import type { RefusedClaim } from './encoded-commit.ts';
import { GivenUpList } from './given-up.ts';
import { emptiedBy } from './holdings.ts';
import type { Holdings } from './holdings.ts';
import type { LastNote } from './last-note.ts';
import type { Ledger } from './ledger.ts';
import type { Claim, StoredChunk } from './piles.ts';
import type { ProducerBook } from './producer-book.ts';
import type { ChunkCover } from './segment.ts';
import type { Spool } from './spool.ts';
import { Damaged } from './spool.ts';
import { step } from './steps.ts';
import type { AnyUnit } from './units.ts';

/** Milliseconds between flushes of the spool's directory, after which what was said of removed segments may go. */
const FORGET_MS = 5000;

export interface SettlerPort {
  readonly ledger: Ledger;
  readonly spool: Spool;
  readonly clock: () => number;
  readonly amounts: AmountsBook;
  readonly holdings: Holdings;
  readonly note: LastNote;
  readonly producers: ProducerBook;
}

export class Settler {
  givenUp = new GivenUpList([]);
  readonly #port: SettlerPort;
  /** Delivered, and not said so in the ledger. */
  #done: AnyUnit[] = [];
  #givenUpChanged = false;
  #forgottenAt: number;

  constructor(port: SettlerPort) {
    this.#port = port;
    this.#forgottenAt = port.clock();
  }

  /** Rows that tell what was given up are durable. */
  committed(): void {
    if (this.givenUp.committed()) this.#givenUpChanged = true;
  }

  /** Says in the ledger what a commit gives up before it is one. @throws errors of SQLite */
  sayRefused(refused: readonly RefusedClaim[]): void {
    const { ledger } = this.#port;
    const list = new GivenUpList(this.givenUp.all());
    for (const { flowLog, chunk } of refused) list.add(coverOf(flowLog, chunk));
    ledger.transaction(() => ledger.setGivenUp(list.all()));
  }

  /** The commit is durable: what it gave up is counted. */
  refused(refused: readonly RefusedClaim[]): void {
    // Also the rows that told of what was given up before: these are to be told again.
    this.givenUp.giveBack(new Set(refused.map(({ flowLog }) => flowLog)));
    for (const { flowLog, chunk } of refused) {
      this.#port.amounts.select(flowLog, chunk, 'givenUp');
      this.givenUp.add(coverOf(flowLog, chunk));
    }
    this.#givenUpChanged = true;
  }

  /**
   * A unit is delivered: counted at once, in the ledger with the next settle(). Nothing tells what a log group refused of
   * it: it would refuse a SKIPDATA row of that time as well.
   */
  delivered(unit: AnyUnit): void {
    const { amounts } = this.#port;
    const refused = 'refused' in unit ? unit.refused : undefined;
    for (const claim of unit.claims) {
      if (--claim.open > 0) continue;
      const { flowLog, chunk } = claim;
      const lost = shareOf(chunk, refused?.get(claim) ?? 0);
      amounts.settle(flowLog, lost, 'givenUp');
      amounts.settle(flowLog, without(chunk, lost), 'delivered');
    }
    this.#done.push(unit);
  }

  /** Says in the ledger what was delivered, and lets segments go. @throws errors of SQLite and the file system */
  settle(): void {
    const { ledger, holdings, note, producers } = this.#port;
    const done = this.#done;
    const freed = new Set(done.flatMap((unit) => unit.claims.filter((claim) => claim.open === 0)));
    const saveNote = [...holdings.empty, ...emptiedBy(freed)].some((segment) => note.needs(segment));
    if (done.length > 0 || saveNote || this.#givenUpChanged) {
      step('ledger-done');
      ledger.transaction(() => {
        for (const unit of done) {
          if ('row' in unit)
            ledger.objects.settle(unit.row, 1, producers.get(unit.producer)?.kind === 'replay');
        }
        free(ledger, freed);
        if (saveNote) note.save();
        if (this.#givenUpChanged) ledger.setGivenUp(this.givenUp.all());
      });
      step('ledger-done-written');
      if (saveNote) note.saved();
      this.#givenUpChanged = false;
      this.#done = [];
      holdings.release(freed);
      producers.settled(done);
    }
    this.#removeEmpty();
  }

  /** Gives units up; returns what that was. @throws errors of SQLite: then nothing has changed */
  giveUp(units: ReadonlySet<AnyUnit>): { readonly flowLogs: number; readonly rows: number } {
    const { ledger, amounts, holdings, producers } = this.#port;
    // A chunk that is cut may be in a part that was delivered a moment ago: it is settled once.
    this.settle();
    const claims = new Set([...units].flatMap((unit) => unit.claims));
    const covers = new Map<StoredChunk, ChunkCover>();
    for (const { chunk } of claims) if (!covers.has(chunk)) covers.set(chunk, this.#cover(chunk));
    const list = new GivenUpList(this.givenUp.all());
    for (const { chunk, flowLog } of claims) list.add({ flowLog, ...covers.get(chunk)! });
    ledger.transaction(() => {
      for (const unit of units) if ('row' in unit) ledger.objects.settle(unit.row, 2, false);
      free(ledger, claims);
      ledger.setGivenUp(list.all());
    });
    for (const { chunk, flowLog } of claims) this.givenUp.add({ flowLog, ...covers.get(chunk)! });
    let rows = 0;
    for (const unit of units) unit.settled = true;
    for (const claim of claims) {
      claim.open = 0;
      rows += claim.chunk.rows;
      amounts.settle(claim.flowLog, claim.chunk, 'givenUp');
    }
    holdings.release(claims);
    producers.settled([...units]);
    this.#removeEmpty();
    return { flowLogs: new Set([...claims].map((claim) => claim.flowLog)).size, rows };
  }

  /**
   * When it is certain that removed segments do not come back, the ledger need not say what was free in them; nor
   * which parts slots had that are long over.
   * @throws errors of SQLite and the file system
   */
  forget(): void {
    const { ledger, spool, clock, holdings, producers } = this.#port;
    if (clock() - this.#forgottenAt < FORGET_MS) return;
    this.#forgottenAt = clock();
    if (holdings.removed.length > 0) spool.flushDirectory();
    else if (!producers.hasOldSlots) return;
    step('ledger-freed');
    const rows = ledger.transaction(() => {
      for (const id of holdings.removed) ledger.deleteFreed(id);
      return producers.prune();
    });
    for (const [producer, row] of rows) producer.row = row;
    holdings.forgotten();
  }

  /** What is missing with a chunk: what it says itself, or all of its slot when that is damaged. */
  #cover(chunk: StoredChunk): ChunkCover {
    try {
      return this.#port.spool.cover(chunk.segment.id, chunk.place);
    } catch (error) {
      if (!(error instanceof Damaged)) throw error;
      const from = chunk.slot * SLOT_SECONDS;
      return { interfaces: [], from, to: from + SLOT_SECONDS };
    }
  }

  #removeEmpty(): void {
    const { holdings, note } = this.#port;
    holdings.removeEmpty((segment) => note.needs(segment));
  }
}

/** Of which rows some were refused nobody reads again: packets and bytes go by their number. */
function shareOf({ rows, packets, bytes }: Amount, share: number): Amount {
  return {
    rows: Math.round(rows * share),
    packets: Math.round(packets * share),
    bytes: Math.round(bytes * share),
  };
}

function without(all: Amount, some: Amount): Amount {
  return { rows: all.rows - some.rows, packets: all.packets - some.packets, bytes: all.bytes - some.bytes };
}

function coverOf(flowLog: string, { interfaces, from, to }: Chunk): GivenUp {
  return { flowLog, interfaces, from, to };
}

/** Nobody waits for these any more. Inside of a transaction. */
export function free(ledger: Ledger, claims: Iterable<Claim>): void {
  for (const { chunk, flowLog } of claims) ledger.addFreed(chunk.segment.id, chunk.index, flowLog);
}
