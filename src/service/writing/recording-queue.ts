import { messageOf } from '../../base/errors.ts';
import type { WindowCommit } from '../../delivery/chunk.ts';
import type { Deliverer } from '../../delivery/deliverer.ts';
import type { WindowAnswer } from '../threads/messages.ts';
import { BackOff } from './back-off.ts';
import { gapOf } from './gap-note.ts';
import type { RecordingWriter, WriterInput } from './recording-writer.ts';

/** Milliseconds of work between two turns of the event loop. */
const TURN_MS = 8;
/**
 * Messages that wait while commits fail. Windows with rows are bounded by their tables; those with NODATA and
 * SKIPDATA only are not: from here on they are left out, and counted.
 */
const MAX_WAITING = 2_048;

export type Log = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields?: Record<string, unknown>,
) => void;

/** What a recording's queue has to do with the rest of the thread. */
export interface QueueOptions {
  readonly writer: RecordingWriter;
  readonly deliverer: Deliverer;
  readonly answer: (answer: WindowAnswer) => void;
  readonly onCommit: (commit: WindowCommit) => void;
  readonly log: Log;
  /** Something in the code is wrong: nothing of this recording can be written any more. */
  readonly onFault: (error: unknown) => void;
}

export interface QueueCounters {
  commitRetries: number;
  /** Messages with NODATA and SKIPDATA only that found no room. */
  statusDropped: number;
}

/**
 * One recording on the writing thread: takes its messages one after another, commits, and answers. While the
 * disk refuses a commit, this recording waits (its tables are not given back), and others go on.
 */
export class RecordingQueue {
  readonly counters: QueueCounters = { commitRetries: 0, statusDropped: 0 };
  readonly writer: RecordingWriter;
  readonly #options: QueueOptions;
  readonly #waiting: WriterInput[] = [];
  readonly #backOff = new BackOff();
  #running: Promise<void> | undefined;
  #begun = false;
  #ended = false;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.writer = options.writer;
  }

  /** Everything is committed and the recording over. */
  get ended(): boolean {
    return this.#ended;
  }

  /** What could not be told of losses and of silence, so far. */
  get untold(): Record<'statusMessages' | 'gapInterfaces' | 'givenUpRows', number> {
    const { gap, givenUp } = this.writer;
    return {
      statusMessages: this.counters.statusDropped,
      gapInterfaces: gap.left,
      givenUpRows: givenUp.dropped,
    };
  }

  get idle(): boolean {
    return this.#running === undefined;
  }

  push(input: WriterInput): void {
    if (this.#ended) return;
    if (this.#waiting.length >= MAX_WAITING && isStatusOnly(input)) this.counters.statusDropped++;
    else this.#waiting.push(input);
    this.#run();
  }

  /** Begins the producer, and answers so. */
  begin(): void {
    this.#run();
  }

  /** Resolves when there is nothing to do, or nothing can be done any more. */
  async drained(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** No more tries: what is not committed now is not. */
  stop(): void {
    this.#backOff.stop();
  }

  #run(): void {
    this.#running ??= this.#work()
      .catch((error: unknown) => this.#options.onFault(error))
      .finally(() => {
        this.#running = undefined;
        // What came between the last look and now.
        if (this.#waiting.length > 0 && !this.#backOff.stopped && !this.#ended) this.#run();
      });
  }

  async #work(): Promise<void> {
    if (!this.#begun) {
      const { writer, deliverer } = this.#options;
      const begun = await this.#insist('begin', () => deliverer.begin(writer.producer, writer.mode));
      if (begun === undefined) return;
      this.#begun = true;
      const gap = writer.mode === 'live' ? gapOf(begun.lastNote) : undefined;
      this.#options.answer({ kind: 'begun', gap });
    }
    for (let input = this.#waiting.shift(); input !== undefined; input = this.#waiting.shift()) {
      const wantsCommit = await inTurns(this.writer.take(input));
      if (wantsCommit && !(await this.#commit())) return;
      this.#after(input);
    }
  }

  /** False when it was not committed and will not be. */
  async #commit(): Promise<boolean> {
    const { deliverer, answer, onCommit } = this.#options;
    const commit = await inTurns(this.writer.commit(this.#takesGivenUp ? deliverer.takeGivenUp() : []));
    if (commit !== undefined) {
      const done = await this.#insist('commit', () => {
        deliverer.commit(commit);
        return true;
      });
      if (done === undefined) return false;
      onCommit(commit);
    }
    for (const table of this.writer.committed(commit)) answer({ kind: 'release', table });
    return true;
  }

  /** SKIPDATA rows of what was given up are live rows: those of a replay stay what its captures say (S6.3). */
  get #takesGivenUp(): boolean {
    return this.writer.mode === 'live';
  }

  /** Does what the disk may refuse, until it does not. undefined when there are no more tries. */
  async #insist<T>(what: string, act: () => T): Promise<T | undefined> {
    for (;;) {
      try {
        const result = act();
        this.#backOff.reset();
        return result;
      } catch (error) {
        this.counters.commitRetries++;
        const fields = { producer: this.writer.producer, reason: messageOf(error) };
        if (this.#backOff.stopped) {
          this.#options.log('error', `the spool takes no ${what}: it is left out`, fields);
          return undefined;
        }
        this.#options.log('warn', `the spool takes no ${what}: trying again`, fields);
        await this.#backOff.wait();
      }
    }
  }

  #after(input: WriterInput): void {
    const { deliverer, answer } = this.#options;
    const { producer, mode } = this.writer;
    if (input.kind === 'closed') this.#tell('closed', () => deliverer.closed(producer, input.upTo));
    else if (input.kind === 'flush') {
      const flushed = (): void => answer({ kind: 'flushed', id: input.id });
      deliverer.flush(producer).then(flushed, (error: unknown) => {
        this.#options.log('error', 'flush failed', { producer, reason: messageOf(error) });
        flushed();
      });
    } else if (input.kind === 'end') {
      if (mode === 'replay') this.#tell('end', () => deliverer.end(producer));
      this.#ended = true;
      answer({ kind: 'ended' });
    }
  }

  /** What delivery is told is worth a message when it fails, not the thread. */
  #tell(what: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#options.log('error', `delivery was not told: ${what}`, { reason: messageOf(error) });
    }
  }
}

function isStatusOnly(input: WriterInput): boolean {
  return input.kind === 'interval' || (input.kind === 'window' && input.window.table < 0);
}

/** Runs work that yields, with turns of the event loop between. */
async function inTurns<T>(work: Generator<void, T>): Promise<T> {
  let turn = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (performance.now() - turn < TURN_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    turn = performance.now();
  }
}
