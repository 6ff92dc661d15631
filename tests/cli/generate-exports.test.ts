import { type Socket, createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { UsageError, UserError } from '../../src/base/errors.ts';
import { generateCommand } from '../../src/cli/generate.ts';
import type { ExportSummary } from '../../src/cli/generate-summary.ts';
import { Collector, type FlowRow } from '../capture/netflow/support.ts';
import { SflowCollector } from '../capture/sflow/support.ts';
import { modelled } from '../synth/exporter/support.ts';
import { trafficOptions } from '../../src/synth/options.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

interface Run {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command in this process. */
async function generate(...flags: string[]): Promise<Run> {
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      said[stream] += String(text);
      return true;
    });
  try {
    await generateCommand().parseAsync(flags, { from: 'user' });
  } finally {
    vi.restoreAllMocks();
  }
  return said;
}

interface Received {
  readonly bytes: Uint8Array;
  readonly address: string;
  readonly port: number;
}

/** A socket on loopback, and what came to it. */
async function listen(): Promise<{
  readonly at: string;
  readonly received: Received[];
  readonly close: () => Promise<void>;
}> {
  const received: Received[] = [];
  const socket: Socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.setRecvBufferSize(4 << 20);
  socket.on('message', (bytes, { address, port }) => received.push({ bytes, address, port }));
  const close = async () => {
    // What is in the socket's buffer comes before this.
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.close();
  };
  return { at: `127.0.0.1:${socket.address().port}`, received, close };
}

async function refusal(...flags: string[]): Promise<string> {
  const error: unknown = await generate(...flags).catch((thrown: unknown) => thrown);
  if (error instanceof UsageError) return error.message;
  throw error instanceof Error ? error : new Error('accepted');
}

const MODEL = ['--packets', '3000', '--flows', '300', '--seconds', '60', '--fragments', '0'];
const BYTES = [...modelled(trafficOptions({ packets: 3000, flows: 300, seconds: 60, fragments: 0 })).values()]
  .map(({ bytes }) => bytes)
  .reduce((a, b) => a + b);

describe('weir generate to a collector', () => {
  test.each([
    ['--netflow', 'netflow-v9'],
    ['--ipfix', 'ipfix'],
    ['--sflow', 'sflow'],
  ] as const)('%s: what is said to be sent comes, from an address for each exporter', async (flag, kind) => {
    const collector = await listen();
    const flags = [...MODEL, '--exporters', '3', '--speed', 'max', '--summary', 'json'];
    const { stdout, stderr } = await generate(flag, collector.at, ...flags);
    await collector.close();
    expect(stderr).toBe('');
    const summary = JSON.parse(stdout) as ExportSummary;
    const { received } = collector;
    expect(new Set(received.map(({ address }) => address))).toEqual(
      new Set(['127.0.0.1', '127.0.0.2', '127.0.0.3']),
    );
    expect(new Set(received.map(({ port }) => port)).size).toBe(3);
    const into = kind === 'sflow' ? new SflowCollector() : new Collector({ settings: () => ({}) });
    const rows: FlowRow[] = received.flatMap(({ bytes, address }) => into.push(bytes, address));
    expect(into.decoder.counters.rejections()).toEqual({});
    expect(summary).toMatchObject({
      kind,
      destination: collector.at,
      exporters: 3,
      sampling: 1,
      flows: 300,
      model: { packets: 3000, bytes: BYTES },
      sampled: { packets: 3000, bytes: BYTES },
      crowded: 0,
      sent: {
        datagrams: received.length,
        bytes: received.reduce((sum, { bytes }) => sum + bytes.length, 0),
        records: rows.length,
        flowPackets: rows.reduce((sum, { packets }) => sum + packets, 0),
        flowBytes: rows.reduce((sum, { bytes }) => sum + bytes, 0),
      },
      failed: { datagrams: 0, records: 0 },
      errors: {},
    });
    expect(summary.sent.flowPackets).toBe(3000);
    expect(summary.sent.flowBytes).toBe(BYTES);
  });

  test('live: the flows are of now, and Ctrl-C reports those that are still open', async () => {
    const collector = await listen();
    const stop = setTimeout(() => process.emit('SIGINT'), 1500);
    const began = Date.now() / 1000;
    const flags = ['--netflow-version', '5', '--packets', '20000', '--seconds', '100'];
    const { stderr } = await generate('--netflow', collector.at, ...flags);
    clearTimeout(stop);
    await collector.close();
    expect(stderr).toMatch(/^weir: stopping\nsent [\d,]+ records of 1,000 flows, .* in [\d.]+ s\n$/);
    const decoder = new Collector();
    const rows = collector.received.flatMap(({ bytes, address }) =>
      decoder.push(bytes, address, Date.now() + 1000),
    );
    // Nothing was due yet by a timeout.
    expect(rows.length).toBeGreaterThan(20);
    for (const row of rows) {
      expect(Number(row['end'])).toBeGreaterThanOrEqual(Math.floor(began) - 1);
      expect(Number(row['end'])).toBeLessThanOrEqual(Date.now() / 1000);
    }
  });

  test('a flood: at its rate, for its time', async () => {
    const collector = await listen();
    const flags = ['--flood', '--flows', '2000', '--rate', '5000', '--duration', '1', '--summary', 'json'];
    const { stdout, stderr } = await generate('--ipfix', collector.at, ...flags);
    await collector.close();
    expect(stderr).toMatch(/^weir: 2000 flows in \d+ datagrams are ready\n$/);
    const { sent, seconds } = JSON.parse(stdout) as ExportSummary;
    expect(sent.datagrams).toBe(collector.received.length);
    expect(seconds).toBeGreaterThanOrEqual(1);
    // Never faster; a busy machine may be slower.
    expect(sent.records).toBeLessThanOrEqual(5000 * seconds + 50);
    expect(sent.records).toBeGreaterThan(2000);
    const decoder = new Collector({ settings: () => ({}) });
    const rows = collector.received.flatMap(({ bytes, address }) =>
      decoder.push(bytes, address, Date.now() + 1000),
    );
    expect(rows).toHaveLength(sent.records);
  });

  test('a rate in datagrams is kept', async () => {
    const collector = await listen();
    const flags = [
      ...MODEL,
      '--speed',
      'max',
      '--datagram-rate',
      '40',
      '--duration',
      '1',
      '--summary',
      'json',
    ];
    const { stdout } = await generate('--sflow', collector.at, ...flags);
    await collector.close();
    const { sent, seconds } = JSON.parse(stdout) as ExportSummary;
    // The duration ends the model; what the exporters still hold goes out too.
    expect(sent.datagrams).toBeLessThanOrEqual(40 * seconds + 3);
    expect(sent.datagrams).toBeGreaterThan(10);
  });

  test('a destination that refuses is told once, and is not the end', async () => {
    const closed = await listen();
    await closed.close();
    const flags = [...MODEL, '--speed', 'max', '--datagram-rate', '200', '--summary', 'json'];
    const { stdout, stderr } = await generate('--netflow', closed.at, ...flags);
    expect(stderr).toBe(`weir: ECONNREFUSED: nothing listens at ${closed.at}; going on\n`);
    const { sent, failed, errors } = JSON.parse(stdout) as ExportSummary;
    expect(errors['ECONNREFUSED']).toBeGreaterThan(0);
    expect(failed.datagrams).toBeLessThanOrEqual(errors['ECONNREFUSED']!);
    expect(sent.records + failed.records).toBeGreaterThan(100);
    expect(sent.flowPackets + failed.flowPackets).toBe(3000);
  });

  test('a name that nobody knows', async () => {
    await expect(generate('--ipfix', 'collector.invalid:4739')).rejects.toThrow(UserError);
    await expect(generate('--ipfix', 'collector.invalid:4739')).rejects.toThrow(
      /^--ipfix collector\.invalid:4739: cannot find the address of collector\.invalid/,
    );
  });

  test.each([
    '127.0.0.1',
    ':2055',
    '127.0.0.1:0',
    '127.0.0.1:65536',
    '127.0.0.1:20x5',
    '1.2.3:2055',
    '::1:2055',
    '[::1:2055',
    '[127.0.0.1]:2055',
    'a b:1',
    '',
  ])('no HOST:PORT: %j', async (text) => {
    expect(await refusal('--netflow', text)).toBe(
      `--netflow ${text}: write HOST:PORT, such as 127.0.0.1:2055 or [::1]:2055`,
    );
  });

  test.each([
    ['--netflow 127.0.0.1:1 --ipfix 127.0.0.1:1', /^--netflow and --ipfix: give one/],
    ['--netflow 127.0.0.1:1 -o a.pcap', /^--output is for captures: leave it out with --netflow/],
    ['--sampling 10', /^--sampling is for flow exports: give --netflow, --ipfix or --sflow/],
    ['--netflow-version 5', /^--netflow-version is for flow exports/],
    ['--ipfix 127.0.0.1:1 --netflow-version 9', /goes with --netflow/],
    ['--netflow 127.0.0.1:1 --netflow-version 10', /must be 5 or 9, not 10: that is --ipfix/],
    ['--netflow 127.0.0.1:1 --netflow-version 5 --ipv6 5', /version 5 has no IPv6/],
    ['--netflow 127.0.0.1:1 --netflow-version 5 --sampling 16384', /--sampling .* from 1 to 16383/],
    ['--netflow 127.0.0.1:1 --sampling 0', /--sampling .* from 1 to 1000000/],
    ['--netflow 127.0.0.1:1 --exporters 251', /--exporters .* from 1 to 250/],
    ['--netflow 127.0.0.1:1 --speed fast', /--speed must be now, max, or how many seconds/],
    ['--netflow 127.0.0.1:1 --speed 0', /--speed must be/],
    ['--netflow 127.0.0.1:1 --start 1700000000', /--start: the trace begins now/],
    ['--netflow 127.0.0.1:1 --flood --speed max', /--flood sends flows of now/],
    ['--sflow 127.0.0.1:1 --flood', /sFlow has samples/],
    ['--sflow 127.0.0.1:1 --active-timeout 5', /sFlow has no flow cache/],
    ['--ipfix 127.0.0.1:1 --rate 0', /--rate must be a whole number from 1/],
    ['--ipfix 127.0.0.1:1 --duration 0', /--duration must be/],
    ['--ipfix 127.0.0.1:1 --summary xml', /--summary must be text, json, none, not "xml"/],
  ])('%s', async (flags, message) => {
    expect(await refusal(...flags.split(' '))).toMatch(message);
  });
});
