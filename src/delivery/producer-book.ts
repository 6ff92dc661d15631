/** The producers that delivery knows: how they begin, and when what is known of them may go. */
import { SLOT_SECONDS } from './chunk.ts';
import type { Cutter } from './cutter.ts';
import type { Ledger } from './ledger.ts';
import type { ProducerKind } from './ledger-producers.ts';
import { KEPT_LIVE, KEPT_REPLAYS, LEDGER_SLOTS } from './limits.ts';
import { newProducer } from './producers.ts';
import type { Producer } from './producers.ts';
import type { AnyUnit } from './units.ts';

/** No slot is later. */
const LAST_SLOT = Number.MAX_SAFE_INTEGER;

export class ProducerBook {
  readonly #ledger: Ledger;
  readonly #cutter: Cutter;
  readonly #producers = new Map<string, Producer>();

  constructor(ledger: Ledger, cutter: Cutter) {
    this.#ledger = ledger;
    this.#cutter = cutter;
  }

  get(name: string): Producer | undefined {
    return this.#producers.get(name);
  }

  all(): IterableIterator<Producer> {
    return this.#producers.values();
  }

  /** Of an earlier run. What live ones left is cut, and they end. @throws errors of SQLite */
  restore(producers: ReadonlyMap<string, Producer>): void {
    for (const [name, producer] of producers) this.#producers.set(name, producer);
    for (const producer of producers.values()) if (producer.kind === 'live') this.#cutter.end(producer);
    for (const producer of producers.values()) this.finish(producer);
  }

  /** The producer of a name, new or known, before it begins. */
  of(name: string, kind: ProducerKind): { readonly producer: Producer; readonly isNew: boolean } {
    const known = this.#producers.get(name);
    const producer = known ?? newProducer(name, kind);
    if (producer.kind !== kind) throw new Error(`producer ${name} is not a ${kind} one`);
    if (kind === 'replay' && producer.begun && !producer.row.ended) {
      throw new Error(`producer ${name} has begun and not ended`);
    }
    return { producer, isNew: known === undefined };
  }

  /** A live one begins: those before it end. @throws errors of SQLite */
  beginLive(producer: Producer): void {
    for (const other of this.#producers.values()) {
      if (other.kind !== 'live') continue;
      if (other === producer) this.#cutter.cut(other, other.piles.takeAll());
      else this.#cutter.end(other);
    }
    this.#ledger.producers.put({ ...producer.row, ended: false });
    this.#cutter.goesOn(producer);
  }

  /** It has begun: from now on it commits. */
  begun(producer: Producer): void {
    producer.row = { ...producer.row, ended: false };
    this.#producers.set(producer.name, producer);
    Object.assign(producer, { begun: true, lastSequence: -1, upTo: 0, differs: false });
  }

  /** Objects are settled: producers whose last ones these were may be forgotten. @throws errors of SQLite */
  settled(units: readonly AnyUnit[]): void {
    for (const unit of units) {
      const producer = 'row' in unit ? this.#producers.get(unit.producer) : undefined;
      if (producer !== undefined && --producer.unsettled === 0) this.finish(producer);
    }
  }

  /** Forgets a producer that has ended, once everything of it is settled. @throws errors of SQLite */
  finish(producer: Producer): void {
    if (!this.#isOver(producer)) return;
    if (producer.kind === 'live') this.#finishLive(producer);
    else if (producer.row.irregular) this.#keepLast(KEPT_REPLAYS, 'replay');
    else this.#forget(producer.name);
  }

  /** Forgets what was settled in old slots of live producers; the rows that change. Inside of a transaction. */
  prune(): ReadonlyMap<Producer, Producer['row']> {
    const rows = new Map<Producer, Producer['row']>();
    for (const producer of this.#producers.values()) {
      const { kind, upTo, row, name } = producer;
      const prunedSlot = Math.floor(upTo / SLOT_SECONDS) - LEDGER_SLOTS;
      if (kind !== 'live' || prunedSlot <= row.prunedSlot) continue;
      const part = this.#ledger.objects.prune(name, prunedSlot);
      const pruned = { ...row, prunedSlot, prunedPart: Math.max(row.prunedPart, part) };
      this.#ledger.producers.put(pruned);
      rows.set(producer, pruned);
    }
    return rows;
  }

  get hasOldSlots(): boolean {
    return [...this.#producers.values()].some(
      ({ kind, upTo, row }) =>
        kind === 'live' && Math.floor(upTo / SLOT_SECONDS) - LEDGER_SLOTS > row.prunedSlot,
    );
  }

  #isOver(producer: Producer): boolean {
    return producer.row.ended && producer.unsettled === 0 && !this.#cutter.hasCuts(producer);
  }

  #finishLive(producer: Producer): void {
    if (producer.row.prunedSlot !== LAST_SLOT) {
      // The row stays for a while: should the name be used again, its parts get other numbers.
      let { prunedPart } = producer.row;
      this.#ledger.transaction(() => {
        prunedPart = Math.max(prunedPart, this.#ledger.objects.prune(producer.name, LAST_SLOT));
        this.#ledger.producers.put({ ...producer.row, prunedSlot: LAST_SLOT, prunedPart });
      });
      producer.row = { ...producer.row, prunedSlot: LAST_SLOT, prunedPart };
    }
    this.#keepLast(KEPT_LIVE, 'live');
  }

  /** Of the producers that are over and kept, those that began last. */
  #keepLast(most: number, of: ProducerKind): void {
    const kept = [...this.#producers.values()].filter(
      (producer) =>
        producer.kind === of && this.#isOver(producer) && (of === 'live' || producer.row.irregular),
    );
    for (const { name } of kept.slice(0, -most)) this.#forget(name);
  }

  #forget(name: string): void {
    this.#ledger.transaction(() => this.#ledger.deleteProducer(name));
    this.#producers.delete(name);
  }
}
