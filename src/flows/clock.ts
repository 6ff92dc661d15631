import type { TimeColumns } from './columns.ts';

/** A jump of more than this many seconds needs packets that agree (S3.3). */
export const JUMP_SECONDS = 3600;
/** How many packets must agree on a jump. */
export const JUMP_AGREEMENT = 16;
/** Packets that a file's first time is judged by: their median. */
const OPENING = 16;

/**
 * Event time of one observation point: holds back single packets whose time is far from the others'
 * (S3.3). Such a packet is counted and takes the watermark's time; after 16 that agree the time is
 * believed.
 */
export class PacketClock {
  /** Latest believed time in Unix seconds; 0 before the first packet. */
  latest = 0;
  outliers = 0;
  #candidate = 0;
  #agreed = 0;

  /** True when no row of the batch can be an outlier: the common case, without a look at the rows. */
  plausible(batch: TimeColumns): boolean {
    return (
      this.latest !== 0 &&
      this.#agreed === 0 &&
      batch.maxTime <= this.latest + JUMP_SECONDS &&
      batch.minTime >= this.latest - JUMP_SECONDS
    );
  }

  /** A live source's clock starts at the wall clock, so that its very first packet can be an outlier. */
  startAt(now: number): void {
    this.latest = now;
  }

  /**
   * Judges rows [from, to) in place: outliers get the watermark's time, which lies `grace` behind the latest
   * time of all points: `latest`, or a later one of this batch.
   */
  judge(batch: TimeColumns, from: number, to: number, latest: number, grace: number): void {
    const { time, start } = batch;
    if (this.latest === 0) this.latest = opening(time, from, to);
    for (let i = from; i < to; i++) {
      const t = time[i]!;
      if (Math.abs(t - this.latest) <= JUMP_SECONDS) {
        this.#agreed = 0;
        if (t > this.latest) this.latest = t;
        continue;
      }
      if (this.#agreed > 0 && Math.abs(t - this.#candidate) <= JUMP_SECONDS) this.#agreed++;
      else {
        this.#candidate = t;
        this.#agreed = 1;
      }
      if (this.#agreed >= JUMP_AGREEMENT) {
        this.#agreed = 0;
        this.latest = t;
        continue;
      }
      this.outliers++;
      time[i] = Math.max(0, Math.max(this.latest, latest) - grace);
      // A flow keeps its length: the clock that its end is by is that of its start.
      if (start !== undefined) start[i] = Math.max(0, time[i]! - Math.max(0, t - start[i]!));
    }
  }
}

/** The median of the first times, so that one wrong packet at the start does not set the clock. */
function opening(time: Uint32Array, from: number, to: number): number {
  const first = time.slice(from, Math.min(to, from + OPENING)).sort();
  return first[first.length >> 1]!;
}
