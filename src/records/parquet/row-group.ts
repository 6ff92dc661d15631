/**
 * What the footer says of a column chunk. Plain JSON data, with places counted from the row group's first byte: a row
 * group can be made on any thread, kept, and put into any file of the same columns.
 */
export interface ChunkSummary {
  /** Where its first page begins. */
  readonly at: number;
  /** Bytes of its pages as they are stored, headers included, and as they would be without compression. */
  readonly stored: number;
  readonly plain: number;
  /** Stored bytes of its dictionary page, which is the first; 0 without one. */
  readonly dictionary: number;
  readonly nulls: number;
  /** Smallest and largest value in PLAIN encoding (strings without their length), base64: both or none. */
  readonly min?: string;
  readonly max?: string;
}

/** What the footer says of a row group. Plain JSON data. */
export interface RowGroupSummary {
  readonly rows: number;
  /** Bytes as they are stored, and as they would be without compression. */
  readonly stored: number;
  readonly plain: number;
  /** One for each column, in the order of the columns. */
  readonly chunks: readonly ChunkSummary[];
}

/** Rows as a piece of a file, and what its footer must know of them. */
export interface RowGroup {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly summary: RowGroupSummary;
}
