/** Records of Firehose streams. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StreamSink } from '../../src/standins/storage/stream-storage.ts';
import { RecordBatch } from '../../src/delivery/record-batch.ts';
import {
  assertIdentity,
  eventsChunk,
  groupTarget,
  setup,
  SLOT0,
  streamTarget,
  T0,
  until,
} from './helpers.ts';
import type { Setup } from './helpers.ts';
import { hang, systemError } from './sinks.ts';

const LIVE = 'live-1';

function commit(s: Setup, sequence: number, ids: readonly string[], lines: readonly string[]): void {
  const half = Math.ceil(lines.length / 2);
  const streams = { 'eni-1-all': lines.slice(0, half), 'eni-2-all': lines.slice(half) };
  s.deliverer.commit({ producer: LIVE, sequence, chunks: [eventsChunk(ids, SLOT0, streams)] });
}

const messages = (records: readonly string[]): string[] =>
  records.map((record) => {
    expect(record.endsWith('}\n')).toBe(true);
    const parsed = JSON.parse(record) as { message: string };
    expect(Object.keys(parsed)).toEqual(['message']);
    return parsed.message;
  });

describe('delivery', () => {
  test('each line is a record, in order, at once, in puts within the bounds', async () => {
    const s = setup();
    s.deliverer.setTargets([streamTarget('fl-1'), streamTarget('fl-2', 'other'), groupTarget('fl-3')]);
    s.deliverer.begin(LIVE, 'live');
    const lines = Array.from({ length: 2100 }, (_, i) => `2 123456789012 eni-1 10.0.0.${i} ACCEPT OK`);
    commit(s, 0, ['fl-1', 'fl-2', 'fl-3'], lines);
    commit(s, 1, ['fl-1', 'fl-3'], ['last "quoted" \\ ü']);
    await s.deliverer.flush();
    expect(messages(s.streams.of('stream'))).toEqual([...lines, 'last "quoted" \\ ü']);
    expect(messages(s.streams.of('other'))).toEqual(lines);
    expect(s.streams.of('stream')[0]).toBe('{"message":"2 123456789012 eni-1 10.0.0.0 ACCEPT OK"}\n');
    expect(s.streams.puts.filter((put) => put.stream === 'other').map((put) => put.records.length)).toEqual([
      500, 500, 500, 500, 100,
    ]);
    expect(s.logs.events).toHaveLength(2101);
    expect(s.deliverer.stats()).toMatchObject({ records: 4201, events: 2101, failures: 0 });
    await until(() => s.deliverer.stats().spoolSegments === 0);
    expect(s.deliverer.stats().streamsFreshness.worst).toBeLessThan(10);
    assertIdentity(s.deliverer);
  });

  test('a put that failed is made again under its id; those before it are not doubled', async () => {
    const s = setup();
    s.deliverer.setTargets([streamTarget('fl-1')]);
    s.deliverer.begin(LIVE, 'live');
    let puts = 0;
    s.streams.fault = () => (++puts === 3 ? systemError('EIO') : undefined);
    const lines = Array.from({ length: 1800 }, (_, i) => `line ${i}`);
    commit(s, 0, ['fl-1'], lines);
    commit(s, 1, ['fl-1'], ['behind it']);
    await until(() => s.deliverer.amounts().get('fl-1')!.spooled.rows === 0);
    expect(messages(s.streams.of('stream'))).toEqual([...lines, 'behind it']);
    expect(s.states).toEqual([
      ['fl-1', 'failing', 'Unknown error'],
      ['fl-1', 'delivering'],
    ]);
    await s.deliverer.close(100);
  });

  test('a missing stream is an access error; it is delivered when it is there, also by the next run', async () => {
    const s = setup();
    s.streams.missing.add('stream');
    s.deliverer.setTargets([streamTarget('fl-1'), streamTarget('fl-2', 'other')]);
    s.deliverer.begin(LIVE, 'live');
    commit(s, 0, ['fl-1', 'fl-2'], ['a', 'b']);
    await s.deliverer.flush();
    expect(s.states).toEqual([['fl-1', 'failing', 'Access error']]);
    expect(messages(s.streams.of('other'))).toEqual(['a', 'b']);
    await s.reopen();
    s.streams.missing.clear();
    await until(() => s.deliverer.amounts().get('fl-1')?.delivered.rows === 2);
    expect(messages(s.streams.of('stream'))).toEqual(['a', 'b']);
    expect(messages(s.streams.of('other'))).toEqual(['a', 'b']);
    assertIdentity(s.deliverer);
  });

  test('records too old are given up and told; a service without streams says so', async () => {
    let now = 1_000_000;
    const s = setup({ clock: () => now, limits: { spoolSeconds: 10 } });
    const none = undefined as unknown as StreamSink;
    await s.reopen({ streams: none });
    s.deliverer.setTargets([streamTarget('fl-1')]);
    s.deliverer.begin(LIVE, 'live');
    commit(s, 0, ['fl-1'], ['a', 'b']);
    await s.deliverer.flush();
    expect(s.states).toEqual([['fl-1', 'failing', 'Access error']]);
    now += 11_000;
    await until(() => s.deliverer.amounts().get('fl-1')!.givenUp.rows === 2);
    expect(s.deliverer.takeGivenUp()).toEqual([]);
    await s.reopen();
    expect(s.deliverer.takeGivenUp()).toEqual([
      { flowLog: 'fl-1', interfaces: ['eni-1'], from: T0, to: T0 + 60 },
    ]);
  });

  test('a stream that hangs delays no log group and no other stream', async () => {
    const s = setup({ limits: { attemptMs: 200, slowMs: 20 } });
    let isHung = true;
    s.streams.fault = (name) => (isHung && name === 'hung' ? hang() : undefined);
    s.deliverer.setTargets([streamTarget('fl-1', 'hung'), streamTarget('fl-2'), groupTarget('fl-3')]);
    s.deliverer.begin(LIVE, 'live');
    for (let i = 0; i < 5; i++) commit(s, i, ['fl-1', 'fl-2', 'fl-3'], [`${i}`]);
    await until(() => s.streams.of('stream').length === 5 && s.logs.events.length === 5);
    await until(() => s.states.length > 0);
    expect(s.states).toEqual([['fl-1', 'failing', 'Unknown error']]);
    isHung = false;
    await until(() => s.deliverer.amounts().get('fl-1')!.delivered.rows === 5);
    expect(messages(s.streams.of('hung'))).toEqual(['0', '1', '2', '3', '4']);
  });

  test('flow logs with other roles are put apart: one that may not delays no other', async () => {
    const s = setup();
    s.deliverer.setTargets([
      { ...streamTarget('fl-1'), roles: { role: 'refused' } },
      { ...streamTarget('fl-2'), roles: { role: 'good' } },
      streamTarget('fl-3'),
    ]);
    s.deliverer.begin(LIVE, 'live');
    commit(s, 0, ['fl-1', 'fl-2', 'fl-3'], ['a']);
    await until(() => s.streams.of('stream').length === 2);
    expect(s.streams.callers).toContainEqual({
      account: '123456789012',
      region: 'eu-central-1',
      roles: { role: 'good' },
    });
    expect(s.streams.callers).toContainEqual({ account: '123456789012', region: 'eu-central-1' });
    await until(() => s.states.some(([id, state]) => id === 'fl-1' && state === 'failing'));
    expect(s.deliverer.amounts().get('fl-2')!.delivered.rows).toBe(1);
    expect(s.deliverer.amounts().get('fl-3')!.delivered.rows).toBe(1);
  });
});

test('records are JSON that says the line, whatever is in it; no batch passes its bounds', () => {
  const line = fc.string({ unit: 'binary', maxLength: 60 });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), fc.integer({ min: 1, max: 7 }), (lines, most) => {
      const batch = new RecordBatch(most, 120);
      const out: string[] = [];
      const take = (): void => {
        const { data, ends } = batch.take();
        expect(ends.length).toBeLessThanOrEqual(most);
        expect(data.length <= 120 || ends.length === 1).toBe(true);
        expect(ends.at(-1)).toBe(data.length);
        ends.forEach((end, i) =>
          out.push(Buffer.from(data.subarray(ends[i - 1] ?? 0, end)).toString('utf8')),
        );
      };
      for (const some of lines) {
        const text = Buffer.from(`<${some}>`);
        if (batch.add(text, 1, text.length - 1)) continue;
        take();
        expect(batch.add(text, 1, text.length - 1)).toBe(true);
      }
      if (batch.records > 0) take();
      expect(messages(out)).toEqual(lines.map((some) => Buffer.from(some).toString('utf8')));
    }),
    { interruptAfterTimeLimit: 2500, markInterruptAsFailure: false },
  );
});
