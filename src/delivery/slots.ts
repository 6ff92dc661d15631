/** When a slot is complete, and where its parts are cut (S6.1, S6.4). Pure. */
import { SLOT_SECONDS } from './chunk.ts';

/** Unix seconds by which every interval (of 60 or 600 s) that overlaps a slot has ended. */
export function slotCompleteAt(slot: number, interval: number): number {
  return Math.ceil(((slot + 1) * SLOT_SECONDS) / interval) * interval;
}

/** Something that has a size and can be cut between its pieces. */
export interface Cuttable {
  /** Uncompressed bytes. */
  readonly size: number;
  readonly pieces: number;
}

/** Pieces [from, to) of a chunk. */
export interface Range<T> {
  readonly item: T;
  readonly from: number;
  readonly to: number;
}

/**
 * Parts of at most `room` uncompressed bytes each, in order. An item stays whole unless it is larger than a part;
 * then it is cut between pieces, whose sizes `piecesOf` tells. A single piece larger than `room` is a part of its
 * own. The same items make the same parts.
 */
export function cutParts<T extends Cuttable>(
  items: readonly T[],
  room: number,
  piecesOf: (item: T) => readonly number[],
): Range<T>[][] {
  const parts: Range<T>[][] = [];
  let part: Range<T>[] = [];
  let left = room;
  const next = (): void => {
    if (part.length > 0) parts.push(part);
    part = [];
    left = room;
  };
  for (const item of items) {
    if (item.size > left && item.size <= room) next();
    if (item.size <= left) {
      part.push({ item, from: 0, to: item.pieces });
      left -= item.size;
      continue;
    }
    const sizes = piecesOf(item);
    let from = 0;
    for (let piece = 0; piece < sizes.length; piece++) {
      if (sizes[piece]! > left && (piece > from || part.length > 0)) {
        if (piece > from) part.push({ item, from, to: piece });
        from = piece;
        next();
      }
      left -= sizes[piece]!;
    }
    part.push({ item, from, to: sizes.length });
  }
  next();
  return parts;
}
