/**
 * From chunks that arrive to rows: a bounded queue, and the buffer that the decoder reads from.
 *
 * The producer pushes on the event loop and waits when told to; the consumer calls `fill`, which never waits.
 * What is read ahead is bounded by READ_AHEAD_BYTES and one chunk.
 */
import { BATCH_ROWS } from '../capture/batch.ts';
import type { Batch } from '../capture/batch.ts';
import { MAX_RECORD_BYTES, REJECTIONS } from '../capture/decoder.ts';
import type { CaptureDecoder, CaptureFault, DecoderCounters } from '../capture/decoder.ts';
import { CAPTURE_MAGIC_BYTES, openCapture } from '../capture/open.ts';
import type { CaptureOptions } from '../capture/open.ts';
import { emptyInput, notACapture, unreadableInput } from './open-errors.ts';
import type { SourceState } from './source.ts';

/** Decoder buffer, and what it grows to when records need it: the longest, and as much again to read into. */
const FIRST_BUFFER_BYTES = 256 << 10;
const BUFFER_BYTES = 2 * MAX_RECORD_BYTES;
/** From here on the producer waits; it is woken when half of it is decoded. */
const READ_AHEAD_BYTES = 1 << 20;
const EMPTY = new Uint8Array(0);

/** The one place where chunks become rows; one object for each capture that is read. */
export class Intake {
  readonly #name: string;
  readonly #options: CaptureOptions;
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES);
  #from = 0;
  #to = 0;
  #chunks: Uint8Array[] = [];
  #first = 0;
  #queued = 0;
  #ended = false;
  #done = false;
  #abandoned = false;
  #inputFault: CaptureFault | undefined;
  #decoder: CaptureDecoder | undefined;
  readonly #readable = new Gate();
  readonly #room = new Gate();

  constructor(name: string, options: CaptureOptions) {
    this.#name = name;
    this.#options = options;
  }

  /** Takes a chunk (it is not copied: leave it alone). A promise asks to wait for it before the next one. */
  push(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#ended || chunk.length === 0) return undefined;
    this.#chunks.push(chunk);
    this.#queued += chunk.length;
    this.#readable.open();
    if (this.#queued < READ_AHEAD_BYTES) return undefined;
    this.#room.shut();
    return this.#room.passed;
  }

  /** The input has ended, by itself or by a fault. */
  finish(fault?: CaptureFault): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#inputFault = fault;
    this.#readable.open();
  }

  /** Nothing more is wanted: what is here is still decoded, an incomplete rest of it is no fault. */
  stop(): void {
    this.#abandoned = true;
    this.finish();
    this.#room.open();
  }

  /** Drops everything: `fill` answers 'end' from here on. */
  discard(): void {
    this.stop();
    this.#finished();
  }

  /**
   * Waits for the first bytes and finds the decoder for them.
   *
   * @throws {UserError} when they are no capture, or there are none.
   */
  async open(): Promise<void> {
    while (this.#queued < CAPTURE_MAGIC_BYTES && !this.#ended) {
      this.#readable.shut();
      await this.#readable.passed;
    }
    this.#find();
  }

  #find(): void {
    this.#refill();
    const head = this.#buffer.subarray(0, this.#to);
    this.#decoder = openCapture(head, this.#options);
    if (this.#decoder !== undefined) return;
    if (this.#inputFault !== undefined && this.#to < CAPTURE_MAGIC_BYTES)
      throw unreadableInput(this.#name, this.#inputFault.reason);
    throw this.#to === 0 ? emptyInput(this.#name) : notACapture(this.#name, head);
  }

  /**
   * Appends rows to the batch until it is full or nothing more is here. The first call finds the decoder
   * when `open` was not awaited, and throws as it does.
   */
  fill(batch: Batch): SourceState {
    if (this.#decoder === undefined && !this.#done) {
      if (this.#queued < CAPTURE_MAGIC_BYTES && !this.#ended) return this.#wait();
      this.#find();
    }
    while (!this.#done) {
      const decoder = this.#decoder!;
      if (this.#from < this.#to) {
        this.#from = decoder.decode(this.#buffer, this.#from, this.#to, batch);
        if (batch.count === BATCH_ROWS) return 'rows';
      }
      if (decoder.fault !== undefined) this.#finished();
      else if (this.#refill()) continue;
      else if (this.#ended) {
        // A fault of the input already says that it ended too early.
        const whole = this.#abandoned || this.#inputFault !== undefined;
        decoder.end(whole ? 0 : this.#to - this.#from);
        this.#finished();
      } else return batch.count > 0 ? 'rows' : this.#wait();
    }
    return batch.count > 0 ? 'rows' : 'end';
  }

  #wait(): SourceState {
    this.#readable.shut();
    return 'wait';
  }

  #finished(): void {
    this.#done = true;
    this.#ended = true;
    this.#chunks = [];
    this.#first = 0;
    this.#queued = 0;
    this.#room.open();
    this.#readable.open();
  }

  /** Moves queued bytes behind the undecoded rest; false when none are queued. */
  #refill(): boolean {
    if (this.#queued === 0) return false;
    const rest = this.#buffer.subarray(this.#from, this.#to);
    if (rest.length === BUFFER_BYTES) throw new Error('the decoder made no progress on a full buffer');
    if (rest.length > FIRST_BUFFER_BYTES / 2 && this.#buffer.length < BUFFER_BYTES)
      this.#buffer = new Uint8Array(BUFFER_BYTES);
    const buffer = this.#buffer;
    buffer.set(rest);
    this.#to = rest.length;
    this.#from = 0;
    while (this.#queued > 0 && this.#to < buffer.length) {
      const chunk = this.#chunks[this.#first]!;
      const part = Math.min(chunk.length, buffer.length - this.#to);
      buffer.set(part === chunk.length ? chunk : chunk.subarray(0, part), this.#to);
      this.#to += part;
      this.#queued -= part;
      if (part < chunk.length) this.#chunks[this.#first] = chunk.subarray(part);
      else this.#chunks[this.#first++] = EMPTY;
    }
    if (this.#first === this.#chunks.length || this.#first >= 1024) {
      this.#chunks.splice(0, this.#first);
      this.#first = 0;
    }
    if (this.#queued <= READ_AHEAD_BYTES / 2) this.#room.open();
    return true;
  }

  /** Resolves when bytes are queued or the input has ended, and `fill` is worth calling again. */
  ready(): Promise<void> {
    return this.#queued > 0 || this.#ended ? Promise.resolve() : this.#readable.passed;
  }

  /** Everything that came has been decoded. */
  get idle(): boolean {
    return this.#queued === 0;
  }

  get counters(): DecoderCounters {
    return this.#decoder?.counters ?? noCounters();
  }

  get fault(): CaptureFault | undefined {
    return this.#decoder?.fault ?? (this.#done ? this.#inputFault : undefined);
  }

  get reportsVerdicts(): boolean {
    return this.#decoder?.reportsVerdicts ?? false;
  }
}

/** Counters of a capture of which nothing is decoded yet. */
export function noCounters(): DecoderCounters {
  return {
    packets: 0,
    offloaded: 0,
    rejectedPackets: new Float64Array(REJECTIONS.length),
    rejectedBytes: new Float64Array(REJECTIONS.length),
  };
}

/** Adds counters to others. */
export function addCounters(sum: DecoderCounters, more: DecoderCounters): void {
  sum.packets += more.packets;
  sum.offloaded += more.offloaded;
  for (let i = 0; i < REJECTIONS.length; i++) {
    sum.rejectedPackets[i]! += more.rejectedPackets[i]!;
    sum.rejectedBytes[i]! += more.rejectedBytes[i]!;
  }
}

/** A source that several are waited for with. */
export interface AwaitedLane {
  readonly source: { ready(): Promise<void> };
  /** It is waited for already. */
  awaited: boolean;
}

/** Opens a gate when a source is ready. One wait at a time for each: a race begun again and again would pile up on a
 * quiet one. */
export function openWhenReady(lane: AwaitedLane, gate: Gate): void {
  if (lane.awaited) return;
  lane.awaited = true;
  const done = (): void => {
    lane.awaited = false;
    gate.open();
  };
  lane.source.ready().then(done, done);
}

/** A promise that can be shut again; whoever waits at it is let through by the next `open`. */
export class Gate {
  #open = false;
  #signal = Promise.withResolvers<void>();

  get passed(): Promise<void> {
    return this.#signal.promise;
  }

  open(): void {
    this.#open = true;
    this.#signal.resolve();
  }

  shut(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#signal = Promise.withResolvers<void>();
  }
}
