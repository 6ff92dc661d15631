import type { InterfaceLookup } from '../network/lookup.ts';
import { InterfaceCounts, type SeenInterfaces } from './attribution.ts';
import { PacketClock } from './clock.ts';
import type { Point } from './contexts.ts';
import { PointHistory } from './history.ts';

/** An observation point as it is registered. */
export interface PointOptions extends Omit<Point, 'number' | 'exporter'> {
  /** Default: none. */
  readonly exporter?: string;
  /** How far behind it may be (S3.3). */
  readonly graceSeconds?: number;
}

/** Rows of an open window by live point. */
export type SeenByPoint = readonly (SeenInterfaces | undefined)[];

/** The observation points of a recorder, by number: their clocks, and what live ones saw and lost. */
export class Points {
  readonly #points: Point[] = [];
  readonly #clocks: PacketClock[] = [];
  /** Of live points. */
  readonly #histories: (PointHistory | undefined)[] = [];

  /** Live points start at `now` (Unix seconds). */
  add(point: Omit<Point, 'number'>, now: number): Point {
    const added = { ...point, number: this.#points.length };
    this.#points.push(added);
    const clock = new PacketClock();
    if (point.live) clock.startAt(now);
    this.#clocks.push(clock);
    this.#histories.push(point.live ? new PointHistory(now) : undefined);
    return added;
  }

  clockOf(point: Point): PacketClock {
    return this.#clocks[point.number]!;
  }

  get timeOutliers(): number {
    return this.#clocks.reduce((sum, clock) => sum + clock.outliers, 0);
  }

  /** How many scopes the network must have for them. */
  get scopes(): number {
    return this.#points.reduce((most, point) => Math.max(most, point.scope + 1), 0);
  }

  setHealthy(point: Point, healthy: boolean, now: number): void {
    this.#histories[point.number]?.setHealthy(healthy, now);
  }

  /** Packets of a live point are missing between two times. Returns the interfaces that this concerns: those
   * that had traffic from it in the open windows or the one before (S5.2). */
  lose(point: Point, from: number, to: number, open: readonly SeenByPoint[]): ReadonlySet<number> {
    this.#histories[point.number]?.markLoss(from, to);
    return this.recent(open, point);
  }

  /** The interfaces that had traffic from a live point, or from any, in the open windows or the one before. */
  recent(open: readonly SeenByPoint[], of?: Point): ReadonlySet<number> {
    const numbers = new Set<number>();
    for (const point of of === undefined ? this.#points : [of]) {
      const seen = open.map((window) => window[point.number]);
      this.#histories[point.number]?.forEachRecent(seen, (number) => numbers.add(number));
    }
    return numbers;
  }

  /**
   * The window at `start` has closed, in which `seen` had traffic. Returns the interfaces that counting points
   * covered throughout, a list for each scope (S5.1): all points of files together, if `files`, and live ones
   * while they are healthy.
   */
  closeWindow(start: number, seen: SeenByPoint, files: boolean, network: InterfaceLookup): Int32Array[] {
    const scopes = new Set<number>();
    for (const point of this.#points) {
      const history = this.#histories[point.number];
      const covers = history === undefined ? files : history.closeWindow(start, seen[point.number]);
      if (!covers || point.role !== 'count') continue;
      for (const scope of network.scopesOf(point, point.scope)) scopes.add(scope);
    }
    return Array.from(scopes, (scope) => network.scopeInterfaces(scope));
  }
}

/** Nothing seen by a point in a window yet. Of exporters, which may be many, only those that they saw are held. */
export function seenBy(point: Point, { declaredCount }: InterfaceLookup): SeenInterfaces {
  return point.exporter === '' ? new InterfaceCounts(declaredCount) : new Set<number>();
}
