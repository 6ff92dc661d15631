/** Cuts piles into objects: first said in the ledger, then published. */
import { frameSize, pieceSizes } from './content.ts';
import type { ObjectDeliveryTarget } from './keys.ts';
import type { Ledger } from './ledger.ts';
import type { DeliveryLimits } from './limits.ts';
import type { Claim, Pile } from './piles.ts';
import { partNumbers, storedRow } from './producers.ts';
import type { Cut, Producer } from './producers.ts';
import { cutParts } from './slots.ts';
import type { Spool } from './spool.ts';
import { Damaged } from './spool.ts';
import { step } from './steps.ts';
import type { TargetBook } from './target-book.ts';
import { objectUnit, partRow } from './units.ts';
import type { ObjectUnit } from './units.ts';

export interface CutterPort {
  readonly ledger: Ledger;
  readonly spool: Spool;
  readonly limits: DeliveryLimits;
  readonly clock: () => number;
  readonly targets: TargetBook;
  readonly publish: (units: readonly ObjectUnit[]) => void;
}

export class Cutter {
  readonly #port: CutterPort;
  #cuts: Cut[] = [];
  readonly #ending = new Set<Producer>();

  constructor(port: CutterPort) {
    this.#port = port;
  }

  cut(producer: Producer, piles: readonly Pile[]): void {
    const due = this.#port.clock();
    for (const pile of piles) this.#cuts.push({ ...pile, producer, due });
  }

  /** What is complete when everything that ends by `upTo` (Unix seconds) is committed. */
  cutComplete(producer: Producer, upTo: number): void {
    this.cut(producer, producer.piles.takeComplete(upTo));
    producer.early.complete(upTo);
  }

  /** All that there is, complete or not. */
  cutEarly(producer: Producer): void {
    const piles = producer.piles.takeAll();
    this.cut(producer, piles);
    if (producer.kind === 'replay') for (const pile of piles) producer.early.add(pile);
  }

  /** The producer brings no more; said in the ledger with its last cuts. */
  end(producer: Producer): void {
    this.cut(producer, producer.piles.takeAll());
    producer.early.clear();
    this.#ending.add(producer);
  }

  isEnding(producer: Producer): boolean {
    return this.#ending.has(producer);
  }

  /** A live producer begins again. */
  goesOn(producer: Producer): void {
    this.#ending.delete(producer);
  }

  hasCuts(producer: Producer): boolean {
    return this.#cuts.some((cut) => cut.producer === producer);
  }

  /**
   * Writes what was cut to the ledger, in one transaction, and publishes it; returns the producers that have ended.
   * @throws errors of SQLite
   */
  register(): readonly Producer[] {
    if (this.#cuts.length === 0 && this.#ending.size === 0) return [];
    const { ledger, targets, publish } = this.#port;
    let built: { readonly producer: Producer; readonly make: () => ObjectUnit }[] = [];
    targets.save();
    step('ledger-register');
    ledger.transaction(() => {
      built = this.#cuts.flatMap((cut) => this.#parts(cut));
      for (const producer of new Set(this.#cuts.map((cut) => cut.producer)))
        ledger.producers.put(storedRow(producer));
      for (const producer of this.#ending) ledger.producers.put({ ...producer.row, ended: true });
    });
    step('ledger-registered');
    const ended = [...this.#ending];
    for (const producer of ended) producer.row = { ...producer.row, ended: true };
    this.#cuts = [];
    this.#ending.clear();
    publish(
      built.map(({ producer, make }) => {
        producer.unsettled++;
        return make();
      }),
    );
    return ended;
  }

  /** The parts of a pile: in the ledger at once, units when that is durable. */
  #parts({
    producer,
    slot,
    flowLog,
    claims,
    due,
  }: Cut): { readonly producer: Producer; readonly make: () => ObjectUnit }[] {
    const { ledger, limits, targets } = this.#port;
    const target = targets.get(flowLog)! as ObjectDeliveryTarget;
    const used = ledger.objects.partNumbers(producer.name, slot, flowLog);
    const next = partNumbers(producer.row, used, slot);
    const items = claims.map((claim) => ({ claim, size: claim.chunk.size, pieces: claim.chunk.pieces }));
    const room = limits.objectBytes - frameSize(target.to);
    return cutParts(items, room, ({ claim }) => this.#pieceSizes(claim)).map((ranges) => {
      const row = partRow(target, { producer: producer.name, slot, part: next(), due }, ranges);
      ledger.objects.insert(row);
      const own = ranges.map(({ item }) => item.claim);
      return { producer, make: () => objectUnit(target, row, own) };
    });
  }

  #pieceSizes({ chunk }: Claim): readonly number[] {
    try {
      return pieceSizes(this.#port.spool, { segment: chunk.segment.id, place: chunk.place });
    } catch (error) {
      // Found again, and given up, when it is to be sent.
      if (error instanceof Damaged) return [chunk.size];
      throw error;
    }
  }
}
