/** Parquet objects, out of row groups that came by and by. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { parquetMetadata } from 'hyparquet';
import { expect, test } from 'vitest';
import { frameSize } from '../../src/delivery/content.ts';
import { groupSize } from '../../src/delivery/group-size.ts';
import { OBJECT_BYTES } from '../../src/delivery/limits.ts';
import { cutParts } from '../../src/delivery/slots.ts';
import type { ObjectTarget } from '../../src/delivery/target.ts';
import { MAX_ROW_GROUPS } from '../../src/records/parquet/constants.ts';
import { ParquetFile } from '../../src/records/parquet/file.ts';
import {
  assertIdentity,
  COLUMNS,
  eventsChunk,
  groupTarget,
  objectTarget,
  parquetChunk,
  parquetTarget,
  setup,
  SLOT0,
  T0,
  textChunk,
  until,
} from './helpers.ts';
import type { Setup } from './helpers.ts';
import { parquetRows } from './parquet-rows.ts';
import { systemError } from './sinks.ts';

const LIVE = 'live-1';

function metadata(bytes: Buffer): ReturnType<typeof parquetMetadata> {
  return parquetMetadata(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
  );
}

async function rowsOf(s: Setup): Promise<string[]> {
  const all: string[] = [];
  for (const [place, { bytes }] of s.objects.objects) {
    if (place.endsWith('.parquet')) all.push(...(await parquetRows(bytes)));
  }
  return all;
}

test('a slot of windows is one file of their row groups, beside text and events of the same rows', async () => {
  const s = setup();
  const folders = { hive: true, perHour: true };
  s.deliverer.setTargets([parquetTarget('fl-1', folders), objectTarget('fl-2'), groupTarget('fl-3')]);
  s.deliverer.begin(LIVE, 'live');
  const wanted: string[] = [];
  for (let sequence = 0; sequence < 5; sequence++) {
    const rows = [`2 eni-${sequence} 10`, '2 - -', `2 eni-b ${2 ** 40 + sequence}`];
    wanted.push(`2 eni-${sequence} 10`, '2 - null', `2 eni-b ${2 ** 40 + sequence}`);
    const chunks = [
      parquetChunk(['fl-1'], SLOT0, [rows.slice(0, 2), rows.slice(2)]),
      textChunk(['fl-2'], SLOT0, rows),
      eventsChunk(['fl-3'], SLOT0, { s: rows }),
    ];
    s.deliverer.commit({ producer: LIVE, sequence, chunks });
  }
  s.deliverer.closed(LIVE, T0 + 300);
  await until(() => s.objects.objects.size === 2);
  const place = [...s.objects.objects.keys()].find((it) => it.includes('_fl-1_'))!;
  expect(place).toMatch(
    /^logs\/AWSLogs\/aws-account-id=123456789012\/aws-service=vpcflowlogs\/aws-region=eu-central-1\/year=2026\/month=01\/day=01\/hour=00\/123456789012_vpcflowlogs_eu-central-1_fl-1_20260101T0000Z_[0-9a-f]{8}\.log\.parquet$/,
  );
  const { bytes, contentType } = s.objects.objects.get(place)!;
  expect(contentType).toBe('application/octet-stream');
  expect(await parquetRows(bytes)).toEqual(wanted);
  const { row_groups, schema, num_rows } = metadata(bytes);
  expect(row_groups).toHaveLength(10);
  expect(Number(num_rows)).toBe(15);
  expect(schema.slice(1).map(({ name }) => name)).toEqual(['version', 'interface_id', 'bytes']);
  expect(s.deliverer.amounts().get('fl-1')).toMatchObject({ delivered: { rows: 15 }, spooled: { rows: 0 } });
  assertIdentity(s.deliverer);
});

test('restarts, retries and reruns give the same bytes', async () => {
  const run = async (disturb: boolean): Promise<Map<string, string>> => {
    const s = setup({ limits: { objectBytes: 30_000 } });
    const targets = [parquetTarget('fl-1'), parquetTarget('fl-2')];
    s.deliverer.setTargets(targets);
    for (const pass of disturb ? [5, 12] : [12]) {
      s.deliverer.begin('replay-x', 'replay');
      for (let sequence = 0; sequence < pass; sequence++) {
        const groups = Array.from({ length: 4 }, (_, g) =>
          Array.from({ length: 20 }, (_, k) => `2 eni-${k % 3} ${sequence * 1000 + g * 100 + k}`),
        );
        const chunks = [parquetChunk(['fl-1', 'fl-2'], SLOT0 + (sequence % 2), groups)];
        if (disturb && sequence === 3) s.objects.fault = () => systemError('EIO');
        s.deliverer.commit({ producer: 'replay-x', sequence, chunks });
        s.deliverer.closed('replay-x', T0 + sequence * 60);
        await new Promise(setImmediate);
      }
      if (pass < 12) {
        await s.reopen({ limits: { objectBytes: 30_000 } });
        s.deliverer.setTargets(targets);
      }
      s.objects.fault = () => undefined;
    }
    s.deliverer.end('replay-x');
    await s.deliverer.flush();
    await until(() => s.deliverer.stats().spoolSegments === 0);
    const rows = await rowsOf(s);
    expect(rows).toHaveLength(2 * 12 * 80);
    expect(new Set(rows).size).toBe(12 * 80);
    assertIdentity(s.deliverer);
    return new Map([...s.objects.objects].map(([place, { bytes }]) => [place, bytes.toString('hex')]));
  };
  const undisturbed = await run(false);
  expect(undisturbed.size).toBeGreaterThan(4);
  expect(await run(true)).toEqual(undisturbed);
});

test('what is spooled is delivered by the next run, cut between row groups, none larger than the bound', async () => {
  const s = setup({ limits: { objectBytes: 12_000 } });
  s.objects.fault = () => systemError('EIO');
  s.deliverer.setTargets([parquetTarget('fl-1')]);
  s.deliverer.begin(LIVE, 'live');
  const groups = Array.from({ length: 10 }, (_, g) =>
    Array.from({ length: 100 }, (_, k) => `2 eni-${g}-${k} ${k}`),
  );
  s.deliverer.commit({ producer: LIVE, sequence: 0, chunks: [parquetChunk(['fl-1'], SLOT0, groups)] });
  await s.deliverer.flush();
  await s.reopen({ limits: { objectBytes: 12_000 } });
  s.objects.fault = () => undefined;
  await until(() => s.deliverer.amounts().get('fl-1')?.delivered.rows === 1000);
  expect((await rowsOf(s)).sort()).toEqual(groups.flat().sort());
  expect(s.objects.objects.size).toBeGreaterThan(2);
  for (const { bytes } of s.objects.objects.values()) {
    const plain = metadata(bytes).row_groups.reduce((sum, group) => sum + Number(group.total_byte_size), 0);
    expect(plain).toBeLessThanOrEqual(12_000);
    expect(bytes.length).toBeLessThanOrEqual(12_000);
  }
});

test('a damaged row group is given up and counted', async () => {
  const s = setup();
  s.objects.fault = () => systemError('EIO');
  s.deliverer.setTargets([parquetTarget('fl-1')]);
  s.deliverer.begin(LIVE, 'live');
  for (const sequence of [0, 1]) {
    const chunks = [parquetChunk(['fl-1'], SLOT0 + sequence, [[`2 eni-${sequence} 1`]])];
    s.deliverer.commit({ producer: LIVE, sequence, chunks });
  }
  await s.deliverer.flush();
  const directory = join(s.directory, 'segments');
  const path = readdirSync(directory)
    .sort()
    .map((name) => join(directory, name))
    .find((it) => readFileSync(it).length > 0);
  const bytes = readFileSync(path!);
  // The first page's header: just behind the index.
  const at = 32 + bytes.readUInt32LE(8) + 4;
  bytes[at] = bytes[at]! ^ 1;
  writeFileSync(path!, bytes);
  s.objects.fault = () => undefined;
  s.deliverer.retry();
  await until(() => s.deliverer.stats().spoolSegments === 0);
  expect(await rowsOf(s)).toEqual(['2 eni-1 1']);
  expect(s.deliverer.amounts().get('fl-1')).toMatchObject({ delivered: { rows: 1 }, givenUp: { rows: 1 } });
});

test('rows of another form or of other columns than the target are a fault of the caller', () => {
  const { deliverer } = setup();
  const narrow = parquetTarget('fl-2').to as ObjectTarget;
  deliverer.setTargets([
    parquetTarget('fl-1'),
    {
      ...parquetTarget('fl-2'),
      to: { ...narrow, layout: { ...narrow.layout!, columns: COLUMNS.slice(0, 2) } },
    },
    objectTarget('fl-3'),
  ]);
  deliverer.begin(LIVE, 'live');
  const commit = (chunk: ReturnType<typeof textChunk>): void =>
    deliverer.commit({ producer: LIVE, sequence: 0, chunks: [chunk] });
  expect(() => commit(textChunk(['fl-1'], SLOT0, ['a']))).toThrow(/fl-1 .* parquet .* deflated-text/);
  const rows = [['2 eni-1 1']];
  expect(() => commit(parquetChunk(['fl-3'], SLOT0, rows))).toThrow(/fl-3 .* deflated-text .* parquet/);
  expect(() => commit(parquetChunk(['fl-2'], SLOT0, rows))).toThrow(/fl-2 has 2 columns and rows of 3/);
  commit(parquetChunk(['fl-1'], SLOT0, rows));
});

test('files of as many groups as fit are what is reckoned, footers included, and have no more than they may', () => {
  const column = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 200 }));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), column, fc.nat(5000), (width, [rows, statistic], plain) => {
      const text = Buffer.alloc(statistic, 'x').toString('base64');
      const bounds = statistic === 0 ? {} : { min: text, max: text };
      const chunk = {
        at: 2 ** 30,
        stored: 2 ** 30,
        plain: 2 ** 30,
        dictionary: 2 ** 20,
        nulls: rows,
        ...bounds,
      };
      const chunks = Array.from({ length: width }, () => chunk);
      const group = { rows, stored: plain, plain, chunks };
      const columns = Array.from(
        { length: width },
        (_, i) => ({ id: `pkt-dst-aws-service-${i}`, type: 'STRING' }) as const,
      );
      const file = new ParquetFile(columns);
      const to = {
        type: 's3',
        bucket: 'b',
        folder: '',
        header: '',
        layout: { format: 'parquet', hive: false, perHour: false, columns },
      } as const;
      for (let i = 0; i < 20; i++) file.add(group);
      const size = file.length + file.trailer().length;
      expect(size).toBeLessThanOrEqual(frameSize(to) + 20 * groupSize(group));
    }),
    { interruptAfterTimeLimit: 2500, markInterruptAsFailure: false },
  );
  const least = groupSize({ rows: 1, stored: 1, plain: 1, chunks: [] });
  const items = Array.from({ length: 40_000 }, () => ({ size: least, pieces: 1 }));
  for (const part of cutParts(items, OBJECT_BYTES, () => [least])) {
    expect(part.length).toBeLessThanOrEqual(MAX_ROW_GROUPS);
  }
});
