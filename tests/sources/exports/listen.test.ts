import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { UsageError, UserError } from '../../../src/base/errors.ts';
import { parsePrefix } from '../../../src/base/prefixes.ts';
import { FlowBatch } from '../../../src/capture/flow-batch.ts';
import { ANY_EXPORTER } from '../../../src/sources/flow-source.ts';
import { listenForFlows } from '../../../src/sources/exports/listen.ts';
import type { ListenOptions } from '../../../src/sources/exports/options.ts';
import { SFLOW_DATAGRAMS } from '../../capture/netflow/datagrams.ts';
import { set, template, u32, v9 } from '../../capture/netflow/support.ts';
import { temporaryDirectory } from '../captures.ts';
import { LOOPBACK, Open, decoded, drain, fixture, lost, send, sorted, take, until } from './support.ts';

const directory = temporaryDirectory();
const open = new Open();
afterEach(() => open.close());

const TEMPLATE = set(0, template(256, [8, 4], [12, 4], [1, 4], [2, 4]));
/** A v9 datagram with one flow by TEMPLATE. */
function flow(sequence: number, domain = 0): Uint8Array {
  return v9({ sequence, domain }, set(256, '0a000001 0a000002', u32(100 + sequence), u32(1)));
}

describe('who may send', () => {
  test('others are counted, and those named who sent most; of two prefixes the longer one counts', async () => {
    const exporters = [
      { prefix: parsePrefix('127.0.0.0/8'), samplingRate: 10 },
      { prefix: parsePrefix('127.0.0.1/32'), samplingRate: 1 },
    ];
    const none = await open.listen({ exporters: [{ prefix: parsePrefix('192.0.2.0/24') }] });
    const some = await open.listen({ exporters });
    const sender = await open.sender();
    await send(sender, none.address.port, fixture('v5'));
    await send(sender, some.address.port, fixture('v5'));
    expect(await drain(none)).toEqual([]);
    expect(none.counters.notAllowed).toBe(fixture('v5').length);
    expect(none.counters.datagrams).toBe(fixture('v5').length);
    expect(none.counters.topNotAllowed()).toEqual([
      { address: '127.0.0.1', datagrams: fixture('v5').length },
    ]);
    expect(none.counters.decoded()['datagrams']).toBe(0);
    expect(sorted(await drain(some))).toEqual(sorted(decoded(fixture('v5'))));
  });

  test('what is over the limit of an exporter is a loss of that exporter', async () => {
    const exporters = [{ ...LOOPBACK[0]!, maxDatagramsPerSecond: 5 }];
    const source = await open.listen({ exporters, receivers: 0 });
    const datagrams = [v9({ sequence: 0 }, TEMPLATE), ...Array.from({ length: 19 }, (_, i) => flow(i + 1))];
    await send(await open.sender(), source.address.port, datagrams);
    const rows = await drain(source);
    const losses = source.takeLosses().filter(({ reason }) => reason === 'rate_limit');
    const over = lost(losses)['rate_limit']!;
    expect(rows.length).toBeGreaterThanOrEqual(4);
    expect(over).toBeGreaterThan(5);
    expect(rows.length + 1 + over).toBe(20);
    expect(losses.every(({ exporter }) => source.exporterAddress(exporter) === '127.0.0.1')).toBe(true);
    expect(source.counters.lost.rate_limit).toBe(over);
  });

  test('a TCP connection of another is closed at once', async () => {
    const source = await open.listen({
      protocol: 'ipfix',
      transport: 'tcp',
      exporters: [{ prefix: parsePrefix('192.0.2.0/24') }],
    });
    const socket = connect(source.address.port, '127.0.0.1');
    await new Promise((resolve) => socket.on('error', () => {}).once('close', resolve));
    expect(source.counters.notAllowed).toBe(1);
    expect(source.counters.topNotAllowed()).toEqual([{ address: '127.0.0.1', datagrams: 1 }]);
  });
});

describe('what is received', () => {
  test('sFlow; IPv6; both families on one socket', async () => {
    const source = await open.listen({ protocol: 'sflow', listen: ':0' });
    await send(await open.sender(), source.address.port, SFLOW_DATAGRAMS);
    await send(await open.sender('udp6'), source.address.port, SFLOW_DATAGRAMS, '::1');
    const rows = await drain(source);
    const from = new Set(rows.map((row) => source.exporterAddress(Number(row['exporter'] ?? 0))));
    expect(from).toEqual(new Set(['127.0.0.1', '::1']));
    expect(rows.length).toBeGreaterThan(4);
    const only6 = await open.listen({ listen: '[::1]:0' });
    await send(await open.sender('udp6'), only6.address.port, fixture('v9'), '::1');
    expect((await drain(only6)).length).toBe(decoded(fixture('v9')).length);
  });

  test('an exporter whose port changes keeps its templates, whichever receiver the kernel gives it to', async () => {
    const source = await open.listen({ receivers: 2 });
    await send(await open.sender(), source.address.port, [v9({ sequence: 0 }, TEMPLATE)]);
    await until(() => source.next(new FlowBatch()) === 'wait' && source.counters.datagrams === 1);
    for (let i = 1; i <= 30; i++) await send(await open.sender(), source.address.port, [flow(i)]);
    const rows = await take(source, 30);
    expect(rows.map((row) => row.bytes).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 30 }, (_, i) => 101 + i),
    );
    expect(new Set(rows.map((row) => row['exporter'] ?? 0))).toEqual(new Set([0]));
    expect((await drain(source)).length).toBe(0);
    expect(source.counters.decoded()['rejected_template_missing']).toBeUndefined();
  });

  test('only IPFIX where only that is wanted; anything at all is counted and breaks nothing', async () => {
    const source = await open.listen({ protocol: 'ipfix' });
    const rubbish = [Buffer.alloc(0), Buffer.from([0]), Buffer.alloc(1400, 0xff), ...fixture('v9')];
    await send(await open.sender(), source.address.port, [...rubbish, ...fixture('ipfix')]);
    expect(sorted(await drain(source))).toEqual(sorted(decoded(fixture('ipfix'))));
    const counts = source.counters.decoded();
    expect(counts['rejected_datagram_short']).toBe(2);
    expect(counts['rejected_version_unknown']).toBe(1 + fixture('v9').length);
  });
});

describe('what is lost', () => {
  test('what the kernel drops while nobody reads: rows and drops are all that was sent', async () => {
    const notices: string[] = [];
    const source = await open.listen({
      receivers: 0,
      receiveBuffer: 4096,
      onNotice: (message) => notices.push(message),
    });
    expect(notices).toEqual([]);
    // Another process sends while this one does nothing else.
    const script = `const s = require('dgram').createSocket('udp4'); let left = 500;
      const d = Buffer.from('${Buffer.from(flow(1)).toString('hex')}', 'hex');
      for (let i = 0; i < 500; i++) s.send(d, ${source.address.port}, '127.0.0.1', () => { if (--left === 0) s.close(); });`;
    execFileSync(process.execPath, ['-e', script]);
    await source.sampleDrops();
    await drain(source);
    const losses = source.takeLosses().filter(({ reason }) => reason === 'kernel_drop');
    const dropped = lost(losses)['kernel_drop']!;
    expect(dropped).toBeGreaterThan(0);
    expect(source.counters.datagrams).toBeGreaterThan(0);
    expect(source.counters.datagrams + dropped).toBe(500);
    expect(losses.every(({ exporter, from, to }) => exporter === ANY_EXPORTER && from <= to)).toBe(true);
    expect(source.counters.lost.kernel_drop).toBe(dropped);
  });

  test('a gap in the sequence numbers is a loss of its exporter, settled after a second', async () => {
    const source = await open.listen({ receivers: 0 });
    const sender = await open.sender();
    const begun = Date.now() / 1000;
    await send(sender, source.address.port, [
      v9({ sequence: 0 }, TEMPLATE, set(256, '0a000001 0a000002', u32(1), u32(1))),
    ]);
    await send(sender, source.address.port, [flow(1), flow(5), flow(6)]);
    await take(source, 4);
    expect(source.takeLosses()).toEqual([]);
    await until(() => source.counters.lost.sequence_gap > 0);
    const [loss, ...others] = source.takeLosses();
    expect(others).toEqual([]);
    expect(loss).toMatchObject({ exporter: 0, count: 3, reason: 'sequence_gap' });
    expect(loss!.from).toBeLessThanOrEqual(begun + 1);
    expect(loss!.to).toBeGreaterThanOrEqual(begun);
    expect(source.takeLosses()).toEqual([]);
  });
});

describe('templates over a restart', () => {
  async function between(state: string, notices: string[]): Promise<number> {
    const options: Partial<ListenOptions> = { state, onNotice: (message) => void notices.push(message) };
    const first = await open.listen(options);
    await send(await open.sender(), first.address.port, [v9({ sequence: 0 }, TEMPLATE)]);
    await drain(first);
    await first.close();
    const second = await open.listen(options);
    await send(await open.sender(), second.address.port, [flow(1), flow(2)]);
    return (await drain(second)).length;
  }

  test('data is read by the template that came before; without the file it is not', async () => {
    const notices: string[] = [];
    const state = join(directory.path, 'state.json');
    expect(await between(state, notices)).toBe(2);
    expect(notices.filter((notice) => notice.includes(state))).toEqual([]);
    expect(await between(join(directory.path, 'no', 'such', 'folder'), notices)).toBe(0);
    expect(notices.filter((notice) => notice.includes('cannot be kept'))).toHaveLength(1);
  });

  test.each(['{"kind":', '{"kind":"other"}', 'null', '\u0000\u0001'])(
    'a file of %j is set aside, told, and begun anew',
    async (text) => {
      const state = directory.file(`bad-${text.length}`, Buffer.from(text));
      const notices: string[] = [];
      expect(await between(state, notices)).toBe(2);
      expect(notices.filter((notice) => notice.includes('cannot be used'))).toHaveLength(1);
      expect(readFileSync(`${state}.bad`, 'utf8')).toBe(text);
      expect(existsSync(state)).toBe(true);
    },
  );
});

describe('refusals', () => {
  const refusal = async (options: Partial<ListenOptions>): Promise<UserError> => {
    const all = { protocol: 'netflow', listen: '127.0.0.1:0', exporters: LOOPBACK, ...options } as const;
    const error = await listenForFlows(all).then(
      (source) => source.close(),
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  };

  test.each([0, 1, 2])(
    'an address in use, with %i receivers, also of another with address reuse',
    async (receivers) => {
      const other = await open.listen({ receivers: receivers === 2 ? 2 : 0 });
      const { port } = other.address;
      expect((await refusal({ listen: `127.0.0.1:${port}`, receivers })).message).toMatch(
        /in use by another/,
      );
    },
  );

  test('an address of another machine, and what is none', async () => {
    expect((await refusal({ listen: '192.0.2.1:0' })).message).toMatch(/no such address/);
    for (const listen of [
      '',
      '2055',
      'localhost:2055',
      '::1:2055',
      '[127.0.0.1]:2055',
      ':65536',
      '[fe80::1%x]:1',
    ])
      expect(await refusal({ listen })).toBeInstanceOf(UsageError);
  });

  test('options that cannot be', async () => {
    expect((await refusal({ receivers: 17 })).message).toMatch(
      /receivers must be a whole number from 0 to 16/,
    );
    expect((await refusal({ receiveBuffer: 1 })).message).toMatch(/receive buffer must be/);
    expect((await refusal({ transport: 'tcp' })).message).toMatch(/does not go over TCP/);
    expect((await refusal({ receiver: 'tcpdump', listen: ':0' })).message).toMatch(/name an address/);
    const command = '/nowhere/tcpdump';
    expect((await refusal({ receiver: 'tcpdump', command })).message).toMatch(/tcpdump is missing/);
  });

  test('a buffer smaller than asked for is told, with the way to raise it', async () => {
    const notices: string[] = [];
    await open.listen({ receiveBuffer: 1 << 30, onNotice: (message) => notices.push(message) });
    expect(notices).toEqual([
      expect.stringMatching(
        /is \d+ bytes, less than the 1073741824 asked for.*net\.core\.rmem_max=1073741824/,
      ),
    ]);
  });
});
