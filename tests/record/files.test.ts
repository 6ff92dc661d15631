/** Several capture files as one recording: rotated, overlapping, out of order (S2.8, S3.3, S3.5). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { examples } from '../reference/examples.ts';
import { referenceLines } from '../reference/lines.ts';
import { captureOfFlows } from './packets.ts';
import { generate, record, temporary } from './run.ts';

const folder = temporary();
const whole = join(folder.path, 'whole.pcap');
const FLAGS = ['--packets', '60000', '--seconds', '700', '--fragments', '8', '--icmp', '5', '--ipv6', '15'];
let packets: Buffer[] = [];
let header = Buffer.alloc(0);
beforeAll(() => {
  const bytes = readFileSync(generate(whole, '--seed', '21', ...FLAGS));
  header = bytes.subarray(0, 24);
  packets = recordsOf(bytes);
});

function recordsOf(bytes: Buffer): Buffer[] {
  const out: Buffer[] = [];
  for (let at = 24; at < bytes.length;) {
    const end = at + 16 + bytes.readUInt32LE(at + 8);
    out.push(bytes.subarray(at, end));
    at = end;
  }
  return out;
}

function capture(name: string, parts: readonly Buffer[]): string {
  return folder.file(name, Buffer.concat([header, ...parts]));
}

function timeOf(packet: Buffer): number {
  return packet.readUInt32LE(0) + packet.readUInt32LE(4) / 1e6;
}

function sorted(lines: readonly string[]): string[] {
  return [...lines].sort();
}

describe.each(['60', '600'])('interval %s', (interval) => {
  const options = ['--interval', interval];

  test('a capture in three rotated files, named in any order, is the whole', () => {
    const cuts = [0, 17_001, 44_444, packets.length];
    const parts = [0, 1, 2].map((k) => packets.slice(cuts[k], cuts[k + 1]));
    const paths = parts.map((part, k) => capture(`rotated-${k}.pcap`, part));
    const all = record([whole, ...options]);
    const inOrder = record([...paths, ...options]);
    expect(inOrder.lines).toEqual(all.lines);
    expect(inOrder.summary.outcomes).toEqual(all.summary.outcomes);
    const reversed = record([...paths.toReversed(), ...options]);
    expect(reversed.lines).toEqual(all.lines);
    expect(reversed.summary.outcomes.duplicate.packets).toBe(0);
    // The middle one compressed, the last one from standard input.
    const mixed = [paths[0]!, folder.file('rotated-1.pcap.gz', gzipSync(readFileSync(paths[1]!))), '-'];
    expect(record([...mixed, ...options], readFileSync(paths[2]!)).lines).toEqual(all.lines);
  });

  test('shuffled within the grace, first fragments ahead of the others: the same multiset', () => {
    const next = randomFrom(7);
    const shuffled = packets
      .map((packet, k) => ({
        packet,
        k,
        at: timeOf(packet) + (isLaterFragment(packet) ? 1.8 : 1.7 * next()),
      }))
      .sort((a, b) => a.at - b.at || a.k - b.k);
    // What this proves: neighbours changed places, across windows too.
    expect(shuffled.filter(({ k }, i) => k !== i).length).toBeGreaterThan(50_000);
    const path = capture(
      `shuffled-${interval}.pcap`,
      shuffled.map(({ packet }) => packet),
    );
    const { lines, summary } = record([path, ...options]);
    const plain = record([whole, ...options]);
    expect(summary.late.packets).toBe(0);
    expect(summary.fragments_unresolved).toBe(plain.summary.fragments_unresolved);
    const wanted = sorted(plain.lines);
    const own = sorted(lines);
    const different = own.findIndex((line, k) => line !== wanted[k]);
    expect([own.length, own[different]]).toEqual([wanted.length, wanted[different]]);
  });

  test('two vantage points that overlap in time count once', () => {
    // The second sees a part of the traffic again, 100 ms later, and some that the first does not see.
    const first = packets.filter((_packet, k) => k % 10 !== 0);
    const second = packets.filter((_packet, k) => k % 3 === 0).map((packet) => delayed(packet, 100_000));
    const paths = [capture(`north-${interval}.pcap`, first), capture(`south-${interval}.pcap`, second)];
    const { lines, summary } = record([...paths, ...options]);
    const reference = referenceLines(paths, { interval: interval === '60' ? 60 : 600 });
    expect(sorted(lines)).toEqual(reference.lines);
    const { duplicate, recorded } = summary.outcomes;
    expect({ duplicate, recorded }).toEqual({
      duplicate: reference.flows.outcomes.duplicate,
      recorded: reference.flows.outcomes.recorded,
    });
    expect(duplicate.packets).toBeGreaterThan(10_000);
    expect(summary.in.packets).toBe(first.length + second.length);
  });
});

test('the same file twice: every packet of the second is a duplicate, the lines are those of one', () => {
  const one = record([whole, '--interval', '60']);
  const two = record([whole, whole, '--interval', '60']);
  expect(two.lines).toEqual(one.lines);
  expect(two.summary.outcomes.duplicate).toEqual(one.summary.in);
  expect(two.summary.outcomes.recorded).toEqual(one.summary.outcomes.recorded);
});

test.each([
  [0, 'with the first packet'],
  [1, 'soon after'],
  // The log begins when the capture ends: by time it goes on with it, by what it is it does not.
  [29, 'with the last packet'],
])('a firewall log beside a capture sets verdicts and adds no counts: %i s, %s', (after) => {
  const begin = 1_700_000_401;
  const flow = { from: '192.0.2.1', to: '10.0.0.1', packets: 5, bytes: 500, first: begin, last: begin + 29 };
  const flows = [
    { ...flow, ports: [1000, 22] as const },
    { ...flow, ports: [1001, 443] as const },
  ];
  const logged = [{ ...flows[0]!, first: begin + after, packets: 1, bytes: 100, prefix: 'REJECT ' }];
  const paths = [
    folder.file('wire.pcap', captureOfFlows(flows)),
    folder.file('log.pcap', captureOfFlows(logged)),
  ];
  for (const order of [paths, paths.toReversed()]) {
    const { lines, summary } = record([...order, '--interval', '60']);
    const cells = lines.map((line) => line.split(' '));
    const actions = cells.map((row) => [row[6], row[8], row[9], row[12]].join(' '));
    expect(actions.sort()).toEqual(['22 5 500 REJECT', '443 5 500 ACCEPT']);
    expect(summary.outcomes.verdict_only).toEqual({ packets: 1, bytes: 100 });
  }
  const alone = record([paths[1]!, '--interval', '60']);
  expect(alone.summary.outcomes.recorded).toEqual({ packets: 1, bytes: 100 });
});

test('all examples at once: no throw, and the identity holds', () => {
  const { summary } = record([...examples().map((example) => example.capture), '--interval', '60']);
  expect(summary.in.packets).toBeGreaterThan(1000);
});

/** A generated frame that is a fragment but not the first of its datagram. */
function isLaterFragment(packet: Buffer): boolean {
  const frame = packet.subarray(16);
  if (frame.readUInt16BE(12) === 0x0800) return (frame.readUInt16BE(20) & 0x1fff) !== 0;
  return frame[20] === 44 && frame.readUInt16BE(56) >> 3 !== 0;
}

function delayed(packet: Buffer, micros: number): Buffer {
  const copy = Buffer.from(packet);
  const sum = packet.readUInt32LE(4) + micros;
  copy.writeUInt32LE(packet.readUInt32LE(0) + Math.floor(sum / 1e6), 0);
  copy.writeUInt32LE(sum % 1e6, 4);
  return copy;
}

/** Numbers from 0 to 1, the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
