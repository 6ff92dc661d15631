/** What the output of `record` is made of, and how a window's lines are cut into it: the same for any number of threads. */
import type { ExpandedWindow } from '../../flows/rows.ts';
import { GROUP_LINES } from '../../records/parquet/group-lines.ts';
import type { RowGroup } from '../../records/parquet/row-group.ts';

/** What is written: lines, lines deflated, or columns. */
export type OutputForm = 'text' | 'gzip' | 'parquet';

/** Whether the field ids are written in front: a Parquet file has them at its end. */
export function hasHeader({
  header,
  form,
}: {
  readonly header: boolean;
  readonly form: OutputForm;
}): boolean {
  return header && form !== 'parquet';
}

/** Text, or deflated text with what its gzip trailer needs. */
export interface TextPiece {
  readonly bytes: Uint8Array;
  readonly crc: number;
  /** Uncompressed bytes. */
  readonly length: number;
  readonly lines: number;
}

/** Row groups of a Parquet file. */
export interface GroupsPiece {
  readonly groups: readonly RowGroup[];
}

/** A piece of output. */
export type Piece = TextPiece | GroupsPiece;

/** Lines `from` to `to` of a window, as one piece. */
export interface Part {
  readonly expanded: ExpandedWindow;
  readonly from: number;
  readonly to: number;
  /** Lines of a row group; else the piece is text. */
  readonly grouped: boolean;
}

/** Lines of a piece: some 200 KB of text in the default format, deflated while it is in the cache. Fixed, so that the bytes are (S6.4). */
export const PIECE_LINES = 2048;
/** Pieces that are asked for ahead of the one that is written next: some megabytes. */
const PIECES_AHEAD = 32;
const GROUPS_AHEAD = 8;

/**
 * The pieces of some windows' lines, and how many to ask for ahead. Of Parquet, lines that fill a row group are one piece;
 * the others are text, to be gathered over windows (row-gatherer.ts).
 */
export function partsOf(
  windows: readonly ExpandedWindow[],
  form: OutputForm,
): { readonly parts: readonly Part[]; readonly ahead: number } {
  const parts: Part[] = [];
  for (const expanded of windows) {
    const { lines } = expanded;
    let from = 0;
    const inGroups = form === 'parquet' ? lines - (lines % GROUP_LINES) : 0;
    for (; from < inGroups; from += GROUP_LINES) {
      parts.push({ expanded, from, to: from + GROUP_LINES, grouped: true });
    }
    for (; from < lines; from += PIECE_LINES) {
      parts.push({ expanded, from, to: Math.min(lines, from + PIECE_LINES), grouped: false });
    }
  }
  return { parts, ahead: parts.some((part) => part.grouped) ? GROUPS_AHEAD : PIECES_AHEAD };
}
