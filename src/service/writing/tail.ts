import { constants, inflateRawSync } from 'node:zlib';
import type { Chunk } from '../../delivery/chunk.ts';
import { isFollowed, TAIL_BYTES } from './followed.ts';

/** The text of a chunk, up to so many bytes and in whole lines. */
export function textOf({ body }: Chunk, most: number): { readonly text: string; readonly whole: boolean } {
  const parts: Uint8Array[] = [];
  let left = most;
  if (body.form === 'events') {
    parts.push(cut(body.text, left));
    left -= body.text.length;
  } else if (body.form === 'parquet') {
    // Nobody followed it when it was made: there is no text.
    if (!isFollowed(body)) return { text: '', whole: false };
    parts.push(cut(body.lines, left));
    left -= body.allBytes;
  } else {
    for (const piece of body.pieces) {
      if (left <= 0) {
        left = -1;
        break;
      }
      // Pieces end with a flush instead of a final block.
      const text = inflateRawSync(piece.bytes, { finishFlush: constants.Z_SYNC_FLUSH });
      parts.push(cut(text, left));
      left -= text.length;
    }
  }
  return { text: Buffer.concat(parts).toString('latin1'), whole: left >= 0 };
}

function cut(text: Uint8Array, most: number): Uint8Array {
  return text.length <= most ? text : text.subarray(0, text.lastIndexOf(0x0a, Math.max(0, most - 1)) + 1);
}

/** What is told of a commit to those who follow flow logs. */
export function tailOf(
  chunks: readonly Chunk[],
  followed: ReadonlySet<string>,
): { readonly flowLog: string; readonly text: string; readonly whole: boolean }[] {
  const left = new Map<string, number>();
  const told: { flowLog: string; text: string; whole: boolean }[] = [];
  for (const chunk of chunks) {
    for (const flowLog of chunk.flowLogs) {
      if (!followed.has(flowLog)) continue;
      const most = left.get(flowLog) ?? TAIL_BYTES;
      if (most <= 0) continue;
      const { text, whole } = textOf(chunk, most);
      left.set(flowLog, whole ? most - text.length : 0);
      told.push({ flowLog, text, whole });
    }
  }
  return told;
}
