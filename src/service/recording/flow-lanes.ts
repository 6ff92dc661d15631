/** Sources of exported flows beside each other, a batch of each in turn, to a recorder. */
import { FlowBatch } from '../../capture/flow-batch.ts';
import type { FlowSource } from '../../sources/flow-source.ts';
import { Gate, openWhenReady } from '../../sources/intake.ts';
import type { SourceState } from '../../sources/source.ts';
import {
  type ExporterPlace,
  ExporterPoints,
  type ExporterTally,
  type FlowRecorder,
} from './exporter-points.ts';

/** A source of exported flows, and where its exporters stand. */
export interface FlowInput {
  readonly source: FlowSource;
  readonly place: (exporter: string) => ExporterPlace;
}

class Lane {
  readonly source: FlowSource;
  readonly batch = new FlowBatch();
  readonly points: ExporterPoints;
  state: SourceState = 'wait';
  awaited = false;

  constructor({ source, place }: FlowInput, recorder: FlowRecorder) {
    this.source = source;
    this.points = new ExporterPoints(source, recorder, place);
  }
}

/** Live sources of exported flows. Opening and closing them is the owner's. */
export class FlowLanes {
  readonly #recorder: FlowRecorder;
  readonly #lanes: readonly Lane[];
  readonly #gate = new Gate();
  #turn = 0;

  constructor(inputs: readonly FlowInput[], recorder: FlowRecorder) {
    this.#recorder = recorder;
    this.#lanes = inputs.map((input) => new Lane(input, recorder));
  }

  /** What the exporters of a source sent and lost. */
  tallies(source: number): ExporterTally[] {
    return this.#lanes[source]!.points.tallies;
  }

  /** Sets the clock of a recorder going that has no other point yet: these see nothing, and cover nobody. */
  begin(now: number): void {
    for (const { source } of this.#lanes) {
      this.#recorder.addPoint({ source: source.name, scope: 0, live: true, role: 'verdict' }, now);
    }
  }

  /** Records one batch of the next source that has one. 'end': all have ended. */
  step(now: number): SourceState {
    let waits = false;
    for (let i = 0; i < this.#lanes.length; i++) {
      const lane = this.#lanes[(this.#turn + i) % this.#lanes.length]!;
      lane.state = lane.state === 'end' ? 'end' : lane.source.next(lane.batch);
      if (lane.state === 'rows') {
        this.#turn = (this.#turn + i + 1) % this.#lanes.length;
        this.#record(lane, now);
        return 'rows';
      }
      if (lane.state === 'wait') waits = true;
    }
    return waits ? 'wait' : 'end';
  }

  /** Resolves when `step` is worth calling again; never when all have ended. */
  ready(): Promise<void> {
    this.#gate.shut();
    for (const lane of this.#lanes) if (lane.state !== 'end') openWhenReady(lane, this.#gate);
    return this.#gate.passed;
  }

  /** Asks for drop counts, which come with the next losses. */
  async sampleDrops(): Promise<void> {
    await Promise.all(this.#lanes.map(({ source }) => source.sampleDrops()));
  }

  takeLosses(): void {
    for (const { source, points } of this.#lanes) for (const loss of source.takeLosses()) points.lose(loss);
  }

  markHealth(): void {
    for (const { source, points } of this.#lanes) points.setHealthy(source.healthy);
  }

  #record({ batch, points }: Lane, now: number): void {
    const { count, exporter } = batch;
    for (let from = 0; from < count;) {
      const to = runOf(exporter, from, count);
      // Of live sources all rows are taken: what finds no room is refused, and counted (S5.4).
      this.#recorder.addFlows(batch, from, to, points.take(exporter[from]!, to - from, now));
      from = to;
    }
  }
}

/** Where the rows end that are of the exporter of row `from`. */
export function runOf(exporter: Uint32Array, from: number, count: number): number {
  const of = exporter[from]!;
  let to = from + 1;
  while (to < count && exporter[to] === of) to++;
  return to;
}
