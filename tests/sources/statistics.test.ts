import { expect, test } from 'vitest';
import { advance, noStatistics, readStatistics } from '../../src/sources/statistics.ts';

test('the answer to SIGUSR1: one line', () => {
  const counts = noStatistics();
  const line = 'tcpdump: 4 packets captured, 1005 packets received by filter, 1 packet dropped by kernel';
  expect(readStatistics(line, counts)).toBe(3);
  expect(counts).toEqual({ captured: 4, received: 1005, kernelDrops: 1, interfaceDrops: 0 });
  expect(readStatistics(`${line}, 12 packets dropped by interface`, counts)).toBe(4);
  expect(counts.interfaceDrops).toBe(12);
});

test('the counts at the end: one line each', () => {
  const counts = noStatistics();
  for (const line of ['1 packet captured', '2 packets received by filter', '3 packets dropped by kernel'])
    expect(readStatistics(line, counts)).toBe(1);
  expect(counts).toEqual({ captured: 1, received: 2, kernelDrops: 3, interfaceDrops: 0 });
});

test('other lines say nothing', () => {
  const counts = noStatistics();
  for (const line of [
    '',
    'listening on eth0, snapshot length 96 bytes',
    'packets captured',
    'x packets captured',
  ])
    expect(readStatistics(line, counts)).toBe(0);
  expect(counts).toEqual(noStatistics());
});

test('counters wrap at 32 bits', () => {
  expect(advance(5, 12)).toBe(7);
  expect(advance(0xffff_fffe, 3)).toBe(5);
});
