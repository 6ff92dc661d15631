/**
 * What is to be told of new objects, beside the queues that hear of it. An event goes through one row at a time, so
 * that it is told exactly once whatever ends the process in between:
 *
 *   begin     a row says which version of an object is about to come to be      (before it gets its name)
 *   happened  the row is taken away, and messages of queues and events of webhooks put in its place, in one transaction
 *   recover   rows that a process left behind: as `happened` where that very version is there, else forgotten
 *
 * What delivery puts again after a crash has the `once` of the first time, and is told no second time.
 */
import { createHash } from 'node:crypto';
import { type Database, inOne, tallier } from './database.ts';
import type { FileIdentity } from './objects-sidecars.ts';
import { isThisProcess, processMark } from './process-mark.ts';
import type { QueueName, QueueStorage } from './queues.ts';
import type { Tally } from './queues-database.ts';

/** Who is to hear of an object: a queue or a webhook, with the body it gets. */
export type EventTarget =
  | { readonly queue: QueueName; readonly body: string }
  | { readonly webhook: string; readonly body: string };

/** The version of an object that an event is about. */
export interface EventSubject {
  readonly bucket: string;
  readonly bucketId: string;
  readonly key: string;
  readonly identity: FileIdentity;
}

export interface WaitingEvent {
  readonly id: number;
  /** When the object came to be, ms. */
  readonly at: number;
  readonly body: string;
}

/** Rows that a living thread left for so long are told of, where their object is there, ms. */
const LEFT_MS = 60_000;
/** How long what was put is remembered, against putting it again, ms. */
const REMEMBERED_MS = 30 * 24 * 3_600_000;
/** Rows that a transaction of upkeep looks at or removes. */
const AT_A_TIME = 1_000;
/** Events that wait for one webhook; the oldest make room. */
export const MAX_WAITING = 100_000;
/** Who sends messages of events, as their SenderId shows. */
const SENDER = 'AIDAJQR6QDGQ7PATMSYEY';

interface IntentRow {
  id: number;
  owner: string;
  bucket: string;
  bucket_id: string;
  key: string;
  size: string;
  mtime: string;
  once: string | null;
  targets: string;
  at: number;
}

export class EventJournal {
  readonly #database: Database;
  readonly #queues: QueueStorage;
  readonly #maxWaiting: number;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #tally: (name: Tally, amount: number) => void;

  constructor(queues: QueueStorage, maxWaiting: number = MAX_WAITING) {
    this.#queues = queues;
    this.#database = queues.database;
    this.#maxWaiting = maxWaiting;
    this.#statements = prepare(this.#database);
    this.#tally = tallier(this.#database);
  }

  /** What stands for putting these bytes under this key of this bucket, however often. */
  static once({ bucketId, key }: Pick<EventSubject, 'bucketId' | 'key'>, etag: string): string {
    return createHash('sha256').update(`${bucketId}\0${etag}\0${key}`).digest('base64url');
  }

  /**
   * Writes an event down, durably; its number rises from event to event, which is what `targets` is given. Undefined
   * where it was told already.
   */
  begin(
    subject: EventSubject,
    once: string | undefined,
    targets: (number: number) => readonly EventTarget[],
    now: number,
  ): number | undefined {
    return this.#inOne(() => {
      if (once !== undefined && this.#statements.told.get(once) !== undefined) {
        this.#tally('events_repeated', 1);
        return undefined;
      }
      const { bucket, bucketId, key, identity } = subject;
      const { lastInsertRowid } = this.#statements.begin.run(
        processMark(),
        Math.floor(now),
        bucket,
        bucketId,
        key,
        String(identity.size),
        String(identity.mtimeNs),
        once ?? null,
      );
      const id = Number(lastInsertRowid);
      this.#statements.aim.run(JSON.stringify(targets(id)), id);
      return id;
    });
  }

  /** Tells of an event whose object is there; nothing where that is done already. */
  happened(id: number, now: number): void {
    this.#inOne(() => {
      const row = this.#statements.take.get(id);
      if (row === undefined) return;
      if (row.once !== null && this.#statements.tell.run(row.once, Math.floor(now)).changes === 0) {
        this.#tally('events_repeated', 1);
        return;
      }
      for (const target of JSON.parse(row.targets) as EventTarget[]) {
        if ('queue' in target) this.#toQueue(target.queue, target.body, now);
        else this.#toWebhook(target.webhook, target.body, row.at);
      }
    });
  }

  /** Forgets an event whose object did not come to be. */
  withdraw(id: number): void {
    this.#statements.take.get(id);
  }

  /**
   * Settles what processes that are gone left, and what this one left for long: by whether the version is there. Of
   * this process's, whose thread may be about to publish, none is forgotten.
   */
  async recover(isThere: (subject: EventSubject) => Promise<boolean>, now: number): Promise<void> {
    for (let after = 0; ;) {
      const rows = this.#statements.intents.all(after, AT_A_TIME);
      for (const row of rows) {
        after = row.id;
        const isOurs = isThisProcess(row.owner);
        if (isOurs && now - row.at < LEFT_MS) continue;
        const there = await isThere({
          bucket: row.bucket,
          bucketId: row.bucket_id,
          key: row.key,
          identity: { size: BigInt(row.size), mtimeNs: BigInt(row.mtime) },
        });
        if (there) this.happened(row.id, now);
        else if (!isOurs) this.withdraw(row.id);
      }
      if (rows.length < AT_A_TIME) return;
    }
  }

  /** Says which webhooks there are, each with what it hears of (opaque here). Events for others are dropped. */
  setWebhooks(webhooks: ReadonlyMap<string, object>): void {
    this.#inOne(() => {
      for (const { name, held } of this.#statements.webhooks.all()) {
        if (webhooks.has(name)) continue;
        this.#statements.dropAll.run(name);
        this.#tally('events_webhook_dropped', held);
        this.#statements.removeWebhook.run(name);
      }
      for (const [name, filter] of webhooks) this.#statements.setWebhook.run(name, JSON.stringify(filter));
    });
  }

  webhooks(): ReadonlyMap<string, unknown> {
    const rows = this.#statements.webhooks.all();
    return new Map(rows.map(({ name, filter }) => [name, JSON.parse(filter) as unknown]));
  }

  /** Events that wait for a webhook, the oldest first. */
  waiting(webhook: string, limit: number): readonly WaitingEvent[] {
    return this.#statements.waiting.all(webhook, limit);
  }

  /** How many wait, by webhook. */
  waitingCounts(): ReadonlyMap<string, number> {
    return new Map(this.#statements.webhooks.all().map(({ name, held }) => [name, held]));
  }

  /** A webhook has taken an event, or is not to get it any more. */
  settle(webhook: string, id: number, how: 'delivered' | 'dropped'): void {
    this.#inOne(() => {
      const { changes } = this.#statements.settle.run(webhook, id);
      this.#statements.holds.run(-changes, webhook);
      this.#tally(how === 'delivered' ? 'events_webhook_delivered' : 'events_webhook_dropped', changes);
    });
  }

  /** Forgets what was told long ago. */
  forget(now: number): void {
    for (let removed = AT_A_TIME; removed === AT_A_TIME;) {
      removed = this.#statements.forget.run(Math.floor(now) - REMEMBERED_MS, AT_A_TIME).changes;
    }
  }

  #toQueue(queue: QueueName, body: string, now: number): void {
    const sent = this.#queues.sendWithin(queue, { body, sender: SENDER, delaySeconds: 0 }, now);
    if (sent === undefined) this.#tally('events_without_queue', 1);
    else this.#tally(sent === 'full' ? 'events_queue_full' : 'events_queued', 1);
  }

  #toWebhook(webhook: string, body: string, at: number): void {
    const held = this.#statements.webhook.get(webhook)?.held;
    if (held === undefined) return; // gone from the configuration meanwhile
    this.#tally('events_webhook', 1);
    this.#statements.wait.run(webhook, at, body);
    this.#statements.holds.run(1, webhook);
    if (held < this.#maxWaiting) return;
    const { changes } = this.#statements.dropOldest.run(webhook);
    this.#statements.holds.run(-changes, webhook);
    this.#tally('events_webhook_dropped', changes);
  }

  #inOne<T>(work: () => T): T {
    return inOne(this.#database, work);
  }
}

function prepare(database: Database) {
  return {
    begin: database.prepare<[string, number, string, string, string, string, string, string | null]>(
      `INSERT INTO event_intent (owner, at, bucket, bucket_id, key, size, mtime, once, targets)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, '[]')`,
    ),
    aim: database.prepare<[string, number]>('UPDATE event_intent SET targets = ? WHERE id = ?'),
    take: database.prepare<[number], IntentRow>('DELETE FROM event_intent WHERE id = ? RETURNING *'),
    intents: database.prepare<[number, number], IntentRow>(
      'SELECT * FROM event_intent WHERE id > ? ORDER BY id LIMIT ?',
    ),
    told: database.prepare<[string], { at: number }>('SELECT at FROM event_once WHERE once = ?'),
    tell: database.prepare<[string, number]>('INSERT OR IGNORE INTO event_once VALUES (?, ?)'),
    forget: database.prepare<[number, number]>(
      'DELETE FROM event_once WHERE once IN (SELECT once FROM event_once WHERE at < ? LIMIT ?)',
    ),
    webhooks: database.prepare<[], { name: string; filter: string; held: number }>(
      'SELECT * FROM webhook ORDER BY name',
    ),
    webhook: database.prepare<[string], { held: number }>('SELECT held FROM webhook WHERE name = ?'),
    setWebhook: database.prepare<[string, string]>(
      'INSERT INTO webhook (name, filter) VALUES (?, ?) ON CONFLICT DO UPDATE SET filter = excluded.filter',
    ),
    removeWebhook: database.prepare<[string]>('DELETE FROM webhook WHERE name = ?'),
    holds: database.prepare<[number, string]>('UPDATE webhook SET held = held + ? WHERE name = ?'),
    wait: database.prepare<[string, number, string]>(
      'INSERT INTO webhook_event (webhook, at, body) VALUES (?, ?, ?)',
    ),
    waiting: database.prepare<[string, number], WaitingEvent>(
      'SELECT id, at, body FROM webhook_event WHERE webhook = ? ORDER BY id LIMIT ?',
    ),
    settle: database.prepare<[string, number]>('DELETE FROM webhook_event WHERE webhook = ? AND id = ?'),
    dropAll: database.prepare<[string]>('DELETE FROM webhook_event WHERE webhook = ?'),
    dropOldest: database.prepare<[string]>(
      `DELETE FROM webhook_event WHERE id = (SELECT MIN(id) FROM webhook_event WHERE webhook = ?1)`,
    ),
  };
}
