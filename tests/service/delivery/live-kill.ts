import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { startWeir, type Weir } from '../../../src/index.ts';
import { DATABASE_FILE } from '../../../src/store/data-directory.ts';
import { seededRandom } from '../../api/protocol/random-values.ts';
import { leaveMinute } from '../../record/run.ts';
import { startWeir as startProcess, type WeirProcess } from '../weir-process.ts';
import { OWNER, Remote } from './remote-world.ts';
import { BUCKET, clientsOf, createFlowLogs, eventsOf, type FlowLogWish, subscribe, VPC } from './world.ts';
import { openWire } from './wire.ts';
import { MAIN } from '../../program.ts';

/**
 * kill -9 of `weir serve` while it captures traffic that is known, datagram for datagram: each has a pair of ports of its
 * own, so that every record is of one datagram. What was committed before a kill (a tail told it) is delivered, and what is
 * missing was sent while SKIPDATA says that something is. Nothing is delivered twice, but for events and records in log
 * groups and streams of another program, which are there at least once.
 */

/** Datagrams a second. */
const RATE = 200;
const SOURCE = { id: 'eni-0000000000000000a', address: '10.9.0.1' };
const TARGET = { id: 'eni-0000000000000000b', address: '10.9.0.2' };
const FORMAT = [
  'interface-id',
  'flow-direction',
  'srcport',
  'dstport',
  'packets',
  'start',
  'end',
  'log-status',
]
  .map((field) => `\${${field}}`)
  .join(' ');
const EMBEDDED: readonly FlowLogWish[] = [
  { name: 's3-60', to: 's3', interval: 60, format: FORMAT },
  { name: 'logs-60', to: 'logs', interval: 60, format: FORMAT },
  { name: 's3-600', to: 's3', interval: 600, format: FORMAT },
];
const REMOTE: readonly FlowLogWish[] = [
  ...EMBEDDED,
  { name: 'stream-60', to: 'stream', interval: 60, format: FORMAT },
];
/** The first source port, and how many there are: then the destination port is the next. */
const FIRST_PORT = 1024;
const PORTS = 60_000;

/** Sends frames with a number of their own, at a steady rate, and writes down when: `number milliseconds` a line. */
const SENDER = `
import socket, struct, sys, time
rate, path = int(sys.argv[1]), sys.argv[2]
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(('out0', 0))
log = open(path, 'w', buffering=1)
n = 0
begun = time.time()
while True:
    due = begun + n / rate
    now = time.time()
    if due > now: time.sleep(due - now)
    ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 46, n & 0xffff, 0, 64, 17, 0, bytes([10,9,0,1]), bytes([10,9,0,2]))
    udp = struct.pack('>HHHH', ${FIRST_PORT} + n % ${PORTS}, 1000 + n // ${PORTS}, 26, 0)
    at = int(time.time() * 1000)
    s.send(b'\\x02\\0\\0\\0\\0\\x02' + b'\\x02\\0\\0\\0\\0\\x01' + b'\\x08\\0' + ip + udp + b'\\0' * 18)
    log.write('%d %d\\n' % (n, at))
    n += 1
`;

export interface LiveKillReport {
  readonly kills: number;
  readonly sent: number;
  /** Records of flow log s3-60 (two for each datagram). */
  readonly records: number;
  /** Of committed records that a tail told before a kill. */
  readonly told: number;
  /** Datagrams that no record is of, all of them within SKIPDATA. */
  readonly missing: number;
}

/** How long to wait before a kill: for a time in milliseconds, or for as long after the next commit. */
export type KillPlan = (random: () => number) => {
  readonly afterCommit: boolean;
  readonly milliseconds: number;
};

/** @throws RangeError that names the seed and all that is wrong */
export async function killLive(options: {
  readonly kills: number;
  readonly seed: number;
  readonly plan: KillPlan;
  /** S3, CloudWatch Logs and Firehose are other programs. */
  readonly remote?: boolean;
}): Promise<LiveKillReport> {
  const { kills, seed, plan } = options;
  const wishes = options.remote === true ? REMOTE : EMBEDDED;
  const random = seededRandom(seed);
  const root = mkdtempSync(join(tmpdir(), 'weir-live-kill-'));
  const wire = openWire(root);
  let weir: WeirProcess | undefined;
  let remote: Remote | undefined;
  try {
    const directory = join(root, 'data');
    const network = writeNetwork(root);
    if (options.remote === true)
      remote = await Remote.open({ directory: join(root, 'remote'), network, wishes: [] });
    const ids = await prepare({ root, directory, network, wishes, remote });
    const sender = wire.python(SENDER, String(RATE), join(root, 'sent'));
    const told: string[] = [];
    const start = (): Promise<WeirProcess> =>
      startProcess(directory, { config: join(root, 'weir.yaml'), environment: wire.environment });
    // The first window has some records to tell.
    await leaveMinute(10);
    for (let k = 0; k < kills; k++) {
      weir = await start();
      const tail = follow(directory, ids.get('s3-60')![0]!);
      const { afterCommit, milliseconds } = plan(random);
      const before = tail.lines.length;
      if (afterCommit) while (tail.lines.length === before && weir.alive()) await sleep(20);
      await sleep(milliseconds);
      await weir.kill();
      await tail.ended();
      told.push(...tail.lines);
    }
    weir = await start();
    const tail = follow(directory, ids.get('s3-60')![0]!);
    await captures(weir);
    await sender.stop();
    await sleep(1_500);
    const code = await weir.stop();
    await tail.ended();
    if (code !== 0) throw new RangeError(`seed ${seed}: the last process ended with ${code}: ${weir.log()}`);
    // The next generation completes the slots of those before it.
    const last = await startWeir({ directory, network, config: remote?.config ?? {} });
    await last.flush();
    await delivered(last);
    await last.close();
    const sent = readFileSync(join(root, 'sent'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ').map(Number));
    const times = new Map(sent.map(([n, at]) => [n!, at!]));
    const faults: string[] = [];
    let report: LiveKillReport | undefined;
    const place = remote === undefined ? directory : join(remote.directory, 'data');
    for (const { name, to } of wishes) {
      const lines =
        to === 's3'
          ? objectLines(place, name)
          : to === 'logs'
            ? await eventLines(place, remote === undefined ? last : OWNER, name)
            : remote!.firehose.messages(name);
      // What is there at least once may be there again.
      const found = to === 's3' || remote === undefined ? lines : [...new Set(lines)];
      const judged = judge(found, times, name === 's3-60' ? told : []);
      faults.push(...judged.faults.map((fault) => `${name}: ${fault}`));
      report ??= { kills, sent: times.size, ...judged };
    }
    if (faults.length > 0) throw new RangeError(`seed ${seed}: ${faults.join('; ')}`);
    const { sent: all, records, told: known, missing } = report!;
    return { kills, sent: all, records, told: known, missing };
  } finally {
    if (weir?.alive() === true) await weir.kill();
    wire.close();
    await remote?.close();
    rmSync(root, { recursive: true, force: true });
  }
}

function writeNetwork(root: string): string {
  const path = join(root, 'network.json');
  const interfaces = [SOURCE, TARGET].map(({ id, address }) => ({ id, primary: address }));
  const subnet = { id: 'subnet-0000000000000000a', cidrs: ['10.9.0.0/24'], interfaces };
  writeFileSync(path, JSON.stringify({ vpcs: [{ id: VPC, cidrs: ['10.9.0.0/16'], subnets: [subnet] }] }));
  return path;
}

/** Writes weir.yaml, and makes the flow logs. */
async function prepare({
  root,
  directory,
  network,
  wishes,
  remote,
}: {
  readonly root: string;
  readonly directory: string;
  readonly network: string;
  readonly wishes: readonly FlowLogWish[];
  readonly remote: Remote | undefined;
}): Promise<Map<string, string[]>> {
  const config = remote?.config ?? {};
  const sources = [{ name: 'lan', type: 'live', interface: 'any', filter: 'udp' }];
  // JSON is YAML.
  writeFileSync(join(root, 'weir.yaml'), JSON.stringify({ ...config, network, sources }));
  mkdirSync(directory, { mode: 0o700 });
  const weir = await startWeir({ directory, network, config });
  const ids = new Map<string, string[]>();
  try {
    if (remote === undefined) {
      for (const [name, own] of await subscribe(weir, wishes)) ids.set(name, own);
    } else {
      const { ec2, s3 } = clientsOf(weir);
      for (const wish of wishes) ids.set(wish.name, await createFlowLogs(ec2, weir.account, wish));
      ec2.destroy();
      s3.destroy();
    }
  } finally {
    await weir.close();
  }
  age(directory);
  return ids;
}

/** Makes flow logs an hour older: a flow log begins with the first window after its creation, which would be the second
 * one that the service captures in. */
function age(directory: string): void {
  const store = new Database(join(directory, DATABASE_FILE));
  try {
    store.prepare('UPDATE flow_logs SET created_at = created_at - 3600000').run();
  } finally {
    store.close();
  }
}

/** Waits until a service has captured some seconds of traffic. */
async function captures({ url }: WeirProcess): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(100)) {
    const text = await (await fetch(`${url}/metrics`)).text();
    if (Number(/^weir_open_flows\{mode="live"\} (\d+)$/m.exec(text)?.[1] ?? 0) >= 2 * RATE) return;
  }
  throw new RangeError('nothing was captured');
}

/** What `weir tail` tells of a flow log until the service is gone. */
function follow(directory: string, flowLog: string): { readonly lines: string[]; ended(): Promise<void> } {
  const args = ['--disable-warning=ExperimentalWarning', MAIN, 'tail', flowLog, '--data', directory];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const closed = once(child, 'close');
  const lines: string[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop()!;
    lines.push(...parts);
  });
  return {
    lines,
    async ended() {
      const timer = setTimeout(() => child.kill(), 3_000);
      await closed;
      clearTimeout(timer);
    },
  };
}

async function delivered(weir: Weir): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end; await sleep(100)) {
    const { flowLogs, spoolBytes } = weir.status();
    if (spoolBytes === 0 && flowLogs.every(({ amounts }) => (amounts?.spooled.rows ?? 0) === 0)) return;
  }
  throw new RangeError(`not delivered: ${JSON.stringify(weir.status())}`);
}

function objectLines(directory: string, name: string): string[] {
  const base = join(directory, 's3', BUCKET, name);
  const files = readdirSync(base, { recursive: true, encoding: 'utf8' }).filter((it) =>
    it.endsWith('.log.gz'),
  );
  return files.flatMap((file) =>
    gunzipSync(readFileSync(join(base, file)))
      .toString()
      .trimEnd()
      .split('\n')
      .slice(1),
  );
}

async function eventLines(
  directory: string,
  weir: Pick<Weir, 'account' | 'region'>,
  name: string,
): Promise<string[]> {
  const lines = await eventsOf(directory, weir, name);
  return lines.map((line) => line.split(' ').slice(2).join(' '));
}

interface Judged {
  readonly records: number;
  readonly told: number;
  readonly missing: number;
  readonly faults: readonly string[];
}

/** Compares the lines of a flow log with what was sent when, and with lines that were committed. */
function judge(lines: readonly string[], sent: ReadonlyMap<number, number>, told: readonly string[]): Judged {
  const faults: string[] = [];
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  const twice = [...counts].filter(([line, count]) => count > 1 && line.endsWith('OK'));
  if (twice.length > 0) faults.push(`${twice.length} records are there twice: ${twice[0]![0]}`);
  const lost = told.filter((line) => !counts.has(line));
  if (lost.length > 0) faults.push(`${lost.length} committed records are missing: ${lost[0]}`);
  let missing = 0;
  for (const { id } of [SOURCE, TARGET]) {
    const own = lines.filter((line) => line.startsWith(id)).map((line) => line.split(' '));
    const numbers = new Set<number>();
    const skipped: { from: number; to: number }[] = [];
    for (const [, , srcport, dstport, packets, start, end, status] of own) {
      if (status === 'SKIPDATA') skipped.push({ from: Number(start) * 1000, to: Number(end) * 1000 + 999 });
      if (status !== 'OK') continue;
      const n = Number(srcport) - FIRST_PORT + (Number(dstport) - 1000) * PORTS;
      if (packets !== '1' || numbers.has(n) || !sent.has(n)) faults.push(`${id} has datagram ${n} once more`);
      numbers.add(n);
    }
    if (numbers.size === 0) faults.push(`${id} has no records`);
    const first = Math.min(...numbers);
    const unsaid = [...sent].filter(
      ([n, at]) => n > first && !numbers.has(n) && !skipped.some(({ from, to }) => at >= from && at <= to),
    );
    missing += [...sent.keys()].filter((n) => n > first && !numbers.has(n)).length;
    if (unsaid.length > 0) {
      const [n, at] = unsaid[0]!;
      const ranges = skipped.map(({ from, to }) => `${from}-${to}`).join(' ');
      faults.push(
        `${id}: ${unsaid.length} datagrams are missing and not said so: ${n} of ${at}; SKIPDATA ${ranges}`,
      );
    }
  }
  return { records: lines.filter((line) => line.endsWith('OK')).length, told: told.length, missing, faults };
}
