/** What is spooled and in no object yet, in memory. */
import type { ChunkIndex, ChunkPlace } from './segment.ts';
import { slotCompleteAt } from './slots.ts';

/** A segment of the spool. */
export interface Segment {
  readonly id: number;
  readonly bytes: number;
  readonly producer: string;
  readonly sequence: number;
  readonly committedAt: number;
  /** Claims that are neither delivered nor given up: at 0 the segment goes. */
  waiting: number;
  /** The same by destination. */
  readonly at: Map<string, number>;
}

/** A chunk of a segment, shared by its claims. */
export interface StoredChunk extends Pick<
  ChunkIndex,
  'slot' | 'rows' | 'packets' | 'bytes' | 'size' | 'pieces' | 'digest'
> {
  readonly segment: Segment;
  readonly index: number;
  readonly place: ChunkPlace;
}

/** Chunk number `i` of a segment. */
export function storedChunk(segment: Segment, index: ChunkIndex, i: number): StoredChunk {
  const { slot, rows, packets, bytes, size, pieces, digest } = index;
  const { at, length, crc, layoutLength, layoutCrc, coverLength, coverCrc } = index;
  const place = { at, length, crc, layoutLength, layoutCrc, coverLength, coverCrc };
  return { segment, index: i, slot, rows, packets, bytes, size, pieces, digest, place };
}

/** A chunk as one of its flow logs waits for it. */
export interface Claim {
  readonly chunk: StoredChunk;
  readonly flowLog: string;
  readonly ordinal: number;
  /** Units that it is in and that are not settled: several where it is cut. */
  open: number;
}

/** Claims of a flow log in a slot that make the next parts. */
export interface Pile {
  readonly slot: number;
  readonly flowLog: string;
  /** Seconds of the flow log's aggregation interval. */
  readonly interval: number;
  readonly claims: Claim[];
}

type SlotPiles = Map<string, Pile>;

/** The piles of one producer. Order of claims is that of the commits. */
export class Piles {
  readonly #slots = new Map<number, SlotPiles>();

  add(claim: Claim, interval: number): void {
    const { slot } = claim.chunk;
    let piles = this.#slots.get(slot);
    if (piles === undefined) {
      piles = new Map();
      this.#slots.set(slot, piles);
    }
    const pile = piles.get(claim.flowLog);
    if (pile === undefined) {
      piles.set(claim.flowLog, { slot, flowLog: claim.flowLog, interval, claims: [claim] });
    } else pile.claims.push(claim);
  }

  /** Takes the piles whose slots are complete when everything that ends by `upTo` is committed (S6.1). */
  takeComplete(upTo: number): Pile[] {
    return this.#take((slot, interval) => upTo >= slotCompleteAt(slot, interval));
  }

  takeAll(): Pile[] {
    return this.#take(() => true);
  }

  /** When the oldest of it was committed, in milliseconds; undefined when there is nothing. */
  oldest(): number | undefined {
    let oldest: number | undefined;
    for (const piles of this.#slots.values()) {
      for (const { claims } of piles.values()) {
        const at = claims[0]!.chunk.segment.committedAt;
        if (oldest === undefined || at < oldest) oldest = at;
      }
    }
    return oldest;
  }

  #take(which: (slot: number, interval: number) => boolean): Pile[] {
    const taken: Pile[] = [];
    const slots = [...this.#slots].sort(([a], [b]) => a - b);
    for (const [slot, piles] of slots) {
      // No interval is shorter than 60 s.
      if (!which(slot, 60)) continue;
      for (const [flowLog, pile] of piles) {
        if (!which(slot, pile.interval)) continue;
        taken.push(pile);
        piles.delete(flowLog);
      }
      if (piles.size === 0) this.#slots.delete(slot);
    }
    return taken;
  }
}
