/**
 * The spool on disk: one file for each commit (segment.ts), in a directory of its own.
 *
 * A commit costs one flush: files are made ahead, many under one flush of the directory, and a commit fills the
 * next one. So the name is durable before the commit, and an empty file is one that was not used yet.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { decodeHeader, decodeIndex, HEADER_BYTES } from './segment.ts';
import type { ChunkCover, ChunkLayout, ChunkPlace, EncodedSegment, SegmentIndex } from './segment.ts';
import { step } from './steps.ts';

/** Files that are made ahead under one flush of the directory. */
const FILES_AHEAD = 16;
const BLOCK = 1024 * 1024;
/** Buffers of one vectored write: below every system's IOV_MAX. */
const VECTOR = 512;
/** Layouts in memory: the chunks of a slot, in a few formats. */
const LAYOUTS_KEPT = 32;
const NAME = /^(\d{16})\.seg$/;

/** Bytes of the spool are not what was written: they cannot be sent, and never will be. */
export class Damaged extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Damaged';
  }
}

/** A segment that is there. */
export interface SpooledSegment {
  readonly id: number;
  readonly bytes: number;
  readonly index: SegmentIndex;
}

export class Spool {
  readonly #directory: string;
  readonly #ahead: number[] = [];
  /** Files of commits that failed: to be taken away before they could count. */
  readonly #failed = new Set<number>();
  readonly #layouts = new Map<string, ChunkLayout>();
  #next: number;
  #flushes = 0;

  /** @param next the first id that was never used before */
  constructor(directory: string, next: number) {
    this.#directory = directory;
    this.#next = next;
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /** fsync calls so far. */
  get flushes(): number {
    return this.#flushes;
  }

  /**
   * Reads what is there, in the order of the commits. Segments that are not whole are taken away and counted: the
   * last one is torn, it was never committed. It is checked to its end; of the others, which were flushed before
   * it was begun, header, index and length: they are damaged.
   */
  scan(found: (segment: SpooledSegment) => void): { readonly torn: number; readonly damaged: number } {
    const ids = fs
      .readdirSync(this.#directory)
      .flatMap((name) => (NAME.test(name) ? [Number(name.slice(0, 16))] : []))
      .sort((a, b) => a - b);
    let torn = 0;
    let damaged = 0;
    const used = ids.filter((id) => {
      if (fs.statSync(this.#path(id)).size > 0) return true;
      fs.unlinkSync(this.#path(id));
      return false;
    });
    for (const id of used) {
      const segment = this.#check(id, id === used.at(-1));
      if (segment === undefined) {
        if (id === used.at(-1)) torn++;
        else damaged++;
        fs.unlinkSync(this.#path(id));
      } else found(segment);
      this.#next = Math.max(this.#next, id + 1);
    }
    this.flushDirectory();
    return { torn, damaged };
  }

  /**
   * Writes a segment; durable when it returns.
   * @throws errors of the file system: then nothing of it is there
   */
  write(segment: EncodedSegment): number {
    for (const id of this.#failed) {
      fs.rmSync(this.#path(id), { force: true });
      this.#failed.delete(id);
    }
    if (this.#ahead.length === 0) this.#makeAhead();
    const id = this.#ahead.shift()!;
    const path = this.#path(id);
    try {
      const file = fs.openSync(path, fs.constants.O_WRONLY);
      try {
        step('segment-write');
        writeAll(file, segment.buffers);
        step('segment-flush');
        this.#flush(file);
        step('segment-committed');
      } finally {
        fs.closeSync(file);
      }
    } catch (error) {
      // What a failed flush left is unknown: the file is not used again.
      this.#failed.add(id);
      try {
        fs.rmSync(path, { force: true });
        this.#failed.delete(id);
      } catch {
        // Tried again before the next commit.
      }
      throw error;
    }
    return id;
  }

  /** Takes a segment away; durable with the next flush of the directory. */
  remove(id: number): void {
    step('segment-remove');
    fs.rmSync(this.#path(id), { force: true });
  }

  flushDirectory(): void {
    step('directory-flush');
    const file = fs.openSync(this.#directory, fs.constants.O_RDONLY);
    try {
      this.#flush(file);
    } finally {
      fs.closeSync(file);
    }
  }

  /** How a chunk's body is read. The last few are kept: a chunk is sent for many flow logs in a row.
   * @throws {Damaged}, or errors of the file system */
  layout(id: number, chunk: ChunkPlace): ChunkLayout {
    const key = `${id}/${chunk.at}`;
    let layout = this.#layouts.get(key);
    if (layout === undefined) {
      layout = this.#json(id, chunk.at + chunk.length, chunk.layoutLength, chunk.layoutCrc) as ChunkLayout;
      this.#layouts.set(key, layout);
      if (this.#layouts.size > LAYOUTS_KEPT) this.#layouts.delete(this.#layouts.keys().next().value!);
    }
    return layout;
  }

  /** @throws {Damaged}, or errors of the file system */
  cover(id: number, chunk: ChunkPlace): ChunkCover {
    const at = chunk.at + chunk.length + chunk.layoutLength;
    return this.#json(id, at, chunk.coverLength, chunk.coverCrc) as ChunkCover;
  }

  /** @throws {Damaged}, or errors of the file system */
  index(id: number): SegmentIndex {
    return this.reading(id, (read) => {
      const header = decodeHeader(read(0, HEADER_BYTES));
      if (header === undefined) throw new Damaged(`segment ${id}: its header is damaged`);
      const json = read(HEADER_BYTES, header.indexLength);
      if (crc32(json) !== header.indexCrc) throw new Damaged(`segment ${id}: its index is damaged`);
      return decodeIndex(json);
    });
  }

  /** A segment open for reading; `close` it. Reads are of the local disk, small, and mostly of what is in memory. */
  open(id: number): { read(at: number, length: number): Buffer; close(): void } {
    let file: number;
    try {
      file = fs.openSync(this.#path(id), fs.constants.O_RDONLY);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new Damaged(`segment ${id} is not there`);
      throw error;
    }
    return {
      read: (at, length) => {
        const out = Buffer.allocUnsafe(length);
        let done = 0;
        while (done < length) {
          const got = fs.readSync(file, out, done, length - done, at + done);
          if (got === 0) throw new Damaged(`segment ${id} ends early`);
          done += got;
        }
        return out;
      },
      close: () => fs.closeSync(file),
    };
  }

  reading<T>(id: number, work: (read: (at: number, length: number) => Buffer) => T): T {
    const segment = this.open(id);
    try {
      return work((at, length) => segment.read(at, length));
    } finally {
      segment.close();
    }
  }

  /** Takes away the files that were made ahead. */
  close(): void {
    for (const id of this.#ahead.splice(0)) fs.rmSync(this.#path(id), { force: true });
  }

  #path(id: number): string {
    return join(this.#directory, `${String(id).padStart(16, '0')}.seg`);
  }

  #json(id: number, at: number, length: number, crc: number): unknown {
    return this.reading(id, (read) => {
      const bytes = read(at, length);
      if (crc32(bytes) !== crc) throw new Damaged(`segment ${id}: what describes a chunk is damaged`);
      return JSON.parse(bytes.toString());
    });
  }

  #flush(file: number): void {
    this.#flushes++;
    fs.fsyncSync(file);
  }

  #makeAhead(): void {
    const made: number[] = [];
    for (let i = 0; i < FILES_AHEAD; i++) {
      const id = this.#next++;
      fs.closeSync(fs.openSync(this.#path(id), 'wx', 0o600));
      made.push(id);
    }
    this.flushDirectory();
    this.#ahead.push(...made);
  }

  #check(id: number, whole: boolean): SpooledSegment | undefined {
    try {
      const index = this.index(id);
      const bytes = fs.statSync(this.#path(id)).size;
      return this.reading(id, (read) => {
        if (decodeHeader(read(0, HEADER_BYTES))!.bytes !== bytes) return undefined;
        if (!whole) return { id, bytes, index };
        for (const chunk of index.chunks) {
          this.layout(id, chunk);
          this.cover(id, chunk);
          let crc = 0;
          for (let at = 0; at < chunk.length; at += BLOCK) {
            crc = crc32(read(chunk.at + at, Math.min(BLOCK, chunk.length - at)), crc);
          }
          if (crc !== chunk.crc) return undefined;
        }
        return { id, bytes, index };
      });
    } catch (error) {
      if (error instanceof Damaged || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }
}

function writeAll(file: number, buffers: readonly Uint8Array[]): void {
  for (let from = 0; from < buffers.length; from += VECTOR) {
    const some = buffers.slice(from, from + VECTOR);
    let written = fs.writevSync(file, some);
    for (const buffer of some) {
      if (written >= buffer.length) {
        written -= buffer.length;
        continue;
      }
      // A short write: the rest of this buffer, and all behind it, one by one.
      for (let at = written; at < buffer.length;) at += fs.writeSync(file, buffer, at, buffer.length - at);
      written = 0;
    }
  }
}
