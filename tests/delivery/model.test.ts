import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutParts, slotCompleteAt } from '../../src/delivery/slots.ts';
import {
  allLines,
  assertIdentity,
  eventsChunk,
  groupTarget,
  linesOf,
  objectTarget,
  parquetChunk,
  parquetTarget,
  setup,
  SLOT0,
  streamTarget,
  textChunk,
  until,
} from './helpers.ts';
import { parquetRows } from './parquet-rows.ts';
import { systemError } from './sinks.ts';

const WITHIN = { interruptAfterTimeLimit: 4000, markInterruptAsFailure: false } as const;

describe('slots and parts', () => {
  test('a slot is complete when the last interval that overlaps it has ended', () => {
    fc.assert(
      fc.property(fc.nat(1e7), fc.constantFrom(60, 600), (slot, interval) => {
        const at = slotCompleteAt(slot, interval);
        expect(at % interval).toBe(0);
        expect(at).toBeGreaterThanOrEqual((slot + 1) * 300);
        expect(at - interval).toBeLessThan((slot + 1) * 300);
      }),
      WITHIN,
    );
  });

  test('parts keep every piece once and in order, and none passes its room unless it is a single piece', () => {
    const items = fc.array(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 6 }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(items, fc.integer({ min: 10, max: 120 }), (lists, room) => {
        const cuttable = lists.map((sizes) => ({
          sizes,
          size: sizes.reduce((a, b) => a + b, 0),
          pieces: sizes.length,
        }));
        const parts = cutParts(cuttable, room, (item) => item.sizes);
        const pieces = parts.map((part) => part.flatMap(({ item, from, to }) => item.sizes.slice(from, to)));
        expect(pieces.flat()).toEqual(lists.flat());
        for (const part of parts) for (const { from, to } of part) expect(to).toBeGreaterThan(from);
        for (const part of pieces) {
          const size = part.reduce((a, b) => a + b, 0);
          expect(size <= room || part.filter((piece) => piece > 0).length === 1).toBe(true);
        }
      }),
      WITHIN,
    );
  });
});

type Action =
  | { kind: 'commit'; slot: number; logs: number; pieces: number }
  | { kind: 'closed'; slots: number }
  | { kind: 'flush' }
  | { kind: 'break'; code: string | undefined }
  | { kind: 'restart' };

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('commit' as const),
      slot: fc.nat(4),
      logs: fc.integer({ min: 1, max: 63 }),
      pieces: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('closed' as const), slots: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('break' as const),
      code: fc.constantFrom('EIO', 'EACCES', undefined),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);

test('whatever the order of commits, closes, flushes, failures and restarts, each row is delivered once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 3, maxLength: 30 }), async (actions) => {
      const s = setup({ limits: { objectBytes: 200 } });
      const targets = [
        objectTarget('fl-0'),
        objectTarget('fl-1'),
        objectTarget('fl-2', 'logs', 600),
        groupTarget('fl-3'),
        parquetTarget('fl-4', { hive: true, perHour: true }),
        streamTarget('fl-5'),
      ];
      s.deliverer.setTargets(targets);
      let generation = 1;
      let sequence = 0;
      let row = 0;
      const expected: string[] = [];
      const events: string[] = [];
      const columns: string[] = [];
      const records: string[] = [];
      s.deliverer.begin('live-1', 'live');
      for (const step of actions) {
        if (step.kind === 'commit') {
          const lines = Array.from({ length: step.pieces * 3 }, () => `row number ${row++}`);
          const text = ['fl-0', 'fl-1', 'fl-2'].filter((_, i) => (step.logs & (1 << i)) !== 0);
          const chunks = text.length === 0 ? [] : [textChunk(text, SLOT0 + step.slot, lines, step.pieces)];
          for (const id of text) expected.push(...lines.map((line) => `${id} ${line}`));
          if ((step.logs & 8) !== 0) {
            chunks.push(eventsChunk(['fl-3'], SLOT0 + step.slot, { s: lines }));
            events.push(...lines);
          }
          if ((step.logs & 16) !== 0) {
            const rows = lines.map((line) => `2 ${line.replaceAll(' ', '_')} ${row}`);
            const groups = Array.from({ length: step.pieces }, (_, i) => rows.slice(3 * i, 3 * i + 3));
            chunks.push(parquetChunk(['fl-4'], SLOT0 + step.slot, groups));
            columns.push(...rows);
          }
          if ((step.logs & 32) !== 0) {
            chunks.push(eventsChunk(['fl-5'], SLOT0 + step.slot, { s: lines }));
            records.push(...lines.map((message) => `${JSON.stringify({ message })}\n`));
          }
          s.deliverer.commit({ producer: `live-${generation}`, sequence: sequence++, chunks });
        } else if (step.kind === 'closed') {
          s.deliverer.closed(`live-${generation}`, (SLOT0 + step.slots) * 300);
        } else if (step.kind === 'flush') await s.deliverer.flush();
        else if (step.kind === 'break') {
          const error = step.code === undefined ? undefined : systemError(step.code);
          s.objects.fault = (place) => (/_fl-[14]_/.test(place) ? error : undefined);
          s.logs.fault = () => error;
          s.streams.fault = () => error;
        } else {
          await s.reopen({ limits: { objectBytes: 200 } });
          s.deliverer.setTargets(targets);
          generation++;
          sequence = 0;
          s.deliverer.begin(`live-${generation}`, 'live');
        }
        assertIdentity(s.deliverer);
        await new Promise(setImmediate);
      }
      s.objects.fault = () => undefined;
      s.logs.fault = () => undefined;
      s.streams.fault = () => undefined;
      await s.deliverer.flush();
      await until(() => s.deliverer.stats().spoolSegments === 0);
      assertIdentity(s.deliverer);
      const got = [...linesOf(s.objects)].flatMap(([key, lines]) => {
        expect(lines.join('\n').length + 1).toBeLessThanOrEqual(200);
        return lines.map((line) => `${/_(fl-\d)_/.exec(key)![1]} ${line}`);
      });
      expect(got.sort()).toEqual(expected.sort());
      const rows: string[] = [];
      for (const [place, { bytes }] of s.objects.objects) {
        if (place.endsWith('.parquet')) rows.push(...(await parquetRows(bytes)));
      }
      expect(rows.sort()).toEqual(columns.sort());
      expect(s.streams.of('stream')).toEqual(records);
      // Nothing that was put was put with other bytes.
      expect(s.logs.events.map(({ message }) => message)).toEqual(events);
      await s.deliverer.close(0);
    }),
    { interruptAfterTimeLimit: 15_000, markInterruptAsFailure: false, numRuns: 60 },
  );
});

test('a replay that is interrupted anywhere, flushed or not, loses and doubles no row', async () => {
  const commits = fc.array(fc.record({ slot: fc.nat(3), lines: fc.integer({ min: 1, max: 12 }) }), {
    minLength: 2,
    maxLength: 14,
  });
  await fc.assert(
    fc.asyncProperty(
      commits,
      fc.array(fc.tuple(fc.nat(14), fc.boolean()), { maxLength: 3 }),
      async (list, breaks) => {
        const s = setup({ limits: { objectBytes: 150 } });
        s.deliverer.setTargets([objectTarget('fl-1')]);
        const run = (to: number): void => {
          s.deliverer.begin('replay-x', 'replay');
          list.slice(0, to).forEach(({ slot, lines }, i) => {
            const rows = Array.from({ length: lines }, (_, k) => `row ${i}.${k}`);
            s.deliverer.commit({
              producer: 'replay-x',
              sequence: i,
              chunks: [textChunk(['fl-1'], SLOT0 + slot, rows, 3)],
            });
            s.deliverer.closed('replay-x', (SLOT0 + Math.floor(i / 3)) * 300);
          });
        };
        for (const [to, flush] of breaks) {
          run(to);
          if (flush) await s.deliverer.flush();
          else await new Promise(setImmediate);
          assertIdentity(s.deliverer);
          await s.reopen({ limits: { objectBytes: 150 } });
          s.deliverer.setTargets([objectTarget('fl-1')]);
        }
        run(list.length);
        s.deliverer.end('replay-x');
        await s.deliverer.flush();
        assertIdentity(s.deliverer);
        const expected = list.flatMap(({ lines }, i) =>
          Array.from({ length: lines }, (_, k) => `row ${i}.${k}`),
        );
        expect(allLines(s.objects)).toEqual(expected.sort());
        expect(s.deliverer.amounts().get('fl-1')!.delivered.rows).toBe(expected.length);
        await s.deliverer.close(0);
      },
    ),
    { interruptAfterTimeLimit: 8000, markInterruptAsFailure: false, numRuns: 60 },
  );
});
