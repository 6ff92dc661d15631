/** The same input gives the same bytes, whatever writes them; what is compressed is one gzip member (S6.3, S6.4). */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, inflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { generate, linesOf, temporary, weir } from './run.ts';

const folder = temporary();
const capture = join(folder.path, 'capture.pcap');
beforeAll(() => {
  // More lines a window than one piece has, and more intervals than one.
  const flags = ['--packets', '50000', '--flows', '25000', '--seconds', '240', '--start', '1700000880'];
  generate(capture, ...flags, '--ipv6', '20');
});

/** No thread beside, one, and more than there are pieces at a time. */
const WORKERS = [0, 1, 4];
let outputs = 0;

/** Records into a file and returns it. */
function recorded(ending: string, ...options: string[]): Buffer {
  const path = join(folder.path, `out-${outputs++}${ending}`);
  const run = weir(['record', capture, '-o', path, '--summary', 'none', ...options]);
  expect({ status: run.status, stderr: run.stderr, stdout: run.stdout.length }).toEqual({
    status: 0,
    stderr: '',
    stdout: 0,
  });
  return readFileSync(path);
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Where the deflate stream of a member without extra fields ends: its trailer begins there. */
function endOfMember(bytes: Buffer): number {
  const { engine } = inflateRawSync(bytes.subarray(10), { info: true }) as unknown as {
    engine: { bytesWritten: number };
  };
  return 10 + engine.bytesWritten;
}

describe.each(['60', '600'])('interval %s', (interval) => {
  test('the same text with any number of workers, and again', () => {
    const digests = WORKERS.map((workers) =>
      digest(recorded('.txt', '--interval', interval, '--workers', String(workers))),
    );
    digests.push(digest(weir(['record', capture, '--interval', interval]).stdout));
    expect(new Set(digests).size).toBe(1);
  });

  test('the same gzip with any number of workers: one member, of that text', () => {
    const outputs = WORKERS.map((workers) =>
      recorded('.gz', '--interval', interval, '--workers', String(workers)),
    );
    expect(new Set(outputs.map(digest)).size).toBe(1);
    const bytes = outputs[0]!;
    const text = recorded('.txt', '--interval', interval);
    expect(gunzipSync(bytes).equals(text)).toBe(true);
    // A second member would begin behind the trailer of the first.
    expect(endOfMember(bytes) + 8).toBe(bytes.length);
    expect(bytes.readUInt32LE(bytes.length - 4)).toBe(text.length);
    // No name, no time of its own, no operating system.
    expect(bytes.subarray(0, 8).toString('hex')).toBe('1f8b080000000000');
  });
});

test('zcat and python read it', () => {
  const bytes = recorded('.log.gz', '--interval', '60', '--workers', '2');
  const path = folder.file('read.gz', bytes);
  const text = gunzipSync(bytes);
  expect(digest(execFileSync('zcat', [path], { maxBuffer: 1 << 28 }))).toBe(digest(text));
  const script =
    'import gzip, hashlib, sys; print(hashlib.sha256(gzip.open(sys.argv[1]).read()).hexdigest())';
  const python = hasPython() ? execFileSync('python3', ['-c', script, path]).toString().trim() : digest(text);
  expect(python).toBe(digest(text));
  expect(linesOf(text).length).toBeGreaterThan(4 * 8192);
});

function hasPython(): boolean {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    if (process.env['CI'] === 'true') throw new Error('python3 is missing');
    return false;
  }
}

test.each(['60', '600'])(
  'small tables, interval %s: written early, the same sums, the same bytes with any number of workers',
  (interval) => {
    const options = ['--interval', interval, '--max-flows', '1024'];
    const texts = [0, 2].map((workers) => recorded('.txt', ...options, '--workers', String(workers)));
    expect(new Set(texts.map(digest)).size).toBe(1);
    const whole = recorded('.txt', '--interval', interval);
    expect(sums(texts[0]!)).toEqual(sums(whole));
    // Flows were written in parts, or this shows nothing.
    expect(linesOf(texts[0]!).length).toBeGreaterThan(linesOf(whole).length);
  },
);

/** Packets and bytes of all lines. */
function sums(text: Uint8Array): { packets: number; bytes: number } {
  const cells = linesOf(text)
    .slice(1)
    .map((line) => line.split(' '));
  return {
    packets: cells.reduce((sum, row) => sum + Number(row[8]), 0),
    bytes: cells.reduce((sum, row) => sum + Number(row[9]), 0),
  };
}

test('no packet at all: a header line, and an empty member without it', () => {
  const empty = folder.file('empty.pcap', readFileSync(capture).subarray(0, 24));
  const text = weir(['record', empty]);
  expect(text.stdout.toString()).toMatch(/^version account-id [^\n]* log-status\n$/);
  const path = join(folder.path, 'empty.gz');
  expect(weir(['record', empty, '--no-header', '-o', path]).status).toBe(0);
  expect(gunzipSync(readFileSync(path))).toHaveLength(0);
});
