/** IPFIX files (RFC 5655): messages one after another, plain or gzip. */
import { open } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { UserError } from '../../base/errors.ts';
import type { CaptureFault } from '../../capture/decoder.ts';
import type { FlowBatch } from '../../capture/flow-batch.ts';
import { IPFIX_HEADER_BYTES, VERSION_IPFIX } from '../../capture/netflow/constants.ts';
import type { IpfixStream } from '../../capture/netflow/stream.ts';
import type { FlowLoss, FlowSource } from '../flow-source.ts';
import { gunzip, isGzip } from '../gzip.ts';
import { Gate } from '../intake.ts';
import { cannotOpen, emptyInput, notACapture } from '../open-errors.ts';
import type { SourceState } from '../source.ts';
import { decompressed, faultOf } from '../stream.ts';
import { Counters } from './counters.ts';
import { type StreamDecoding, streamDecoding } from './decoding.ts';
import { FlowLosses } from './losses.ts';
import type { FlowFileOptions } from './options.ts';
import { Senders } from './senders.ts';
import { SpillSink } from './spill.ts';

const HEAD_BYTES = 16 << 10;
/** From here on reading waits; it goes on when half of it is decoded. */
const READ_AHEAD_BYTES = 1 << 20;
/** A piece of this size makes a batch or so of rows. */
const PIECE_BYTES = 32 << 10;

/** Whether bytes begin an IPFIX message: version 10, and a length that holds its header. */
function isFlowData(head: Uint8Array): boolean {
  if (head.length < 4) return false;
  const version = (head[0]! << 8) | head[1]!;
  const length = (head[2]! << 8) | head[3]!;
  return version === VERSION_IPFIX && length >= IPFIX_HEADER_BYTES;
}

/** Whether a file, plain or gzip, is one of IPFIX. False for what cannot be read, and for FIFOs, which are not touched. */
export async function isFlowFile(path: string): Promise<boolean> {
  try {
    const handle = await open(path, 'r');
    try {
      if (!(await handle.stat()).isFile()) return false;
      const { buffer, bytesRead } = await handle.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0);
      const head = buffer.subarray(0, bytesRead);
      return isFlowData(isGzip(head) ? await firstOf(head) : head);
    } finally {
      await handle.close();
    }
  } catch {
    return false;
  }
}

/** The beginning of compressed bytes. */
async function firstOf(head: Uint8Array): Promise<Uint8Array> {
  async function* input(): AsyncGenerator<Uint8Array> {
    yield head;
  }
  for await (const piece of gunzip(input())) return piece;
  return new Uint8Array(0);
}

/**
 * Opens an IPFIX file; resolves when its beginning was read.
 *
 * @throws {UserError} when it is missing, not readable, empty or no IPFIX file.
 */
export async function openFlowFile(path: string, options: FlowFileOptions = {}): Promise<FlowSource> {
  let total: number;
  let readable: Readable;
  try {
    const handle = await open(path, 'r');
    const stat = await handle.stat();
    if (stat.isDirectory()) {
      await handle.close();
      throw Object.assign(new Error('EISDIR'), { code: 'EISDIR' });
    }
    total = stat.size;
    readable = createReadStream('', { fd: handle, highWaterMark: 2 * PIECE_BYTES });
  } catch (error) {
    throw cannotOpen(path, error);
  }
  const source = new FlowFileSource(path, readable, total, options);
  try {
    await source.open();
  } catch (error) {
    await source.close();
    throw error;
  }
  return source;
}

class FlowFileSource implements FlowSource {
  readonly name: string;
  readonly live = false;
  readonly healthy = true;
  readonly counters: Counters;
  readonly progress: { read: number; readonly total: number };
  fault: CaptureFault | undefined;
  readonly #readable: Readable;
  readonly #sink = new SpillSink();
  readonly #decoding: StreamDecoding;
  readonly #stream: IpfixStream;
  readonly #pumped: Promise<void>;
  readonly #readableNow = new Gate();
  readonly #room = new Gate();
  #chunks: Uint8Array[] = [];
  #queued = 0;
  #read = false;
  #readFault: CaptureFault | undefined;
  #stopped = false;
  #decoded = false;
  #closed = false;

  constructor(path: string, readable: Readable, total: number, options: FlowFileOptions) {
    this.name = path;
    this.progress = { read: 0, total };
    this.#readable = readable;
    const rate = options.samplingRate === undefined ? {} : { samplingRate: options.samplingRate };
    const senders = new Senders([]);
    this.#decoding = streamDecoding(this.#sink, () => rate);
    this.counters = new Counters(senders, this.#decoding, new FlowLosses());
    this.#stream = this.#decoding.openStream(path, 0);
    this.#pumped = this.#pump();
  }

  /** Waits for the beginning, and looks whether it is IPFIX. */
  async open(): Promise<void> {
    while (this.#queued < IPFIX_HEADER_BYTES && !this.#read) {
      this.#readableNow.shut();
      await this.#readableNow.passed;
    }
    const head = Buffer.concat(this.#chunks);
    if (isFlowData(head)) return;
    if (this.#readFault !== undefined && head.length < IPFIX_HEADER_BYTES)
      throw new UserError(`${this.name} cannot be read: ${this.#readFault.reason}`);
    throw head.length === 0 ? emptyInput(this.name) : notACapture(this.name, head);
  }

  async #pump(): Promise<void> {
    try {
      for await (const chunk of decompressed(this.#counted())) {
        for (let at = 0; at < chunk.length; at += PIECE_BYTES)
          this.#chunks.push(chunk.subarray(at, at + PIECE_BYTES));
        this.#queued += chunk.length;
        this.#readableNow.open();
        if (this.#stopped) break;
        if (this.#queued < READ_AHEAD_BYTES) continue;
        this.#room.shut();
        await this.#room.passed;
      }
    } catch (error) {
      if (!this.#stopped) this.#readFault = faultOf(error, this.progress.read);
    }
    this.#read = true;
    this.#readableNow.open();
  }

  async *#counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#readable as AsyncIterable<Uint8Array>) {
      this.progress.read += chunk.length;
      yield chunk;
    }
  }

  next(batch: FlowBatch): SourceState {
    batch.clear();
    if (this.#closed) return 'end';
    this.#sink.fill(batch, () => this.#decode());
    if (batch.count > 0) {
      this.counters.add(batch);
      return 'rows';
    }
    return this.#decoded ? 'end' : 'wait';
  }

  #decode(): void {
    while (!this.#decoded && !this.#sink.enough) {
      const chunk = this.#chunks.shift();
      if (chunk === undefined) {
        if (!this.#read) return;
        this.#end();
        return;
      }
      this.#queued -= chunk.length;
      if (this.#queued <= READ_AHEAD_BYTES / 2) this.#room.open();
      this.counters.bytes += chunk.length;
      this.#stream.push(chunk);
      this.counters.datagrams = this.#decoding.netflow.counters.datagrams;
      if (this.#stream.fault !== undefined) {
        this.stop();
        this.#end();
      }
    }
  }

  /** All of it is decoded: what waits for a template or a rate is read as far as it can be. */
  #end(): void {
    if (this.#decoded) return;
    this.#decoded = true;
    const corrupt = this.#stream.fault;
    const abandoned = this.#stopped && corrupt === undefined;
    this.#decoding.closeStream(this.#stream, Date.now() * 1000);
    const { fault } = this.#stream;
    if (corrupt !== undefined) this.fault = { kind: 'corrupt', ...corrupt };
    else if (this.#readFault !== undefined) this.fault = this.#readFault;
    else if (fault !== undefined && !abandoned) this.fault = { kind: 'truncated', ...fault };
  }

  async ready(): Promise<void> {
    if (this.#closed || this.#decoded || this.#queued > 0 || this.#read || this.#sink.waiting) return;
    this.#readableNow.shut();
    await this.#readableNow.passed;
  }

  takeLosses(): FlowLoss[] {
    return [];
  }

  sampleDrops(): Promise<void> {
    return Promise.resolve();
  }

  exporterAddress(number: number): string {
    return this.#decoding.addressOf(number) ?? `exporter ${number}`;
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#readable.destroy();
    this.#room.open();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.stop();
    this.#chunks = [];
    this.#queued = 0;
    this.#sink.clear();
    await this.#pumped;
    this.#readableNow.open();
  }
}
