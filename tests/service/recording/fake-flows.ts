/** Sources that say what a test tells them: of exported flows, and of packets that a firewall logged. */
import type { Batch } from '../../../src/capture/batch.ts';
import type { FlowBatch } from '../../../src/capture/flow-batch.ts';
import { newCounters } from '../../../src/capture/rejections.ts';
import {
  FLOW_LOSS_REASONS,
  type FlowLoss,
  type FlowLossReason,
  type FlowSource,
} from '../../../src/sources/flow-source.ts';
import { Gate } from '../../../src/sources/intake.ts';
import type { Source, SourceState } from '../../../src/sources/source.ts';
import { fillFlows, type TestFlow } from '../../flows/exported.ts';
import { fill, type TestPacket } from '../../flows/support.ts';

/** Rows that come when they are pushed, and an end that comes when it is asked for. */
abstract class Fake<Row, Into> {
  readonly live = true;
  readonly fault = undefined;
  readonly progress = { read: 0, total: undefined };
  readonly name: string;
  readonly #rows: (readonly Row[])[] = [];
  readonly #gate = new Gate();
  #stopped = false;

  constructor(name: string) {
    this.name = name;
  }

  push(...rows: Row[]): void {
    this.#rows.push(rows);
    this.#gate.open();
  }

  next(batch: Into): SourceState {
    const rows = this.#rows.shift();
    this.put(batch, rows ?? []);
    if (rows !== undefined) return 'rows';
    if (this.#stopped) return 'end';
    this.#gate.shut();
    return 'wait';
  }

  ready(): Promise<void> {
    return this.#rows.length > 0 || this.#stopped ? Promise.resolve() : this.#gate.passed;
  }

  stop(): void {
    this.#stopped = true;
    this.#gate.open();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  protected abstract put(batch: Into, rows: readonly Row[]): void;
}

/** A flow, and the number of its exporter. */
export interface FakeFlow extends TestFlow {
  readonly exporter: number;
}

export class FakeFlows extends Fake<FakeFlow, FlowBatch> implements FlowSource {
  readonly losses: FlowLoss[] = [];
  healthy = true;
  readonly counters = {
    datagrams: 0,
    bytes: 0,
    notAllowed: 0,
    lost: Object.fromEntries(FLOW_LOSS_REASONS.map((reason) => [reason, 0])) as Record<
      FlowLossReason,
      number
    >,
    packets: 0,
    rowBytes: 0,
    rows: 0,
    topNotAllowed: () => [],
    decoded: () => ({}),
  };

  takeLosses(): FlowLoss[] {
    return this.losses.splice(0);
  }

  sampleDrops(): Promise<void> {
    return Promise.resolve();
  }

  exporterAddress(number: number): string {
    return `192.0.2.${number}`;
  }

  protected put(batch: FlowBatch, rows: readonly FakeFlow[]): void {
    fillFlows(batch, rows);
    for (let i = 0; i < batch.count; i++) {
      batch.exporter[i] = rows[i]!.exporter;
      this.counters.rows++;
      this.counters.packets += batch.packets[i]!;
      this.counters.rowBytes += batch.bytes[i]!;
    }
  }
}

export class FakeFirewall extends Fake<TestPacket, Batch> implements Source {
  readonly reportsVerdicts = true;
  readonly counters = newCounters();

  takeLosses(): [] {
    return [];
  }

  protected put(batch: Batch, rows: readonly TestPacket[]): void {
    fill(batch, rows);
    this.counters.packets += rows.length;
  }
}
