import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutStream, inputEvents } from '../../../src/delivery/aws/logs-batches.ts';
import { rejectedEvents } from '../../../src/delivery/aws/logs-rejected.ts';
import { brokenLimit, DAY, streamEvents } from './logs-store.ts';

/** Messages of the lengths that are asked for. */
function numbered(times: readonly number[], length: (i: number) => number): [number, string][] {
  return times.map((time, i) => [time, `${i}`.padEnd(length(i), 'x').slice(0, length(i))]);
}

describe('cutStream', () => {
  test('cuts at 10,000 events, at 1 MiB with 26 bytes an event, and below a day', () => {
    const sizes = (events: [number, string][]): number[] =>
      cutStream(streamEvents('a', events)).batches.map(({ places }) => places.length);
    expect(sizes(numbered(Array<number>(20_001).fill(5), () => 1))).toEqual([10_000, 10_000, 1]);
    // 1,048,576 / 1,024 = 1,024 events of 998 bytes and 26.
    expect(sizes(numbered(Array<number>(2049).fill(5), () => 998))).toEqual([1024, 1024, 1]);
    expect(sizes(numbered([0, DAY - 1, DAY, 2 * DAY - 1, 2 * DAY], () => 5))).toEqual([2, 2, 1]);
    expect(sizes([])).toEqual([]);
  });

  test('what is no event is refused by itself', () => {
    const largest = 1_048_576 - 26;
    const { batches, refused } = cutStream(
      streamEvents('a', [
        [1, ''],
        [1, 'b'],
        [1, 'x'.repeat(largest + 1)],
        [1, 'x'.repeat(largest)],
      ]),
    );
    expect(refused).toEqual([0, 2]);
    expect(batches.map(({ places }) => [...places])).toEqual([[1], [3]]);
  });

  test('any events are cut within every limit, in order, and none is lost or doubled', () => {
    // Runs of events that are alike reach the limits; single ones stand between them.
    const run = fc.record({
      count: fc.oneof(
        { weight: 4, arbitrary: fc.integer({ min: 1, max: 40 }) },
        fc.integer({ min: 1, max: 11_000 }),
      ),
      length: fc.oneof(
        { weight: 3, arbitrary: fc.integer({ min: 1, max: 60 }) },
        fc.integer({ min: 60, max: 20_000 }),
      ),
      time: fc.integer({ min: 0, max: 3 * DAY }),
      step: fc.constantFrom(0, 0, 1, 1000, -1000, 3_600_000),
      character: fc.constantFrom('x', 'é', '"', '\u{1f30d}'),
    });
    let limited = 0;
    fc.assert(
      fc.property(fc.array(run, { maxLength: 6 }), (runs) => {
        const given: [number, string][] = [];
        for (const { count, length, time, step, character } of runs) {
          // At most some megabytes, however it falls.
          const most = Math.min(count, Math.ceil(3_000_000 / length));
          for (let i = 0; i < most; i++) {
            const number = `${given.length} `;
            given.push([Math.max(0, time + i * step), number + character.repeat(length / character.length)]);
          }
        }
        const { batches, refused } = cutStream(streamEvents('a', given));
        expect(refused).toEqual([]);
        const sent = batches.map(inputEvents);
        for (const events of sent) expect(brokenLimit(events)).toBeUndefined();
        if (batches.length > 1) limited++;
        const flat = sent.flat();
        const expected = given.toSorted(([a], [b]) => a - b);
        expect(flat.length).toBe(expected.length);
        expect(flat.every((event, i) => event.timestamp === expected[i]![0])).toBe(true);
        expect(flat.every((event, i) => event.message === expected[i]![1])).toBe(true);
        // Each is as full as it may be: what follows would not have fitted.
        for (const [i, events] of sent.slice(0, -1).entries()) {
          expect(
            brokenLimit([...events, sent[i + 1]![0]!]) ??
              sent[i + 1]![0]!.timestamp - events[0]!.timestamp >= DAY,
          ).toBeTruthy();
        }
      }),
      { interruptAfterTimeLimit: 3_500, numRuns: 300 },
    );
    expect(limited).toBeGreaterThan(0);
  });
});

describe('rejectedEvents', () => {
  const now = Date.UTC(2026, 0, 20);
  const hour = DAY / 24;
  // More than a day, for the sake of all kinds at once.
  const times = [now - DAY, now - 16 * DAY, now + 5 * hour, now - 15 * DAY, now + 4 * hour];
  const events = streamEvents(
    'a',
    numbered(times, () => 3),
  );
  const batch = { events, places: Uint32Array.of(1, 3, 0, 4, 2) };
  const shown = (info: object): unknown =>
    rejectedEvents(batch, info, now).map(({ reason, events }) => [reason, ...events]);

  test('are those that the answer names, by their places', () => {
    expect(shown({})).toEqual([]);
    expect(shown({ tooOldLogEventEndIndex: 2 })).toEqual([['too old', 1, 3]]);
    expect(shown({ expiredLogEventEndIndex: 3, tooOldLogEventEndIndex: 2 })).toEqual([
      ['too old', 1, 3],
      ['expired', 0],
    ]);
    expect(shown({ tooNewLogEventStartIndex: 3 })).toEqual([['too new', 2, 4]]);
    expect(shown({ expiredLogEventEndIndex: 5, tooNewLogEventStartIndex: 3 })).toEqual([
      ['expired', 0, 1, 2, 3, 4],
    ]);
  });

  test('of a store that names the last of a kind are told by their times', () => {
    expect(shown({ tooOldLogEventEndIndex: 1, tooNewLogEventStartIndex: 4 })).toEqual([
      ['too old', 1, 3],
      ['too new', 2, 4],
    ]);
    expect(shown({ tooOldLogEventEndIndex: 0 })).toEqual([['too old', 1, 3]]);
  });

  test('never go beyond the batch, whatever the answer says', () => {
    expect(shown({ tooOldLogEventEndIndex: -3 })).toEqual([['too old', 1, 3]]);
    expect(shown({ expiredLogEventEndIndex: 99 })).toEqual([['expired', 0, 1, 2, 3, 4]]);
  });
});
