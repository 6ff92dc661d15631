import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { athenaColumns } from '../../../src/flow-logs/template/columns.ts';
import { namedQueries } from '../../../src/flow-logs/template/queries.ts';
import { WIDE_FORMAT } from './sources.ts';

/** Each query over a table with the columns of the widest format, against a plain reading of what it says. */

interface Row {
  readonly srcaddr: string;
  readonly dstaddr: string;
  readonly pkt_srcaddr: string;
  readonly pkt_dstaddr: string;
  readonly srcport: number | null;
  readonly dstport: number | null;
  readonly protocol: number | null;
  readonly packets: number | null;
  readonly bytes: number | null;
  readonly action: string;
  readonly type: string;
  readonly instance_id: string;
  readonly subnet_id: string;
}

const PORTS = [22, 3389, 443, 8080, 8443, 50_000];

/** Records of some hosts, one in twenty without traffic. */
function rowsOf(count: number): Row[] {
  let state = 7;
  const pick = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state >> 8) % below;
  };
  return Array.from({ length: count }, () => {
    if (pick(20) === 0) {
      const none = { srcport: null, dstport: null, protocol: null, packets: null, bytes: null };
      const text = { srcaddr: '-', dstaddr: '-', pkt_srcaddr: '-', pkt_dstaddr: '-', action: '-', type: '-' };
      return { ...none, ...text, instance_id: '-', subnet_id: 'subnet-1' };
    }
    const six = pick(4) === 0;
    const host = (n: number): string => (six ? `fd00::${n}` : `10.0.0.${n}`);
    const packets = 1 + pick(9);
    return {
      srcaddr: pick(8) === 0 ? '192.0.2.1' : host(pick(70)),
      dstaddr: pick(8) === 0 ? '192.0.2.1' : host(pick(70)),
      pkt_srcaddr: host(pick(70)),
      pkt_dstaddr: host(pick(70)),
      srcport: PORTS[pick(6)]!,
      dstport: PORTS[pick(6)]!,
      protocol: pick(3) === 0 ? 17 : 6,
      packets,
      bytes: packets * (40 + pick(1400)),
      action: pick(3) === 0 ? 'REJECT' : 'ACCEPT',
      type: six ? 'IPv6' : 'IPv4',
      instance_id: pick(3) === 0 ? '-' : `i-${pick(60)}`,
      subnet_id: `subnet-${pick(4)}`,
    };
  });
}

const rows = rowsOf(3000);
const sqlite = new Database(':memory:');
const queries = namedQueries(
  'db',
  'fl',
  athenaColumns(WIDE_FORMAT).map((it) => it.name),
);

beforeAll(() => {
  const columns = athenaColumns(WIDE_FORMAT);
  sqlite.exec(`ATTACH ':memory:' AS "db"`);
  sqlite.exec(`CREATE TABLE "db"."fl" (${columns.map((it) => `"${it.name}" ${it.type}`).join(', ')})`);
  const names = Object.keys(rows[0]!);
  const insert = sqlite.prepare(
    `INSERT INTO "db"."fl" (${names.join(', ')}) VALUES (${names.map((it) => `@${it}`).join(', ')})`,
  );
  for (const row of rows) insert.run(row);
});
afterAll(() => sqlite.close());

function answer(name: string): Record<string, unknown>[] {
  const found = queries.find((it) => it.name === `VpcFlowLogs${name}`);
  return sqlite.prepare(found!.sql).all() as Record<string, unknown>[];
}

/** Sums of bytes by key, the largest first; keys of equal sums in the order of their texts. */
function ranked(pairs: readonly (readonly [key: string, bytes: number | null])[], limit: number): unknown[] {
  const sums = new Map<string, number>();
  for (const [key, bytes] of pairs) sums.set(key, (sums.get(key) ?? 0) + (bytes ?? 0));
  const order = [...sums].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return order.slice(0, limit).map(([key, totalbytes]) => [key, totalbytes]);
}

function sum(of: readonly Row[]): number {
  return of.reduce((total, row) => total + (row.bytes ?? 0), 0);
}

/** Answers as [values joined, sum of bytes]. */
function keyed(name: string, columns: readonly string[]): unknown[] {
  return answer(name).map((it) => [columns.map((column) => it[column]).join(' '), it['totalbytes']]);
}

const CONNECTION = ['srcaddr', 'srcport', 'dstaddr', 'dstport'] as const;
const isShell = (port: number | null): boolean => port === 22 || port === 3389;
const isAdmin = (port: number | null): boolean => port === 8080 || port === 8443;

describe('the named queries', () => {
  test.each<[string, (row: Row) => boolean]>([
    ['AcceptedTraffic', (row) => row.action === 'ACCEPT' && row.protocol === 6],
    ['RejectedTCPTraffic', (row) => row.action === 'REJECT' && row.protocol === 6],
    ['RejectedTraffic', (row) => row.action === 'REJECT'],
    ['SshRdpTraffic', (row) => isShell(row.srcport) || isShell(row.dstport)],
  ])('%s: connections, the largest first', (name, matches) => {
    const found = rows.filter(matches);
    const sums = new Map<string, [packets: number, bytes: number]>();
    for (const row of found) {
      const key = CONNECTION.map((it) => row[it]).join(' ');
      const [packets, bytes] = sums.get(key) ?? [0, 0];
      sums.set(key, [packets + row.packets!, bytes + row.bytes!]);
    }
    const told = answer(name);
    expect(told).toHaveLength(50);
    for (const it of told) {
      const key = CONNECTION.map((column) => it[column]).join(' ');
      expect([it['totalpackets'], it['totalbytes']]).toEqual(sums.get(key));
    }
    const largest = [...sums.values()].map(([, bytes]) => bytes).sort((a, b) => b - a);
    expect(told.map((it) => it['totalbytes'])).toEqual(largest.slice(0, 50));
  });

  test.each(['IPv4', 'IPv6'])('%sTraffic: all bytes of the family', (family) => {
    expect(answer(`${family}Traffic`)).toEqual([
      { totalbytes: sum(rows.filter((it) => it.type === family)) },
    ]);
  });

  test('AdminPortTraffic: ten addresses that serve such ports', () => {
    const pairs = rows.flatMap((row) => [
      ...(isAdmin(row.dstport) ? [[row.dstaddr, row.bytes] as const] : []),
      ...(isAdmin(row.srcport) ? [[row.srcaddr, row.bytes] as const] : []),
    ]);
    expect(keyed('AdminPortTraffic', ['ipaddr'])).toEqual(ranked(pairs, 10));
  });

  test.each([
    ['TopTalkers', 'srcaddr', 'dstaddr'],
    ['TopTalkersPacketLevel', 'pkt_srcaddr', 'pkt_dstaddr'],
  ] as const)('%s: addresses at either end', (name, source, destination) => {
    const pairs = rows
      .flatMap((row) => [[row[source], row.bytes] as const, [row[destination], row.bytes] as const])
      .filter(([address]) => address !== '-');
    expect(keyed(name, ['ipaddr'])).toEqual(ranked(pairs, 50));
  });

  test.each([
    ['TopTalkingInstances', ['instance_id']],
    ['TopTalkingSubnets', ['subnet_id']],
    ['TopTCPTraffic', ['srcaddr']],
    ['TotalBytesTransferred', ['srcaddr', 'dstaddr']],
    ['TotalBytesTransferredPacketLevel', ['pkt_srcaddr', 'pkt_dstaddr']],
  ] as const)('%s: bytes by %j', (name, columns) => {
    const matching = rows
      .filter((row) => columns.every((it) => row[it] !== '-'))
      .filter((row) => name !== 'TopTCPTraffic' || row.protocol === 6);
    const told = keyed(name, columns) as [string, number][];
    const all = ranked(
      matching.map((row) => [columns.map((it) => row[it]).join(' '), row.bytes]),
      Infinity,
    ) as [string, number][];
    expect(told).toHaveLength(Math.min(50, all.length));
    expect(told.map(([, bytes]) => bytes)).toEqual(all.slice(0, 50).map(([, bytes]) => bytes));
    const sums = new Map(all);
    for (const [key, bytes] of told) expect(sums.get(key)).toBe(bytes);
  });

  test.each([
    ['TrafficFrmSrcAddr', 'srcaddr'],
    ['TrafficToDstAddr', 'dstaddr'],
  ] as const)('%s: records of an address', (name, column) => {
    const found = answer(name);
    expect(found).toHaveLength(50);
    expect(found.every((it) => it[column] === '192.0.2.1')).toBe(true);
    const largest = rows.filter((it) => it[column] === '192.0.2.1').map((it) => it.bytes!);
    expect(found.map((it) => it['bytes'])).toEqual(largest.sort((a, b) => b - a).slice(0, 50));
  });
});
