import {
  type ClosedWindow,
  POOL_WORDS,
  allocateRows,
  capacityOf,
  rowDoubles,
  rowUnsigned,
  rowWords,
} from './rows.ts';

/** The rows of one table: shared memory that is committed page by page as rows are written. */
export class RowStore {
  readonly capacity: number;
  readonly shared: SharedArrayBuffer;
  readonly sharedAddresses: SharedArrayBuffer;
  readonly words: Int32Array;
  readonly unsigned: Uint32Array;
  readonly doubles: Float64Array;
  readonly addresses: Int32Array;

  /** A new store of so many rows, or one over the memory of another thread's. */
  constructor(capacity: number, rows?: SharedArrayBuffer, addresses?: SharedArrayBuffer) {
    this.capacity = capacity;
    this.shared = rows ?? allocateRows(capacity);
    // Entry 0 is never used, so that WORD_ADDRESSES 0 can mean IPv4.
    this.sharedAddresses = addresses ?? new SharedArrayBuffer((capacity + 1) * POOL_WORDS * 4);
    this.words = rowWords(this.shared);
    this.unsigned = rowUnsigned(this.shared);
    this.doubles = rowDoubles(this.shared);
    this.addresses = new Int32Array(this.sharedAddresses);
  }
}

/** The rows of a closed window, to read. */
export function storeOver(window: ClosedWindow): RowStore {
  return new RowStore(capacityOf(window.rows), window.rows, window.addresses);
}
