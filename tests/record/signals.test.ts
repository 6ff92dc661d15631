/** Ctrl-C while packets still come: what is open is written and the exit code is 0; a second one ends at once. */
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { captureOfFlows } from './packets.ts';
import { allOutcomes, generate, linesOf, type Running, start, summaryOf, temporary, until } from './run.ts';

const folder = temporary();
const flow = { from: '192.0.2.1', to: '10.0.0.1', ports: [1000, 80], bytes: 0 } as const;

/** A pcap of `packets` packets, one a second, 100 bytes each. */
function capture(packets: number): Uint8Array {
  const first = 1_700_000_400;
  return captureOfFlows([{ ...flow, packets, bytes: 100 * packets, first, last: first + packets - 1 }]);
}

/** Starts with a capture of `packets` packets on standard input, which stays open. */
function startSlowly(packets: number, ...options: string[]): Running {
  const run = start(['record', '-', '--interval', '60', '--no-header', '--summary', 'json', ...options]);
  run.child.stdin!.write(capture(packets));
  return run;
}

function packetsIn(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Number(line.split(' ')[8]), 0);
}

describe.each(['0', '2'])('%s workers', (workers) => {
  test.each(['SIGINT', 'SIGTERM'] as const)('%s during a slow standard input', async (signal) => {
    const run = startSlowly(150, '--workers', workers);
    // Two windows have closed; 30 packets are in an open one.
    await until('two lines', () => run.stdout().split('\n').length === 3);
    run.child.kill(signal);
    const { status, stdout, stderr } = await run.ended;
    expect(packetsIn(linesOf(stdout))).toBe(150);
    expect(linesOf(stdout)).toHaveLength(3);
    const summary = summaryOf(stderr);
    expect(summary).toMatchObject({ identity: true, in: { packets: 150 }, faults: [] });
    expect(allOutcomes(summary)).toEqual(summary.in);
    expect(status).toBe(0);
  });
});

test('into a gzip file: the member is whole', async () => {
  const out = join(folder.path, 'interrupted.gz');
  const run = startSlowly(100, '-o', out);
  await until('the file', () => existsSync(out) && readFileSync(out).length > 0);
  // The second window's packets are read when the first one's line is there.
  await until('a line', () => readFileSync(out).length > 20);
  run.child.kill('SIGINT');
  expect((await run.ended).status).toBe(0);
  expect(packetsIn(linesOf(gunzipSync(readFileSync(out))))).toBe(100);
});

test('before the first byte: nothing is open, and it ends well', async () => {
  const run = start(['record', '-', '--summary', 'none']);
  // It says nothing before its first byte: enough time to start, also on a busy machine.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  run.child.kill('SIGINT');
  const { status, signal, stdout } = await run.ended;
  expect({ status, signal, stdout: stdout.length }).toEqual({ status: 0, signal: null, stdout: 0 });
});

test('a second SIGINT ends at once, though the reader of the output is stuck', async () => {
  // More lines than the pipe holds, and nobody reads them.
  const run = start(['record', '-', '--interval', '60', '--summary', 'none', '--workers', '0']);
  run.child.stdout!.removeAllListeners('data');
  run.child.stdout!.pause();
  const flows = Array.from({ length: 6000 }, (_, k) => ({
    ...flow,
    ports: [k, 80] as const,
    packets: 1,
    bytes: 100,
    first: 1_700_000_400,
    last: 1_700_000_400,
  }));
  const later = { ...flow, packets: 1, bytes: 100, first: 1_700_000_500, last: 1_700_000_500 };
  run.child.stdin!.write(captureOfFlows([...flows, later]));
  // More than a pipe holds has been read: it records.
  await until('the capture is read', () => run.child.stdin!.writableLength === 0);
  await new Promise((resolve) => setTimeout(resolve, 700));
  run.child.kill('SIGINT');
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(run.child.exitCode).toBe(null);
  const asked = performance.now();
  run.child.kill('SIGINT');
  await new Promise((resolve) => run.child.once('exit', resolve));
  run.child.stdout!.destroy();
  expect(performance.now() - asked).toBeLessThan(1000);
  expect(run.child.exitCode).toBe(130);
});

describe('in the middle of a long capture: what was read is recorded, and counted once', () => {
  const TOTAL = 1_500_000;
  const long = join(folder.path, 'long.pcap');
  const other = join(folder.path, 'other.pcap');
  beforeAll(() => {
    generate(long, '--packets', String(TOTAL), '--flows', '20000', '--seconds', '1800');
    generate(other, '--packets', '100000', '--flows', '20000', '--seconds', '1800', '--seed', '2');
  });

  test.each([
    ['a file', [long]],
    ['two files', [long, other]],
    ['standard input', ['-']],
  ])('%s', async (name, sources) => {
    const out = join(folder.path, `${name}.txt`);
    const run = start([
      'record',
      ...sources,
      '--interval',
      '60',
      '--summary',
      'json',
      '--no-header',
      '-o',
      out,
    ]);
    if (sources[0] === '-') createReadStream(long).pipe(run.child.stdin!);
    await until('a window', () => existsSync(out) && statSync(out).size > 0);
    run.child.kill('SIGINT');
    const { status, stderr } = await run.ended;
    const summary = summaryOf(stderr);
    expect(summary.in.packets).toBeGreaterThan(0);
    expect(summary.in.packets).toBeLessThan(TOTAL);
    expect(allOutcomes(summary)).toEqual(summary.in);
    expect(summary).toMatchObject({ identity: true, faults: [] });
    // Both ends of every packet are private addresses.
    expect(packetsIn(linesOf(readFileSync(out)))).toBe(2 * summary.in.packets);
    expect(status).toBe(0);
  });
});
