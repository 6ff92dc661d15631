/** Lines in the memory that all writers of a thread share: turns, many and long texts, growth, and deflate in place. */
import { inflateRawSync } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseIPv6 } from '../../../src/base/addresses.ts';
import type { EcsTask } from '../../../src/network/ecs-task.ts';
import type { InterfaceFacts } from '../../../src/network/lookup.ts';
import { VPC_FIELDS } from '../../../src/records/catalogue.ts';
import { deflatePiece } from '../../../src/records/gzip.ts';
import { createTextWriter, type TextWriter } from '../../../src/records/text.ts';
import { recordsInstance } from '../../../src/records/wasm/instance.ts';
import { FakeRules, type Answers } from '../fake-rules.ts';
import { vpcFormat } from '../lines.ts';
import { referenceLine } from '../reference.ts';
import { directoryOf, factsOf, windowOf, type Flow, type Line } from '../windows.ts';

const BUDGET = { interruptAfterTimeLimit: 3000, markInterruptAsFailure: false };
const FINAL = Buffer.from([3, 0]);
const DEFAULT = VPC_FIELDS.slice(0, 14).map(({ id }) => id);
const ALL = VPC_FIELDS.map(({ id }) => id);
const KEYS = {
  instance: ['a', 'b'],
  'network-interface': ['a', 'b'],
  'auto-scaling-group': ['a', 'b'],
};
const TAG_FIELDS = Object.entries(KEYS).map(([resourceType, tagKeys]) => ({ resourceType, tagKeys }));
const OWNER = '123456789010';
const SERVICES = ['S3', 'ROUTE53_HEALTHCHECKS_PUBLISHING'];
/** Depend on the line, so that one which is told another's answers shows. */
const ANSWERS: Answers = {
  trafficPath: ({ sourcePort }) => sourcePort % 9,
  nextHop: ({ number, sourcePort }) => (sourcePort % 3 === 0 ? 0 : (number % 8) + 1),
  sourceService: ({ destinationPort }) => destinationPort % 3,
  destinationService: ({ sourcePort }) => sourcePort % 3,
  rejectReason: ({ sourcePort }) => (sourcePort % 3) as 0 | 1 | 2,
  encryptionStatus: ({ sourcePort }) => (sourcePort % 5) - 1,
  serviceCodes: SERVICES,
};

/** Eight interfaces; the values of their tags are `characters` long and take twelve bytes each. */
function interfaces(characters = 3): InterfaceFacts[] {
  return Array.from({ length: 8 }, (_, i) => {
    const tags = { a: '😀'.repeat(characters), b: `${i}${'\u{10ffff}'.repeat(characters - 1)}` };
    return factsOf({
      number: i + 1,
      interfaceId: `eni-${String(i).padStart(17, '0')}`,
      instanceId: `i-${String(i).padStart(i % 2 === 0 ? 17 : 8, '0')}`,
      ...(i % 2 === 0 ? { primary4: 0x0a000001 + i } : {}),
      primary6: parseIPv6(`fd00::${i + 1}`)!,
      addresses6: parseIPv6(`fd00::${i + 1}`)!,
      tags,
      instance: { id: 'i-1', accountId: OWNER, nitro: false, tags, group: { accountId: OWNER, tags } },
    });
  });
}

/** Line `i` of many: of four to six rows, two are IPv6, and each `status`-th is no row. */
function lineOf(i: number, status = Number.POSITIVE_INFINITY): Line {
  const number = (Math.imul(i, 0x9e3779b1) >>> 29) + 1;
  if (i % status === 0) {
    const kind = i % 3 === 0 ? 'NODATA' : 'SKIPDATA';
    return { status: { number, kind, start: 1_700_000_000 + i, end: 1_700_000_059 + i } };
  }
  const six = i % 5 < 2;
  const flow: Flow = {
    source: six ? `2001:db8::${(1 + (i & 0xfff)).toString(16)}` : `192.0.2.${i & 255}`,
    destination: six ? `fd00::${1 + (i % 11)}` : `10.0.${(i >> 8) & 255}.${i & 255}`,
    ports: [(i * 7) & 0xffff, i & 0xffff],
    protocol: i % 13 === 0 ? 1 : 6,
    packets: i,
    bytes: i * 4_294_967,
    first: 1_700_000_000 + i,
    last: 1_700_000_001 + i,
    flags: i & 19,
    verdict: i % 4 === 0 ? 2 : 1,
    egress: number,
    ingress: (number % 8) + 1,
  };
  const portless = flow.protocol === 1;
  const ports: [number, number] = portless ? [8, 0] : (flow.ports as [number, number]);
  return { flow: { ...flow, ports }, side: i % 3 === 0 ? 'ingress' : 'egress' };
}

function linesUpTo(count: number, status?: number): Line[] {
  return Array.from({ length: count }, (_, i) => lineOf(i, status));
}

interface Written {
  readonly writer: TextWriter;
  /** What the slow reference makes of lines. */
  readonly expected: (lines: readonly Line[]) => string;
}

function writing(ids: readonly string[], facts = interfaces()): Written {
  const format = vpcFormat(ids.join(' '), ids === ALL ? TAG_FIELDS : []);
  const writer = createTextWriter(format, directoryOf(facts), { rules: new FakeRules(ANSWERS) });
  const context = { ids, version: format.version, facts, answers: ANSWERS, tagKeys: KEYS };
  return {
    writer,
    expected: (lines) => lines.map((line) => `${referenceLine(context, line)}\n`).join(''),
  };
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Megabytes are not shown when they differ: the first line that does is. */
function expectSame(text: string, expected: string): void {
  if (text === expected) return;
  const wanted = expected.split('\n');
  const got = text.split('\n');
  const i = got.findIndex((line, k) => line !== wanted[k]);
  expect(`line ${i} of ${got.length}: ${got[i]}`).toBe(`line ${i} of ${wanted.length}: ${wanted[i]}`);
}

test('lines deflate where they were printed as they do elsewhere, and stay what they were', () => {
  const lines = linesUpTo(6000, 40);
  const window = windowOf(lines);
  const writers = [writing(DEFAULT), writing(ALL), writing(['srcaddr']), writing(['end', 'next-hop-vpc-id'])];
  const span = fc.tuple(fc.nat(lines.length), fc.oneof(fc.nat(40), fc.nat(6000)));
  fc.assert(
    fc.property(
      fc.constantFrom(...writers),
      span,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (it, at, cut) => {
        const text = it.writer.write(window, at[0], Math.min(lines.length, at[0] + at[1]));
        const copy = Buffer.from(text);
        // Any part of it, at any address.
        const from = Math.floor(cut * Math.min(100, text.length));
        const here = deflatePiece(text.subarray(from));
        const there = deflatePiece(copy.subarray(from));
        expect(here.crc).toBe(there.crc);
        expect(here.length).toBe(there.length);
        expect(Buffer.compare(here.bytes, there.bytes)).toBe(0);
        expect(Buffer.compare(text, copy)).toBe(0);
        const inflated = inflateRawSync(Buffer.concat([here.bytes, FINAL]));
        expect(Buffer.compare(inflated, copy.subarray(from))).toBe(0);
      },
    ),
    BUDGET,
  );
});

test('writers of different formats take turns', () => {
  const lines = linesUpTo(900, 50);
  const window = windowOf(lines);
  const writers = [writing(ALL), writing(['bytes', 'reject-reason', 'dstaddr']), writing(DEFAULT)];
  const got = writers.map(() => '');
  for (let from = 0; from < lines.length; from += 90) {
    for (const [k, { writer }] of writers.entries()) {
      const middle = from + 30 * k;
      got[k] += textOf(writer.write(window, from, middle));
      got[k] += textOf(writer.write(window, middle, from + 90));
    }
  }
  for (const [k, { expected }] of writers.entries()) expectSame(got[k]!, expected(lines));
});

test('a writer goes on behind one that a rule stopped in the middle of a line', () => {
  const lines = linesUpTo(300);
  const window = windowOf(lines);
  const stopping = createTextWriter(vpcFormat('srcaddr next-hop-vpc-id'), directoryOf(interfaces()), {
    rules: new FakeRules({ nextHop: ({ sourcePort }) => (sourcePort === 140 ? 99 : 1) }),
  });
  const { writer, expected } = writing(DEFAULT);
  for (let round = 0; round < 2; round++) {
    expect(() => stopping.write(window, 0, 300)).toThrow('no interface 99');
    expectSame(textOf(writer.write(window, 0, 300)), expected(lines));
  }
});

/** A task whose names are as long as names get, its ARNs in a partition of so many characters. */
function taskIn(partition: number): EcsTask {
  const name = 'n'.repeat(255);
  const place = `arn:aws${'-'.repeat(partition - 3)}:ecs:${'r'.repeat(63)}:${OWNER}`;
  const uuid = '01234567-89ab-cdef-0123-456789abcdef';
  return {
    id: `${place}:task/${name}/${uuid}`,
    origin: 'file',
    tags: {},
    accountId: OWNER,
    region: 'r'.repeat(63),
    interfaceId: 'eni-1',
    taskId: uuid,
    clusterArn: `${place}:cluster/${name}`,
    clusterName: name,
    serviceName: name,
    taskDefinitionArn: `${place}:task-definition/${name}:1234567890`,
    containerInstanceArn: `${place}:container-instance/${name}/${uuid}`,
    containerInstanceId: uuid,
    containerIds: ['c'.repeat(128), 'd'.repeat(128)],
  };
}

test('the longest lines have room, in any number', () => {
  const facts = interfaces(256).map((it) => ({ ...it, ecsTask: taskIn(32), region: 'r'.repeat(63) }));
  const lines = linesUpTo(200, 9);
  const { writer, expected } = writing(ALL, facts);
  const text = textOf(writer.write(windowOf(lines), 0, lines.length));
  expectSame(text, expected(lines));
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeGreaterThan(21_000);
});

test('lines whose texts have no room are refused, and nothing is spoilt', () => {
  // Of 93 kB: two have room and 64 kB are left, which the third does not fit into.
  const facts = interfaces().map((it) => ({ ...it, ecsTask: taskIn(22_500) }));
  const window = windowOf(linesUpTo(20));
  const { writer } = writing(ALL, facts);
  expect(() => writer.write(window, 0, 20)).toThrow('a line whose texts have more than 65536 bytes');
  const other = writing(ALL);
  const lines = linesUpTo(300, 9);
  expectSame(textOf(other.writer.write(windowOf(lines), 0, 300)), other.expected(lines));
});

test('texts of lines fill their room many times, and the memory grows with what is printed', () => {
  // Six tags of 3 kB in each line: about ten of them have room at once.
  const facts = interfaces(256);
  const lines = linesUpTo(700, 9);
  const { writer, expected } = writing(ALL, facts);
  const before = recordsInstance().bytes.length;
  const text = writer.write(windowOf(lines), 0, lines.length);
  expect(text.length).toBeGreaterThan(8_000_000);
  expect(recordsInstance().bytes.length).toBeGreaterThan(before);
  const copy = Buffer.from(text);
  expect(Buffer.compare(deflatePiece(text).bytes, deflatePiece(copy).bytes)).toBe(0);
  expectSame(copy.toString('latin1'), expected(lines));
  // And short ones behind them.
  const short = writing(DEFAULT, facts);
  expectSame(textOf(short.writer.write(windowOf(lines), 0, lines.length)), short.expected(lines));
});

test('more than 8 MB of lines in one write', () => {
  const lines = linesUpTo(30_000, 1000);
  const ids = ALL.filter((id) => !id.includes('-tag'));
  const { writer, expected } = writing(ids);
  const text = writer.write(windowOf(lines), 0, lines.length);
  expect(text.length).toBeGreaterThan(8_000_000);
  expectSame(textOf(text), expected(lines));
});

test.each([2, 3, 7])('NODATA and SKIPDATA lines between rows, each %i-th line', (status) => {
  const lines = linesUpTo(5000, status);
  const window = windowOf(lines);
  for (const ids of [DEFAULT, ALL, ['log-status'], ['start', 'instance-id', 'end']]) {
    const { writer, expected } = writing(ids);
    expectSame(textOf(writer.write(window, 0, lines.length)), expected(lines));
  }
});

test('NODATA and SKIPDATA lines alone', () => {
  const lines = linesUpTo(3000, 1);
  const { writer, expected } = writing(ALL);
  expectSame(textOf(writer.write(windowOf(lines), 0, lines.length)), expected(lines));
});
