import type { MessagePort } from 'node:worker_threads';
import { messageOf } from '../../base/errors.ts';
import type { WindowCommit } from '../../delivery/chunk.ts';
import type { Deliverer } from '../../delivery/deliverer.ts';
import { addAccount, emptyAccount } from '../../flows/accounting.ts';
import type { FromWriting, ToWriting, WindowMessage, WritingStats } from '../threads/messages.ts';
import { FlowLogs } from './flow-logs.ts';
import { RecordingQueue } from './recording-queue.ts';
import { RecordingWriter } from './recording-writer.ts';
import type { RollUpLimits } from './roll-ups.ts';
import { tailOf } from './tail.ts';

const TICK_MS = 1_000;
/** A deleted flow log's windows are all here after so long, if nothing waits: then it is forgotten. */
const FORGET_MS = 60_000;
/** How long windows that closed before a deletion may be on their way. */
const LEAVE_MS = 1_000;
/** Of what is left to close, delivery gets this part at least. */
const DELIVERY_SHARE = 1 / 2;

/** A sum holds the distinct flows of ten windows: four tables of a recorder. */
export const ROLL_UP_LIMITS: RollUpLimits = { rows: 1 << 22, partRows: 1 << 20 };

interface Recording {
  readonly queue: RecordingQueue;
  readonly port: MessagePort;
}

export interface WritingThreadOptions {
  readonly deliverer: Deliverer;
  readonly tell: (message: FromWriting) => void;
  /** The thread has to die of it. */
  readonly onFault: (error: unknown) => void;
  readonly rollUps?: RollUpLimits;
}

/** What runs on the writing thread: recordings' windows to commits of delivery, and main's wishes. */
export class WritingThread {
  readonly #options: WritingThreadOptions;
  readonly #flowLogs = new FlowLogs();
  readonly #recordings = new Map<number, Recording>();
  readonly #timer: NodeJS.Timeout;
  /** Sums of recordings that are over. */
  readonly #past = noSums();
  /** By recording: what was logged of untold losses. */
  readonly #untold = new Map<number, number>();
  #lines = 0;
  #closing = false;

  constructor(options: WritingThreadOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  take(message: ToWriting): void {
    const { deliverer } = this.#options;
    switch (message.kind) {
      case 'subscribe': {
        for (const refused of this.#flowLogs.take(message.subscriptions)) {
          this.#log('error', 'a flow log cannot be recorded', refused);
        }
        return this.#setTargets();
      }
      case 'recording':
        return this.#addRecording(message);
      case 'network':
        return this.#recordings
          .get(message.recording)
          ?.queue.writer.addVersion(message.version, message.snapshot);
      case 'flush':
        return this.#answer(message.id, deliverer.flush(message.producer));
      case 'retry':
        return deliverer.retry(message.flowLog);
      case 'tail':
        this.#flowLogs.followed = new Set(message.flowLogs);
        return;
      case 'close':
        return this.#answer(message.id, this.#close(message.graceMs));
    }
  }

  stats(): WritingStats {
    const sums = noSums();
    addSums(this.#past, sums);
    for (const { queue } of this.#recordings.values()) addSums(sumsOf(queue), sums);
    const { prefixes: _prefixes, ...account } = sums.account;
    const delivery = this.#options.deliverer.stats();
    return {
      windows: sums.windows,
      lines: this.#lines,
      account,
      unsubscribedRows: sums.rows,
      unsubscribedPackets: sums.packets,
      unsubscribedBytes: sums.bytes,
      commits: delivery.commits,
      commitRetries: sums.commitRetries,
      spoolBytes: delivery.spoolBytes,
      oldestDueSeconds: delivery.oldestDueSeconds,
      logsFreshness: delivery.logsFreshness,
      objectFreshness: delivery.objectFreshness,
      streamsFreshness: delivery.streamsFreshness,
      objects: delivery.objects,
      events: delivery.events,
      records: delivery.records,
      failures: delivery.failures,
      amounts: this.#options.deliverer.amounts(),
    };
  }

  #addRecording({ recording, producer, mode, port }: Extract<ToWriting, { kind: 'recording' }>): void {
    const rollUps = this.#options.rollUps ?? ROLL_UP_LIMITS;
    const writer = new RecordingWriter({ producer, mode, flowLogs: this.#flowLogs, rollUps });
    const queue: RecordingQueue = new RecordingQueue({
      writer,
      deliverer: this.#options.deliverer,
      answer: (answer) => {
        port.postMessage(answer);
        if (answer.kind === 'ended') this.#over(recording);
      },
      onCommit: (commit) => this.#committed(commit),
      log: (level, message, fields) => this.#log(level, message, fields),
      onFault: this.#options.onFault,
    });
    this.#recordings.set(recording, { queue, port });
    port.on('message', (message: WindowMessage) => queue.push(message));
    // A recording that died has sent all it ever will. Its unfinished sums are in no commit: the gap says so (S5.2).
    port.on('close', () => {
      if (!queue.ended) this.#log('warn', 'a recording has gone without its end', { producer });
      queue.stop();
      this.#over(recording);
    });
    queue.begin();
  }

  #over(recording: number): void {
    const over = this.#recordings.get(recording);
    if (over === undefined) return;
    this.#tellUntold(recording, over.queue);
    this.#untold.delete(recording);
    this.#recordings.delete(recording);
    void over.queue.drained().then(() => addSums(sumsOf(over.queue), this.#past));
  }

  #committed(commit: WindowCommit): void {
    for (const { rows, statusRows, flowLogs } of commit.chunks) {
      this.#lines += (rows + statusRows) * flowLogs.length;
    }
    const { followed } = this.#flowLogs;
    if (followed.size === 0) return;
    for (const { flowLog, text, whole } of tailOf(commit.chunks, followed)) {
      this.#options.tell({ kind: 'lines', flowLog, text });
      if (!whole) this.#log('warn', 'more lines than a follower is told', { flowLog });
    }
  }

  #tick(): void {
    for (const [recording, { queue }] of this.#recordings) this.#tellUntold(recording, queue);
    this.#leave(Date.now());
    this.#options.tell({ kind: 'stats', stats: this.stats() });
  }

  /** Logs it when more NODATA or SKIPDATA could not be written. */
  #tellUntold(recording: number, { untold }: RecordingQueue): void {
    const sum = Object.values(untold).reduce((all, count) => all + count, 0);
    if (sum <= (this.#untold.get(recording) ?? 0)) return;
    this.#untold.set(recording, sum);
    this.#log('warn', 'bounds were reached: some NODATA and SKIPDATA are missing', { recording, ...untold });
  }

  /** Deleted flow logs end, and are forgotten when nothing of theirs can come any more. */
  #leave(now: number): void {
    const deleted = Array.from(this.#flowLogs.all()).filter((it) => it.deletedAt !== undefined);
    if (deleted.length === 0) return;
    const queues = Array.from(this.#recordings.values(), ({ queue }) => queue);
    for (const queue of queues) {
      if (queue.idle && queue.writer.mustLeave(now - LEAVE_MS))
        queue.push({ kind: 'leave', at: now - LEAVE_MS });
    }
    if (queues.every((it) => it.idle) && this.#flowLogs.forget(now - FORGET_MS)) this.#setTargets();
  }

  #setTargets(): void {
    this.#options.deliverer.setTargets(Array.from(this.#flowLogs.all(), (it) => it.target));
  }

  /** Commits what recordings have sent, publishes what it can. */
  async #close(graceMs: number): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    const deadline = performance.now() + graceMs;
    const queues = Array.from(this.#recordings.values(), ({ queue }) => queue);
    const timer = setTimeout(
      () => {
        for (const queue of queues) queue.stop();
      },
      graceMs * (1 - DELIVERY_SHARE),
    );
    await Promise.all(queues.map((queue) => queue.drained()));
    clearTimeout(timer);
    clearInterval(this.#timer);
    await this.#options.deliverer.close(Math.max(0, deadline - performance.now()));
    this.#options.tell({ kind: 'stats', stats: this.stats() });
    for (const { port } of this.#recordings.values()) port.close();
  }

  #answer(id: number, work: Promise<void>): void {
    work.then(
      () => this.#options.tell({ kind: 'done', id }),
      (error: unknown) => this.#options.tell({ kind: 'done', id, error: messageOf(error) }),
    );
  }

  #log(level: 'info' | 'warn' | 'error', message: string, fields?: Record<string, unknown>): void {
    this.#options.tell({ kind: 'log', level, message, ...(fields === undefined ? {} : { fields }) });
  }
}

interface Sums {
  windows: number;
  rows: number;
  packets: number;
  bytes: number;
  commitRetries: number;
  readonly account: ReturnType<typeof emptyAccount>;
}

function noSums(): Sums {
  return { windows: 0, rows: 0, packets: 0, bytes: 0, commitRetries: 0, account: emptyAccount() };
}

function sumsOf({ writer, counters }: RecordingQueue): Sums {
  const { windows, unsubscribed, account } = writer.counters;
  return { windows, ...unsubscribed, commitRetries: counters.commitRetries, account };
}

function addSums(from: Sums, into: Sums): void {
  into.windows += from.windows;
  into.rows += from.rows;
  into.packets += from.packets;
  into.bytes += from.bytes;
  into.commitRetries += from.commitRetries;
  addAccount(from.account, into.account);
}
