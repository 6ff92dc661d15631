import { IndexTable } from './index-table.ts';
import { RowStore } from './row-store.ts';

/** Pairs of a new index: 2^18 measured best for windows of some 100,000 flows; it grows by itself. */
const INDEX_PAIRS = 1 << 18;

/** A store of rows, numbered so that the thread that wrote it can give it back. */
export interface PooledStore {
  readonly number: number;
  readonly store: RowStore;
}

/**
 * The bounded memory of the flow tables (S5.4): so many stores of so many rows. A store goes out with a
 * closed window and comes back when it is written; an index stays here and serves the next window at once.
 */
export class TablePool {
  readonly #rows: number;
  #most: number;
  readonly #stores: PooledStore[] = [];
  readonly #free: PooledStore[] = [];
  readonly #indexes: IndexTable[] = [];

  constructor(rows: number, most: number) {
    this.#rows = rows;
    this.#most = most;
  }

  /** Lets it have more stores than before. */
  allow(most: number): void {
    this.#most = Math.max(this.#most, most);
  }

  /** A store, or undefined when all are in use. */
  take(): PooledStore | undefined {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#stores.length === this.#most) return undefined;
    const made = { number: this.#stores.length, store: new RowStore(this.#rows) };
    this.#stores.push(made);
    return made;
  }

  /** Takes back a store whose window is written. */
  give(number: number): void {
    const store = this.#stores[number];
    if (store === undefined || this.#free.includes(store)) throw new Error(`table ${number} is not out`);
    this.#free.push(store);
  }

  get available(): boolean {
    return this.#free.length > 0 || this.#stores.length < this.#most;
  }

  takeIndex(): IndexTable {
    return this.#indexes.pop() ?? new IndexTable(Math.min(INDEX_PAIRS, pairsFor(this.#rows)));
  }

  giveIndex(index: IndexTable): void {
    index.clear();
    this.#indexes.push(index);
  }
}

function pairsFor(rows: number): number {
  let pairs = 1024;
  while (pairs < 2 * rows) pairs *= 2;
  return pairs;
}
