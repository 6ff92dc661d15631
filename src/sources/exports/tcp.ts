/** IPFIX over TCP (RFC 7011, section 10.4): exporters connect, and each connection has templates of its own. */
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { formatAddress } from '../../base/addresses.ts';
import type { CaptureFault } from '../../capture/decoder.ts';
import type { FlowBatch } from '../../capture/flow-batch.ts';
import type { IpfixStream } from '../../capture/netflow/stream.ts';
import type { FlowLoss } from '../flow-source.ts';
import { Gate } from '../intake.ts';
import type { SourceState } from '../source.ts';
import { type ListenAddress, cannotListen, formatListen } from './address.ts';
import { Counters } from './counters.ts';
import { type StreamDecoding, settingsOf, streamDecoding } from './decoding.ts';
import { FlowLosses } from './losses.ts';
import type { ExporterRule, FlowListener } from './options.ts';
import { Senders } from './senders.ts';
import { wordsOf } from './socket-receiver.ts';
import { SpillSink } from './spill.ts';

/** What exporters may take up. */
export interface TcpLimits {
  /** Connections at a time; more are refused. */
  readonly connections: number;
  /** Bytes of one connection, and of all, that wait to be decoded; then nothing more is read of it, and the exporter
   * has to wait. */
  readonly waiting: number;
  readonly waitingInAll: number;
  /** A connection that is silent for so many milliseconds is closed: exporters connect again when they have something
   * to say. */
  readonly idle: number;
}

const DEFAULT_LIMITS: TcpLimits = {
  connections: 1024,
  waiting: 256 << 10,
  waitingInAll: 16 << 20,
  idle: 3_600_000,
};
const KEEP_ALIVE_MS = 60_000;
const TICK_MS = 1000;
const MICROS = 1000;
/** As with sockets of datagrams: what is on its way when receiving ends. */
const QUIET_MS = 10;
const DRAIN_MS = 500;

export interface TcpSourceOptions {
  readonly name: string;
  readonly listen: ListenAddress;
  readonly exporters: readonly ExporterRule[];
  readonly notice: (message: string) => void;
  readonly limits?: Partial<TcpLimits>;
}

interface Connection {
  readonly socket: Socket;
  readonly address: string;
  readonly stream: IpfixStream;
  /** Bytes that wait. */
  waiting: number;
}

/** What came, in order: bytes of a connection, or its end (no bytes). */
interface Piece {
  readonly connection: Connection;
  readonly bytes: Uint8Array | undefined;
  readonly micros: number;
}

export class TcpSource implements FlowListener {
  readonly name: string;
  readonly live = true;
  readonly healthy = true;
  readonly fault: CaptureFault | undefined = undefined;
  readonly counters: Counters;
  address = { host: '', port: 0 };
  readonly #options: TcpSourceOptions;
  readonly #limits: TcpLimits;
  readonly #server: Server;
  readonly #senders: Senders;
  readonly #sink = new SpillSink();
  readonly #decoding: StreamDecoding;
  readonly #losses = new FlowLosses();
  readonly #connections = new Set<Connection>();
  readonly #wake = new Gate();
  #pieces: Piece[] = [];
  #first = 0;
  #waiting = 0;
  #came = 0;
  /** A connection was refused for want of room, and none was taken since: it is told once. */
  #full = false;
  #timer: NodeJS.Timeout | undefined;
  #stopping = false;
  /** Nothing more comes. */
  #over = false;
  #ended = false;
  #closed = false;

  constructor(options: TcpSourceOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.name = options.name;
    this.#senders = new Senders(options.exporters);
    this.#decoding = streamDecoding(this.#sink, settingsOf(this.#senders));
    this.counters = new Counters(this.#senders, this.#decoding, this.#losses);
    this.#server = createServer((socket) => this.#connected(socket));
    const { connections } = this.#limits;
    this.#server.maxConnections = connections;
    this.#server.on('drop', () => {
      if (!this.#full)
        options.notice(`an exporter was refused: there are ${connections} connections already`);
      this.#full = true;
    });
  }

  async open(): Promise<void> {
    const { host, port } = this.#options.listen;
    const server = this.#server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(cannotListen(formatListen(host ?? '', port), 'TCP', error)));
      server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
    });
    server.on('error', (error) => this.#options.notice(`a connection was not taken: ${error.message}`));
    const { address, port: taken } = server.address() as AddressInfo;
    this.address = { host: address, port: taken };
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
  }

  #connected(socket: Socket): void {
    this.#full = false;
    const { family, words } = wordsOf(socket.remoteAddress ?? '');
    const from = { family, words: [words[0]!, words[1]!, words[2]!, words[3]!] as const };
    const address = formatAddress(from);
    socket.on('error', () => {}); // `close` follows
    if (this.#stopping || this.#senders.rule(from) === undefined) {
      if (!this.#stopping) this.#senders.refuse(address);
      socket.destroy();
      return;
    }
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setTimeout(this.#limits.idle, () => socket.destroy());
    const stream = this.#decoding.openStream(address, Date.now() * MICROS);
    const connection: Connection = { socket, address, stream, waiting: 0 };
    this.#connections.add(connection);
    socket.on('data', (bytes: Uint8Array) => {
      this.#came++;
      connection.waiting += bytes.length;
      this.#waiting += bytes.length;
      this.#queue({ connection, bytes, micros: Date.now() * MICROS });
      const { waiting, waitingInAll } = this.#limits;
      if (connection.waiting >= waiting || this.#waiting >= waitingInAll) socket.pause();
    });
    socket.once('close', () => this.#queue({ connection, bytes: undefined, micros: Date.now() * MICROS }));
  }

  #queue(piece: Piece): void {
    if (this.#closed) return;
    this.#pieces.push(piece);
    this.#wake.open();
  }

  next(batch: FlowBatch): SourceState {
    batch.clear();
    if (this.#closed) return 'end';
    this.#sink.fill(batch, () => this.#decode());
    if (batch.count > 0) {
      this.counters.add(batch);
      return 'rows';
    }
    return this.#ended ? 'end' : 'wait';
  }

  #decode(): void {
    while (!this.#sink.enough) {
      const piece = this.#pieces[this.#first];
      if (piece === undefined) {
        if (this.#over) this.#end();
        return;
      }
      this.#first++;
      if (this.#first === this.#pieces.length || this.#first >= 1024) {
        this.#pieces.splice(0, this.#first);
        this.#first = 0;
      }
      this.#read(piece);
    }
  }

  #read({ connection, bytes, micros }: Piece): void {
    const { stream, socket, address } = connection;
    if (bytes === undefined) {
      this.#decoding.closeStream(stream, micros);
      this.#connections.delete(connection);
      return;
    }
    const before = stream.fault;
    stream.push(bytes, micros);
    this.counters.datagrams = this.#decoding.netflow.counters.datagrams;
    this.counters.bytes += bytes.length;
    connection.waiting -= bytes.length;
    this.#waiting -= bytes.length;
    if (stream.fault !== undefined && before === undefined) {
      this.#options.notice(
        `the connection of ${address} is closed: at byte ${stream.fault.offset} ${stream.fault.reason}`,
      );
      socket.destroy();
    }
    if (connection.waiting < this.#limits.waiting / 2 && socket.isPaused()) socket.resume();
  }

  #tick(): void {
    const now = Date.now();
    const time = Math.min(now, (this.#pieces[this.#first]?.micros ?? Infinity) / MICROS);
    this.#decoding.tick(time * MICROS);
    this.#sink.close();
    this.#losses.settle(time / 1000, this.#decoding, this.#senders, this.#sink);
    if (this.#sink.waiting) this.#wake.open();
  }

  /** Everything that came is decoded, and nothing more comes. */
  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#timer);
    const now = Date.now();
    for (const { stream } of this.#connections) this.#decoding.closeStream(stream, now * MICROS);
    this.#connections.clear();
    this.#decoding.end(now * MICROS);
    this.#losses.settle(now / 1000, this.#decoding, this.#senders, this.#sink);
  }

  async ready(): Promise<void> {
    if (this.#ended || this.#closed || this.#over || this.#sink.waiting || this.#pieces.length > 0) return;
    this.#wake.shut();
    await this.#wake.passed;
  }

  takeLosses(): FlowLoss[] {
    return this.#losses.take();
  }

  /** TCP loses nothing on the way. */
  sampleDrops(): Promise<void> {
    return Promise.resolve();
  }

  exporterAddress(number: number): string {
    return this.#decoding.addressOf(number) ?? `exporter ${number}`;
  }

  get progress(): { read: number; total: undefined } {
    return { read: this.counters.bytes, total: undefined };
  }

  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#server.close();
    void this.#drain();
  }

  /** Takes what the kernel has, then ends all connections. */
  async #drain(): Promise<void> {
    const until = performance.now() + DRAIN_MS;
    for (let before = -1; (this.#came !== before || this.#waiting > 0) && performance.now() < until;) {
      before = this.#came;
      await sleep(QUIET_MS);
      await turn();
    }
    for (const { socket } of this.#connections) socket.destroy();
    this.#over = true;
    this.#wake.open();
  }

  async close(): Promise<void> {
    this.#stopping = true;
    this.#closed = true;
    this.#over = true;
    clearInterval(this.#timer);
    this.#pieces = [];
    this.#first = 0;
    this.#sink.clear();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const { socket } of this.#connections) socket.destroy();
    this.#connections.clear();
    this.#wake.open();
    await closed;
  }
}
