/** Captures with random faults, through the whole path from file to lines: what must hold for any input. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gunzipSync } from 'node:zlib';
import { UserError } from '../../src/base/errors.ts';
import { packetsIn, outcomes } from '../../src/cli/summary.ts';
import { discoveringNetwork } from '../../src/network/defaults.ts';
import type { Network } from '../../src/network/model.ts';
import { Snapshot } from '../../src/network/snapshot.ts';
import { readNetworkFile } from '../../src/network/yaml.ts';
import { parseLogFormat, type LogFormat } from '../../src/records/formats.ts';
import type { Output } from '../../src/service/record/output.ts';
import type { Piece } from '../../src/service/record/pieces.ts';
import { RecordSession } from '../../src/service/record/session.ts';
import { openFile } from '../../src/sources/file.ts';
import type { Source } from '../../src/sources/source.ts';
import { openStream } from '../../src/sources/stream.ts';
import { CAPTURES } from '../capture/fixtures.ts';
import { examples } from '../reference/examples.ts';
import { formatOf } from './run.ts';

/** Of a long capture only the beginning is used: many cases say more than long ones. */
const LONGEST = 24 << 10;
/** A case that takes longer hangs, in milliseconds. */
const CASE_LIMIT = 10_000;
/** What may be held after all the cases beyond what was before them, in bytes. */
const MEMORY_LIMIT = 64 << 20;
const OWNER = { account: '123456789012', region: 'eu-central-1' };
const FIELDS =
  'version interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status ' +
  'tcp-flags type pkt-srcaddr pkt-dstaddr flow-direction';
const NUMBER = String.raw`(?:\d+|-)`;
const ADDRESS = '(?:[0-9a-f.:]+|-)';
const LINE = new RegExp(
  `^5 eni-[0-9a-f]+ ${ADDRESS} ${ADDRESS} ${`${NUMBER} `.repeat(5)}\\d+ \\d+ (?:ACCEPT|REJECT|-) (?:OK|NODATA|SKIPDATA) ` +
    `${NUMBER} (?:IPv[46]|-) ${ADDRESS} ${ADDRESS} (?:ingress|egress|-)$`,
);

interface Seed {
  readonly name: string;
  readonly bytes: Buffer;
  readonly network: Network;
}

/** Every example with its network, and every format and link type with the private ranges. */
function seeds(): Seed[] {
  const private_ = discoveringNetwork(OWNER);
  const own = examples().map(({ name, capture, network }) => {
    const bytes = readFileSync(capture);
    const plain = bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
    return { name, bytes: plain.subarray(0, LONGEST), network: readNetworkFile(network, OWNER) };
  });
  const fixtures = Object.entries(CAPTURES).map(([name, bytes]) => ({
    name,
    bytes: Buffer.from(bytes),
    network: private_,
  }));
  return [...own, ...fixtures];
}

export interface MutationReport {
  readonly cases: number;
  /** Cases that were refused as no capture. */
  readonly refused: number;
  readonly packets: number;
  readonly recorded: number;
  readonly lines: number;
  /** Cases by what they met: `fault`, `late`, `outlier`, `malformed`, `several files`. */
  readonly met: ReadonlyMap<string, number>;
}

/** Runs cases from a seed until the time is over. Throws with the capture in the message when one fails. */
export async function runMutations(
  seed: number,
  milliseconds: number,
  folder: string,
): Promise<MutationReport> {
  const all = seeds();
  const parsed = parseLogFormat(formatOf(FIELDS), { kind: 'vpc', tagFields: [] });
  if (!parsed.ok) throw new Error(parsed.message);
  const report = { cases: 0, refused: 0, packets: 0, recorded: 0, lines: 0, met: new Map<string, number>() };
  const deadline = Date.now() + milliseconds;
  const before = await heldMemory();
  while (Date.now() < deadline) {
    const next = randomFrom(seed + report.cases * 7919);
    const base = all[report.cases % all.length]!;
    const captures = Array.from({ length: next(8) === 0 ? 2 : 1 }, () => mutated(base.bytes, next));
    report.cases++;
    try {
      await runCase(captures, base, parsed.format, next, folder, report);
    } catch (error) {
      const hex = captures.map((bytes) => bytes.toString('base64')).join(' and ');
      throw new Error(`case ${report.cases - 1} of seed ${seed}, from ${base.name}: ${hex}`, {
        cause: error,
      });
    }
    if (report.cases % 100 === 0) await checkMemory(before, report.cases);
  }
  await checkMemory(before, report.cases);
  return report;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes that are still held when what is not needed has gone. */
async function heldMemory(): Promise<number> {
  // Buffers are let go of beside the program: a moment later, and those that others held in a second round.
  for (let round = 0; round < 3; round++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}

async function checkMemory(before: number, cases: number): Promise<void> {
  const grown = (await heldMemory()) - before;
  if (grown > MEMORY_LIMIT) throw new Error(`${grown} bytes more are held after ${cases} cases`);
}

type Counts = { -readonly [K in keyof MutationReport]: MutationReport[K] } & { met: Map<string, number> };

async function runCase(
  captures: readonly Buffer[],
  base: Seed,
  format: LogFormat,
  next: (below: number) => number,
  folder: string,
  report: Counts,
): Promise<void> {
  const sources: Source[] = [];
  for (const [k, bytes] of captures.entries()) {
    const opened = await open(bytes, k, next, folder);
    if (opened !== undefined) sources.push(opened);
  }
  if (sources.length === 0) {
    report.refused++;
    return;
  }
  const text = new TextOutput();
  const session = new RecordSession({
    sources,
    snapshot: Snapshot.build(base.network, { version: 1, scopes: 'all' }),
    format,
    interval: next(2) === 0 ? 60 : 600,
    traffic: 'ALL',
    output: text,
    form: 'text',
    header: false,
    workers: 0,
    maxFlows: 1024,
  });
  const began = Date.now();
  const summary = await session.run();
  if (Date.now() - began > CASE_LIMIT) throw new Error(`took ${Date.now() - began} ms`);
  const all = packetsIn(summary);
  const terms = outcomes(summary);
  const packets = terms.reduce((sum, term) => sum + term.packets, 0);
  const bytes = terms.reduce((sum, term) => sum + term.bytes, 0);
  if (packets !== all.packets || bytes !== all.bytes || !Number.isSafeInteger(bytes))
    throw new Error(`${packets} packets and ${bytes} bytes of ${all.packets} and ${all.bytes}`);
  const lines = text.lines();
  if (lines.length !== summary.lines) throw new Error(`${lines.length} lines, said were ${summary.lines}`);
  const wrong = lines.find((line) => !LINE.test(line));
  if (wrong !== undefined) throw new Error(`no record: ${wrong}`);
  const [sum, most] = [linePackets(lines), 2 * summary.account.recordedPackets];
  if (sum < summary.account.recordedPackets || sum > most)
    throw new Error(`lines of ${sum} packets, not to ${most}`);
  report.packets += all.packets;
  report.recorded += summary.account.recordedPackets;
  report.lines += lines.length;
  const malformed = terms.find(({ name }) => name === 'malformed')!.packets;
  meet(report, 'fault', summary.faults.length);
  meet(report, 'late', summary.recorder.latePackets);
  meet(report, 'outlier', summary.timeOutliers);
  meet(report, 'malformed', malformed);
  meet(report, 'several files', sources.length - 1);
}

function meet(report: Counts, what: string, count: number): void {
  if (count > 0) report.met.set(what, (report.met.get(what) ?? 0) + 1);
}

/** As a file or as a stream; undefined when it is refused as no capture. */
async function open(
  bytes: Buffer,
  k: number,
  next: (below: number) => number,
  folder: string,
): Promise<Source | undefined> {
  try {
    if (next(4) > 0) {
      const path = join(folder, `mutated-${k}`);
      writeFileSync(path, bytes);
      return await openFile(path, { macs: true });
    }
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length;) {
      const size = 1 + next(9000);
      pieces.push(bytes.subarray(at, at + size));
      at += size;
    }
    return await openStream('stream', Readable.from(pieces), { macs: true });
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

class TextOutput implements Output {
  readonly #pieces: Uint8Array[] = [];

  async write(piece: Piece): Promise<void> {
    if ('groups' in piece) throw new Error('row groups among text');
    this.#pieces.push(piece.bytes);
  }

  async end(): Promise<void> {}

  lines(): string[] {
    const text = Buffer.concat(this.#pieces).toString();
    if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no end');
    return text.split('\n').slice(0, -1);
  }
}

/** Packets of the lines together: each recorded one stands at one interface or two. */
function linePackets(lines: readonly string[]): number {
  let sum = 0;
  for (const line of lines) {
    const packets = line.split(' ')[7]!;
    if (packets !== '-') sum += Number(packets);
  }
  return sum;
}

/** xorshift32: numbers below n, the same for the same seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const EXTREMES = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** Where the records of a little-endian pcap begin. */
function recordsOf(capture: Buffer): number[] {
  const offsets: number[] = [];
  if (![0xa1b2c3d4, 0xa1b23c4d].includes(capture.readUInt32LE(0))) return offsets;
  for (let at = 24; at + 16 <= capture.length; at += 16 + capture.readUInt32LE(at + 8)) offsets.push(at);
  return offsets;
}

/** Some bits, bytes or words changed; ranges copied, taken out or repeated; the end cut off. */
function mutated(capture: Buffer, next: (below: number) => number): Buffer {
  let bytes = Buffer.from(capture);
  const records = recordsOf(capture);
  for (let i = 1 + next(5); i > 0 && bytes.length > 40; i--) {
    const at = next(bytes.length - 8);
    const size = 1 + next(200);
    switch (next(11)) {
      case 0:
        bytes[at]! ^= 1 << next(8);
        break;
      case 1:
        bytes[at] = next(256);
        break;
      case 2:
        bytes.writeUInt32LE(EXTREMES[next(EXTREMES.length)]!, at);
        break;
      case 3:
        bytes.writeUInt16BE(EXTREMES[next(6)]!, at);
        break;
      case 4:
        bytes.copyWithin(at, 4 + next(bytes.length - 4), bytes.length);
        break;
      case 5:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)]);
        break;
      case 6:
        // What was there once more: often whole packets.
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(24)]);
        break;
      case 7:
      case 8:
      case 9: {
        // A step in time: to a window that has closed, or to one of another day.
        const time = records[next(records.length)] ?? at;
        const step = next(2) === 0 ? next(400) - 200 : next(200_000) - 100_000;
        if (time + 4 <= bytes.length) bytes.writeInt32LE((bytes.readInt32LE(time) + step) | 0, time);
        break;
      }
      default:
        if (next(5) === 0) bytes = Buffer.from(bytes.subarray(0, at));
        else
          bytes = Buffer.concat([bytes.subarray(0, at), Buffer.alloc(size, next(256)), bytes.subarray(at)]);
    }
  }
  return bytes;
}
