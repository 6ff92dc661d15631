/** The exporters of one source as observation points (S2.8), and what each of them lost. */
import type { Point } from '../../flows/contexts.ts';
import type { Recorder } from '../../flows/recorder.ts';
import {
  ANY_EXPORTER,
  type FlowLoss,
  type FlowLossReason,
  type FlowSource,
} from '../../sources/flow-source.ts';

/** What exporters need of a recorder. */
export type FlowRecorder = Pick<Recorder, 'addPoint' | 'addFlows' | 'lose' | 'setHealthy'>;

/** Exporters of a source that are points of their own; further ones share one: a source is open for years, and an
 * allow-list may be wide. */
const MAX_POINTS = 4096;
const OTHER = '';

/** How an exporter's rows are taken. */
export interface ExporterPlace {
  /** The address space that it sees (S2.1). */
  readonly scope: number;
  /** How far behind its rows may be (S3.3). */
  readonly graceSeconds: number;
}

/** What one exporter sent and lost. */
export interface ExporterTally {
  readonly address: string;
  rows: number;
  /** By reason, in units of FlowLoss; where only the fact is known, 0. */
  readonly lost: Partial<Record<FlowLossReason, number>>;
}

interface ExporterPoint {
  readonly point: Point;
  readonly tally: ExporterTally;
}

/**
 * Finds the point of an exporter, which is added when it first shows: one that has seen nothing yet covers nobody
 * (S5.1). An exporter is known by its address: its number may change with each of its connections.
 */
export class ExporterPoints {
  readonly #source: FlowSource;
  readonly #recorder: FlowRecorder;
  readonly #place: (exporter: string) => ExporterPlace;
  readonly #byAddress = new Map<string, ExporterPoint>();
  readonly #byNumber = new Map<number, ExporterPoint>();
  #healthy = true;

  constructor(source: FlowSource, recorder: FlowRecorder, place: (exporter: string) => ExporterPlace) {
    this.#source = source;
    this.#recorder = recorder;
    this.#place = place;
  }

  /** In the order that they showed. */
  get tallies(): ExporterTally[] {
    return Array.from(this.#byAddress.values(), ({ tally }) => tally);
  }

  /** The point of an exporter by its number, for so many rows of it. `now`: Unix seconds. */
  take(number: number, rows: number, now: number): Point {
    const found = this.#byNumber.get(number) ?? this.#find(number, now);
    found.tally.rows += rows;
    return found.point;
  }

  /** Flows are missing: of one exporter, or of any, and then of all (S5.2). Of one without rows nothing is
   * missing that anybody could be told of. */
  lose({ exporter, from, to, count, reason }: FlowLoss): void {
    const begin = Math.floor(from);
    const end = Math.floor(to);
    if (exporter !== ANY_EXPORTER) {
      const found = this.#byAddress.get(this.#source.exporterAddress(exporter)) ?? this.#byAddress.get(OTHER);
      if (found === undefined) return;
      found.tally.lost[reason] = (found.tally.lost[reason] ?? 0) + Math.max(0, count);
      return this.#recorder.lose(found.point, begin, end);
    }
    for (const { point } of this.#byAddress.values()) this.#recorder.lose(point, begin, end);
  }

  /** The receiver stopped, or receives again. An exporter that is silent is no fault. */
  setHealthy(healthy: boolean): void {
    if (healthy === this.#healthy) return;
    this.#healthy = healthy;
    for (const { point } of this.#byAddress.values()) this.#recorder.setHealthy(point, healthy);
  }

  #find(number: number, now: number): ExporterPoint {
    // Numbers go up with every connection; those of the past are not asked for again.
    if (this.#byNumber.size >= 2 * MAX_POINTS) this.#byNumber.clear();
    const full = this.#byAddress.size >= MAX_POINTS;
    const address = this.#source.exporterAddress(number);
    const found = this.#byAddress.get(address) ?? this.#add(full ? OTHER : address, now);
    this.#byNumber.set(number, found);
    return found;
  }

  #add(address: string, now: number): ExporterPoint {
    const known = this.#byAddress.get(address);
    if (known !== undefined) return known;
    const { name, live } = this.#source;
    const point = this.#recorder.addPoint(
      { source: name, exporter: address, live, role: 'count', ...this.#place(address) },
      now,
    );
    if (!this.#healthy) this.#recorder.setHealthy(point, false);
    const added = { point, tally: { address, rows: 0, lost: {} } };
    this.#byAddress.set(address, added);
    return added;
  }
}
