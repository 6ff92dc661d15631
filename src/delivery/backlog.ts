/**
 * What is spooled: in memory by producer, slot and flow log, on disk in segments and the ledger. Cuts slots into
 * objects, writes them to the ledger before they are published, and lets segments go when all in them is settled.
 */
import { SLOT_SECONDS } from './chunk.ts';
import type { Chunk, WindowCommit } from './chunk.ts';
import { pieceSizes } from './content.ts';
import { AmountsBook } from './amounts.ts';
import { GivenUpList } from './given-up.ts';
import type { ObjectDeliveryTarget } from './keys.ts';
import type { Ledger, ProducerKind } from './ledger.ts';
import { KEPT_REPLAYS, LEDGER_SLOTS } from './limits.ts';
import type { DeliveryLimits } from './limits.ts';
import { storedChunk } from './piles.ts';
import type { Claim, Pile, Segment, StoredChunk } from './piles.ts';
import { newProducer, partNumbers, Recommitted } from './producers.ts';
import type { Cut, Producer } from './producers.ts';
import { restore } from './restore.ts';
import { chunkDigest, claimsOf, encodeSegment } from './segment.ts';
import type { ChunkClaim, EncodedSegment } from './segment.ts';
import { cutParts } from './slots.ts';
import type { Spool, SpooledSegment } from './spool.ts';
import { Damaged } from './spool.ts';
import { step } from './steps.ts';
import type { DeliveryTarget, LogGroupTarget } from './target.ts';
import { eventsUnit, groupKey, objectUnit, partRow } from './units.ts';
import type { AnyUnit, EventsUnit, ObjectUnit } from './units.ts';

/** Milliseconds between flushes of the spool's directory, after which what was said of removed segments may go. */
const FORGET_MS = 5000;
/** No slot is later. */
const LAST_SLOT = Number.MAX_SAFE_INTEGER;
/** Of the bound, what is given up beyond what a commit needs: so that not every commit has to look. */
const SPARE = 0.05;

export interface BacklogPort {
  readonly ledger: Ledger;
  readonly spool: Spool;
  readonly limits: DeliveryLimits;
  readonly clock: () => number;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, fields?: Record<string, unknown>) => void;
  publish(units: readonly ObjectUnit[]): void;
  publishEvents(unit: EventsUnit): void;
}

/** A commit on its way to the disk. */
export interface EncodedCommit {
  readonly commit: WindowCommit;
  readonly producer: Producer;
  readonly encoded: EncodedSegment;
  readonly bytes: number;
  readonly claims: number;
  /** Claims that the ledger knows as delivered. */
  readonly delivered: readonly { readonly flowLog: string; readonly chunk: Chunk }[];
  readonly differs: boolean;
}

export class Backlog {
  readonly targets = new Map<string, DeliveryTarget>();
  readonly amounts = new AmountsBook();
  givenUp = new GivenUpList([]);
  torn = 0;
  damaged = 0;
  readonly #port: BacklogPort;
  readonly #producers = new Map<string, Producer>();
  readonly #segments = new Map<number, Segment>();
  /** Claims of each flow log that are not settled. */
  readonly #claims = new Map<string, number>();
  #claimCount = 0;
  #bytes = 0;
  /** Targets that the ledger has not, or no longer should have. */
  readonly #changedTargets = new Set<string>();
  #cuts: Cut[] = [];
  readonly #ending = new Set<Producer>();
  /** Delivered, and not said so in the ledger. */
  #done: AnyUnit[] = [];
  /** Segments without claims whose files are still there, and removed ones that the ledger still speaks of. */
  readonly #empty = new Set<Segment>();
  #removed: number[] = [];
  #forgottenAt = 0;
  #lastNote: { readonly segment: number; readonly note: unknown; saved: boolean } | undefined;
  #givenUpChanged = false;

  constructor(port: BacklogPort) {
    this.#port = port;
    this.#forgottenAt = port.clock();
  }

  get bytes(): number {
    return this.#bytes;
  }

  get segments(): number {
    return this.#segments.size;
  }

  /** Reads what an earlier run left; what was cut is published, and all of live producers is cut. */
  restore(): void {
    const { ledger } = this.#port;
    for (const target of ledger.targets()) this.targets.set(target.flowLog, target);
    this.givenUp = new GivenUpList(ledger.givenUp());
    const found = restore(this.#port, this.targets, {
      segment: (spooled) => this.#addSegment(spooled),
      claim: (claim) => this.#addClaim(claim),
    });
    this.torn = found.torn;
    this.damaged = found.damaged;
    for (const [name, producer] of found.producers) this.#producers.set(name, producer);
    const saved = JSON.parse(ledger.meta('note') ?? 'null') as { segment: number; note: unknown } | null;
    this.#lastNote = saved === null ? undefined : { ...saved, saved: true };
    if (found.note !== undefined && found.note.segment > (saved?.segment ?? -1)) {
      this.#lastNote = { ...found.note, saved: false };
    }
    for (const segment of this.#segments.values()) if (segment.waiting === 0) this.#empty.add(segment);
    this.#port.publish(found.objects);
    for (const unit of found.events) this.#port.publishEvents(unit);
    for (const producer of this.#producers.values()) {
      if (producer.kind !== 'live') continue;
      this.#cut(producer, producer.piles.takeAll());
      this.#ending.add(producer);
    }
    for (const producer of this.#producers.values()) this.#finish(producer);
    this.#removed.push(...ledger.freedSegments().filter((id) => !this.#segments.has(id)));
  }

  setTargets(targets: readonly DeliveryTarget[]): void {
    const named = new Set(targets.map((target) => target.flowLog));
    for (const target of targets) {
      if (JSON.stringify(this.targets.get(target.flowLog)) === JSON.stringify(target)) continue;
      this.targets.set(target.flowLog, target);
      this.#changedTargets.add(target.flowLog);
    }
    for (const flowLog of this.targets.keys()) {
      if (named.has(flowLog) || (this.#claims.get(flowLog) ?? 0) > 0) continue;
      this.targets.delete(flowLog);
      this.#changedTargets.add(flowLog);
    }
  }

  begin(
    name: string,
    kind: ProducerKind,
    droppable: ReadonlySet<EventsUnit>,
  ): { readonly lastNote: unknown; readonly dropped: boolean } {
    const { ledger } = this.#port;
    const known = this.#producers.get(name);
    const producer = known ?? newProducer(name, kind);
    if (producer.kind !== kind) throw new Error(`producer ${name} is not a ${kind} one`);
    if (kind === 'live') {
      for (const other of this.#producers.values()) {
        if (other.kind !== 'live') continue;
        this.#cut(other, other.piles.takeAll());
        if (other !== producer) this.#ending.add(other);
      }
      ledger.putProducer({ ...producer.row, ended: false });
      this.#ending.delete(producer);
    } else {
      if (producer.begun && !producer.row.ended) throw new Error(`producer ${name} has begun and not ended`);
      this.#beginReplay(producer, known === undefined, droppable);
    }
    const dropped = kind === 'replay' && !producer.row.ended;
    producer.row = { ...producer.row, ended: false };
    this.#producers.set(name, producer);
    Object.assign(producer, { begun: true, lastSequence: -1, upTo: 0, differs: false });
    return { lastNote: kind === 'live' ? this.#lastNote?.note : undefined, dropped };
  }

  /** @throws when the commit cannot be of this producer now: a fault of the caller */
  encode(commit: WindowCommit): EncodedCommit {
    const producer = this.#producers.get(commit.producer);
    if (producer === undefined || !producer.begun || producer.row.ended || this.#isEnding(producer)) {
      throw new Error(`producer ${commit.producer} commits before it has begun, or after its end`);
    }
    if (commit.sequence <= producer.lastSequence) {
      throw new Error(`commit ${commit.sequence} of ${commit.producer} comes after ${producer.lastSequence}`);
    }
    const again = new Recommitted(this.#port.ledger, producer, commit.sequence);
    const ordinals = new Map<string, number>();
    const chunks: Chunk[] = [];
    const claims: ChunkClaim[][] = [];
    const digests: string[] = [];
    const delivered: { flowLog: string; chunk: Chunk }[] = [];
    let differs = false;
    for (const chunk of commit.chunks) {
      const digest = chunkDigest(chunk);
      const own: ChunkClaim[] = [];
      for (const flowLog of chunk.flowLogs) {
        this.#checkTarget(flowLog, chunk);
        const ordinal = ordinals.get(flowLog) ?? 0;
        ordinals.set(flowLog, ordinal + 1);
        const was = chunk.body.form === 'events' ? 'new' : again.of(flowLog, chunk.slot, ordinal, digest);
        differs ||= was === 'differs';
        if (was === 'new' || was === 'differs') own.push({ flowLog, ordinal });
        else if (was === 'delivered') delivered.push({ flowLog, chunk });
      }
      if (own.length === 0) continue;
      chunks.push(chunk);
      claims.push(own);
      digests.push(digest);
    }
    const encoded = encodeSegment({ ...commit, chunks }, claims, digests, this.#port.clock());
    const count = claims.reduce((sum, own) => sum + own.length, 0);
    return { commit, producer, encoded, bytes: encoded.bytes, claims: count, delivered, differs };
  }

  /** Whether so many bytes more are within the bounds. A commit that is larger than all of the bound goes alone. */
  hasRoom(bytes: number): boolean {
    if (this.#segments.size === 0) return true;
    const { spoolBytes, spoolClaims } = this.#port.limits;
    return this.#bytes + bytes <= spoolBytes && this.#claimCount < spoolClaims;
  }

  /** Durable when it returns. @throws errors of the file system and of SQLite */
  commit({ commit, producer, encoded, delivered, differs }: EncodedCommit): void {
    this.#saveTargets();
    if (encoded.index.chunks.length > 0 || (producer.kind === 'live' && commit.note !== undefined)) {
      const id = this.#port.spool.write(encoded);
      const segment = this.#addSegment({ id, bytes: encoded.bytes, index: encoded.index });
      const events = new Map<string, { to: LogGroupTarget; claims: Claim[] }>();
      encoded.index.chunks.forEach((index, i) => {
        const chunk = storedChunk(segment, index, i);
        for (const { flowLog, ordinal } of claimsOf(encoded.index.logs, index)) {
          const claim: Claim = { chunk, flowLog, ordinal, open: 0 };
          this.#addClaim(claim);
          const target = this.targets.get(flowLog)!;
          if (target.to.type === 's3') producer.piles.add(claim, target.interval);
          else {
            const key = groupKey(target.to);
            const group = events.get(key) ?? { to: target.to, claims: [] };
            events.set(key, group);
            group.claims.push(claim);
          }
        }
      });
      for (const { to, claims } of events.values()) this.#port.publishEvents(eventsUnit(to, claims));
      if (segment.waiting === 0) this.#empty.add(segment);
      if (producer.kind === 'live' && commit.note !== undefined) {
        this.#lastNote = { segment: id, note: commit.note, saved: false };
      }
    }
    for (const { flowLog, chunk } of delivered) this.amounts.select(flowLog, chunk, 'delivered');
    producer.lastSequence = commit.sequence;
    if (differs && !producer.differs) {
      producer.differs = true;
      const { name } = producer;
      this.#port.log('warn', 'a replay brings other records than before; they make further parts', { name });
    }
    if (this.givenUp.committed()) this.#givenUpChanged = true;
  }

  closed(name: string, upTo: number): void {
    const producer = this.#producers.get(name);
    if (producer === undefined) return;
    producer.upTo = Math.max(producer.upTo, upTo);
    this.#cut(producer, producer.piles.takeComplete(producer.upTo));
  }

  flush(name: string | undefined): void {
    for (const producer of this.#producers.values()) {
      if (name === undefined ? producer.begun : producer.name === name) this.#cutEarly(producer);
    }
  }

  /** Everything becomes objects now, so that it can go. */
  cutEverything(): void {
    for (const producer of this.#producers.values()) this.#cutEarly(producer);
  }

  /** What interrupted replays left, and nobody came back for. */
  cutOrphans(): void {
    const before = this.#port.clock() - this.#port.limits.orphanSeconds * 1000;
    for (const producer of this.#producers.values()) {
      if (!producer.begun && (producer.piles.oldest() ?? Infinity) < before) this.#cutEarly(producer);
    }
  }

  end(name: string): void {
    const producer = this.#producers.get(name);
    if (producer === undefined || !producer.begun)
      throw new Error(`producer ${name} ends before it has begun`);
    this.#cut(producer, producer.piles.takeAll());
    this.#ending.add(producer);
  }

  /** Writes what was cut to the ledger, in one transaction, and publishes it. @throws errors of SQLite */
  register(): void {
    if (this.#cuts.length === 0 && this.#ending.size === 0) return;
    const { ledger, limits } = this.#port;
    const units: ObjectUnit[] = [];
    const built: { readonly make: () => ObjectUnit; readonly producer: Producer }[] = [];
    this.#saveTargets();
    step('ledger-register');
    ledger.transaction(() => {
      for (const { producer, slot, flowLog, claims, due } of this.#cuts) {
        const target = this.targets.get(flowLog)! as ObjectDeliveryTarget;
        const used = ledger.partNumbers(producer.name, slot, flowLog);
        const next = partNumbers(producer.row, used, slot);
        const items = claims.map((claim) => ({ claim, size: claim.chunk.size, pieces: claim.chunk.pieces }));
        const room = limits.objectBytes - Buffer.byteLength(target.to.header);
        for (const ranges of cutParts(items, room, ({ claim }) => this.#pieceSizes(claim))) {
          const row = partRow(target, { producer: producer.name, slot, part: next(), due }, ranges);
          ledger.insertObject(row);
          built.push({
            producer,
            make: () =>
              objectUnit(
                target,
                row,
                ranges.map(({ item }) => item.claim),
              ),
          });
        }
      }
      for (const producer of new Set(this.#cuts.map((cut) => cut.producer))) ledger.putProducer(producer.row);
      for (const producer of this.#ending) ledger.putProducer({ ...producer.row, ended: true });
    });
    step('ledger-registered');
    for (const producer of this.#ending) producer.row = { ...producer.row, ended: true };
    this.#cuts = [];
    for (const { make, producer } of built) {
      producer.unsettled++;
      units.push(make());
    }
    const ended = [...this.#ending];
    this.#ending.clear();
    this.#port.publish(units);
    for (const producer of ended) this.#finish(producer);
  }

  /** A unit is delivered: counted at once, in the ledger with the next settle(). */
  delivered(unit: AnyUnit): void {
    for (const claim of unit.claims) {
      if (--claim.open === 0) this.amounts.settle(claim.flowLog, claim.chunk, 'delivered');
    }
    this.#done.push(unit);
  }

  /** Says in the ledger what was delivered, and lets segments go. @throws errors of SQLite and the file system */
  settle(all: boolean): void {
    const { ledger } = this.#port;
    const done = this.#done;
    const freed = new Set(done.flatMap((unit) => unit.claims.filter((claim) => claim.open === 0)));
    const emptied = emptiedBy(freed);
    const note = this.#lastNote;
    const saveNote =
      note !== undefined &&
      !note.saved &&
      [...this.#empty, ...emptied].some((segment) => segment.id === note.segment);
    if (done.length > 0 || saveNote || this.#givenUpChanged) {
      step('ledger-done');
      ledger.transaction(() => {
        for (const unit of done) {
          if ('row' in unit)
            ledger.settleObject(unit.row, 1, this.#producers.get(unit.producer)?.kind === 'replay');
        }
        this.#free(freed);
        if (saveNote) ledger.setMeta('note', JSON.stringify({ segment: note.segment, note: note.note }));
        if (this.#givenUpChanged) ledger.setGivenUp(this.givenUp.all());
      });
      step('ledger-done-written');
      if (saveNote) note.saved = true;
      this.#givenUpChanged = false;
      this.#done = [];
      this.#released(freed);
      this.#settledObjects(done);
    }
    this.#removeEmpty();
    if (all) this.#forget();
  }

  /** Units of failing targets, oldest first, that must go for `bytes` more to fit. */
  stuck(failing: readonly AnyUnit[], bytes: number): AnyUnit[] {
    const waiting = new Map<Segment, Set<Claim>>();
    for (const unit of failing) {
      for (const claim of unit.claims) {
        const claims = waiting.get(claim.chunk.segment) ?? new Set();
        waiting.set(claim.chunk.segment, claims.add(claim));
      }
    }
    const { spoolBytes, spoolClaims } = this.#port.limits;
    let need = this.#bytes + bytes - spoolBytes * (1 - SPARE);
    let claims = this.#claimCount - spoolClaims * (1 - SPARE);
    const going = new Set<Segment>();
    // Segments whose every claim is stuck: no byte of another one is freed by giving up a part of it.
    for (const [segment, own] of [...waiting].sort(([a], [b]) => a.id - b.id)) {
      if (need <= 0 && claims <= 0) break;
      if (own.size < segment.waiting) continue;
      going.add(segment);
      need -= segment.bytes;
      claims -= own.size;
    }
    return failing.filter((unit) => unit.claims.some((claim) => going.has(claim.chunk.segment)));
  }

  /** Gives units up; returns what that was. @throws errors of SQLite: then nothing has changed */
  giveUp(units: ReadonlySet<AnyUnit>): { readonly flowLogs: number; readonly rows: number } {
    const { ledger, spool } = this.#port;
    // A chunk that is cut may be in a part that was delivered a moment ago: it is settled once.
    this.settle(false);
    const claims = new Set([...units].flatMap((unit) => unit.claims));
    const covers = new Map<StoredChunk, { interfaces: readonly string[]; from: number; to: number }>();
    for (const { chunk } of claims) {
      if (covers.has(chunk)) continue;
      try {
        covers.set(chunk, spool.cover(chunk.segment.id, chunk.place));
      } catch (error) {
        if (!(error instanceof Damaged)) throw error;
        const from = chunk.slot * SLOT_SECONDS;
        covers.set(chunk, { interfaces: [], from, to: from + SLOT_SECONDS });
      }
    }
    const list = new GivenUpList(this.givenUp.all());
    for (const { chunk, flowLog } of claims) list.add({ flowLog, ...covers.get(chunk)! });
    ledger.transaction(() => {
      for (const unit of units) if ('row' in unit) ledger.settleObject(unit.row, 2, false);
      this.#free(claims);
      ledger.setGivenUp(list.all());
    });
    for (const { chunk, flowLog } of claims) this.givenUp.add({ flowLog, ...covers.get(chunk)! });
    let rows = 0;
    for (const unit of units) unit.settled = true;
    for (const claim of claims) {
      claim.open = 0;
      rows += claim.chunk.rows;
      this.amounts.settle(claim.flowLog, claim.chunk, 'givenUp');
    }
    this.#released(claims);
    this.#settledObjects([...units]);
    this.#removeEmpty();
    return { flowLogs: new Set([...claims].map((claim) => claim.flowLog)).size, rows };
  }

  #beginReplay(producer: Producer, isNew: boolean, droppable: ReadonlySet<EventsUnit>): void {
    const { ledger } = this.#port;
    const { row } = producer;
    // Of an interrupted run: to be recorded again. Events of one that ended are delivered as they are.
    const dropped: Claim[] = [];
    const piles = row.ended ? [] : producer.piles.takeAll();
    for (const pile of piles) dropped.push(...pile.claims);
    if (!row.ended) for (const unit of droppable) dropped.push(...unit.claims);
    ledger.transaction(() => {
      if (row.ended && !row.irregular) ledger.forgetSettled(producer.name, undefined);
      else if (!isNew) ledger.forgetSettled(producer.name, 2);
      this.#free(new Set(dropped));
      ledger.putProducer({ ...row, ended: false });
    });
    for (const claim of dropped) this.amounts.drop(claim.flowLog, claim.chunk);
    if (!row.ended) for (const unit of droppable) unit.settled = true;
    this.#released(new Set(dropped));
    producer.resumed = !isNew;
  }

  #cut(producer: Producer, piles: readonly Pile[]): void {
    const due = this.#port.clock();
    for (const pile of piles) this.#cuts.push({ ...pile, producer, due });
  }

  #cutEarly(producer: Producer): void {
    const piles = producer.piles.takeAll();
    if (piles.length === 0) return;
    this.#cut(producer, piles);
    if (producer.kind === 'replay') producer.row = { ...producer.row, irregular: true };
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

  #checkTarget(flowLog: string, chunk: Chunk): void {
    const type = this.targets.get(flowLog)?.to.type;
    if (type === undefined) throw new Error(`${flowLog} has rows and no target`);
    if ((type === 's3') !== (chunk.body.form === 'deflated-text')) {
      throw new Error(`${flowLog} has a target of type ${type} and rows as ${chunk.body.form}`);
    }
  }

  #isEnding(producer: Producer): boolean {
    return this.#ending.has(producer);
  }

  #addSegment({ id, bytes, index }: SpooledSegment): Segment {
    const { producer, sequence, committedAt } = index;
    const segment: Segment = { id, bytes, producer, sequence, committedAt, waiting: 0 };
    this.#segments.set(id, segment);
    this.#bytes += bytes;
    return segment;
  }

  #addClaim(claim: Claim): void {
    claim.chunk.segment.waiting++;
    this.#claimCount++;
    this.#claims.set(claim.flowLog, (this.#claims.get(claim.flowLog) ?? 0) + 1);
    this.amounts.select(claim.flowLog, claim.chunk, 'spooled');
  }

  #free(claims: ReadonlySet<Claim>): void {
    for (const { chunk, flowLog } of claims)
      this.#port.ledger.addFreed(chunk.segment.id, chunk.index, flowLog);
  }

  #released(claims: ReadonlySet<Claim>): void {
    for (const { chunk, flowLog } of claims) {
      if (--chunk.segment.waiting === 0) this.#empty.add(chunk.segment);
      this.#claimCount--;
      const left = this.#claims.get(flowLog)! - 1;
      if (left > 0) this.#claims.set(flowLog, left);
      else this.#claims.delete(flowLog);
    }
  }

  #settledObjects(units: readonly AnyUnit[]): void {
    for (const unit of units) {
      const producer = 'row' in unit ? this.#producers.get(unit.producer) : undefined;
      if (producer !== undefined && --producer.unsettled === 0) this.#finish(producer);
    }
  }

  /** Forgets producers that have ended, once everything of them is settled. */
  #finish(producer: Producer): void {
    const { ledger } = this.#port;
    if (!producer.row.ended || producer.unsettled > 0) return;
    if (this.#cuts.some((cut) => cut.producer === producer)) return;
    if (producer.kind === 'replay' && producer.row.irregular) {
      const kept = [...this.#producers.values()].filter(
        ({ kind, row, unsettled }) => kind === 'replay' && row.ended && row.irregular && unsettled === 0,
      );
      for (const { name } of kept.slice(0, -KEPT_REPLAYS)) this.#forgetProducer(name);
      return;
    }
    if (producer.kind === 'replay') this.#forgetProducer(producer.name);
    else if (producer.row.prunedSlot !== LAST_SLOT) {
      // The row stays: should the name ever be used again, its parts get other numbers.
      let { prunedPart } = producer.row;
      ledger.transaction(() => {
        prunedPart = Math.max(prunedPart, ledger.pruneObjects(producer.name, LAST_SLOT));
        ledger.putProducer({ ...producer.row, prunedSlot: LAST_SLOT, prunedPart });
      });
      producer.row = { ...producer.row, prunedSlot: LAST_SLOT, prunedPart };
    }
  }

  #forgetProducer(name: string): void {
    this.#port.ledger.transaction(() => this.#port.ledger.deleteProducer(name));
    this.#producers.delete(name);
  }

  #removeEmpty(): void {
    for (const segment of this.#empty) {
      const note = this.#lastNote;
      if (note?.segment === segment.id && !note.saved) continue;
      this.#port.spool.remove(segment.id);
      this.#empty.delete(segment);
      this.#segments.delete(segment.id);
      this.#bytes -= segment.bytes;
      this.#removed.push(segment.id);
    }
  }

  /** When it is certain that removed segments do not come back, the ledger need not say what was free in them. */
  #forget(): void {
    const { ledger, spool, clock } = this.#port;
    if (clock() - this.#forgottenAt < FORGET_MS) return;
    this.#forgottenAt = clock();
    const removed = this.#removed;
    if (removed.length > 0) spool.flushDirectory();
    const pruned = [...this.#producers.values()].filter(({ kind, upTo, row }) => {
      return kind === 'live' && Math.floor(upTo / SLOT_SECONDS) - LEDGER_SLOTS > row.prunedSlot;
    });
    if (removed.length === 0 && pruned.length === 0) return;
    step('ledger-freed');
    const rows = new Map<Producer, Producer['row']>();
    ledger.transaction(() => {
      for (const id of removed) ledger.deleteFreed(id);
      for (const producer of pruned) {
        const prunedSlot = Math.floor(producer.upTo / SLOT_SECONDS) - LEDGER_SLOTS;
        const part = ledger.pruneObjects(producer.name, prunedSlot);
        const row = { ...producer.row, prunedSlot, prunedPart: Math.max(producer.row.prunedPart, part) };
        ledger.putProducer(row);
        rows.set(producer, row);
      }
    });
    for (const [producer, row] of rows) producer.row = row;
    this.#removed = [];
  }

  #saveTargets(): void {
    if (this.#changedTargets.size === 0) return;
    const { ledger } = this.#port;
    ledger.transaction(() => {
      for (const flowLog of this.#changedTargets) {
        const target = this.targets.get(flowLog);
        if (target === undefined) ledger.deleteTarget(flowLog);
        else ledger.putTarget(target);
      }
    });
    this.#changedTargets.clear();
  }
}

/** Segments that have no claims left when these are gone. */
function emptiedBy(claims: ReadonlySet<Claim>): Set<Segment> {
  const counts = new Map<Segment, number>();
  for (const { chunk } of claims) counts.set(chunk.segment, (counts.get(chunk.segment) ?? 0) + 1);
  return new Set([...counts].flatMap(([segment, count]) => (count === segment.waiting ? [segment] : [])));
}
