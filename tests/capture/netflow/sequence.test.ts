import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NumberConvention, SequenceTracker } from '../../../src/capture/netflow/sequence.ts';

describe('sequence numbers', () => {
  test('a gap is lost after a second, unless it is filled', () => {
    const tracker = new SequenceTracker();
    tracker.next(0, 10, 0);
    tracker.next(30, 5, 100);
    tracker.next(10, 8, 900);
    expect([tracker.missing, tracker.lost]).toEqual([12, 0]);
    expect(tracker.settle(1099)).toBe(0);
    expect(tracker.settle(1100)).toBe(12);
    tracker.next(18, 12, 1200);
    expect([tracker.lost, tracker.late, tracker.restarts, tracker.received]).toEqual([12, 1, 0, 35]);
  });
  test('numbers go on at 0 behind 32 bits', () => {
    const tracker = new SequenceTracker();
    tracker.next(0xffff_fff0, 10, 0);
    tracker.next(0xffff_fffa, 10, 0);
    tracker.next(10, 1, 0);
    tracker.settle(5000);
    expect([tracker.lost, tracker.restarts]).toEqual([6, 0]);
  });
  test('an exporter that begins anew is no gap', () => {
    const tracker = new SequenceTracker();
    tracker.next(1_000_000, 10, 0);
    tracker.next(0, 10, 0);
    tracker.next(10, 10, 0);
    tracker.settle(5000);
    expect([tracker.lost, tracker.restarts, tracker.late]).toEqual([0, 1, 0]);
  });
  test('so is one that begins anew soon after its start', () => {
    const tracker = new SequenceTracker();
    for (let i = 0; i < 100; i++) tracker.next(i, 1, 0);
    for (let i = 0; i < 100; i++) tracker.next(i, 1, 0);
    tracker.settle(5000);
    expect([tracker.lost, tracker.restarts]).toEqual([0, 1]);
    expect(tracker.late).toBeLessThanOrEqual(4);
  });
  test('after a silence a number that is behind, by little too, is a new beginning', () => {
    const tracker = new SequenceTracker();
    for (let i = 0; i < 10; i++) tracker.next(10 * i, 10, i);
    // Overtaken: within a moment.
    tracker.next(90, 10, 4000);
    expect([tracker.restarts, tracker.late]).toEqual([0, 1]);
    tracker.next(0, 10, 9001);
    expect([tracker.restarts, tracker.late]).toEqual([1, 1]);
    tracker.next(10, 10, 9002);
    tracker.settle(Infinity);
    expect([tracker.lost, tracker.late]).toEqual([0, 1]);
  });
  test('what a datagram overtook whose units are not known is no gap in front of it', () => {
    const tracker = new SequenceTracker();
    tracker.next(100, -1, 0);
    tracker.next(100, 0, 1);
    tracker.next(90, 10, 2);
    tracker.next(120, 5, 3);
    tracker.next(125, 5, 4);
    tracker.settle(Infinity);
    expect([tracker.lost, tracker.late, tracker.restarts]).toEqual([0, 0, 0]);
    tracker.next(131, 1, 5);
    tracker.settle(Infinity);
    expect(tracker.lost).toBe(1);
  });
  test('a jump that nobody can have lost is a new beginning', () => {
    const tracker = new SequenceTracker();
    tracker.next(0, 1, 0);
    tracker.next(0x4000_0000, 1, 0);
    tracker.settle(5000);
    expect([tracker.lost, tracker.restarts]).toEqual([0, 1]);
  });
  test('open gaps are bounded: the oldest settles early', () => {
    const tracker = new SequenceTracker();
    for (let i = 0; i < 1000; i++) tracker.next(3 * i, 1, 0);
    expect(tracker.lost).toBeGreaterThan(0);
    expect(tracker.lost + tracker.missing).toBe(2 * 999);
  });
  test('any loss, with any reordering of less than a second: exactly what did not come', () => {
    const datagram = fc.record({
      units: fc.integer({ min: 1, max: 40 }),
      lost: fc.boolean(),
      delay: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(
        fc.array(datagram, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 0, max: 0xffff_ffff }),
        (datagrams, first) => {
          let sequence = first;
          const sent = datagrams.map(({ units, lost, delay }, i) => {
            const number = sequence;
            sequence = (sequence + units) >>> 0;
            return {
              number,
              units,
              lost: lost && i > 0 && i < datagrams.length - 1,
              at: i + (i === 0 || i === datagrams.length - 1 ? 0 : delay),
            };
          });
          const last = sent.length - 1;
          const came = sent.filter(({ lost }, i) => !lost && i > 0 && i < last).sort((a, b) => a.at - b.at);
          const tracker = new SequenceTracker();
          tracker.next(sent[0]!.number, sent[0]!.units, 0);
          for (const { number, units, at } of came) tracker.next(number, units, at);
          if (last > 0) tracker.next(sent[last]!.number, sent[last]!.units, last);
          tracker.settle(Infinity);
          const lost = sent.filter((one) => one.lost).reduce((sum, { units }) => sum + units, 0);
          expect([tracker.lost, tracker.restarts]).toEqual([lost, 0]);
        },
      ),
      { interruptAfterTimeLimit: 2000, numRuns: 2000 },
    );
  });
});

describe('what the numbers of IPFIX messages mean', () => {
  /** Data records and flows of messages; which are lost; numbers before or behind them. */
  function run(
    messages: readonly (readonly [records: number, flows: number])[],
    lost: readonly number[],
    after: boolean,
  ) {
    const tracker = new SequenceTracker();
    const numbers = new NumberConvention();
    let records = 0;
    let flows = 0;
    for (const [i, [all, some]] of messages.entries()) {
      const number = after ? flows + some : records;
      records += all;
      flows += some;
      if (!lost.includes(i)) numbers.next(tracker, number, all, some, i);
    }
    tracker.settle(Infinity);
    return { lost: tracker.lost, after: numbers.after, restarts: tracker.restarts };
  }
  const messages = Array.from(
    { length: 20 },
    (_, i) => [10 + (i % 3), 10 + (i % 3) - (i % 5 === 0 ? 1 : 0)] as const,
  );
  test('data records sent before, as the RFC says', () => {
    expect(run(messages, [], false)).toEqual({ lost: 0, after: false, restarts: 0 });
    expect(run(messages, [7], false)).toEqual({ lost: 11, after: false, restarts: 0 });
  });
  test('flows sent up to now', () => {
    expect(run(messages, [], true)).toEqual({ lost: 0, after: true, restarts: 0 });
    expect(run(messages, [7, 8], true)).toEqual({ lost: 23, after: true, restarts: 0 });
  });
  test('messages of one size are the same in both', () => {
    const same = Array.from({ length: 9 }, () => [5, 5] as const);
    expect(run(same, [4], true)).toEqual({ lost: 5, after: false, restarts: 0 });
  });
});
