import { describe, expect, test } from 'vitest';
import { attemptSignal, type Progress, ProgressBook } from '../../../src/delivery/aws/progress.ts';
import { retryAfterMs } from '../../../src/delivery/aws/throttling.ts';

function progress(weight: number): Progress {
  return { weight, controller: new AbortController() };
}

describe('ProgressBook', () => {
  const known = (book: ProgressBook<Progress>, key: string): boolean => {
    let made = false;
    book.begin(
      key,
      () => true,
      () => {
        made = true;
        return progress(1);
      },
    );
    return !made;
  };

  test('lets those go that were begun longest ago: beyond a number of them', () => {
    const book = new ProgressBook<Progress>();
    for (let i = 0; i < 1024; i++) known(book, `${i}`);
    expect(known(book, '0')).toBe(true);
    known(book, 'one more');
    expect([known(book, '0'), known(book, '2'), known(book, '1')]).toEqual([true, true, false]);
  });

  test('and beyond what they may weigh; the latest stays, whatever it weighs', () => {
    const book = new ProgressBook<Progress>();
    const begin = (key: string, weight: number): Progress =>
      book.begin(
        key,
        () => true,
        () => progress(weight),
      );
    begin('a', 9 * 1024 ** 2);
    begin('b', 9 * 1024 ** 2);
    expect([known(book, 'b'), known(book, 'a')]).toEqual([true, false]);
    const large = begin('c', 99 * 1024 ** 2);
    expect(begin('c', 1)).toBe(large);
  });

  test('ends the attempt before, and none after', () => {
    const book = new ProgressBook<Progress>();
    const begin = (): Progress =>
      book.begin(
        'a',
        () => true,
        () => progress(1),
      );
    const first = attemptSignal(begin(), undefined);
    const outer = new AbortController();
    const second = attemptSignal(begin(), outer.signal);
    expect([first.aborted, second.aborted]).toEqual([true, false]);
    outer.abort(new Error('stop'));
    expect(second.reason).toEqual(new Error('stop'));
  });
});

test('Retry-After is in seconds, or a date', () => {
  const now = Date.UTC(2026, 0, 2, 3, 4, 5);
  const of = (text: string): number | undefined =>
    retryAfterMs({ $response: { headers: { 'retry-after': text } } }, now);
  expect(of('30')).toBe(30_000);
  expect(of('0.5')).toBe(500);
  expect(of('Fri, 02 Jan 2026 03:05:05 GMT')).toBe(60_000);
  expect(of('Fri, 02 Jan 2026 03:04:00 GMT')).toBe(0);
  expect(of('soon')).toBeUndefined();
  expect(of('9'.repeat(400))).toBeUndefined();
  expect([retryAfterMs(undefined), retryAfterMs(new Error('x'))]).toEqual([undefined, undefined]);
});
