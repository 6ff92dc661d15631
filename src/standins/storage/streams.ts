/**
 * Stored streams and the records that they hold until they are delivered, in one SQLite file below a root. Any number
 * of instances, on any threads of one process, may be open on it; one of them delivers (the lease).
 */
import { crc32 } from 'node:zlib';
import { type Database, inOne, talliesOf, tallier } from './database.ts';
import { isThisProcess, processMark } from './process-mark.ts';
import { NoSuchStream, type StreamName, type StreamRecords, type StreamSink } from './stream-storage.ts';
import { bufferingOf, type StreamDestination } from './streams-config.ts';
import { openStreamsDatabase, STREAM_TALLIES, type StreamTally } from './streams-database.ts';
import { type DeliveryPlan, planOf } from './streams-plan.ts';
import { prepare, type StreamRow } from './streams-statements.ts';

export interface StreamInfo extends StreamName {
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly destination: StreamDestination;
  readonly tags: Readonly<Record<string, string>>;
  readonly heldBytes: number;
  readonly heldRecords: number;
}

export interface StreamOptions {
  /** What a stream may hold undelivered, bytes of records; more is refused. */
  readonly maxBytes: number;
}

const OPTIONS: StreamOptions = { maxBytes: 1024 * 1024 * 1024 };
const BATCH = /^[A-Za-z0-9_.-]{1,200}$/;
/** How long a batch is remembered, against putting it again, ms. */
const REMEMBERED_MS = 30 * 24 * 3_600_000;
const FORGOTTEN_AT_A_TIME = 5_000;
const LEASE_MS = 60_000;

/** A stream holds as much as it may: what cannot be delivered is in the way. */
export class StreamFull extends Error {
  constructor({ name }: StreamName) {
    super(`stream ${name} holds as much as it may: its destination takes nothing`);
    this.name = 'ServiceUnavailableException';
  }
}

/** Opens the streams of a root, which is made where it is missing. */
export function openStreamStorage(root: string, options: Partial<StreamOptions> = {}): StreamStorage {
  return new StreamStorage(openStreamsDatabase(root), options);
}

export class StreamStorage implements StreamSink {
  readonly #database: Database;
  readonly #options: StreamOptions;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #tally: (name: StreamTally, amount: number) => void;
  readonly #owner = `${processMark()}-${Math.random().toString(36).slice(2)}`;

  constructor(database: Database, options: Partial<StreamOptions> = {}) {
    this.#database = database;
    this.#options = { ...OPTIONS, ...options };
    this.#statements = prepare(database);
    this.#tally = tallier(database);
  }

  get tallies(): Record<StreamTally, number> {
    return talliesOf(this.#database, STREAM_TALLIES);
  }

  /** `batch` is 1 to 200 characters of [A-Za-z0-9_.-]. @throws {NoSuchStream} {StreamFull} */
  // oxlint-disable-next-line require-await -- rejects rather than throws
  async put(stream: StreamName, batch: string, records: StreamRecords, now: number): Promise<void> {
    if (!BATCH.test(batch)) throw new RangeError(`batch ${batch} is no name for a batch`);
    this.#inOne(() => {
      const found = this.#row(stream);
      if (found === undefined) throw new NoSuchStream(stream);
      if (this.#statements.take.run(found.id, batch, Math.floor(now)).changes === 0) {
        this.#tally('batches_repeated', 1);
        return;
      }
      if (records.ends.length === 0) return;
      const bytes = records.ends.at(-1)!;
      if (found.held_bytes > 0 && found.held_bytes + bytes > this.#options.maxBytes) {
        throw new StreamFull(stream); // and the batch is not taken
      }
      this.#keep(found, records, records.ends.length, now);
    });
  }

  // oxlint-disable-next-line require-await -- as the port has it
  async stream(name: StreamName): Promise<StreamInfo | undefined> {
    return this.find(name);
  }

  /**
   * Takes a client's records, as many of the first as there is room for. Returns the number that the first got and how
   * many were taken; undefined where there is no such stream.
   */
  take(
    stream: StreamName,
    records: StreamRecords,
    now: number,
  ): { readonly number: number; readonly taken: number } | undefined {
    return this.#inOne(() => {
      const found = this.#row(stream);
      if (found === undefined) return undefined;
      const room = this.#options.maxBytes - found.held_bytes;
      const { ends } = records;
      let taken = ends.length;
      while (taken > 0 && ends[taken - 1]! > room) taken--;
      this.#tally('records_refused', ends.length - taken);
      return { number: taken === 0 ? 0 : this.#keep(found, records, taken, now), taken };
    });
  }

  find(name: StreamName): StreamInfo | undefined {
    const row = this.#row(name);
    return row === undefined ? undefined : infoOf(row);
  }

  /** All streams. */
  all(): readonly StreamInfo[] {
    return this.#statements.all.all().map(infoOf);
  }

  /** The names of an account's streams in a region behind `after`. */
  names(account: string, region: string, after: string, limit: number): readonly string[] {
    return this.#statements.names.all(account, region, after, limit).map(({ name }) => name);
  }

  count(account: string, region: string): number {
    return this.#statements.count.get(account, region)!.count;
  }

  /** False where there is one already. */
  create(
    { account, region, name }: StreamName,
    destination: StreamDestination,
    tags: Readonly<Record<string, string>>,
    now: number,
  ): boolean {
    const texts = [JSON.stringify(destination), JSON.stringify(tags)] as const;
    return this.#statements.create.run(account, region, name, Math.floor(now), ...texts).changes > 0;
  }

  /** False where there is none. What it holds goes with it, and is counted. */
  delete(stream: StreamName): boolean {
    return this.#inOne(() => {
      const found = this.#row(stream);
      if (found === undefined) return false;
      this.#tally('records_dropped', found.held_records);
      this.#statements.dropBatches.run(found.id);
      this.#statements.dropTaken.run(found.id);
      this.#statements.drop.run(found.id);
      return true;
    });
  }

  /** False where there is no such stream. */
  setTags(stream: StreamName, tags: Readonly<Record<string, string>>): boolean {
    const { account, region, name } = stream;
    return this.#statements.setTags.run(JSON.stringify(tags), account, region, name).changes > 0;
  }

  /**
   * Takes or renews the lease on delivering: whoever has it delivers, until it does not renew it for a minute, or its
   * process ends.
   */
  lease(now: number): boolean {
    const before = this.#statements.lease.get();
    if (before?.owner === this.#owner && before.until - now > LEASE_MS / 2) return true;
    return this.#inOne(() => {
      const held = this.#statements.lease.get();
      const mine = held?.owner === this.#owner;
      if (held !== undefined && !mine && held.until > now && isThisProcess(held.owner)) return false;
      this.#statements.setLease.run(this.#owner, Math.floor(now) + LEASE_MS);
      return true;
    });
  }

  releaseLease(): void {
    this.#statements.dropLease.run(this.#owner);
  }

  /**
   * The delivery that a stream's records are due for: the one that was begun before, else one that is begun now. It is
   * written down before anything of it is sent, so that a crash repeats it and makes no other.
   */
  plan(stream: StreamInfo, now: number): DeliveryPlan | undefined {
    return this.#inOne(() => {
      const row = this.#statements.byId.get(stream.id);
      if (row === undefined) return undefined;
      if (row.plan !== null) return JSON.parse(row.plan) as DeliveryPlan;
      const { bytes, seconds } = bufferingOf(stream.destination);
      const oldest = this.#statements.oldest.get(row.id);
      if (oldest === undefined) return undefined;
      if (row.held_bytes < bytes && oldest.taken_at + seconds * 1000 > now) return undefined;
      const plan = planOf(row.id, this.#statements.waiting.iterate(row.id), bytes, now);
      this.#statements.setPlan.run(JSON.stringify(plan), row.id);
      return plan;
    });
  }

  /** The batches of a plan, one at a time; a damaged one is left out. */
  *batches(stream: StreamInfo, { from, to }: DeliveryPlan): Generator<StreamRecords> {
    for (let at = from; at <= to; at++) {
      const row = this.#statements.batch.get(stream.id, at, to);
      if (row === undefined) return;
      at = row.id;
      if (crc32(row.data, crc32(row.ends)) !== row.crc) continue;
      const ends = new Uint32Array(row.ends.length / 4);
      for (let i = 0; i < ends.length; i++) ends[i] = row.ends.readUInt32LE(i * 4);
      yield { data: row.data, ends };
    }
  }

  /** A plan's records are delivered: they are held no longer. `delivered` are those that could be read. */
  settle(
    stream: StreamInfo,
    plan: DeliveryPlan,
    delivered: number,
    how: 'records_delivered' | 'records_backed_up',
  ): void {
    this.#inOne(() => {
      const row = this.#statements.byId.get(stream.id);
      // Deleted meanwhile, or settled by another already.
      if (row === undefined || row.plan === null) return;
      if ((JSON.parse(row.plan) as DeliveryPlan).uuid !== plan.uuid) return;
      this.#statements.dropRange.run(row.id, plan.from, plan.to);
      this.#statements.settled.run(plan.bytes, plan.records, row.id);
      this.#tally(how, delivered);
      this.#tally('records_damaged', plan.records - delivered);
    });
  }

  /** Forgets batches that were put long ago. */
  forget(now: number): void {
    for (let removed = FORGOTTEN_AT_A_TIME; removed === FORGOTTEN_AT_A_TIME;) {
      removed = this.#statements.forget.run(Math.floor(now) - REMEMBERED_MS, FORGOTTEN_AT_A_TIME).changes;
    }
  }

  close(): void {
    this.#database.close();
  }

  /** Keeps the first records of some; returns the batch's number. */
  #keep(found: StreamRow, { data, ends }: StreamRecords, records: number, now: number): number {
    const bytes = ends[records - 1]!;
    const ended = Buffer.alloc(records * 4);
    for (let i = 0; i < records; i++) ended.writeUInt32LE(ends[i]!, i * 4);
    const kept = Buffer.from(data.buffer, data.byteOffset, bytes);
    const crc = crc32(kept, crc32(ended));
    const { lastInsertRowid } = this.#statements.keep.run(
      found.id,
      Math.floor(now),
      records,
      bytes,
      crc,
      ended,
      kept,
    );
    this.#statements.holds.run(bytes, records, found.id);
    this.#tally('records_taken', records);
    this.#tally('bytes_taken', bytes);
    return Number(lastInsertRowid);
  }

  #row({ account, region, name }: StreamName): StreamRow | undefined {
    return this.#statements.find.get(account, region, name);
  }

  #inOne<T>(work: () => T): T {
    return inOne(this.#database, work);
  }
}

function infoOf(row: StreamRow): StreamInfo {
  const { id, account, region, name } = row;
  return {
    id,
    account,
    region,
    name,
    createdAt: row.created_at,
    destination: JSON.parse(row.destination) as StreamDestination,
    tags: JSON.parse(row.tags) as Record<string, string>,
    heldBytes: row.held_bytes,
    heldRecords: row.held_records,
  };
}
