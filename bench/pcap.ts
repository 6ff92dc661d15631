/**
 * A capture file to gzip text, next to nfpcapd, softflowd and tshark: whole processes, in turns. The capture
 * comes from `weir generate`; every address is attributed; the identity is checked on each run.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Command, installed, machine, measure, type Measurement, median } from './measure.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const WEIR = join(ROOT, 'weir');
/** The 29 fields of version 5, in the order of the service's documentation. */
const VERSION_5 = [
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action',
  'log-status vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id',
  'sublocation-type sublocation-id pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path',
]
  .join(' ')
  .split(' ')
  .map((field) => `\${${field}}`)
  .join(' ');

/** 60 s windows, every address attributed, counters as JSON. */
const EVERYTHING = ['--interval', '60', '--summary', 'json', '--cidr', '0.0.0.0/0,::/0'];

interface Contender {
  readonly name: string;
  readonly command: (capture: string, out: string) => Command;
  /** tshark keeps everything in memory: it gets a tenth of the packets. */
  readonly part?: 'tenth';
  readonly check?: (measurement: Measurement) => void;
}

/** Runs the bench; see docs/benchmarks.md. */
export async function benchPcap(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      packets: { type: 'string', default: '10000000' },
      flows: { type: 'string', default: '500000' },
      rounds: { type: 'string', default: '3' },
      capture: { type: 'string' },
    },
  });
  const packets = Number(values.packets);
  const directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'weir-bench-'));
  try {
    const capture =
      values.capture ?? (await generate(join(directory, 'all.pcap'), packets, Number(values.flows)));
    const tenth = await generate(join(directory, 'tenth.pcap'), packets / 10, Number(values.flows) / 10);
    await compare(contenders(packets), { capture, tenth, directory, rounds: Number(values.rounds), packets });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function generate(path: string, packets: number, flows: number): Promise<string> {
  const argv = [
    'generate',
    '--packets',
    packets,
    '--flows',
    flows,
    '--seconds',
    300,
    '--ipv6',
    5,
    '--seed',
    1,
  ];
  await measure({ argv: [WEIR, ...argv.map(String), '-o', path] });
  return path;
}

function nfpcapd(name: string, cores?: string): Contender {
  return {
    name,
    command: (capture, out) => ({
      argv: ['nfpcapd', '-r', capture, '-w', out, '-t', '60'],
      ...(cores === undefined ? {} : { cores }),
    }),
  };
}

function contenders(packets: number): Contender[] {
  const record = (name: string, more: readonly string[], cores?: string): Contender => ({
    name,
    command: (capture, out) => ({
      argv: [WEIR, 'record', capture, ...EVERYTHING, '-o', join(out, 'records.gz'), ...more],
      ...(cores === undefined ? {} : { cores }),
    }),
    check: (measurement) => checkIdentity(measurement, packets),
  });
  const all: Contender[] = [
    record('weir', []),
    record('weir, one core', [], '0'),
    record('weir, 29 fields', ['--format', VERSION_5]),
  ];
  if (installed('nfpcapd')) all.push(nfpcapd('nfpcapd'), nfpcapd('nfpcapd, one core', '0'));
  if (installed('softflowd')) {
    all.push({
      name: 'softflowd',
      command: (capture) => ({
        argv: ['softflowd', '-r', capture, '-m', '1000000', '-d', '-n', '127.0.0.1:9'],
      }),
    });
  }
  if (installed('tshark')) {
    all.push({
      name: 'tshark (a tenth)',
      part: 'tenth',
      command: (capture) => ({
        argv: ['tshark', '-n', '-q', '-r', capture, '-z', 'conv,tcp', '-z', 'conv,udp'],
      }),
    });
  }
  return all;
}

/** Every packet recorded, at both ends, and the identity of S1.2 kept. */
function checkIdentity(measurement: Measurement, packets: number): void {
  const line = measurement.stderr.split('\n').find((text) => text.startsWith('{'));
  const summary = JSON.parse(line ?? 'null') as {
    identity: boolean;
    in: { packets: number };
    flows: number;
    records: number;
    outcomes: { recorded: { packets: number } };
  };
  if (
    !summary.identity ||
    summary.in.packets !== packets ||
    summary.outcomes.recorded.packets !== packets ||
    summary.records < 1.99 * summary.flows
  ) {
    throw new Error(`not everything was recorded at both ends: ${line}`);
  }
}

interface Setting {
  readonly capture: string;
  readonly tenth: string;
  readonly directory: string;
  readonly rounds: number;
  readonly packets: number;
}

async function compare(all: readonly Contender[], setting: Setting): Promise<void> {
  const results = new Map<string, Measurement[]>(all.map(({ name }) => [name, []]));
  for (let round = 0; round < setting.rounds; round++) {
    for (const contender of all) {
      const out = join(setting.directory, 'out');
      rmSync(out, { recursive: true, force: true });
      mkdirSync(out);
      const capture = contender.part === 'tenth' ? setting.tenth : setting.capture;
      const measurement = await measure(contender.command(capture, out));
      contender.check?.(measurement);
      results.get(contender.name)!.push(measurement);
      process.stderr.write(`${contender.name}: ${measurement.wall.toFixed(2)} s\n`);
    }
  }
  report(all, results, setting);
}

function report(all: readonly Contender[], results: Map<string, Measurement[]>, setting: Setting): void {
  const peer = results.get('nfpcapd');
  const peerOne = results.get('nfpcapd, one core');
  const lines = [
    `${machine()}, ${availableParallelism()} used; ${setting.packets} packets; medians of ${setting.rounds}, in turns`,
    '',
    '| program | million packets/s | CPU s | peak MB | against nfpcapd |',
    '|---|---|---|---|---|',
  ];
  for (const { name, part } of all) {
    const runs = results.get(name)!;
    const packets = part === 'tenth' ? setting.packets / 10 : setting.packets;
    const wall = median(runs.map((run) => run.wall));
    const against = name.endsWith('one core') ? peerOne : peer;
    // The ratio of each round, then their median: what disturbs a round disturbs both.
    const ratio =
      against === undefined
        ? '-'
        : median(
            runs.map((run, round) => against[round]!.wall / run.wall / (part === 'tenth' ? 10 : 1)),
          ).toFixed(2);
    const cpu = median(runs.map((run) => run.cpu)).toFixed(2);
    const peak = Math.max(...runs.map((run) => run.peakMb)).toFixed(0);
    lines.push(`| ${name} | ${(packets / wall / 1e6).toFixed(2)} | ${cpu} | ${peak} | ${ratio} |`);
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}
