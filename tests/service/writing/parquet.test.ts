/** Parquet of the writing thread: the same lines as text, from one rendering; bounds; the lines that followers are told. */
import { describe, expect, test } from 'vitest';
import type { Chunk } from '../../../src/delivery/chunk.ts';
import { defaultLogFormat } from '../../../src/records/formats.ts';
import { GROUP_LINES } from '../../../src/records/parquet/group-lines.ts';
import { LineColumns } from '../../../src/records/parquet/line-columns.ts';
import { parquetColumnsOf } from '../../../src/records/parquet/schema.ts';
import { TAIL_BYTES } from '../../../src/service/writing/followed.ts';
import { GROUP_TEXT_BYTES, ParquetSink } from '../../../src/service/writing/parquet-sink.ts';
import { type Lines, TEXT_CHUNK_BYTES, TextSink } from '../../../src/service/writing/sinks.ts';
import { tailOf, textOf } from '../../../src/service/writing/tail.ts';
import { Snapshot } from '../../../src/network/snapshot.ts';
import { anInterface, idOf, networkOf } from '../../network/builders.ts';
import { chunkLines, chunksOf, feed, runOf, SHORT_FORMAT, subscription, writerOf } from './support.ts';
import { aWindow, closed } from './windows.ts';

const T = 1_700_000_400;
const COLUMNS = parquetColumnsOf(defaultLogFormat('vpc'));
const FRAME = { flowLogs: ['fl-1'], slot: 1, from: 300, to: 599 };

function finish<R>(work: Generator<void, R>): { readonly result: R; readonly yields: number } {
  for (let yields = 0; ; yields++) {
    const step = work.next();
    if (step.done === true) return { result: step.value, yields };
  }
}

/** So many lines of an interface, in batches, of distinct addresses; each ends with `tail`. */
function* batchesOf(count: number, tail = 'OK'): Generator<Lines> {
  for (let from = 0; from < count; from += 1000) {
    const lines = Array.from({ length: Math.min(1000, count - from) }, (_, k) => {
      const i = from + k;
      return `2 123456789012 eni-0a1b2c3d4e5f60718 10.${i >> 16}.${(i >> 8) & 255}.${i & 255} 10.0.0.1 ${i & 65535} 443 6 ${i} 60 300 359 ACCEPT ${tail}\n`;
    });
    yield {
      interfaceId: 'eni-0a1b2c3d4e5f60718',
      stream: '',
      text: Buffer.from(lines.join('')),
      starts: new Uint32Array(lines.length),
      rows: lines.length,
      packets: 1,
      bytes: 60,
    };
  }
}

function chunksThrough(
  sink: ParquetSink | TextSink,
  batches: Iterable<Lines>,
): { chunks: readonly Chunk[]; yields: number } {
  let yields = 0;
  for (const lines of batches) {
    const later = sink.append(lines);
    if (later !== undefined) yields += finish(later).yields;
  }
  const { result, yields: last } = finish(sink.finish());
  return { chunks: result, yields: yields + last };
}

const groupsOf = ({ body }: Chunk): readonly { summary: { rows: number } }[] =>
  body.form === 'parquet' ? body.groups : [];

describe('a sink of row groups', () => {
  test('closes row groups by lines, chunks by text, and yields between parts of the work', () => {
    const count = 400_000;
    const { chunks, yields } = chunksThrough(
      new ParquetSink(FRAME, new LineColumns(COLUMNS), false),
      batchesOf(count),
    );
    const sizes = chunks.map((chunk) => groupsOf(chunk).map(({ summary }) => summary.rows));
    expect(sizes.flat().reduce((sum, rows) => sum + rows, 0)).toBe(count);
    expect(chunks.map((chunk) => chunk.rows)).toEqual(
      sizes.map((rows) => rows.reduce((sum, one) => sum + one, 0)),
    );
    expect(Math.max(...sizes.flat())).toBeLessThanOrEqual(GROUP_LINES);
    expect(sizes[0]![0]).toBe(GROUP_LINES - (GROUP_LINES % 1000));
    // Where text would end its chunks, these do.
    const text = chunksThrough(new TextSink(FRAME), batchesOf(count));
    expect(chunks.map(({ rows, interfaces }) => ({ rows, interfaces }))).toEqual(
      text.chunks.map(({ rows, interfaces }) => ({ rows, interfaces })),
    );
    expect(chunks.length).toBeGreaterThan(1);
    expect(yields).toBeGreaterThan(sizes.flat().length * COLUMNS.length);
  });

  test('closes row groups by text where lines are long', () => {
    const tail = 'x'.repeat(2000);
    const { chunks } = chunksThrough(
      new ParquetSink(FRAME, new LineColumns(COLUMNS), false),
      batchesOf(10_000, tail),
    );
    const rows = chunks.flatMap(groupsOf).map(({ summary }) => summary.rows);
    expect(rows.length).toBeGreaterThan(2);
    expect(Math.max(...rows)).toBeLessThanOrEqual(GROUP_TEXT_BYTES / tail.length);
    const lines = [...batchesOf(10_000, tail)].map(({ text }) => Buffer.from(text).toString()).join('');
    expect(chunks.flatMap((chunk) => chunkLines(chunk)).join('\n')).toBe(lines.trimEnd());
  });

  test('keeps the lines for followers, as many as they are told, and makes the same row groups', () => {
    const columns = new LineColumns(COLUMNS);
    const count = Math.ceil(TAIL_BYTES / 80);
    const follow = chunksThrough(new ParquetSink(FRAME, columns, true), batchesOf(count)).chunks;
    const none = chunksThrough(new ParquetSink(FRAME, columns, false), batchesOf(count)).chunks;
    expect(follow.map(groupsOf)).toEqual(none.map(groupsOf));
    expect(Object.keys(none[0]!.body)).toEqual(['form', 'groups']);
    const told = tailOf(follow, new Set(['fl-1']));
    expect(told).toHaveLength(1);
    expect(told[0]!.whole).toBe(false);
    expect(told[0]!.text.length).toBeGreaterThan(TAIL_BYTES / 2);
    expect(told[0]!.text.length).toBeLessThanOrEqual(TAIL_BYTES);
    const lines = chunkLines(follow[0]!);
    expect(told[0]!.text.trimEnd().split('\n')).toEqual(lines.slice(0, told[0]!.text.split('\n').length - 1));
    const few = chunksThrough(new ParquetSink(FRAME, columns, true), batchesOf(500)).chunks;
    expect(textOf(few[0]!, TAIL_BYTES)).toEqual({ text: `${chunkLines(few[0]!).join('\n')}\n`, whole: true });
    expect(textOf(few[0]!, 200).whole).toBe(false);
    expect(textOf(few[0]!, 200).text.endsWith(' OK\n')).toBe(true);
    expect(textOf(none[0]!, TAIL_BYTES)).toEqual({ text: '', whole: false });
    expect(TAIL_BYTES).toBeLessThan(TEXT_CHUNK_BYTES);
  });
});

describe('flow logs', () => {
  const eni = idOf('eni', 1);
  const snapshot = Snapshot.build(
    networkOf({
      interfaces: [anInterface(1, { primary4: 0x0a000001 }), anInterface(2, { primary4: 0x0a000002 })],
    }),
    { version: 1, scopes: 'all' },
  );
  const flows = Array.from({ length: 300 }, (_, i) => ({
    source: '10.0.0.1',
    destination: `1.1.${i >> 8}.${i & 255}`,
    egress: 1,
    packets: 1 + i,
    bytes: 60 * (1 + i),
  }));
  const messages = () => closed(aWindow(T, flows));
  const parquet = subscription({ on: eni, to: 'parquet' });

  test('of text and Parquet share one rendering, and have chunks that differ in their form alone', () => {
    const all = [
      parquet,
      subscription({ on: eni }),
      subscription({ on: eni, to: 'parquet' }),
      subscription({ on: eni, to: 'parquet', format: SHORT_FORMAT }),
    ];
    const { writer } = writerOf(snapshot, all);
    const { commits } = feed(runOf(writer), messages());
    expect(writer.renderer.counters.renderedLines).toBe(2 * flows.length);
    const [columns, text, shared, other] = all.map(({ flowLog }) => chunksOf(commits, flowLog));
    expect(columns).toEqual(shared);
    expect(columns![0]!.flowLogs).toEqual([all[0]!.flowLog, all[2]!.flowLog]);
    expect(columns).toHaveLength(1);
    const rest = ({ body: _body, flowLogs: _flowLogs, ...others }: Chunk): object => others;
    expect(columns!.map(rest)).toEqual(text!.map(rest));
    expect(chunkLines(columns![0]!)).toEqual(chunkLines(text![0]!));
    expect(other![0]!.rows).toBe(flows.length);
    expect(chunkLines(other![0]!, SHORT_FORMAT)[0]).toMatch(
      /^eni-\w+ vpc-\w+ subnet-\w+ egress 10\.0\.0\.1 \d+ \d+$/,
    );
  });

  test('the same bytes on each run, whatever other flow logs there are', () => {
    const alone = feed(runOf(writerOf(snapshot, [parquet]).writer), messages());
    const others = [SHORT_FORMAT, undefined].map((format) =>
      subscription({ on: eni, to: 'parquet', traffic: 'ACCEPT', ...(format && { format }) }),
    );
    const among = feed(runOf(writerOf(snapshot, [...others, parquet]).writer), messages());
    const bytes = (commits: typeof alone.commits): readonly unknown[] =>
      chunksOf(commits, parquet.flowLog).map(groupsOf);
    expect(bytes(alone.commits)).toEqual(bytes(among.commits));
    expect(chunkLines(chunksOf(alone.commits, parquet.flowLog)[0]!)).toHaveLength(flows.length);
  });

  test('SKIPDATA of what was given up is rows without numbers', () => {
    const { writer } = writerOf(snapshot, [parquet], 'live');
    const given = [{ flowLog: parquet.flowLog, interfaces: [eni], from: T - 600, to: T - 1 }];
    const { commits } = feed(runOf(writer), messages(), given);
    const lines = chunksOf(commits, parquet.flowLog).flatMap((chunk) => chunkLines(chunk));
    expect(lines.filter((line) => line.endsWith('SKIPDATA'))).toEqual([
      `2 ${parquet.account} ${eni} - - - - - - - ${T - 600} ${T - 1} - SKIPDATA`,
    ]);
  });

  test('those who follow one are told its lines, from the next window on', () => {
    const { writer, flowLogs } = writerOf(snapshot, [parquet]);
    const before = feed(runOf(writer), messages());
    const followed = new Set([parquet.flowLog]);
    expect(tailOf(before.commits[0]!.chunks, followed)).toEqual([
      { flowLog: parquet.flowLog, text: '', whole: false },
    ]);
    flowLogs.followed = followed;
    const after = feed(runOf(writer), closed(aWindow(T + 60, flows)));
    const [chunk] = chunksOf(after.commits, parquet.flowLog);
    expect(tailOf(after.commits[0]!.chunks, followed)).toEqual([
      { flowLog: parquet.flowLog, text: `${chunkLines(chunk!).join('\n')}\n`, whole: true },
    ]);
  });
});
