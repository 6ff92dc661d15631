import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { UsageError, UserError } from '../../src/base/errors.ts';
import { Batch } from '../../src/capture/batch.ts';
import { openLive, tcpdumpArguments } from '../../src/sources/tcpdump.ts';
import type { LiveOptions, LiveSource } from '../../src/sources/tcpdump.ts';
import { drain, temporaryDirectory } from './captures.ts';

const directory = temporaryDirectory();
const command = join(directory.path, 'tcpdump');
writeFileSync(
  command,
  `#!/bin/sh\nexec '${process.execPath}' '${join(import.meta.dirname, 'fake-tcpdump.mjs')}' "$@"\n`,
);
chmodSync(command, 0o755);

const open = new Set<LiveSource>();

/** A live source over the stand-in; `any` is there on every machine. */
async function start(filter: string, options: LiveOptions = {}): Promise<LiveSource> {
  const source = await openLive('any', { command, filter, ...options });
  open.add(source);
  return source;
}

afterEach(async () => {
  delete process.env['FAKE_TCPDUMP_LOG'];
  await Promise.all([...open].map((source) => source.close()));
  open.clear();
});

async function refusal(promise: Promise<unknown>): Promise<UserError> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

/** Takes rows until `count` of them came. */
async function take(source: LiveSource, count: number): Promise<number[]> {
  const batch = new Batch();
  const ids: number[] = [];
  while (ids.length < count) {
    const state = source.next(batch);
    if (state === 'end') throw new Error(`the end after ${ids.length} rows`);
    if (state === 'wait') await source.ready();
    for (let row = 0; row < batch.count; row++) ids.push(batch.ports[row]! >>> 16);
  }
  return ids;
}

describe('arguments', () => {
  test('the defaults', () => {
    expect(tcpdumpArguments('eth0', {})).toEqual([
      '-i',
      'eth0',
      '-n',
      '-U',
      '-w',
      '-',
      '-s',
      '192',
      '-B',
      '32768',
    ]);
    expect(tcpdumpArguments('nflog:5', {})).toContain('262144');
  });

  test('a filter is one argument behind --, whatever it looks like', () => {
    const args = tcpdumpArguments('eth0', { filter: '-w /etc/passwd; rm', promiscuous: false, snaplen: 96 });
    expect(args.slice(-3)).toEqual(['-p', '--', '-w /etc/passwd; rm']);
    expect(args).toContain('96');
    expect(tcpdumpArguments('eth0', { filter: '  ' })).not.toContain('--');
  });

  test.each([
    ['a small snapshot length', { snaplen: 10 }, 'snapshot length'],
    ['a huge snapshot length', { snaplen: 1e9 }, 'snapshot length'],
    ['half a byte', { snaplen: 96.5 }, 'snapshot length'],
    ['no number', { snaplen: Number.NaN }, 'snapshot length'],
    ['a small buffer', { bufferKiB: 1 }, 'buffer'],
    ['a huge buffer', { bufferKiB: 1e9 }, 'buffer'],
    ['a NUL in the filter', { filter: 'a\0b' }, 'NUL'],
    ['a long filter', { filter: 'ü'.repeat(40_000) }, 'filter'],
  ] as const)('%s is refused', async (_, options, word) => {
    const error = await refusal(openLive('any', { command, ...options }));
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toContain(word);
  });
});

describe('the first start', () => {
  test('tcpdump is missing', async () => {
    const error = await refusal(openLive('any', { command: '/nonexistent/tcpdump' }));
    expect(error.message).toContain('apt-get install tcpdump');
    expect(error.exitCode).toBe(1);
  });

  test('an interface that is not there, with those that are', async () => {
    const error = await refusal(openLive('nope0', { command }));
    expect(error.message).toMatch(/no interface nope0 here; there are .*\blo\b.*any/);
    const gone = await refusal(start('refuse any: No such device exists'));
    expect(gone.message).toContain('no interface any here');
  });

  test('a name that cannot be one never reaches a child', async () => {
    expect(await refusal(openLive('-w/tmp/x', { command }))).toBeInstanceOf(UsageError);
  });

  test.each([
    ["any: You don't have permission to perform this capture on that device", 'cap_net_raw'],
    ['any: That device is not up', 'ip link set any up'],
    ["can't parse filter expression: syntax error", 'man pcap-filter'],
    ['any: something new', 'tcpdump cannot capture on any: any: something new'],
  ])('%s', async (said, advice) => {
    const error = await refusal(start(`refuse ${said}`));
    expect(error.message).toContain(advice);
  });

  test('privileges that cannot be dropped are kept', async () => {
    const log = join(directory.path, 'privileges.json');
    process.env['FAKE_TCPDUMP_LOG'] = log;
    await start('refuse could not drop privileges');
    expect(JSON.parse(readFileSync(log, 'utf8'))).toMatchObject({ starts: 2 });
    expect(JSON.parse(readFileSync(log, 'utf8')).args.slice(0, 4)).toEqual(['-Z', 'root', '-i', 'any']);
  });
});

describe('while it captures', () => {
  test('rows come as they are written, and a wait in between', async () => {
    const source = await start('count 1500');
    expect(source).toMatchObject({ name: 'any', live: true, reportsVerdicts: false, fault: undefined });
    expect(await take(source, 1500)).toEqual(Array.from({ length: 1500 }, (_, i) => i + 1));
    expect(source.next(new Batch())).toBe('wait');
    expect(source.counters.packets).toBe(1500);
    expect(source.progress).toEqual({ read: 24 + 1500 * 76, total: undefined });
  });

  test('drops since the last sample are losses', async () => {
    const source = await start('count 3');
    const begun = Date.now() / 1000;
    await source.sampleDrops();
    const [loss, ...others] = source.takeLosses();
    expect(others).toEqual([]);
    expect(loss).toMatchObject({ packets: 7, reason: 'kernel_drop' });
    expect(loss!.from).toBeLessThanOrEqual(begun);
    expect(loss!.to).toBeGreaterThanOrEqual(begun);
    await source.sampleDrops();
    const second = source.takeLosses();
    expect(second).toMatchObject([
      { from: loss!.to, packets: 7, reason: 'kernel_drop' },
      { from: loss!.to, packets: 1, reason: 'interface_drop' },
    ]);
    expect(source.takeLosses()).toEqual([]);
  });

  test('a child that dies is started again, and the time without it is a loss', async () => {
    process.env['FAKE_TCPDUMP_LOG'] = join(directory.path, 'dies.json');
    const notices: string[] = [];
    const source = await start('count 20 then die', { onNotice: (text) => notices.push(text) });
    const first = source.pid;
    const before = Date.now() / 1000;
    expect(await take(source, 40)).toHaveLength(40);
    expect(source.pid).not.toBe(first);
    const losses = source.takeLosses();
    expect(losses).toMatchObject([{ packets: -1, reason: 'restart' }]);
    expect(losses[0]!.from).toBeLessThan(before + 0.5);
    expect(losses[0]!.to - losses[0]!.from).toBeGreaterThan(0.4);
    expect(source.counters.packets).toBe(40);
    expect(source.fault).toBeUndefined();
    expect(notices).toEqual([
      'tcpdump on any ended (it was ended by SIGKILL); it is started again in 0.5 s',
      'tcpdump on any captures again',
    ]);
  });

  test('an outage that outlasts a window is told in pieces; the back-off doubles', async () => {
    const notices: string[] = [];
    const source = await start('count 2 then tear', { onNotice: (text) => notices.push(text) });
    expect(await take(source, 2)).toEqual([1, 2]);
    const batch = new Batch();
    while (notices.length === 0) {
      if (source.next(batch) === 'wait' && notices.length === 0) await source.ready();
    }
    await source.sampleDrops();
    const [piece] = source.takeLosses();
    expect(piece).toMatchObject({ packets: -1, reason: 'restart' });
    await take(source, 2);
    const rest = source.takeLosses();
    expect(rest[0]).toMatchObject({ from: piece!.to, reason: 'restart' });
    while (notices.length < 3) {
      if (source.next(batch) === 'wait' && notices.length < 3) await source.ready();
    }
    expect(notices[0]).toContain('in 0.5 s');
    expect(notices[2]).toContain('in 1 s');
    expect(source.fault).toBeUndefined();
    source.stop();
    expect(source.next(batch)).toBe('end');
  });
});

describe('the end', () => {
  test('what the child still holds comes out, its last counts too, then the end', async () => {
    const source = await start('count 5');
    await take(source, 5);
    source.stop();
    source.stop();
    expect((await drain(source)).map((row) => row.id)).toEqual([6]);
    expect(source.takeLosses().reduce((sum, loss) => sum + loss.packets, 0)).toBe(100);
    expect(source.next(new Batch())).toBe('end');
    await source.close();
    await source.close();
  });

  test('a child that does not end is killed', async () => {
    const source = await start('count 5 then deaf');
    const pid = source.pid!;
    source.stop();
    expect(await drain(source)).toHaveLength(5);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('closed at once: no child is left', async () => {
    const source = await start('count 5 then deaf');
    const pid = source.pid!;
    await source.close();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(source.next(new Batch())).toBe('end');
    await source.ready();
  });

  test('stopped while there is no child: ends at once', async () => {
    process.env['FAKE_TCPDUMP_LOG'] = join(directory.path, 'stopped.json');
    const source = await start('count 1 then die');
    await take(source, 1);
    const batch = new Batch();
    while (source.pid !== undefined) {
      await source.ready();
      source.next(batch);
    }
    const waiting = source.ready();
    source.stop();
    await waiting;
    expect(source.next(batch)).toBe('end');
    expect(source.takeLosses()).toMatchObject([{ reason: 'restart' }]);
  });
});
