/** IPFIX files one after the other, in the order named: as a collector cuts what it receives into files. */
import { FlowBatch } from '../../capture/flow-batch.ts';
import type { Point } from '../../flows/contexts.ts';
import type { FlowSource } from '../../sources/flow-source.ts';
import type { SourceState } from '../../sources/source.ts';
import type { ExporterPlace, FlowRecorder } from './exporter-points.ts';
import { runOf } from './flow-lanes.ts';

/**
 * The rows of IPFIX files, in hand batch by batch. One observation point in all: a flow that goes on in the next file
 * is the same flow, seen at the same place (S2.8).
 */
export class FileFlows {
  readonly #sources: readonly FlowSource[];
  readonly #recorder: FlowRecorder;
  readonly #place: ExporterPlace;
  readonly #batch = new FlowBatch();
  #current = 0;
  #at = 0;
  #state: SourceState = 'wait';
  #latest = 0;
  #point: Point | undefined;

  constructor(sources: readonly FlowSource[], recorder: FlowRecorder, place: ExporterPlace) {
    this.#sources = sources;
    this.#recorder = recorder;
    this.#place = place;
  }

  /** Makes sure that a row is in hand. */
  load(): SourceState {
    if (this.#at < this.#batch.count) return 'rows';
    this.#at = 0;
    for (; this.#current < this.#sources.length; this.#current++) {
      this.#state = this.#sources[this.#current]!.next(this.#batch);
      if (this.#state !== 'end') return this.#state;
    }
    this.#batch.clear();
    return 'end';
  }

  /** How far they are, by the latest end of a flow: the row in hand counted in. Flows are exported some time after
   * their ends, and not in the order of these: a row behind the latest follows it at once. */
  get clock(): number {
    return Math.max(this.#latest, this.#batch.time[this.#at]!);
  }

  /** Resolves when `load` is worth calling again. */
  ready(): Promise<void> {
    return this.#sources[this.#current]?.ready() ?? Promise.resolve();
  }

  /** Records the row in hand and those behind it, up to one that is later than `until`. */
  async record(until: number, room: () => Promise<void>): Promise<void> {
    const { time, exporter, count } = this.#batch;
    const from = this.#at;
    const most = runOf(exporter, from, count);
    let to = from + 1;
    let latest = this.clock;
    while (to < most && time[to]! <= until) latest = Math.max(latest, time[to++]!);
    this.#latest = latest;
    const point = (this.#point ??= this.#addPoint());
    for (let i = from; i < to;) {
      i = this.#recorder.addFlows(this.#batch, i, to, point);
      if (i < to) await room();
    }
    this.#at = to;
  }

  #addPoint(): Point {
    const { name } = this.#sources[this.#current]!;
    return this.#recorder.addPoint({ source: name, live: false, role: 'count', ...this.#place }, 0);
  }
}
