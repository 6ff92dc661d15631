/** The flow cache of an exporter: packets summed up by their key, until a timeout reports them. */
const NONE = -1;

/** Words of a key: two hosts, ports (source in the high half), and whatever else keeps flows apart. */
export interface FlowKey {
  source: number;
  destination: number;
  ports: number;
  /** Protocol, family, VLAN. */
  kind: number;
}

/**
 * Rows of flows with two orders beside them: by the last packet, for the inactive timeout, and by the first, for the
 * active one, so that what is due is always found at the head. A full cache reports the flow that was silent for
 * longest, as routers do. Times in milliseconds, never falling.
 */
export class FlowCache {
  readonly capacity: number;
  readonly source: Int32Array;
  readonly destination: Int32Array;
  readonly ports: Int32Array;
  readonly kind: Int32Array;
  readonly tcpFlags: Uint8Array;
  readonly packets: Uint32Array;
  readonly octets: Float64Array;
  readonly first: Float64Array;
  readonly last: Float64Array;
  readonly #activeTimeout: number;
  readonly #inactiveTimeout: number;
  /** Rows of one hash, from the bucket on. */
  readonly #buckets: Int32Array;
  readonly #chain: Int32Array;
  readonly #silent: RowOrder;
  readonly #old: RowOrder;
  #free = 0;
  size = 0;
  /** Flows that were reported early because the cache was full. */
  crowded = 0;

  /** `capacity`: flows at a time, a power of two. */
  constructor(capacity: number, activeTimeout: number, inactiveTimeout: number) {
    this.capacity = capacity;
    this.#activeTimeout = activeTimeout;
    this.#inactiveTimeout = inactiveTimeout;
    this.source = new Int32Array(capacity);
    this.destination = new Int32Array(capacity);
    this.ports = new Int32Array(capacity);
    this.kind = new Int32Array(capacity);
    this.tcpFlags = new Uint8Array(capacity);
    this.packets = new Uint32Array(capacity);
    this.octets = new Float64Array(capacity);
    this.first = new Float64Array(capacity);
    this.last = new Float64Array(capacity);
    this.#buckets = new Int32Array(capacity).fill(NONE);
    this.#chain = new Int32Array(capacity);
    for (let row = 0; row < capacity; row++) this.#chain[row] = row + 1 < capacity ? row + 1 : NONE;
    this.#silent = new RowOrder(capacity);
    this.#old = new RowOrder(capacity);
  }

  get full(): boolean {
    return this.#free === NONE;
  }

  /** When the next flow is due; Infinity for an empty cache. */
  get nextDue(): number {
    if (this.size === 0) return Infinity;
    return Math.min(
      this.last[this.#silent.head]! + this.#inactiveTimeout,
      this.first[this.#old.head]! + this.#activeTimeout,
    );
  }

  /** A row that is due at `now`, else NONE (-1). It stays until remove(). */
  due(now: number): number {
    if (this.size === 0) return NONE;
    const silent = this.#silent.head;
    if (this.last[silent]! + this.#inactiveTimeout <= now) return silent;
    const old = this.#old.head;
    return this.first[old]! + this.#activeTimeout <= now ? old : NONE;
  }

  /** The row that was silent for longest; NONE (-1) of an empty cache. */
  get longestSilent(): number {
    return this.size === 0 ? NONE : this.#silent.head;
  }

  /** Counts a packet. The cache must not be full. */
  add(key: FlowKey, tcpFlags: number, octets: number, now: number): void {
    const bucket = this.#bucketOf(key.source, key.destination, key.ports, key.kind);
    let row = this.#buckets[bucket]!;
    while (row !== NONE && !this.#has(row, key)) row = this.#chain[row]!;
    if (row === NONE) {
      row = this.#insert(bucket, key);
      this.first[row] = now;
    } else this.#silent.take(row);
    this.#silent.append(row);
    this.tcpFlags[row]! |= tcpFlags;
    this.packets[row]!++;
    this.octets[row]! += octets;
    this.last[row] = now;
  }

  /** Forgets a row. */
  remove(row: number): void {
    const bucket = this.#bucketOf(
      this.source[row]!,
      this.destination[row]!,
      this.ports[row]!,
      this.kind[row]!,
    );
    if (this.#buckets[bucket] === row) this.#buckets[bucket] = this.#chain[row]!;
    else {
      let before = this.#buckets[bucket]!;
      while (this.#chain[before] !== row) before = this.#chain[before]!;
      this.#chain[before] = this.#chain[row]!;
    }
    this.#silent.take(row);
    this.#old.take(row);
    this.#chain[row] = this.#free;
    this.#free = row;
    this.size--;
  }

  #insert(bucket: number, key: FlowKey): number {
    const row = this.#free;
    if (row === NONE) throw new RangeError('the flow cache is full');
    this.#free = this.#chain[row]!;
    this.#chain[row] = this.#buckets[bucket]!;
    this.#buckets[bucket] = row;
    this.source[row] = key.source;
    this.destination[row] = key.destination;
    this.ports[row] = key.ports;
    this.kind[row] = key.kind;
    this.tcpFlags[row] = 0;
    this.packets[row] = 0;
    this.octets[row] = 0;
    this.#old.append(row);
    this.size++;
    return row;
  }

  #has(row: number, key: FlowKey): boolean {
    return (
      this.source[row] === key.source &&
      this.destination[row] === key.destination &&
      this.ports[row] === key.ports &&
      this.kind[row] === key.kind
    );
  }

  #bucketOf(source: number, destination: number, ports: number, kind: number): number {
    let hash = Math.imul(source, 0x9e3779b1 | 0) ^ Math.imul(destination, 0x85ebca6b | 0);
    hash = Math.imul(hash ^ (hash >>> 15) ^ ports, 0xc2b2ae35 | 0) ^ Math.imul(kind, 0x27d4eb2f);
    return (hash ^ (hash >>> 16)) & (this.capacity - 1);
  }
}

/** Rows in the order in which they were appended; any of them can be taken out. */
class RowOrder {
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  head = NONE;
  #tail = NONE;

  constructor(capacity: number) {
    this.#next = new Int32Array(capacity);
    this.#previous = new Int32Array(capacity);
  }

  append(row: number): void {
    this.#previous[row] = this.#tail;
    this.#next[row] = NONE;
    if (this.#tail === NONE) this.head = row;
    else this.#next[this.#tail] = row;
    this.#tail = row;
  }

  take(row: number): void {
    const next = this.#next[row]!;
    const previous = this.#previous[row]!;
    if (previous === NONE) this.head = next;
    else this.#next[previous] = next;
    if (next === NONE) this.#tail = previous;
    else this.#previous[next] = previous;
  }
}
