/**
 * Captures that come as a stream: standard input, a FIFO, a compressed file. Read ahead up to about a MB, and no
 * further until that is decoded: a slow recorder slows the writer down and loses nothing.
 */
import { createReadStream } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { UserError, messageOf } from '../base/errors.ts';
import type { Batch } from '../capture/batch.ts';
import type { CaptureFault, DecoderCounters } from '../capture/decoder.ts';
import type { CaptureOptions } from '../capture/open.ts';
import { InputFault, gunzip, isGzip } from './gzip.ts';
import { Intake } from './intake.ts';
import type { Source, SourceLoss, SourceState } from './source.ts';

const READ_BYTES = 256 << 10;

/**
 * A capture from any Readable, gzip recognised by its first bytes. Not live: it is read to its end. Resolves
 * when the first bytes have come.
 *
 * @param total Bytes that the stream will give, where known, for progress.
 * @throws {UserError} when the stream is empty, cannot be read or is no capture; it is destroyed then.
 */
export async function openStream(
  name: string,
  readable: Readable,
  options: CaptureOptions = {},
  total?: number,
): Promise<Source> {
  const source = new StreamSource(name, readable, options, total);
  try {
    await source.opened();
  } catch (error) {
    await source.close();
    throw error;
  }
  return source;
}

/**
 * Standard input, named `-`.
 *
 * @throws {UserError} when it is a terminal, empty or no capture.
 */
export async function openStandardInput(options: CaptureOptions = {}): Promise<Source> {
  if (process.stdin.isTTY)
    throw new UserError(
      'standard input is a terminal; pipe a capture into it: tcpdump -U -w - | weir record -',
    );
  return openStream('-', process.stdin, options);
}

/** A FIFO, named pipe or process substitution, waited for by the event loop and not by a blocked thread. */
export function readFifo(fd: number): Readable {
  return new Socket({ fd, readable: true, writable: false });
}

/** A file (or what behaves like one) by asynchronous reads. Closes the descriptor at its end. */
export function readDescriptor(fd: number, start?: number): Readable {
  return createReadStream('', { fd, highWaterMark: READ_BYTES, ...(start === undefined ? {} : { start }) });
}

class StreamSource implements Source {
  readonly name: string;
  readonly live = false;
  readonly progress: { read: number; readonly total: number | undefined };
  readonly #intake: Intake;
  readonly #readable: Readable;
  readonly #pumped: Promise<void>;
  #stopped = false;

  constructor(name: string, readable: Readable, options: CaptureOptions, total: number | undefined) {
    this.name = name;
    this.progress = { read: 0, total };
    this.#readable = readable;
    this.#intake = new Intake(name === '-' ? 'standard input' : name, options);
    this.#pumped = this.#pump();
  }

  opened(): Promise<void> {
    return this.#intake.open();
  }

  async #pump(): Promise<void> {
    try {
      for await (const chunk of decompressed(this.#counted())) {
        const room = this.#intake.push(chunk);
        if (room !== undefined) await room;
        if (this.#stopped) break;
      }
      this.#intake.finish();
    } catch (error) {
      this.#intake.finish(this.#stopped ? undefined : faultOf(error, this.progress.read));
    }
  }

  async *#counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#readable as AsyncIterable<Uint8Array>) {
      this.progress.read += chunk.length;
      yield chunk;
    }
  }

  next(batch: Batch): SourceState {
    batch.clear();
    return this.#intake.fill(batch);
  }

  ready(): Promise<void> {
    return this.#intake.ready();
  }

  stop(): void {
    this.#stopped = true;
    this.#intake.stop();
    this.#readable.destroy();
  }

  async close(): Promise<void> {
    this.stop();
    this.#intake.discard();
    await this.#pumped;
  }

  takeLosses(): SourceLoss[] {
    return [];
  }

  get counters(): DecoderCounters {
    return this.#intake.counters;
  }

  get fault(): CaptureFault | undefined {
    return this.#intake.fault;
  }

  get reportsVerdicts(): boolean {
    return this.#intake.reportsVerdicts;
  }
}

/** The content of a stream that may be gzip, which its first two bytes tell. */
export async function* decompressed(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = input[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let length = 0;
  while (length < 2) {
    const step = await chunks.next();
    if (step.done === true) break;
    head.push(step.value);
    length += step.value.length;
  }
  const whole: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        const value = head.shift();
        return value === undefined ? chunks.next() : Promise.resolve({ value, done: false });
      },
      return: async () => (await chunks.return?.()) ?? { value: undefined, done: true },
    }),
  };
  const begin = Buffer.concat(head);
  yield* isGzip(begin) ? gunzip(whole) : whole;
}

/** Why reading stopped. */
export function faultOf(error: unknown, offset: number): CaptureFault {
  if (error instanceof InputFault) return error.fault;
  return { kind: 'truncated', offset, reason: `reading stopped: ${messageOf(error)}` };
}
