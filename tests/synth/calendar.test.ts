import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Calendar } from '../../src/synth/calendar.ts';
import { Random } from '../../src/synth/random.ts';

describe('Calendar', () => {
  test('hands events out by time, then by sender', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 999 }), { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 1, max: 5000 }),
        (times, events) => {
          const calendar = new Calendar(times.length, 1000, events);
          for (const [sender, time] of times.entries()) calendar.push(sender, time);
          const expected = times
            .map((time, sender) => ({ time, sender }))
            .sort((a, b) => a.time - b.time || a.sender - b.sender);
          for (const { time, sender } of expected) {
            expect(calendar.pop()).toBe(sender);
            expect(calendar.timeOf(sender)).toBe(time);
          }
          expect(calendar.pop()).toBe(-1);
          expect(calendar.pop()).toBe(-1);
        },
      ),
      { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false },
    );
  });

  test('times never fall while senders come back with their next event', () => {
    const senders = 500;
    const random = new Random(9);
    const calendar = new Calendar(senders, 1e6, 50_000);
    const left = new Int32Array(senders).fill(100);
    for (let sender = 0; sender < senders; sender++) calendar.push(sender, random.unit() * 1e5);
    let last = 0;
    let events = 0;
    for (let sender = calendar.pop(); sender >= 0; sender = calendar.pop()) {
      const time = calendar.timeOf(sender);
      expect(time).toBeGreaterThanOrEqual(last);
      last = time;
      events++;
      // Some at once, some in the same day, some far away, up to the very end of the span.
      const gap = [0, 1, 3000, 20_000][random.below(4)]!;
      if (--left[sender]! > 0) calendar.push(sender, Math.min(1e6, time + gap));
    }
    expect(events).toBe(100 * senders);
  });

  test('takes an event pushed after it was empty on its last day', () => {
    const calendar = new Calendar(1, 100, 10);
    calendar.push(0, 99);
    expect(calendar.pop()).toBe(0);
    expect(calendar.pop()).toBe(-1);
    calendar.push(0, 99.5);
    expect(calendar.pop()).toBe(0);
  });
});
