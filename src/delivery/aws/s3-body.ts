/** A body cut into parts of one size, of which no more than one is in memory. */

export interface BodyPart {
  /** Stands until the next part is asked for. */
  readonly bytes: Buffer;
  readonly isLast: boolean;
}

/** Bytes that a part's buffer begins with: most objects are small. */
const FIRST_BYTES = 64 * 1024;

/** Parts of `partBytes`, the last one of 1 to as many; one empty part where there is nothing. */
export async function* partsOf(
  body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  partBytes: number,
): AsyncGenerator<BodyPart> {
  let buffer: Buffer = Buffer.allocUnsafeSlow(Math.min(FIRST_BYTES, partBytes));
  let used = 0;
  for await (const piece of body) {
    let from = 0;
    while (from < piece.length) {
      // A full part goes when there is more to come, so that the last one is known.
      if (used === partBytes) {
        yield { bytes: buffer, isLast: false };
        used = 0;
      }
      const length = Math.min(piece.length - from, partBytes - used);
      if (used + length > buffer.length) buffer = grown(buffer, used, used + length, partBytes);
      buffer.set(piece.subarray(from, from + length), used);
      used += length;
      from += length;
    }
  }
  yield { bytes: buffer.subarray(0, used), isLast: true };
}

function grown(buffer: Buffer, used: number, least: number, most: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.min(most, Math.max(least, buffer.length * 2)));
  buffer.copy(larger, 0, 0, used);
  return larger;
}
