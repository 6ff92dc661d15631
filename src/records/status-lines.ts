import { STATUS_NODATA } from '../flows/rows.ts';
import type { LogFormat } from './formats.ts';
import type { InterfaceTexts } from './interface-texts.ts';
import { OP_LOG_STATUS, OP_PIECE, OP_START } from './ops.ts';
import { PIECE_FIRST, PIECE_TOTAL, PieceCache } from './pieces.ts';
import { compileLine } from './plan.ts';
import { word, writeField } from './values.ts';
import { storedAfter, writeStored } from './word-store.ts';

const SPACE = 0x20;
const NEWLINE = 0x0a;
const [NODA, TA_] = [word('NODA'), word('TA ')];
const [SKIP, DATA] = [word('SKIP'), word('DATA')];

/** NODATA and SKIPDATA lines of a format. */
export class StatusLines {
  readonly #ops: Uint8Array;
  readonly #pieces: PieceCache;

  constructor(format: LogFormat, texts: InterfaceTexts) {
    const plan = compileLine(format, 'status');
    this.#ops = plan.ops;
    this.#pieces = new PieceCache(plan.pieces, texts);
  }

  /** Bytes of the constant pieces of an interface's line. */
  pieceBytes(number: number): number {
    const entry = this.#pieces.locate(number);
    return this.#pieces.words[entry + PIECE_TOTAL]!;
  }

  /** Writes the line of the entry that begins at `status[at]`; returns the position behind it. */
  write(view: DataView, start: number, status: Int32Array, at: number): number {
    const entry = this.#pieces.locate(status[at]!);
    const { words } = this.#pieces;
    let position = start;
    let piece = entry + PIECE_FIRST;
    for (const op of this.#ops) {
      if (op === OP_PIECE) {
        position = writeStored(view, position, words, piece);
        piece = storedAfter(words, piece);
      } else if (op === OP_LOG_STATUS) {
        const nodata = status[at + 1] === STATUS_NODATA;
        view.setUint32(position, nodata ? NODA : SKIP, true);
        view.setUint32(position + 4, nodata ? TA_ : DATA, true);
        position += nodata ? 6 : 8;
        view.setUint8(position++, SPACE);
      } else {
        position = writeField(view, position, status[at + (op === OP_START ? 2 : 3)]! >>> 0);
      }
    }
    view.setUint8(position - 1, NEWLINE);
    return position;
  }
}
