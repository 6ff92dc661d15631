/** What is spooled, in memory: segments, the claims on their chunks, and the bytes that they take. */
import type { AmountsBook } from './amounts.ts';
import type { Claim, Segment } from './piles.ts';
import type { Spool, SpooledSegment } from './spool.ts';

const NOTHING = { bytes: 0, claims: 0 };

export class Holdings {
  readonly #spool: Spool;
  readonly #amounts: AmountsBook;
  readonly #segments = new Map<number, Segment>();
  /** Claims of each flow log that are not settled, and where they go. */
  readonly #claims = new Map<string, { count: number; readonly destination: string }>();
  /** Of each destination: its claims, and the bytes of segments that hold some of them. */
  readonly #destinations = new Map<string, { bytes: number; claims: number }>();
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

  /** Of a destination. A segment goes as a whole: each claim on it holds all of it. */
  at(destination: string): { readonly bytes: number; readonly claims: number } {
    return this.#destinations.get(destination) ?? NOTHING;
  }

  /** Flow logs that something waits for. */
  get flowLogs(): IterableIterator<string> {
    return this.#claims.keys();
  }

  waits(flowLog: string): boolean {
    return this.#claims.has(flowLog);
  }

  get empty(): ReadonlySet<Segment> {
    return this.#empty;
  }

  add({ id, bytes, index }: SpooledSegment): Segment {
    const { producer, sequence, committedAt } = index;
    const segment: Segment = { id, bytes, producer, sequence, committedAt, waiting: 0, at: new Map() };
    this.#segments.set(id, segment);
    this.#bytes += bytes;
    return segment;
  }

  /** `destination`: where those of the flow log go. */
  claim(claim: Claim, destination: string): void {
    const { chunk, flowLog } = claim;
    const waiting = this.#claims.get(flowLog) ?? { count: 0, destination };
    this.#claims.set(flowLog, waiting);
    waiting.count++;
    this.#count(chunk.segment, waiting.destination, 1);
    this.#amounts.select(flowLog, chunk, 'spooled');
  }

  /** All claims of a segment have been added. */
  added(segment: Segment): void {
    if (segment.waiting === 0) this.#empty.add(segment);
  }

  /** Claims that are settled, or dropped. */
  release(claims: Iterable<Claim>): void {
    for (const { chunk, flowLog } of claims) {
      const waiting = this.#claims.get(flowLog)!;
      this.#count(chunk.segment, waiting.destination, -1);
      if (chunk.segment.waiting === 0) this.#empty.add(chunk.segment);
      if (--waiting.count === 0) this.#claims.delete(flowLog);
    }
  }

  #count(segment: Segment, destination: string, change: 1 | -1): void {
    segment.waiting += change;
    this.#claimCount += change;
    const before = segment.at.get(destination) ?? 0;
    const after = before + change;
    if (after > 0) segment.at.set(destination, after);
    else segment.at.delete(destination);
    const held = this.#destinations.get(destination) ?? { bytes: 0, claims: 0 };
    held.claims += change;
    if (before === 0 || after === 0) held.bytes += change * segment.bytes;
    if (held.claims > 0) this.#destinations.set(destination, held);
    else this.#destinations.delete(destination);
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
