import { GrowingBytes } from '../../base/growing-bytes.ts';
import type { Chunk } from '../../delivery/chunk.ts';
import { GROUP_LINES } from '../../records/parquet/group-lines.ts';
import type { LineColumns } from '../../records/parquet/line-columns.ts';
import type { RowGroup } from '../../records/parquet/row-group.ts';
import { type FollowedBody, TAIL_BYTES } from './followed.ts';
import { type ChunkFrame, lineEnd, type Lines, Sink, TEXT_CHUNK_BYTES } from './sinks.ts';

/** Text of a row group: lines that are long make one of fewer rows. A window has one open for each flow log. */
export const GROUP_TEXT_BYTES = 1 << 23;
/** Text that is read between two yields: some milliseconds. */
const STEP_BYTES = 1 << 18;

/**
 * Lines as row groups, for Parquet objects. They are kept as text until a row group is full, and only then made columns:
 * by `columns`, which all sinks of a format share, since tables of columns are large and flow logs many.
 */
export class ParquetSink extends Sink {
  readonly #columns: LineColumns;
  readonly #follow: boolean;
  #text = new GrowingBytes();
  #lines = 0;
  #groups: RowGroup[] = [];
  /** Bytes of the chunk's lines, and the lines that followers are told. */
  #length = 0;
  #told = new GrowingBytes();

  /** `follow` keeps lines for those who follow one of the flow logs. */
  constructor(frame: ChunkFrame, columns: LineColumns, follow: boolean) {
    super(frame);
    this.#columns = columns;
    this.#follow = follow;
  }

  protected get full(): boolean {
    return this.#length >= TEXT_CHUNK_BYTES;
  }

  protected override hasRoom({ text, starts }: Lines): boolean {
    if (this.#lines === 0) return true;
    return this.#lines + starts.length <= GROUP_LINES && this.#text.length + text.length <= GROUP_TEXT_BYTES;
  }

  protected take({ text, starts }: Lines): void {
    this.#text.append(text);
    this.#lines += starts.length;
    // Once lines are left out, those behind them are too.
    const fits = this.#told.length === this.#length && this.#length + text.length <= TAIL_BYTES;
    if (this.#follow && fits) this.#told.append(text);
    this.#length += text.length;
  }

  protected override *makeRoom(): Generator<void, void> {
    const text = this.#text.written();
    this.#text = new GrowingBytes();
    this.#lines = 0;
    for (let from = 0; from < text.length;) {
      const to = text.length - from <= STEP_BYTES ? text.length : lineEnd(text, from, from + STEP_BYTES);
      this.#columns.append(text.subarray(from, to));
      from = to;
      yield;
    }
    this.#groups.push(...(yield* this.#columns.taking()));
  }

  protected body(): Chunk['body'] {
    const body = { form: 'parquet', groups: this.#groups } as const;
    const followed: FollowedBody = { ...body, lines: this.#told.written(), allBytes: this.#length };
    this.#groups = [];
    this.#told = new GrowingBytes();
    this.#length = 0;
    return this.#follow ? followed : body;
  }
}
