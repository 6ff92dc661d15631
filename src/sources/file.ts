/**
 * Capture files. A plain file is read synchronously into one buffer that is used again and again, and decoded
 * where it lies: the fastest way there is, and the caller's thread has nothing else to do. Compressed files and
 * special files (FIFO, process substitution, devices) are streams (stream.ts).
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { messageOf } from '../base/errors.ts';
import { BATCH_ROWS } from '../capture/batch.ts';
import type { Batch } from '../capture/batch.ts';
import { MAX_RECORD_BYTES } from '../capture/decoder.ts';
import type { CaptureDecoder, CaptureFault, DecoderCounters } from '../capture/decoder.ts';
import { openCapture } from '../capture/open.ts';
import type { CaptureOptions } from '../capture/open.ts';
import { isGzip } from './gzip.ts';
import { cannotOpen, emptyInput, notACapture, unreadableInput } from './open-errors.ts';
import type { Source, SourceLoss, SourceState } from './source.ts';
import { openStream, readDescriptor, readFifo } from './stream.ts';

/** Read buffer: four of the longest records, of which one at most is left over when it is read into again. */
const BUFFER_BYTES = 4 * MAX_RECORD_BYTES;
/** What is read at once: it is decoded while it is in the second-level cache. */
const READ_BYTES = 256 << 10;
/** What is read when a file is opened: hundreds may be opened to be merged, and only few are read at a time. */
const FIRST_BYTES = 128 << 10;

/**
 * Opens a capture: pcap or pcapng, plain or gzip. Resolves at once for files, when the first bytes have come
 * for FIFOs.
 *
 * @throws {UserError} when it is missing, a directory, not readable, empty or no capture.
 */
export async function openFile(path: string, options: CaptureOptions = {}): Promise<Source> {
  const fd = openDescriptor(path);
  let owned = true;
  try {
    const stat = fstatSync(fd);
    if (stat.isDirectory()) throw cannotOpen(path, Object.assign(new Error('EISDIR'), { code: 'EISDIR' }));
    if (stat.isFile() && !isGzip(readHead(path, fd))) {
      const source = new FileSource(path, fd, options);
      owned = false;
      return source;
    }
    owned = false;
    if (stat.isFile()) return await openStream(path, readDescriptor(fd, 0), options, stat.size);
    return await openStream(path, stat.isFIFO() ? readFifo(fd) : readDescriptor(fd), options);
  } finally {
    if (owned) closeSync(fd);
  }
}

function openDescriptor(path: string): number {
  try {
    // Without O_NONBLOCK the call would hang on a FIFO that nobody writes to yet; it means nothing to files.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw cannotOpen(path, error);
  }
}

function readHead(path: string, fd: number): Uint8Array {
  const head = new Uint8Array(2);
  try {
    return head.subarray(0, readSync(fd, head, 0, head.length, 0));
  } catch (error) {
    throw cannotOpen(path, error);
  }
}

/** A plain capture file on a descriptor of its own, which it closes. Never answers 'wait'. */
class FileSource implements Source {
  readonly name: string;
  readonly live = false;
  readonly progress: { read: number; readonly total: number };
  readonly #fd: number;
  readonly #decoder: CaptureDecoder;
  #buffer = new Uint8Array(FIRST_BYTES);
  #from = 0;
  #to = 0;
  #closed = false;
  #readFault: CaptureFault | undefined;

  constructor(path: string, fd: number, options: CaptureOptions) {
    this.name = path;
    this.#fd = fd;
    this.progress = { read: 0, total: fstatSync(fd).size };
    this.#refill();
    if (this.#readFault !== undefined) throw unreadableInput(path, this.#readFault.reason);
    if (this.#to === 0) throw emptyInput(path);
    const head = this.#buffer.subarray(0, this.#to);
    const decoder = openCapture(head, options);
    if (decoder === undefined) throw notACapture(path, head);
    this.#decoder = decoder;
  }

  next(batch: Batch): SourceState {
    batch.clear();
    const decoder = this.#decoder;
    while (!this.#closed) {
      this.#from = decoder.decode(this.#buffer, this.#from, this.#to, batch);
      if (batch.count === BATCH_ROWS) return 'rows';
      // The large buffer is not needed before the next batch.
      if (batch.count > 0 && this.#buffer.length === FIRST_BYTES && decoder.fault === undefined)
        return 'rows';
      if (decoder.fault === undefined && this.#refill()) continue;
      if (decoder.fault === undefined) decoder.end(this.#readFault === undefined ? this.#to - this.#from : 0);
      this.#release();
    }
    return batch.count > 0 ? 'rows' : 'end';
  }

  /** Moves the undecoded rest to the front and reads on behind it; false at the end of the file. */
  #refill(): boolean {
    const rest = this.#buffer.subarray(this.#from, this.#to);
    const { read: before, total } = this.progress;
    if (before > 0 && before < total && this.#buffer.length === FIRST_BYTES)
      this.#buffer = new Uint8Array(BUFFER_BYTES);
    const buffer = this.#buffer;
    buffer.set(rest);
    this.#to = rest.length;
    this.#from = 0;
    if (this.#to === buffer.length) throw new Error('the decoder made no progress on a full buffer');
    let read = 0;
    try {
      read = readSync(this.#fd, buffer, this.#to, Math.min(READ_BYTES, buffer.length - this.#to), null);
    } catch (error) {
      const reason = `reading stopped: ${messageOf(error)}`;
      this.#readFault = { kind: 'truncated', offset: this.progress.read, reason };
    }
    this.#to += read;
    this.progress.read += read;
    return read > 0;
  }

  #release(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#fd);
    this.#buffer = new Uint8Array(0);
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  stop(): void {
    this.#release();
  }

  close(): Promise<void> {
    this.#release();
    return Promise.resolve();
  }

  takeLosses(): SourceLoss[] {
    return [];
  }

  get counters(): DecoderCounters {
    return this.#decoder.counters;
  }

  get fault(): CaptureFault | undefined {
    return this.#decoder.fault ?? this.#readFault;
  }

  get reportsVerdicts(): boolean {
    return this.#decoder.reportsVerdicts;
  }
}
