import type { StreamTable } from './logs-format.ts';
import type { Segment, SegmentReader } from './logs-segment.ts';

/** What a stream costs in a table that is held, bytes, about. */
const STREAM_BYTES = 120;

/** Tables of streams that were read lately, up to a number of bytes over all groups. */
export class TableCache {
  readonly #maxBytes: number;
  readonly #tables = new Map<string, StreamTable>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  async get(group: string, segment: Segment, reader: SegmentReader): Promise<StreamTable> {
    const key = `${group} ${segment.file} ${segment.stamp}`;
    const held = this.#tables.get(key);
    if (held !== undefined) {
      this.#tables.delete(key);
      this.#tables.set(key, held); // the youngest
      return held;
    }
    const table = await reader.table();
    if (this.#tables.has(key)) return table; // read by another meanwhile
    this.#tables.set(key, table);
    this.#bytes += table.names.length * STREAM_BYTES;
    for (const [oldest, { names }] of this.#tables) {
      if (this.#bytes <= this.#maxBytes || oldest === key) break;
      this.#tables.delete(oldest);
      this.#bytes -= names.length * STREAM_BYTES;
    }
    return table;
  }
}
