/**
 * Datagrams on their way from the thread that receives them to the one that decodes them: a ring of bytes in shared
 * memory, written by one thread and read by one. No lock: the writer owns `tail`, the reader owns `head`.
 *
 *   record  length 4 | family 4 | address 16 | microseconds 8 (a double) | bytes, padded to 8
 *
 * A record does not go over the end of the ring: a length of -1 says that it goes on at its beginning. Offsets count
 * bytes since the start and wrap at 2^32; the size is a power of two.
 */
export const RECORD_HEADER_BYTES = 32;
const SKIP = -1;

/** Words of the shared state. */
const HEAD = 0;
const TAIL = 1;
/** Datagrams that found no room; it wraps. */
const OVERFLOWED = 2;
/** The reader waits, and wants to be told of the next record. */
const WAITING = 3;
const STATE_WORDS = 4;

/** What both threads need; can be posted. */
export interface RingMemory {
  readonly state: SharedArrayBuffer;
  readonly data: SharedArrayBuffer;
}

/** `size`: bytes, a power of two. */
export function ringMemory(size: number): RingMemory {
  return { state: new SharedArrayBuffer(4 * STATE_WORDS), data: new SharedArrayBuffer(size) };
}

/** The writing side. */
export class RingWriter {
  readonly #state: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  readonly #times: Float64Array;
  readonly #mask: number;
  #tail: number;

  constructor(memory: RingMemory) {
    this.#state = new Int32Array(memory.state);
    this.#bytes = new Uint8Array(memory.data);
    this.#words = new Int32Array(memory.data);
    this.#times = new Float64Array(memory.data);
    this.#mask = memory.data.byteLength - 1;
    // A writer that follows one that died goes on where that one got to.
    this.#tail = Atomics.load(this.#state, TAIL) >>> 0;
  }

  /**
   * Appends a datagram from the address in four words (IPv4 in the last). False when there is no room: then it is
   * counted as overflowed.
   */
  write(datagram: Uint8Array, family: 4 | 6, address: ArrayLike<number>, micros: number): boolean {
    const size = this.#mask + 1;
    const need = RECORD_HEADER_BYTES + ((datagram.length + 7) & ~7);
    let tail = this.#tail;
    let at = tail & this.#mask;
    const skipped = at + need > size ? size - at : 0;
    const used = (tail - (Atomics.load(this.#state, HEAD) >>> 0)) >>> 0;
    if (used + skipped + need > size) {
      Atomics.add(this.#state, OVERFLOWED, 1);
      return false;
    }
    if (skipped > 0) {
      this.#words[at >>> 2] = SKIP;
      tail += skipped;
      at = 0;
    }
    const word = at >>> 2;
    this.#words[word] = datagram.length;
    this.#words[word + 1] = family;
    this.#words[word + 2] = address[0]!;
    this.#words[word + 3] = address[1]!;
    this.#words[word + 4] = address[2]!;
    this.#words[word + 5] = address[3]!;
    this.#times[(at >>> 3) + 3] = micros;
    this.#bytes.set(datagram, at + RECORD_HEADER_BYTES);
    this.#tail = (tail + need) >>> 0;
    Atomics.store(this.#state, TAIL, this.#tail | 0);
    return true;
  }

  /** Whether the reader waits for a record: true once, then it has to be told. */
  readerWaits(): boolean {
    return Atomics.load(this.#state, WAITING) === 1 && Atomics.exchange(this.#state, WAITING, 0) === 1;
  }
}

/** The reading side: a cursor over the oldest record. */
export class RingReader {
  /** All of the ring: a datagram lies at [from, to). */
  readonly bytes: Uint8Array;
  /** Of the oldest record, after `peek` said that there is one. */
  from = 0;
  to = 0;
  family: 4 | 6 = 4;
  readonly address = new Int32Array(4);
  micros = 0;
  readonly #state: Int32Array;
  readonly #words: Int32Array;
  readonly #times: Float64Array;
  readonly #mask: number;
  #head: number;
  #overflowed = 0;

  constructor(memory: RingMemory) {
    this.bytes = new Uint8Array(memory.data);
    this.#state = new Int32Array(memory.state);
    this.#words = new Int32Array(memory.data);
    this.#times = new Float64Array(memory.data);
    this.#mask = memory.data.byteLength - 1;
    this.#head = Atomics.load(this.#state, HEAD) >>> 0;
  }

  /** Looks at the oldest record; false when there is none. */
  peek(): boolean {
    const tail = Atomics.load(this.#state, TAIL) >>> 0;
    if (tail === this.#head) return false;
    let at = this.#head & this.#mask;
    if (this.#words[at >>> 2] === SKIP) {
      this.#head = (this.#head + this.#mask + 1 - at) >>> 0;
      at = 0;
    }
    const word = at >>> 2;
    this.from = at + RECORD_HEADER_BYTES;
    this.to = this.from + this.#words[word]!;
    this.family = this.#words[word + 1] === 6 ? 6 : 4;
    for (let i = 0; i < 4; i++) this.address[i] = this.#words[word + 2 + i]!;
    this.micros = this.#times[(at >>> 3) + 3]!;
    return true;
  }

  /** Lets go of the record that `peek` showed: its bytes may be written over. */
  drop(): void {
    this.#head = (this.#head + RECORD_HEADER_BYTES + ((this.to - this.from + 7) & ~7)) >>> 0;
    Atomics.store(this.#state, HEAD, this.#head | 0);
  }

  get empty(): boolean {
    return Atomics.load(this.#state, TAIL) >>> 0 === this.#head;
  }

  /** Asks the writer to tell of the next record; false when there is one already. */
  wait(): boolean {
    Atomics.store(this.#state, WAITING, 1);
    if (this.empty) return true;
    Atomics.store(this.#state, WAITING, 0);
    return false;
  }

  /** Datagrams that found no room since the last call. */
  takeOverflowed(): number {
    const now = Atomics.load(this.#state, OVERFLOWED);
    const more = (now - this.#overflowed) >>> 0;
    this.#overflowed = now;
    return more;
  }
}
