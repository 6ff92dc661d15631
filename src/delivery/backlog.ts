/**
 * What is spooled: in memory by producer, slot and flow log, on disk in segments and the ledger. Puts together what
 * cuts slots into objects (cutter.ts), what settles them (settler.ts), and who commits (producer-book.ts).
 */
import { AmountsBook } from './amounts.ts';
import type { WindowCommit } from './chunk.ts';
import { Cutter } from './cutter.ts';
import { encodeCommit } from './encoded-commit.ts';
import type { EncodedCommit } from './encoded-commit.ts';
import { EventsGroups } from './events-groups.ts';
import { GivenUpList } from './given-up.ts';
import { Holdings } from './holdings.ts';
import { destinationKey } from './lane-keys.ts';
import { LastNote } from './last-note.ts';
import type { Ledger } from './ledger.ts';
import type { ProducerKind } from './ledger-producers.ts';
import type { DeliveryLimits } from './limits.ts';
import { storedChunk } from './piles.ts';
import type { Claim, Segment } from './piles.ts';
import { ProducerBook } from './producer-book.ts';
import { storedRow } from './producers.ts';
import type { Producer } from './producers.ts';
import { restore } from './restore.ts';
import { claimsOf } from './segment.ts';
import type { SegmentIndex } from './segment.ts';
import { free, Settler } from './settler.ts';
import type { Spool } from './spool.ts';
import { TargetBook } from './target-book.ts';
import type { DeliveryTarget } from './target.ts';
import type { EventsUnit, ObjectUnit } from './units.ts';

export interface BacklogPort {
  readonly ledger: Ledger;
  readonly spool: Spool;
  readonly limits: DeliveryLimits;
  readonly clock: () => number;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, fields?: Record<string, unknown>) => void;
  readonly publish: (units: readonly ObjectUnit[]) => void;
  readonly publishEvents: (unit: EventsUnit) => void;
}

export class Backlog {
  readonly amounts = new AmountsBook();
  readonly targets: TargetBook;
  readonly holdings: Holdings;
  readonly settler: Settler;
  torn = 0;
  damaged = 0;
  readonly #port: BacklogPort;
  readonly #note: LastNote;
  readonly #cutter: Cutter;
  readonly #producers: ProducerBook;

  constructor(port: BacklogPort) {
    this.#port = port;
    const { ledger, spool } = port;
    const { amounts } = this;
    const targets = new TargetBook(ledger, (flowLog) => amounts.gone(flowLog));
    const holdings = new Holdings(spool, amounts);
    const note = new LastNote(ledger);
    this.targets = targets;
    this.holdings = holdings;
    this.#note = note;
    this.#cutter = new Cutter({ ...port, targets });
    this.#producers = new ProducerBook(ledger, this.#cutter);
    this.settler = new Settler({ ...port, amounts, holdings, note, producers: this.#producers });
  }

  /** Reads what an earlier run left; what was cut is published, and all of live producers is cut. */
  restore(): void {
    const { ledger } = this.#port;
    this.targets.restore();
    this.settler.givenUp = new GivenUpList(ledger.givenUp());
    const segments: Segment[] = [];
    const found = restore(this.#port, this.targets.all, {
      segment: (spooled) => {
        const segment = this.holdings.add(spooled);
        segments.push(segment);
        return segment;
      },
      claim: (claim, destination) => this.holdings.claim(claim, destination),
    });
    for (const segment of segments) this.holdings.added(segment);
    this.torn = found.torn;
    this.damaged = found.damaged;
    this.#note.restore(found.note);
    this.#port.publish(found.objects);
    for (const unit of found.events) this.#port.publishEvents(unit);
    this.#producers.restore(found.producers);
    this.holdings.wereRemoved(ledger.freedSegments());
  }

  setTargets(targets: readonly DeliveryTarget[]): void {
    this.targets.name(targets);
    this.sweepTargets();
  }

  /** Forgets deleted flow logs that have been served. */
  sweepTargets(): void {
    this.targets.sweep((flowLog) => this.holdings.waits(flowLog));
  }

  begin(
    name: string,
    kind: ProducerKind,
    droppable: ReadonlySet<EventsUnit>,
  ): { readonly lastNote: unknown; readonly dropped: boolean } {
    const { producer, isNew } = this.#producers.of(name, kind);
    if (kind === 'live') this.#producers.beginLive(producer);
    else this.#beginReplay(producer, isNew, droppable);
    const dropped = kind === 'replay' && !producer.row.ended;
    this.#producers.begun(producer);
    return { lastNote: kind === 'live' ? this.#note.value : undefined, dropped };
  }

  /**
   * @param refuses flow logs whose rows are given up
   * @throws when the commit cannot be of this producer now: a fault of the caller
   */
  encode(commit: WindowCommit, refuses: (flowLog: string) => boolean = () => false): EncodedCommit {
    const producer = this.#producers.get(commit.producer);
    if (producer === undefined || !producer.begun || producer.row.ended || this.#cutter.isEnding(producer)) {
      throw new Error(`producer ${commit.producer} commits before it has begun, or after its end`);
    }
    const { ledger, clock } = this.#port;
    return encodeCommit(commit, producer, { ledger, targets: this.targets, now: clock() }, refuses);
  }

  /** Durable when it returns. @throws errors of the file system and of SQLite */
  commit({ commit, producer, encoded, delivered, refused, differs }: EncodedCommit): void {
    this.targets.save();
    if (refused.length > 0) this.settler.sayRefused(refused);
    const { index, bytes } = encoded;
    const hasNote = producer.kind === 'live' && commit.note !== undefined;
    if (index.chunks.length > 0 || hasNote) {
      const id = this.#port.spool.write(encoded);
      const segment = this.holdings.add({ id, bytes, index });
      this.#claim(producer, segment, index);
      this.holdings.added(segment);
      if (hasNote) this.#note.set({ segment: id, note: commit.note });
    }
    for (const { flowLog, chunk } of delivered) this.amounts.select(flowLog, chunk, 'delivered');
    if (refused.length > 0) {
      this.settler.refused(refused);
      // What is there of a replay is not all of it: a rerun brings the rest as further parts.
      if (producer.kind === 'replay') producer.row = { ...producer.row, irregular: true };
    }
    producer.lastSequence = commit.sequence;
    if (differs && !producer.differs) {
      producer.differs = true;
      const { name } = producer;
      this.#port.log('warn', 'a replay brings other records than before; they make further parts', { name });
    }
    this.settler.committed();
  }

  closed(name: string, upTo: number): void {
    const producer = this.#producers.get(name);
    if (producer === undefined) return;
    producer.upTo = Math.max(producer.upTo, upTo);
    this.#cutter.cutComplete(producer, producer.upTo);
  }

  flush(name: string | undefined): void {
    for (const producer of this.#producers.all()) {
      if (name === undefined ? producer.begun : producer.name === name) this.#cutter.cutEarly(producer);
    }
  }

  /** Everything becomes objects now, so that it can go. */
  cutEverything(): void {
    for (const producer of this.#producers.all()) this.#cutter.cutEarly(producer);
  }

  /** What interrupted replays left, and nobody came back for. */
  cutOrphans(): void {
    const before = this.#port.clock() - this.#port.limits.orphanSeconds * 1000;
    for (const producer of this.#producers.all()) {
      if (!producer.begun && (producer.piles.oldest() ?? Infinity) < before) this.#cutter.cutEarly(producer);
    }
  }

  end(name: string): void {
    const producer = this.#producers.get(name);
    if (producer === undefined || !producer.begun)
      throw new Error(`producer ${name} ends before it has begun`);
    this.#cutter.end(producer);
  }

  /** Writes what was cut to the ledger, in one transaction, and publishes it. @throws errors of SQLite */
  register(): void {
    for (const producer of this.#cutter.register()) this.#producers.finish(producer);
  }

  #beginReplay(producer: Producer, isNew: boolean, droppable: ReadonlySet<EventsUnit>): void {
    const { ledger } = this.#port;
    const { row, name } = producer;
    // Of an interrupted run: to be recorded again. Events of one that ended are delivered as they are.
    const events = row.ended ? [] : [...droppable];
    const piles = row.ended ? [] : producer.piles.takeAll();
    const dropped = new Set([...piles, ...events].flatMap((it) => it.claims));
    ledger.transaction(() => {
      if (row.ended && !row.irregular) ledger.objects.forgetSettled(name);
      else if (!isNew) ledger.objects.forgetGivenUp(name);
      free(ledger, dropped);
      ledger.producers.put({ ...storedRow(producer), ended: false });
    });
    for (const claim of dropped) this.amounts.drop(claim.flowLog, claim.chunk);
    for (const unit of events) unit.settled = true;
    this.holdings.release(dropped);
    producer.resumed = !isNew;
  }

  /** What waits for the chunks of a new segment. */
  #claim(producer: Producer, segment: Segment, index: SegmentIndex): void {
    const events = new EventsGroups();
    index.chunks.forEach((chunkIndex, i) => {
      const chunk = storedChunk(segment, chunkIndex, i);
      for (const { flowLog, ordinal } of claimsOf(index.logs, chunkIndex)) {
        const claim: Claim = { chunk, flowLog, ordinal, open: 0 };
        const target = this.targets.get(flowLog)!;
        this.holdings.claim(claim, destinationKey(target.to));
        const { to, interval } = target;
        if (to.type !== 's3') {
          events.add(target, to, claim);
          continue;
        }
        producer.piles.add(claim, interval);
        if (producer.early.has(chunk.slot, flowLog)) producer.row = { ...producer.row, irregular: true };
      }
    });
    for (const unit of events.units()) this.#port.publishEvents(unit);
  }
}
