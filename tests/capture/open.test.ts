import { expect, test } from 'vitest';
import { REJECTIONS } from '../../src/capture/decoder.ts';
import {
  CAPTURE_MAGIC_BYTES,
  DEFAULT_ACCEPT_PREFIX,
  DEFAULT_REJECT_PREFIX,
  openCapture,
} from '../../src/capture/open.ts';
import { PcapDecoder } from '../../src/capture/pcap.ts';
import { PcapngDecoder } from '../../src/capture/pcapng.ts';
import * as rejections from '../../src/capture/rejections.ts';
import { join } from './build.ts';

test('magic numbers of either byte order', () => {
  for (const magic of ['a1b2c3d4', 'd4c3b2a1', 'a1b23c4d', '4d3cb2a1', 'a1b2cd34', '34cdb2a1'])
    expect(openCapture(join(magic))).toBeInstanceOf(PcapDecoder);
  expect(openCapture(join('0a0d0d0a'))).toBeInstanceOf(PcapngDecoder);
  // In the middle of a buffer.
  expect(openCapture(join('00 00 00 a1 b2 c3 d4').subarray(3))).toBeInstanceOf(PcapDecoder);
});

test('anything else, and too little, is undefined', () => {
  for (const head of ['', 'a1b2c3', '1f8b0800', '00000000', 'a1b2c3d5', '0a0d0a0d', '4d435031'])
    expect(openCapture(join(head))).toBeUndefined();
  expect(CAPTURE_MAGIC_BYTES).toBe(4);
});

test('default patterns', () => {
  expect(DEFAULT_ACCEPT_PREFIX.test('[ACCEPT] ')).toBe(true);
  expect(DEFAULT_REJECT_PREFIX.test('[REJECT] ')).toBe(true);
});

test('the codes of rejections are those of the contract', () => {
  const codes = Object.entries(rejections).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  const named = codes.map(([name, code]) => [name.replace('REJECT_', '').toLowerCase(), ~code] as const);
  expect(named.sort((a, b) => a[1] - b[1])).toEqual(REJECTIONS.map((name, i) => [name, i]));
});
