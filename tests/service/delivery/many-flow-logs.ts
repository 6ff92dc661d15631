import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import type { FlowLogAmounts } from '../../../src/delivery/deliverer.ts';
import type { Account } from '../../../src/flows/accounting.ts';
import { startWeir } from '../../../src/index.ts';
import { BUCKET, clientsOf, createFlowLogs, eventsOf, NODE_FLAGS, VPC } from './world.ts';

/**
 * A thousand flow logs of two formats over ten thousand declared interfaces, each of which is in two flow logs: its
 * subnet's of either format. The traffic is known: in each window every interface has the same number of flows, of one
 * packet each, so that what each flow log must hold can be counted.
 */

const SUBNETS = 500;
const PER_SUBNET = 20;
const INTERFACES = SUBNETS * PER_SUBNET;
const START = 1_795_228_800;
const OWN_FORMAT = ['interface-id', 'pkt-srcaddr', 'srcport', 'packets', 'bytes', 'start', 'end', 'action']
  .map((field) => `\${${field}}`)
  .join(' ');
/** Resources of one CreateFlowLogs. */
const AT_ONCE = 25;
/** One subnet of so many has its records of the second format in a log group. */
const LOGS_EACH = 10;

/** What the child tells now and then. */
export interface ManyLook {
  readonly kind: 'look';
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly rss: number;
  readonly windows: number;
  readonly commits: number;
  readonly spoolBytes: number;
  /** Attempts at a destination that failed. */
  readonly failures: number;
}

/** What the child tells in the end. */
export interface ManyEnd {
  readonly kind: 'end';
  readonly packets: number;
  readonly bytes: number;
  readonly windows: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly account: Omit<Account, 'prefixes'>;
  readonly unsubscribedRows: number;
  readonly flowLogs: readonly {
    readonly id: string;
    readonly state: string;
    readonly amounts: FlowLogAmounts;
  }[];
}

export interface ManyReport {
  readonly looks: readonly ManyLook[];
  readonly end: ManyEnd;
  /** Milliseconds of wall clock between commits of a window and the next, the longest. */
  readonly slowestWindowMs: number;
  /** Of each flow log: what it must hold. */
  readonly expected: { readonly rows: number; readonly packets: number; readonly bytes: number };
  /** Of the flow logs of some subnets, what their objects and events hold. */
  readonly sample: readonly {
    readonly name: string;
    readonly rows: number;
    readonly packets: number;
    readonly bytes: number;
  }[];
}

/** Runs it: `flows` a window (a multiple of the interfaces), for so many windows. */
export async function manyFlowLogs(options: {
  readonly flows: number;
  readonly windows: number;
}): Promise<ManyReport> {
  const { flows, windows } = options;
  if (flows % INTERFACES !== 0) throw new RangeError(`${flows} flows are no multiple of ${INTERFACES}`);
  const root = mkdtempSync(join(tmpdir(), 'weir-many-'));
  try {
    const directory = join(root, 'data');
    const network = join(root, 'network.json');
    writeFileSync(
      network,
      JSON.stringify({ vpcs: [{ id: VPC, cidrs: ['10.32.0.0/16'], subnets: subnets() }] }),
    );
    mkdirSync(directory, { mode: 0o700 });
    await makeFlowLogs(directory, network);
    const fifo = join(root, 'many.pcap');
    execFileSync('mkfifo', [fifo]);
    const written = writeCapture(fifo, flows, windows);
    const { looks, end } = await replay(directory, network, fifo);
    await written;
    const perInterface = (flows / INTERFACES) * windows;
    let bytes = 0;
    for (let k = 0; k < flows / INTERFACES; k++) bytes += sizeOf(k) * windows;
    const expected = {
      rows: perInterface * PER_SUBNET,
      packets: perInterface * PER_SUBNET,
      bytes: bytes * PER_SUBNET,
    };
    return { looks, end, slowestWindowMs: slowest(looks), expected, sample: await sampleOf(directory) };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const subnetId = (s: number): string => `subnet-${s.toString(16).padStart(8, '0')}`;

/** 10.32.0.0/27 and so on, with hosts from the fourth address on. */
function subnets(): object[] {
  return Array.from({ length: SUBNETS }, (_, s) => ({
    id: subnetId(s),
    cidrs: [`10.32.${s >> 3}.${(s & 7) << 5}/27`],
    interfaces: Array.from({ length: PER_SUBNET }, (_unused, k) => ({
      id: `eni-${(s * PER_SUBNET + k).toString(16).padStart(8, '0')}`,
      primary: `10.32.${s >> 3}.${((s & 7) << 5) + 4 + k}`,
    })),
  }));
}

async function makeFlowLogs(directory: string, network: string): Promise<void> {
  const weir = await startWeir({ directory, network });
  const { ec2, s3 } = clientsOf(weir);
  try {
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    const inLogs = (s: number): boolean => s % LOGS_EACH === 0;
    const all = Array.from({ length: SUBNETS }, (_, s) => s);
    const make = async (
      name: string,
      to: 's3' | 'logs',
      which: readonly number[],
      format?: string,
    ): Promise<void> => {
      for (let from = 0; from < which.length; from += AT_ONCE) {
        const resource = { type: 'Subnet' as const, ids: which.slice(from, from + AT_ONCE).map(subnetId) };
        const wish = {
          name,
          to,
          interval: 60 as const,
          resource,
          ...(format === undefined ? {} : { format }),
        };
        await createFlowLogs(ec2, weir.account, wish);
      }
    };
    await make('default', 's3', all);
    await make(
      'own',
      's3',
      all.filter((s) => !inLogs(s)),
      OWN_FORMAT,
    );
    for (const s of all.filter(inLogs)) await make(subnetId(s), 'logs', [s], OWN_FORMAT);
  } finally {
    ec2.destroy();
    s3.destroy();
    await weir.close();
  }
}

/** Length of the k-th packet of an interface in a window. */
const sizeOf = (k: number): number => 28 + (k % 12);
const FRAME = 14 + 28 + 12;
const RECORD = 16 + FRAME;
/** Frames written at a time. */
const PIECE = 10_000;

/** Writes the capture into a FIFO as fast as it is read. */
async function writeCapture(path: string, flows: number, windows: number): Promise<void> {
  const out = createWriteStream(path);
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(1, 20);
  out.write(header);
  for (let w = 0; w < windows; w++) {
    for (let from = 0; from < flows; from += PIECE) {
      const piece = Buffer.alloc(RECORD * PIECE);
      for (let n = 0; n < PIECE; n++) frame(piece, n * RECORD, w, from + n, flows);
      if (!out.write(piece)) await once(out, 'drain');
    }
  }
  out.end();
  await once(out, 'close');
}

/** One UDP packet from outside to an interface: the flow's number is in source address and port. */
function frame(to: Buffer, at: number, window: number, flow: number, flows: number): void {
  const micros = Math.floor((flow * 60e6) / flows);
  to.writeUInt32LE(START + 60 * window + Math.floor(micros / 1e6), at);
  to.writeUInt32LE(micros % 1e6, at + 4);
  to.writeUInt32LE(FRAME, at + 8);
  to.writeUInt32LE(FRAME, at + 12);
  to.writeUInt16BE(0x0800, at + 28);
  const ip = at + 30;
  const k = Math.floor(flow / INTERFACES);
  to.writeUInt16BE(0x4500, ip);
  to.writeUInt16BE(sizeOf(k), ip + 2);
  to.writeUInt16BE(0x4011, ip + 8);
  to.writeUInt32BE(0xc612_0000 + (flow % 4096), ip + 12);
  const host = flow % INTERFACES;
  const subnet = Math.floor(host / PER_SUBNET);
  to.writeUInt32BE(0x0a20_0000 + subnet * 32 + 4 + (host % PER_SUBNET), ip + 16);
  to.writeUInt16BE(1024 + k, ip + 20);
  to.writeUInt16BE(443, ip + 22);
  to.writeUInt16BE(sizeOf(k) - 20, ip + 24);
}

async function replay(
  directory: string,
  network: string,
  fifo: string,
): Promise<{ looks: ManyLook[]; end: ManyEnd }> {
  const config = JSON.stringify({ network, listen: '127.0.0.1:0' });
  const script = new URL('many-child.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [...NODE_FLAGS, script, directory, config, fifo], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const looks: ManyLook[] = [];
  let end: ManyEnd | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{"kind"')) continue;
    const told = JSON.parse(line) as ManyLook | ManyEnd;
    if (told.kind === 'look') looks.push(told);
    else end = told;
  }
  await closed;
  if (end === undefined) throw new RangeError(`the replay ended with ${child.exitCode}`);
  return { looks, end };
}

function slowest(looks: readonly ManyLook[]): number {
  let most = 0;
  let last: ManyLook | undefined;
  for (const it of looks) {
    if (it.windows === 0 || it.windows === last?.windows) continue;
    if (last !== undefined) most = Math.max(most, (it.at - last.at) / (it.windows - last.windows));
    last = it;
  }
  return most;
}

/** What the objects of a subnet's flow logs hold, and a log group's events. */
async function sampleOf(directory: string): Promise<ManyReport['sample']> {
  const out: { name: string; rows: number; packets: number; bytes: number }[] = [];
  for (const name of ['default', 'own']) {
    const base = join(directory, 's3', BUCKET, name);
    const files = readdirSync(base, { recursive: true, encoding: 'utf8' }).filter((it) =>
      it.endsWith('.log.gz'),
    );
    const byFlowLog = Map.groupBy(files, (it) => /_(fl-[0-9a-f]+)_/.exec(it)![1]!);
    for (const [id, own] of [...byFlowLog].filter((_, k) => k % 100 === 7)) {
      const lines = own.flatMap((file) =>
        gunzipSync(readFileSync(join(base, file)))
          .toString()
          .trimEnd()
          .split('\n')
          .slice(1),
      );
      out.push({ name: `${name} ${id}`, ...sumOf(lines, name === 'own' ? 3 : 8) });
    }
  }
  const owner = { account: '123456789012', region: 'eu-central-1' };
  const events = await eventsOf(directory, owner, subnetId(0));
  out.push({
    name: 'logs',
    ...sumOf(
      events.map((line) => line.split(' ').slice(2).join(' ')),
      3,
    ),
  });
  return out;
}

function sumOf(lines: readonly string[], at: number): { rows: number; packets: number; bytes: number } {
  const sum = { rows: lines.length, packets: 0, bytes: 0 };
  for (const line of lines) {
    const fields = line.split(' ');
    sum.packets += Number(fields[at]);
    sum.bytes += Number(fields[at + 1]);
  }
  return sum;
}
