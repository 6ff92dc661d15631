import { DISCOVERED_BASE, type InterfaceDirectory } from '../network/lookup.ts';
import { inStretches } from './stretches.ts';

/** Bits of an interface's index beside its address in one float64 sort key: caps discovery at 2^21. */
const INDEX_SPAN = 2 ** 21;

/**
 * The order of interfaces in objects (S6.3) as small numbers: notes the interfaces of a window, ranks them,
 * and keeps the sorted list of all discovered ones from window to window, since they only grow in number.
 */
export class InterfaceOrder {
  readonly #directory: InterfaceDirectory;
  /** 1 where the interface has a line in this window, -1 where it was asked for and not admitted. */
  #declared = new Int8Array(1024);
  #discovered = new Int8Array(1024);
  #declaredRank = new Int32Array(1024);
  #discoveredRank = new Int32Array(1024);
  /** Discovered interfaces (without DISCOVERED_BASE) in the order of objects. */
  #sorted: Int32Array = new Int32Array(0);
  /** Of those with an IPv4 address: address × INDEX_SPAN + index, ascending. The others follow them. */
  #keys: Float64Array = new Float64Array(0);
  readonly #others: number[] = [];
  #known = 0;
  #mostDeclared = 0;
  #mostDiscovered = -1;
  size = 0;

  constructor(directory: InterfaceDirectory) {
    this.#directory = directory;
  }

  /** A new window. */
  begin(): void {
    this.#declared.fill(0);
    this.#discovered.fill(0);
    this.size = 0;
  }

  /** Notes that an interface may have a line; false when it is not admitted. */
  note(number: number, admits: ((number: number) => boolean) | undefined): boolean {
    if (number >= DISCOVERED_BASE) {
      const k = number - DISCOVERED_BASE;
      if (k >= this.#discovered.length) {
        this.#discovered = grown(this.#discovered, k);
        this.#discoveredRank = new Int32Array(this.#discovered.length);
      }
      if (this.#discovered[k] === 0) {
        this.#discovered[k] = admits === undefined || admits(number) ? 1 : -1;
        if (k > this.#mostDiscovered) this.#mostDiscovered = k;
      }
      return this.#discovered[k] === 1;
    }
    if (number >= this.#declared.length) {
      this.#declared = grown(this.#declared, number);
      this.#declaredRank = new Int32Array(this.#declared.length);
    }
    if (this.#declared[number] === 0) {
      this.#declared[number] = admits === undefined || admits(number) ? 1 : -1;
      if (number > this.#mostDeclared) this.#mostDeclared = number;
    }
    return this.#declared[number] === 1;
  }

  /** Numbers the noted interfaces from 0 in order. */
  rank(): void {
    let rank = 0;
    for (let n = 1; n <= this.#mostDeclared; n++) {
      if (this.#declared[n] === 1) this.#declaredRank[n] = rank++;
    }
    if (this.#mostDiscovered >= this.#sorted.length) this.#sortDiscovered(this.#mostDiscovered + 1);
    inStretches(0, this.#sorted.length, (from, to) => {
      rank = this.#rankSorted(from, to, rank);
    });
    this.size = rank;
  }

  /** Ranks of the noted ones among those sorted to places `from` to `to`, from `first` on; returns the next. */
  #rankSorted(from: number, to: number, first: number): number {
    const sorted = this.#sorted;
    const discovered = this.#discovered;
    const ranks = this.#discoveredRank;
    let rank = first;
    for (let i = from; i < to; i++) {
      const k = sorted[i]!;
      if (discovered[k] === 1) ranks[k] = rank++;
    }
    return rank;
  }

  rankOf(number: number): number {
    return number >= DISCOVERED_BASE
      ? this.#discoveredRank[number - DISCOVERED_BASE]!
      : this.#declaredRank[number]!;
  }

  /** Brings new interfaces in: IPv4 by numeric keys, all others by the directory's comparison. */
  #sortDiscovered(count: number): void {
    const fresh = new Float64Array(count - this.#known);
    let n = 0;
    inStretches(this.#known, count, (from, to) => {
      n = this.#addKeys(from, to, fresh, n);
    });
    this.#known = count;
    this.#keys = mergeSorted(this.#keys, fresh.subarray(0, n).sort());
    this.#others.sort(this.#compare);
    const { length } = this.#keys;
    const sorted = new Int32Array(count);
    inStretches(0, length, (from, to) => this.#placeKeys(from, to, sorted));
    sorted.set(this.#others, length);
    this.#sorted = sorted;
  }

  readonly #compare = (a: number, b: number): number =>
    this.#directory.compare(DISCOVERED_BASE + a, DISCOVERED_BASE + b);

  /** The keys of interfaces `from` to `to`, behind the first `before`; returns how many there are then. */
  #addKeys(from: number, to: number, keys: Float64Array, before: number): number {
    let n = before;
    for (let k = from; k < to; k++) {
      const address = this.#directory.discovered4(DISCOVERED_BASE + k);
      if (address < 0) this.#others.push(k);
      else keys[n++] = address * INDEX_SPAN + k;
    }
    return n;
  }

  /** The interfaces of keys `from` to `to`, whose order by address is that of the keys. */
  #placeKeys(from: number, to: number, sorted: Int32Array): void {
    const keys = this.#keys;
    for (let i = from; i < to; i++) {
      const key = keys[i]!;
      sorted[i] = key - addressOf(key) * INDEX_SPAN;
      // The same address in several VPCs: insertion into its short run.
      for (let j = i; j > 0 && addressOf(keys[j - 1]!) === addressOf(key); j--) {
        const a = sorted[j - 1]!;
        const b = sorted[j]!;
        if (this.#compare(a, b) <= 0) break;
        sorted[j - 1] = b;
        sorted[j] = a;
      }
    }
  }
}

function addressOf(key: number): number {
  return Math.floor(key / INDEX_SPAN);
}

function mergeSorted(left: Float64Array, right: Float64Array): Float64Array {
  if (left.length === 0) return right.slice();
  const merged = new Float64Array(left.length + right.length);
  let i = 0;
  let j = 0;
  for (let n = 0; n < merged.length; n++) {
    merged[n] = j >= right.length || (i < left.length && left[i]! <= right[j]!) ? left[i++]! : right[j++]!;
  }
  return merged;
}

function grown(array: Int8Array, index: number): Int8Array<ArrayBuffer> {
  const larger = new Int8Array(Math.max(index + 1, 2 * array.length));
  larger.set(array);
  return larger;
}
