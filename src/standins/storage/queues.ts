/**
 * Stored queues and their messages, in one SQLite file below a root. Any number of instances, on any threads of one
 * process, may be open on it: each method is one transaction, durable when it returns.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { type Database, inOne, tallier } from './database.ts';
import { openQueuesDatabase, readTallies, type Tally } from './queues-database.ts';
import { type At, prepare, type QueueRow } from './queues-statements.ts';
import { numberOf, type QueueAttributes, redriveOf } from './queues-settings.ts';

/** Where a queue lives: names are unique in an account and region. */
export interface QueueName {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

export interface QueueInfo extends QueueName {
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly changedAt: number;
  readonly purgedAt: number | undefined;
  readonly attributes: QueueAttributes;
  readonly tags: Readonly<Record<string, string>>;
}

export interface NewMessage {
  readonly body: string;
  /** JSON of the message attributes. */
  readonly attributes?: string;
  /** Id of who sends it. */
  readonly sender: string;
  readonly delaySeconds: number;
}

export interface SentMessage {
  readonly messageId: string;
  readonly md5: string;
}

export interface ReceivedMessage {
  readonly messageId: string;
  readonly receipt: string;
  readonly body: string;
  readonly md5: string;
  readonly attributes: string | undefined;
  readonly sender: string;
  readonly sentAt: number;
  readonly receives: number;
  readonly firstReceivedAt: number;
}

export interface QueueCounts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

export interface QueueOptions {
  /** Messages that a queue may hold; more are refused. */
  readonly maxMessages: number;
}

const OPTIONS: QueueOptions = { maxMessages: 1_000_000 };
/** Rows that a transaction of upkeep removes: others wait for no more than that. */
const REMOVED_AT_A_TIME = 5_000;

/** Opens the queues of a root, which is made where it is missing. */
export function openQueueStorage(root: string, options: Partial<QueueOptions> = {}): QueueStorage {
  return new QueueStorage(openQueuesDatabase(root), options);
}

export class QueueStorage {
  /** Also holds what is to be told of objects (queues-events.ts). */
  readonly database: Database;
  readonly #options: QueueOptions;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #tally: (name: Tally, amount: number) => void;

  constructor(database: Database, options: Partial<QueueOptions> = {}) {
    this.database = database;
    this.#options = { ...OPTIONS, ...options };
    this.#statements = prepare(database);
    this.#tally = tallier(database);
  }

  get tallies(): Record<Tally, number> {
    return readTallies(this.database);
  }

  find(queue: QueueName): QueueInfo | undefined {
    const row = this.#statements.find.get(...at(queue));
    return row === undefined ? undefined : infoOf(row);
  }

  /** The queues of an account and region by name: at most `limit` that begin with `prefix`, behind `after`. */
  list(account: string, region: string, prefix: string, after: string, limit: number): QueueInfo[] {
    return this.#statements.list.all(account, region, after, prefix.length, prefix, limit).map(infoOf);
  }

  /** How many an account has in a region. */
  count(account: string, region: string): number {
    return this.#statements.count.get(account, region)!.count;
  }

  /** Undefined when it was made; else the queue that is there. */
  create(
    queue: QueueName,
    attributes: QueueAttributes,
    tags: Readonly<Record<string, string>>,
    now: number,
  ): QueueInfo | undefined {
    return this.#inOne(() => {
      const found = this.find(queue);
      if (found !== undefined) return found;
      const time = Math.floor(now);
      this.#statements.create.run(...at(queue), time, time, JSON.stringify(attributes), JSON.stringify(tags));
      return undefined;
    });
  }

  /** False where there is no such queue. Its messages go with it. */
  delete(queue: QueueName): boolean {
    return this.#inOne(() => {
      const row = this.#statements.find.get(...at(queue));
      if (row === undefined) return false;
      this.#tally('messages_purged', this.#statements.clear.run(row.id).changes);
      this.#statements.remove.run(row.id);
      return true;
    });
  }

  /** Removes every message. False where there is no such queue. */
  purge(queue: QueueName, now: number): boolean {
    return this.#inOne(() => {
      const row = this.#statements.find.get(...at(queue));
      if (row === undefined) return false;
      this.#tally('messages_purged', this.#statements.clear.run(row.id).changes);
      this.#statements.purged.run(Math.floor(now), row.id);
      return true;
    });
  }

  /** Gives some attributes of a queue other values. False where there is no such queue. */
  setAttributes(queue: QueueName, changes: QueueAttributes, now: number): boolean {
    return this.#change(queue, now, ({ attributes, tags }) => ({
      attributes: { ...attributes, ...changes },
      tags,
    }));
  }

  setTags(queue: QueueName, change: (tags: QueueInfo['tags']) => QueueInfo['tags'], now: number): boolean {
    return this.#change(queue, now, ({ attributes, tags }) => ({ attributes, tags: change(tags) }));
  }

  /** Undefined where there is no such queue, `full` where it holds too many messages. */
  send(queue: QueueName, message: NewMessage, now: number): SentMessage | 'full' | undefined {
    return this.#inOne(() => this.sendWithin(queue, message, now));
  }

  /** `send`, as a part of a transaction that is open. */
  sendWithin(queue: QueueName, message: NewMessage, now: number): SentMessage | 'full' | undefined {
    const row = this.#statements.find.get(...at(queue));
    if (row === undefined) return undefined;
    if (row.held >= this.#options.maxMessages) return 'full';
    const time = Math.floor(now);
    const sent = { messageId: randomUUID(), md5: createHash('md5').update(message.body).digest('hex') };
    this.#statements.send.run(
      row.id,
      sent.messageId,
      message.body,
      sent.md5,
      message.attributes ?? null,
      message.sender,
      time,
      time + message.delaySeconds * 1000,
    );
    this.#statements.holds.run(1, row.id);
    this.#tally('messages_sent', 1);
    return sent;
  }

  /** Whether there may be a message to receive: costs no transaction. */
  hasVisible(queue: QueueInfo, now: number): boolean {
    return this.#statements.someVisible.get(queue.id, Math.floor(now), oldest(queue, now)) !== undefined;
  }

  /** Receives messages: they are hidden for a while, and come back unless they are deleted by then. */
  receive(
    queue: QueueInfo,
    most: number,
    visibilitySeconds: number,
    now: number,
  ): readonly ReceivedMessage[] {
    const time = Math.floor(now);
    return this.#inOne(() => {
      this.#buryDead(queue, time);
      const rows = this.#statements.visible.all(queue.id, time, oldest(queue, now), most);
      const received = rows.map((row): ReceivedMessage => {
        const receipt = randomBytes(12).toString('hex');
        const firstReceivedAt = row.first_received_at ?? time;
        const visibleAt = time + visibilitySeconds * 1000;
        this.#statements.hide.run(visibleAt, firstReceivedAt, receipt, row.id);
        return {
          messageId: row.message_id,
          receipt: `${row.id}.${receipt}`,
          body: row.body,
          md5: row.md5,
          attributes: row.attributes ?? undefined,
          sender: row.sender,
          sentAt: row.sent_at,
          receives: row.receives + 1,
          firstReceivedAt,
        };
      });
      this.#tally('messages_received', received.length);
      return received;
    });
  }

  /** Messages that were received as often as they may go to the dead-letter queue, where that is there. */
  #buryDead(queue: QueueInfo, time: number): void {
    const policy = queue.attributes['RedrivePolicy'];
    const redrive = policy === undefined ? undefined : redriveOf(policy);
    const target = redrive === undefined ? undefined : this.#statements.find.get(...at(redrive));
    if (redrive === undefined || target === undefined) return;
    const moved = this.#statements.bury.run(target.id, queue.id, time, redrive.maxReceiveCount).changes;
    if (moved === 0) return;
    this.#statements.holds.run(moved, target.id);
    this.#statements.holds.run(-moved, queue.id);
    this.#tally('messages_dead_lettered', moved);
  }

  /**
   * Deletes a received message. False for what is no receipt; a message that is gone, or that was received anew
   * meanwhile, is not deleted, which the service does not tell either.
   */
  deleteMessage(queue: QueueInfo, receipt: string): boolean {
    const parts = receiptParts(receipt);
    if (parts === undefined) return false;
    this.#inOne(() => {
      const { changes } = this.#statements.delete.run(parts.id, queue.id, parts.receipt);
      this.#statements.holds.run(-changes, queue.id);
      this.#tally('messages_deleted', changes);
    });
    return true;
  }

  /** Hides a received message from now on for so long. */
  changeVisibility(
    queue: QueueInfo,
    receipt: string,
    seconds: number,
    now: number,
  ): 'changed' | 'no receipt' | 'gone' | 'visible' {
    const parts = receiptParts(receipt);
    if (parts === undefined) return 'no receipt';
    const time = Math.floor(now);
    return this.#inOne(() => {
      const visibleAt = this.#statements.visibleAt.get(parts.id, queue.id, parts.receipt);
      if (visibleAt === undefined) return 'gone';
      if (visibleAt.visible_at <= time) return 'visible';
      this.#statements.hideUntil.run(time + seconds * 1000, parts.id);
      return 'changed';
    });
  }

  counts(queue: QueueInfo, now: number): QueueCounts {
    const time = Math.floor(now);
    const row = this.#statements.counts.get(time, time, queue.id, oldest(queue, now))!;
    return {
      visible: row.visible ?? 0,
      inFlight: row.in_flight ?? 0,
      delayed: row.whole - (row.visible ?? 0) - (row.in_flight ?? 0),
    };
  }

  /** Removes messages that are older than their queue keeps them; returns how many. */
  expire(now: number): number {
    let expired = 0;
    for (const row of this.#statements.all.all()) {
      const queue = infoOf(row);
      for (let removed = REMOVED_AT_A_TIME; removed === REMOVED_AT_A_TIME;) {
        removed = this.#inOne(() => {
          const { changes } = this.#statements.expire.run(queue.id, oldest(queue, now), REMOVED_AT_A_TIME);
          this.#statements.holds.run(-changes, queue.id);
          this.#tally('messages_expired', changes);
          return changes;
        });
        expired += removed;
      }
    }
    return expired;
  }

  close(): void {
    this.database.close();
  }

  #change(
    queue: QueueName,
    now: number,
    change: (found: QueueInfo) => Pick<QueueInfo, 'attributes' | 'tags'>,
  ): boolean {
    return this.#inOne(() => {
      const found = this.find(queue);
      if (found === undefined) return false;
      const { attributes, tags } = change(found);
      this.#statements.change.run(
        JSON.stringify(attributes),
        JSON.stringify(tags),
        Math.floor(now),
        found.id,
      );
      return true;
    });
  }

  #inOne<T>(work: () => T): T {
    return inOne(this.database, work);
  }
}

function at({ account, region, name }: QueueName): At {
  return [account, region, name];
}

/** Messages that were sent until then are too old. */
function oldest({ attributes }: QueueInfo, now: number): number {
  return Math.floor(now) - numberOf(attributes, 'MessageRetentionPeriod') * 1000;
}

function infoOf(row: QueueRow): QueueInfo {
  const { id, account, region, name } = row;
  return {
    id,
    account,
    region,
    name,
    createdAt: row.created_at,
    changedAt: row.changed_at,
    purgedAt: row.purged_at ?? undefined,
    attributes: JSON.parse(row.attributes) as QueueAttributes,
    tags: JSON.parse(row.tags) as Record<string, string>,
  };
}

function receiptParts(text: string): { id: number; receipt: string } | undefined {
  const [, id, receipt] = /^([0-9]{1,15})\.([0-9a-f]{24})$/.exec(text) ?? [];
  return receipt === undefined ? undefined : { id: Number(id), receipt };
}
