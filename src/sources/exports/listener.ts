/** The FlowSource over datagrams: from a reception through the allow-list and the decoder into batches. */
import type { CaptureFault } from '../../capture/decoder.ts';
import type { FlowBatch } from '../../capture/flow-batch.ts';
import type { TunnelKind } from '../../capture/open.ts';
import { ANY_EXPORTER, type FlowLoss } from '../flow-source.ts';
import { Gate } from '../intake.ts';
import type { SourceState } from '../source.ts';
import { Counters } from './counters.ts';
import { type Decoding, decodingFor } from './decoding.ts';
import { FlowLosses } from './losses.ts';
import type { BoundAddress, ExporterRule, ExportProtocol, FlowListener } from './options.ts';
import type { Reception } from './reception.ts';
import { Senders } from './senders.ts';
import { SpillSink } from './spill.ts';
import { StateFile } from './state-file.ts';

const MICROS = 1000;
const TICK_MS = 1000;
const EXPIRE_MS = 60_000;
/** Datagrams of one call that need not make rows: those who flood it without any let others have their turn. */
const MAX_DATAGRAMS = 4096;

export interface DatagramSourceOptions {
  readonly name: string;
  readonly protocol: ExportProtocol;
  readonly exporters: readonly ExporterRule[];
  readonly tunnels: ReadonlySet<TunnelKind> | undefined;
  readonly state: string | undefined;
  readonly notice: (message: string) => void;
}

export class DatagramSource implements FlowListener {
  readonly name: string;
  readonly live = true;
  readonly fault: CaptureFault | undefined = undefined;
  readonly counters: Counters;
  readonly #reception: Reception;
  readonly #senders: Senders;
  readonly #sink = new SpillSink();
  readonly #decoding: Decoding;
  readonly #losses: FlowLosses;
  readonly #state: StateFile | undefined;
  /** Opens when there is something to do. */
  readonly #wake = new Gate();
  #timer: NodeJS.Timeout | undefined;
  #expired = 0;
  #ended = false;
  #finished = false;

  constructor(reception: Reception, options: DatagramSourceOptions) {
    this.name = options.name;
    this.#reception = reception;
    reception.wake = () => this.#wake.open();
    this.#senders = new Senders(options.exporters);
    this.#decoding = decodingFor(options.protocol, this.#sink, this.#senders, options.tunnels);
    this.#losses = new FlowLosses();
    this.counters = new Counters(this.#senders, this.#decoding, this.#losses);
    const { netflow } = this.#decoding;
    if (options.state !== undefined && netflow !== undefined)
      this.#state = new StateFile(options.state, netflow, options.notice);
  }

  /** Takes what the last run kept, and lets time go by from here on. */
  async begin(): Promise<void> {
    const now = Date.now();
    await this.#state?.restore(now * MICROS);
    this.#expired = now;
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
  }

  get address(): BoundAddress {
    return this.#reception.address;
  }

  next(batch: FlowBatch): SourceState {
    batch.clear();
    if (this.#finished) return 'end';
    this.#sink.fill(batch, () => this.#decode());
    if (batch.count > 0) {
      this.counters.add(batch);
      return 'rows';
    }
    if (!this.#ended) return 'wait';
    this.#finished = true;
    return 'end';
  }

  #decode(): void {
    const reception = this.#reception;
    const sink = this.#sink;
    for (let count = 0; count < MAX_DATAGRAMS && !sink.enough; count++) {
      const datagram = reception.peek();
      if (datagram === undefined) {
        if (reception.over) this.#end();
        return;
      }
      const { bytes, from, to, micros } = datagram;
      this.counters.datagrams++;
      this.counters.bytes += to - from;
      const sender = this.#senders.admit(datagram.family, datagram.address, micros);
      if (sender !== undefined) this.#decoding.datagram(bytes, from, to, sender.address, micros);
      reception.drop();
    }
  }

  /** Everything that came is decoded, and nothing more will come. */
  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#timer);
    this.#decoding.end(Date.now() * MICROS);
    this.#settle(Date.now());
    this.#wake.open();
  }

  /** Time goes by, but not past datagrams that wait. */
  #tick(): void {
    const now = Date.now();
    const waiting = this.#reception.peek();
    const time = waiting === undefined ? now : Math.min(now, waiting.micros / MICROS);
    this.#decoding.tick(time * MICROS);
    if (now - this.#expired >= EXPIRE_MS) {
      this.#expired = now;
      this.#decoding.expire(time * MICROS);
    }
    this.#sink.close();
    this.#settle(time);
    this.#state?.saveLater(now);
    if (this.#sink.waiting) this.#wake.open();
  }

  #settle(nowMs: number): void {
    this.#losses.settle(nowMs / 1000, this.#decoding, this.#senders, this.#sink);
  }

  async ready(): Promise<void> {
    if (this.#ended || this.#sink.waiting) return;
    this.#wake.shut();
    if (this.#reception.wait()) await this.#wake.passed;
  }

  takeLosses(): FlowLoss[] {
    this.#reception.takeLosses((from, to, count, reason) =>
      this.#losses.add({ from, to, exporter: ANY_EXPORTER, count, reason }),
    );
    return this.#losses.take();
  }

  sampleDrops(): Promise<void> {
    return this.#reception.sampleDrops();
  }

  exporterAddress(number: number): string {
    return this.#decoding.addressOf(number) ?? `exporter ${number}`;
  }

  get healthy(): boolean {
    return this.#reception.healthy;
  }

  get progress(): { read: number; total: undefined } {
    return { read: this.counters.bytes, total: undefined };
  }

  stop(): void {
    this.#reception.stop();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#finished = true;
    this.#ended = true;
    this.#sink.clear();
    await this.#reception.close();
    this.#wake.open();
    await this.#state?.saveNow();
  }
}
