import { BATCH_ROWS, type Batch, META_DIRECTION, META_IPV6, META_PROTOCOL } from '../capture/batch.ts';
import type { Contexts, Point } from './contexts.ts';
import { hashKey } from './hash.ts';
import type { Places } from './places.ts';
import { KEY_CONTEXT_SHIFT, KEY_IPV6 } from './rows.ts';

/** What the flow table asks of each row of a batch, beside the batch's own columns. */
export class KeyColumns {
  /** The key word of a row (WORD_KEY). */
  readonly keys = new Int32Array(BATCH_ROWS);
  /** Hash of its four key words. */
  readonly hashes = new Int32Array(BATCH_ROWS);
  /** Where it was seen (S2.8). */
  readonly places = new Int32Array(BATCH_ROWS);
  readonly #numbers: Places;

  constructor(numbers: Places) {
    this.#numbers = numbers;
  }

  /**
   * Fills the columns for rows [from, to), all of one point and one version of the network. Returns the rows'
   * bytes.
   */
  fill(batch: Batch, from: number, to: number, point: Point, contexts: Contexts): number {
    const { keys, hashes, places } = this;
    const { meta, src, dst, ports, length, ifIndex } = batch;
    const { byLink } = contexts;
    const constant = byLink ? 0 : contexts.ofPoint(point) << KEY_CONTEXT_SHIFT;
    let bytes = 0;
    let place = 0;
    let lastIfIndex = -1;
    let lastDirection = 0;
    for (let i = from; i < to; i++) {
      const m = meta[i]!;
      const context = byLink ? contexts.of(batch, i, point) << KEY_CONTEXT_SHIFT : constant;
      const key = (m & META_PROTOCOL) | ((m & META_IPV6) !== 0 ? KEY_IPV6 : 0) | context;
      keys[i] = key;
      // Mostly one place: asked for only when the link columns change.
      if (ifIndex[i] !== lastIfIndex || (m & META_DIRECTION) !== lastDirection) {
        lastIfIndex = ifIndex[i]!;
        lastDirection = m & META_DIRECTION;
        place = this.#numbers.of(point.number, lastIfIndex, lastDirection);
      }
      places[i] = place;
      hashes[i] = hashKey(src[i]!, dst[i]!, ports[i]!, key);
      bytes += length[i]!;
    }
    return bytes;
  }
}
