/** Bad input and wrong use: each with an error that says what to do, and the right exit code. */
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { captureOfFlows } from './packets.ts';
import { generate, linesOf, ROOT, summaryOf, temporary, weir, type Run } from './run.ts';
import { MAIN } from '../program.ts';

const folder = temporary();
const PACKETS = 40;
const RECORD_BYTES = 16 + 40;
const TCP = ['--ipfix', '127.0.0.1:0', '--transport', 'tcp'];
const good = captureOfFlows([
  {
    from: '192.0.2.1',
    to: '10.0.0.1',
    ports: [1000, 80],
    packets: PACKETS,
    bytes: 4000,
    first: 1_700_000_400,
    last: 1_700_000_440,
  },
]);
const path = folder.file('good.pcap', good);
mkdirSync(join(folder.path, 'captures'));

/** Packets of the record lines. */
function recorded(run: Run): number {
  return linesOf(run.stdout)
    .slice(1)
    .reduce((sum, line) => sum + Number(line.split(' ')[8]), 0);
}

/** What a run says that refuses: one line on standard error, nothing on standard output, the exit code. */
function refusal(run: Run, status: 1 | 2): string {
  expect({ status: run.status, stdout: run.stdout.toString() }).toEqual({ status, stdout: '' });
  expect(run.stderr).toMatch(/^weir: [^\n]+\n$/);
  return run.stderr;
}

describe('a file that is broken: what was readable is recorded, the place is named, exit 1', () => {
  const cut = 24 + 30 * RECORD_BYTES + 20;

  test.each([
    ['pcap', good.subarray(0, cut), 24 + 30 * RECORD_BYTES, 'truncated'],
    ['pcap in the header of a packet', good.subarray(0, cut - 16), 24 + 30 * RECORD_BYTES, 'truncated'],
    ['pcap with a packet longer than any', lengthened(30), 24 + 30 * RECORD_BYTES, 'corrupt'],
  ])('%s', (name, bytes, offset, kind) => {
    const broken = folder.file(`${name.replaceAll(' ', '-')}.pcap`, bytes);
    const run = weir(['record', broken, '--interval', '60']);
    expect(recorded(run)).toBe(30);
    expect(run.stderr).toContain(`weir: ${broken} is ${kind} at byte ${offset}: `);
    expect(run.stderr).toContain('what came before is recorded');
    expect(run.status).toBe(1);
    const json = weir(['record', broken, '--summary', 'json']);
    expect(summaryOf(json.stderr)).toMatchObject({
      identity: true,
      in: { packets: 30 },
      faults: [{ source: broken, fault: { kind, offset } }],
    });
    const piped = weir(['record', '-', '--interval', '60'], bytes);
    expect({ packets: recorded(piped), status: piped.status }).toEqual({ packets: 30, status: 1 });
    expect(piped.stderr).toContain(`is ${kind} at byte ${offset}: `);
  });

  test('gzip: cut off, and with a wrong checksum', () => {
    const bytes = gzipSync(good);
    const half = folder.file('half.pcap.gz', bytes.subarray(0, bytes.length - 40));
    const run = weir(['record', half, '--interval', '60']);
    expect(run.status).toBe(1);
    expect(recorded(run)).toBeGreaterThan(5);
    expect(recorded(run)).toBeLessThan(PACKETS);
    expect(run.stderr).toMatch(/half\.pcap\.gz is truncated at byte \d+: /);
    const wrong = Buffer.from(bytes);
    wrong.writeUInt32LE(0, bytes.length - 8);
    const corrupt = weir(['record', folder.file('wrong.pcap.gz', wrong), '--interval', '60']);
    expect({ packets: recorded(corrupt), status: corrupt.status }).toEqual({ packets: PACKETS, status: 1 });
    expect(corrupt.stderr).toMatch(/wrong\.pcap\.gz is corrupt at byte \d+: /);
  });

  test('one of several: the others are recorded whole', () => {
    const broken = folder.file('one-broken.pcap', good.subarray(0, cut));
    const other = captureOfFlows([
      {
        from: '192.0.2.1',
        to: '10.0.0.2',
        ports: [1, 2],
        packets: 7,
        bytes: 700,
        first: 1_700_000_410,
        last: 1_700_000_500,
      },
    ]);
    const run = weir(['record', broken, folder.file('other.pcap', other)]);
    expect({ packets: recorded(run), status: run.status }).toEqual({ packets: 37, status: 1 });
  });
});

/** The good capture with an impossible length in a packet's header. */
function lengthened(packet: number): Uint8Array {
  const bytes = Buffer.from(good);
  bytes.writeUInt32LE(0x7fffffff, 24 + packet * RECORD_BYTES + 8);
  return bytes;
}

describe('what is no capture', () => {
  test.each<[string, () => string, RegExp]>([
    ['text', () => join(ROOT, 'package.json'), /package\.json is not a capture: it begins with 7b 0a/],
    ['empty', () => folder.file('empty', ''), /empty is empty: nothing was captured/],
    ['a directory', () => join(folder.path, 'captures'), /captures is a directory; name the capture files/],
    ['missing', () => join(folder.path, 'nowhere.pcap'), /nowhere\.pcap: there is no such file/],
    ['below a file', () => join(path, 'x.pcap'), /a part of the path is not a directory/],
    [
      'zstd',
      () => folder.file('z.zst', Buffer.from('28b52ffd00000000', 'hex')),
      /zstd -dc FILE \| weir record -/,
    ],
    ['gzip of text', () => folder.file('t.gz', gzipSync('hello world')), /t\.gz is not a capture/],
  ])('%s', (_name, make, message) => {
    expect(refusal(weir(['record', make()]), 1)).toMatch(message);
  });

  test('a bad file among good ones: nothing is written', () => {
    const out = join(folder.path, 'never.txt');
    expect(refusal(weir(['record', path, join(folder.path, 'nowhere.pcap'), '-o', out]), 1)).toMatch(
      /no such file/,
    );
    expect(existsSync(out)).toBe(false);
  });

  test('standard input with nothing in it', () => {
    expect(refusal(weir(['record', '-'], new Uint8Array()), 1)).toMatch(/standard input is empty/);
  });
});

describe('wrong use: exit 2', () => {
  const format = (text: string): string[] => [path, '--format', text];
  test.each<[string, string[], RegExp]>([
    [
      'no source',
      [],
      /nothing to record: name capture files, - for standard input, -i INTERFACE, or --netflow ADDRESS/,
    ],
    ['files and an interface', [path, '-i', 'lo'], /capture files and live interfaces keep different times/],
    ['standard input twice', ['-', '-'], /standard input \(-\) can be read only once/],
    ['an unknown field', format('${srcadr}'), /--format: .*srcadr/],
    ['no field', format(''), /--format: /],
    ['a stray word', format('${srcaddr} x'), /--format: /],
    ['a doubled space', format('${srcaddr}  ${dstaddr}'), /--format: /],
    ['a field twice', format('${srcaddr} ${srcaddr}'), /--format: .*srcaddr/],
    ['a tag field without a key', format('${instance-tag}'), /--format: .*instance-tag/],
    ['a key without its field', [path, '--tag-field', 'instance=Name'], /--format: /],
    ['a tag field without a type', [path, '--tag-field', 'Name'], /--tag-field Name: write TYPE=KEY/],
    ['no prefix', [path, '--cidr', 'lan'], /--cidr: .*lan/],
    ['bits behind the prefix', [path, '--cidr', '10.0.0.1/8'], /--cidr: .*10\.0\.0\.1\/8/],
    ['too long a prefix', [path, '--cidr', '10.0.0.0/33'], /--cidr: .*10\.0\.0\.0\/33/],
    ['--cidr and --network', [path, '--cidr', '10.0.0.0/8', '--network', 'x.yaml'], /exclude each other/],
    ['a name like an option', ['-i-w'], /"-w" cannot be the name of an interface: it begins with a dash/],
    ['a name with a slash', ['-i', '../lo'], /cannot be the name of an interface: it holds a slash/],
    ['no NFLOG group', ['-i', 'nflog:70000'], /"nflog:70000" is no NFLOG group; write nflog:N/],
    ['an account', [path, '--account', '12'], /--account 12: an account id is 12 digits/],
    ['a region', [path, '--region', 'Here'], /--region Here: /],
    ['a pattern', [path, '--reject-prefix', '('], /--reject-prefix \(: /],
    ['workers', [path, '--workers', '65'], /--workers 65: at most 64/],
    ['flows', [path, '--max-flows', '10'], /--max-flows 10: from 1024/],
    ['no number', [path, '--workers', '1e1'], /--workers 1e1: give a whole number/],
    ['--duration of a file', [path, '--duration', '5'], /--duration is for live sources/],
    ['an empty list of VPCs', [path, '--vpc', ''], /--vpc is empty: name at least one/],
    ['an empty list of prefixes', [path, '--cidr', ','], /--cidr is empty: name at least one/],
    ['threads without datagrams', [...TCP, '--receivers', '2'], /--receivers is of datagrams: leave it out/],
    ['tcpdump without datagrams', [...TCP, '--receiver', 'tcpdump'], /--receiver is of datagrams/],
    ['a buffer without datagrams', [...TCP, '--receive-buffer', '1MiB'], /--receive-buffer is of datagrams/],
    ['a filter without captures', [...TCP, '--filter', 'udp'], /--filter is for captured packets: leave it/],
    [
      'all packets without captures',
      [...TCP, '--no-promiscuous'],
      /--no-promiscuous is for captured packets/,
    ],
    ['tunnels without headers', [...TCP, '--tunnels', 'gre'], /--tunnels is for captured packets and sFlow/],
  ])('%s', (_name, args, message) => {
    expect(refusal(weir(['record', ...args]), 2)).toMatch(message);
  });

  test.each([
    ['an interval', ['--interval', '30'], /Allowed choices are 60, 600/],
    ['a traffic type', ['--traffic-type', 'all'], /Allowed choices are ACCEPT, REJECT, ALL/],
    ['an option', ['--intervall', '60'], /unknown option '--intervall'/],
  ])('%s that is none, in the words of the parser', (_name, args, message) => {
    const run = weir(['record', path, ...args]);
    expect(run.stderr).toMatch(message);
    expect({ status: run.status, stdout: run.stdout.length }).toEqual({ status: 2, stdout: 0 });
  });

  test('a network file that is wrong: file, line and column', () => {
    const network = folder.file('bad.yaml', 'vpcs:\n  - id: vpc-1\n    cidrs: [10.0.0.0/8]\n');
    const run = weir(['record', path, '--network', network]);
    expect(run.stderr).toMatch(/bad\.yaml:2:9: /);
    expect(run.status).toBe(1);
    expect(refusal(weir(['record', path, '--network', join(folder.path, 'no.yaml')]), 1)).toMatch(
      /cannot be read: ENOENT/,
    );
  });

  test('a VPC that is not there', () => {
    expect(refusal(weir(['record', path, '--vpc', 'vpc-00000009']), 1)).toMatch(/vpc-00000009/);
  });

  test('an interface that is not there', () => {
    expect(refusal(weir(['record', '-i', 'weir-no']), 1)).toMatch(
      /there is no interface weir-no here; there are .*lo/,
    );
  });
});

describe('an output that cannot be written', () => {
  test.each(['-', '.gz'])('a directory that is not there, ending %s', (ending) => {
    const out = join(folder.path, 'no', `x${ending}`);
    expect(refusal(weir(['record', path, '-o', out]), 1)).toMatch(/cannot write .*ENOENT/);
  });

  test('a directory', () => {
    expect(refusal(weir(['record', path, '-o', join(folder.path, 'captures')]), 1)).toMatch(
      /cannot write .*EISDIR/,
    );
  });

  test.each(['0', '2'])('a full disk, with %s workers', (workers) => {
    const run = weir(['record', path, '-o', '/dev/full', '--workers', workers]);
    expect(refusal(run, 1)).toMatch(/cannot write \/dev\/full: ENOSPC.*; what is in it is incomplete/);
  });

  test('the capture itself, also by another name: it is left as it was', () => {
    const copy = `${path}.copy`;
    const link = `${path}.link`;
    copyFileSync(path, copy);
    symlinkSync(copy, link);
    expect(refusal(weir(['record', copy, '-o', link]), 2)).toMatch(/is the capture .* itself: name another/);
    expect(readFileSync(copy)).toEqual(readFileSync(path));
  });

  test('standard output on a full disk', () => {
    const fd = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [MAIN, 'record', path], {
      stdio: ['ignore', fd, 'pipe'],
      encoding: 'utf8',
    });
    closeSync(fd);
    expect(stderr).toMatch(/weir: cannot write to standard output: .*ENOSPC/);
    expect(stderr).not.toContain('fault of the program');
    expect(status).toBe(1);
  });
});

describe('a reader that goes', () => {
  const long = join(folder.path, 'long.pcap');
  beforeAll(() => {
    generate(long, '--packets', '200000', '--flows', '60000');
  });

  test.each(['60', '600'])('| head -1 ends quietly with exit 0, interval %s', (interval) => {
    const script = `{ "$0" "$1" record "$2" --interval ${interval}; echo "exit $?" >&2; } | head -1`;
    const args = ['-c', script, process.execPath, MAIN, long];
    const { stdout, stderr } = spawnSync('sh', args, { encoding: 'utf8', timeout: 30_000 });
    expect(stdout).toMatch(/^version account-id .* log-status\n$/);
    expect(stderr.replaceAll(/\(node:\d+\) ExperimentalWarning[^]*?\n\(Use [^\n]*\n/g, '')).toMatch(
      /^(?:weir: [\d][^\n]*\n)*exit 0\n$/,
    );
    expect(stderr).not.toContain('ADD UP');
  });
});

test('the output is a new file of its own, and is written over', () => {
  const out = folder.file('old.txt', 'x'.repeat(100_000));
  expect(weir(['record', path, '-o', out, '--summary', 'none']).stderr).toBe('');
  expect(statSync(out).size).toBeLessThan(1000);
  expect(readFileSync(out, 'utf8')).toContain(' 40 4000 ');
});
