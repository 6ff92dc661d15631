/** Recordings whose windows are written in turns on one thread, by writers that share the memory lines are printed to. */
import { expect, test } from 'vitest';
import type { WindowCommit } from '../../../src/delivery/chunk.ts';
import { parseLogFormat } from '../../../src/records/formats.ts';
import { GROUP_LINES } from '../../../src/records/parquet/group-lines.ts';
import { parquetColumnsOf } from '../../../src/records/parquet/schema.ts';
import { Snapshot } from '../../../src/network/snapshot.ts';
import { GROUP_TEXT_BYTES } from '../../../src/service/writing/parquet-sink.ts';
import type { Subscription } from '../../../src/service/threads/messages.ts';
import type { RecordingWriter, WriterInput } from '../../../src/service/writing/recording-writer.ts';
import { anInterface, networkOf } from '../../network/builders.ts';
import { linesIn } from '../../records/parquet/lines-in.ts';
import { chunksOf, subscription, writerOf } from './support.ts';
import { aWindow, closed } from './windows.ts';

const T = 1_700_000_400;
const INTERFACES = 40;
/** Tags of 3 kB a line: two thousand lines fill row groups by their text, some interfaces each. */
const FORMAT = '${interface-id} ${dstaddr} ${packets} ${interface-tag} ${interface-tag-2}';
const TAG_FIELDS = [{ resourceType: 'network-interface', tagKeys: ['a', 'b'] }];
const PARSED = parseLogFormat(FORMAT, { kind: 'vpc', tagFields: TAG_FIELDS });
if (!PARSED.ok) throw new Error(PARSED.message);
const COLUMNS = parquetColumnsOf(PARSED.format);
const LINE_BYTES = 2 * 12 * 256;

const snapshot = Snapshot.build(
  networkOf({
    interfaces: Array.from({ length: INTERFACES }, (_, i) =>
      anInterface(i + 1, {
        primary4: 0x0a000001 + i,
        tags: { a: '😀'.repeat(256), b: `${i}${'\u{10ffff}'.repeat(250)}` },
      }),
    ),
  }),
  { version: 1, scopes: 'all' },
);

/** A flow log of all interfaces, to Parquet. */
function flowLog(): Subscription {
  const asked = subscription({ on: 'vpc-00000000000000001', format: FORMAT });
  const { to } = asked.target;
  if (to.type !== 's3') throw new Error(to.type);
  const layout = { format: 'parquet', hive: false, perHour: false, columns: COLUMNS } as const;
  return { ...asked, tagFields: TAG_FIELDS, target: { ...asked.target, to: { ...to, layout } } };
}

/** Lines of a recording, those of each interface next to each other. */
function messagesOf(recording: number, lines: number): WriterInput[] {
  const flows = Array.from({ length: lines }, (_, i) => ({
    source: '10.0.0.1',
    destination: `1.${recording}.${i >> 8}.${i & 255}`,
    egress: 1 + (i % INTERFACES),
    packets: 1 + i,
  }));
  return closed(aWindow(T, flows));
}

/** What a writer does with messages, a step at a time; its commits are put into `into`. */
function* working(
  writer: RecordingWriter,
  messages: readonly WriterInput[],
  into: WindowCommit[],
): Generator<void, void> {
  for (const message of messages) {
    if (!(yield* writer.take(message))) continue;
    const commit = yield* writer.commit([]);
    if (commit !== undefined) into.push(commit);
    writer.committed(commit);
  }
}

/** The Parquet lines of recordings of so many lines each; `turns` are taken between steps, or one goes on until its end. */
function recorded(amounts: readonly number[], turns: boolean): string[][] {
  const recordings = amounts.map((lines, i) => {
    const asked = flowLog();
    const { writer } = writerOf(snapshot, [asked]);
    const commits: WindowCommit[] = [];
    return { asked, commits, work: working(writer, messagesOf(i, lines), commits) };
  });
  if (!turns) for (const { work } of recordings) while (work.next().done !== true);
  for (let working = recordings; working.length > 0;) {
    working = working.filter(({ work }) => work.next().done !== true);
  }
  return recordings.map(({ asked, commits }) =>
    chunksOf(commits, asked.flowLog).flatMap(({ body }) => {
      const groups = body.form === 'parquet' ? body.groups : [];
      expect(groups.length).toBeGreaterThan(1);
      return linesIn(COLUMNS, groups);
    }),
  );
}

test('recordings that take turns between row groups write what they would alone', () => {
  const amounts = [3200, 3600, 4000];
  expect(Math.min(...amounts) * LINE_BYTES).toBeGreaterThan(2 * GROUP_TEXT_BYTES);
  expect(Math.max(...amounts)).toBeLessThan(GROUP_LINES);
  const alone = recorded(amounts, false);
  const turns = recorded(amounts, true);
  for (const [i, lines] of alone.entries()) {
    expect(lines).toHaveLength(amounts[i]!);
    expect(new Set(lines.map((line) => line.split(' ')[2])).size).toBe(amounts[i]);
    const wrong = lines.findIndex((line, k) => line !== turns[i]![k]);
    expect(wrong).toBe(-1);
    expect(turns[i]).toHaveLength(lines.length);
  }
});
