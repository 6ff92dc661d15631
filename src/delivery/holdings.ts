/** What is spooled, in memory: segments, the claims on their chunks, and the bytes that they take. */
import type { AmountsBook } from './amounts.ts';
import type { Claim, Segment } from './piles.ts';
import type { Spool, SpooledSegment } from './spool.ts';

export class Holdings {
  readonly #spool: Spool;
  readonly #amounts: AmountsBook;
  readonly #segments = new Map<number, Segment>();
  /** Claims of each flow log that are not settled. */
  readonly #claims = new Map<string, number>();
  #claimCount = 0;
  #bytes = 0;
  /** Segments without claims whose files are still there. */
  readonly #empty = new Set<Segment>();
  /** Segments that are removed, and that the ledger may still speak of. */
  #removed: number[] = [];

  constructor(spool: Spool, amounts: AmountsBook) {
    this.#spool = spool;
    this.#amounts = amounts;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get segments(): number {
    return this.#segments.size;
  }

  get claims(): number {
    return this.#claimCount;
  }

  waits(flowLog: string): boolean {
    return this.#claims.has(flowLog);
  }

  get empty(): ReadonlySet<Segment> {
    return this.#empty;
  }

  add({ id, bytes, index }: SpooledSegment): Segment {
    const { producer, sequence, committedAt } = index;
    const segment: Segment = { id, bytes, producer, sequence, committedAt, waiting: 0 };
    this.#segments.set(id, segment);
    this.#bytes += bytes;
    return segment;
  }

  claim(claim: Claim): void {
    claim.chunk.segment.waiting++;
    this.#claimCount++;
    this.#claims.set(claim.flowLog, (this.#claims.get(claim.flowLog) ?? 0) + 1);
    this.#amounts.select(claim.flowLog, claim.chunk, 'spooled');
  }

  /** All claims of a segment have been added. */
  added(segment: Segment): void {
    if (segment.waiting === 0) this.#empty.add(segment);
  }

  /** Claims that are settled, or dropped. */
  release(claims: Iterable<Claim>): void {
    for (const { chunk, flowLog } of claims) {
      if (--chunk.segment.waiting === 0) this.#empty.add(chunk.segment);
      this.#claimCount--;
      const left = this.#claims.get(flowLog)! - 1;
      if (left > 0) this.#claims.set(flowLog, left);
      else this.#claims.delete(flowLog);
    }
  }

  /** Takes the files of segments without claims away. @throws errors of the file system */
  removeEmpty(needed: (segment: Segment) => boolean): void {
    for (const segment of this.#empty) {
      if (needed(segment)) continue;
      this.#spool.remove(segment.id);
      this.#empty.delete(segment);
      this.#segments.delete(segment.id);
      this.#bytes -= segment.bytes;
      this.#removed.push(segment.id);
    }
  }

  /** What the ledger says of these segments may go, once the spool's directory is flushed. */
  get removed(): readonly number[] {
    return this.#removed;
  }

  /** The ledger speaks of segments that were gone at the start. */
  wereRemoved(segments: readonly number[]): void {
    this.#removed.push(...segments.filter((id) => !this.#segments.has(id)));
  }

  /** The ledger speaks of none of them any more. */
  forgotten(): void {
    this.#removed = [];
  }
}

/** Segments that have no claims left when these are gone. */
export function emptiedBy(claims: ReadonlySet<Claim>): Set<Segment> {
  const counts = new Map<Segment, number>();
  for (const { chunk } of claims) counts.set(chunk.segment, (counts.get(chunk.segment) ?? 0) + 1);
  return new Set([...counts].flatMap(([segment, count]) => (count === segment.waiting ? [segment] : [])));
}
