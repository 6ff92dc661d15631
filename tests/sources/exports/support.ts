/** Real datagrams, and how they get to sources, for the tests of sources of exported flows. */
import { type Socket, createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { parsePrefix } from '../../../src/base/prefixes.ts';
import { FlowBatch } from '../../../src/capture/flow-batch.ts';
import { listenForFlows } from '../../../src/sources/exports/listen.ts';
import type { ExporterRule, FlowListener, ListenOptions } from '../../../src/sources/exports/options.ts';
import type { FlowLoss, FlowSource } from '../../../src/sources/flow-source.ts';
import { Collector, type FlowRow, rowsOf } from '../../capture/netflow/support.ts';

/** What softflowd sent, a datagram each. */
export function fixture(name: string): Buffer[] {
  const path = new URL(`../../capture/netflow/fixtures/softflowd-${name}.hex`, import.meta.url);
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => Buffer.from(line, 'hex'));
}

/** The rows that the decoder alone makes of datagrams. */
export function decoded(datagrams: readonly Uint8Array[]): FlowRow[] {
  const collector = new Collector({ settings: () => ({ samplingRate: 1 }) });
  const rows = datagrams.flatMap((datagram) => collector.push(datagram, '127.0.0.1', Date.now()));
  return [...rows, ...collector.end()];
}

/** Rows in an order that does not depend on where they came from. */
export function sorted(rows: readonly FlowRow[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

export const LOOPBACK: readonly ExporterRule[] = [
  { prefix: parsePrefix('127.0.0.0/8'), samplingRate: 1 },
  { prefix: parsePrefix('::1/128'), samplingRate: 1 },
];

/** Sources and senders that are closed after each test. */
export class Open {
  readonly #closes: (() => unknown)[] = [];

  async listen(options: Partial<ListenOptions> = {}): Promise<FlowListener> {
    const source = await listenForFlows({
      protocol: 'netflow',
      listen: '127.0.0.1:0',
      exporters: LOOPBACK,
      ...options,
    });
    this.#closes.push(() => source.close());
    return source;
  }

  async sender(type: 'udp4' | 'udp6' = 'udp4'): Promise<Socket> {
    const socket = createSocket(type);
    socket.bind(0, type === 'udp6' ? '::1' : '127.0.0.1');
    await once(socket, 'listening');
    this.#closes.push(() => socket.close());
    return socket;
  }

  async close(): Promise<void> {
    for (const close of this.#closes.splice(0)) await close();
  }
}

/** Sends datagrams one after the other; resolves when the kernel has them all. */
export async function send(
  socket: Socket,
  port: number,
  datagrams: readonly Uint8Array[],
  host = '127.0.0.1',
): Promise<void> {
  for (const datagram of datagrams)
    await new Promise<void>((resolve, reject) => {
      socket.send(datagram, port, host, (error) => (error ? reject(error) : resolve()));
    });
}

/** Takes rows until there are so many. */
export async function take(source: FlowSource, count: number): Promise<FlowRow[]> {
  const batch = new FlowBatch();
  const rows: FlowRow[] = [];
  while (rows.length < count) {
    const state = source.next(batch);
    if (state === 'end') throw new Error(`the end after ${rows.length} rows`);
    if ((state === 'rows') !== batch.count > 0) throw new Error(`${state} with ${batch.count} rows`);
    rows.push(...rowsOf(batch));
    if (state === 'wait') await source.ready();
  }
  return rows;
}

/** Asks a source to end, and takes what it still has. */
export async function drain(source: FlowSource): Promise<FlowRow[]> {
  source.stop();
  return rest(source);
}

/** Takes rows to the end. */
export async function rest(source: FlowSource): Promise<FlowRow[]> {
  const batch = new FlowBatch();
  const rows: FlowRow[] = [];
  for (;;) {
    const state = source.next(batch);
    if ((state === 'rows') !== batch.count > 0) throw new Error(`${state} with ${batch.count} rows`);
    if (state === 'end') return rows;
    rows.push(...rowsOf(batch));
    if (state === 'wait') await source.ready();
  }
}

/** Sums of losses by reason. */
export function lost(losses: readonly FlowLoss[]): Record<string, number> {
  const out: Record<string, number> = {};
  for (const { reason, count } of losses) out[reason] = (out[reason] ?? 0) + count;
  return out;
}

/** Waits until something is so, for 4 s at most. */
export async function until(what: () => boolean): Promise<void> {
  for (const end = Date.now() + 4000; !what();) {
    if (Date.now() > end) throw new Error('it did not come to be so within 4 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
