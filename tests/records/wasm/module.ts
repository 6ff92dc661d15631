/** Parts of the WebAssembly of records, one at a time, in an instance of its own. */
import { expect } from 'vitest';
import { RecordsInstance } from '../../../src/records/wasm/instance.ts';

const instance = new RecordsInstance();
const { exports, bytes, words } = instance;
/** Where a block would be, which nothing else uses: arguments and results. */
const FROM = exports.block.value;
const TO = exports.block.value + 4096;

/** The lengths in bits of a code for symbols that come so often, at most `limit`. */
export function codeLengths(counts: Int32Array, limit: number): Uint8Array {
  words.set(counts, FROM / 4);
  exports.codeLengths(FROM, counts.length, limit, TO);
  return bytes.slice(TO, TO + counts.length);
}

/** The codes of such lengths: bits as they are written, and their number << 16. */
export function codeWords(lengths: Uint8Array): Int32Array {
  bytes.set(lengths, FROM);
  exports.codeWords(FROM, lengths.length, TO);
  return words.slice(TO / 4, TO / 4 + lengths.length);
}

const FILL = 0xee;
/** Bytes in front of what is printed, an odd number. */
const FRONT = 7;
/** Bytes that may be spoilt behind it. */
const SPOILT = 16;

/** What is printed at an odd place, with a check that nothing in front, and no more than may be behind, was touched. */
function printed(print: (to: number) => number): string {
  const room = bytes.subarray(TO, TO + 80).fill(FILL);
  const end = print(TO + FRONT) - TO;
  expect(room.subarray(0, FRONT).every((byte) => byte === FILL)).toBe(true);
  expect(room.subarray(end + SPOILT).every((byte) => byte === FILL)).toBe(true);
  return Buffer.from(room.subarray(FRONT, end)).toString('latin1');
}

export function uint32(value: number): string {
  return printed((to) => exports.printUint32(to, value));
}

export function count(value: number): string {
  return printed((to) => exports.printCount(to, value));
}

/** Of a word, signed or unsigned. */
export function ipv4(word: number): string {
  return printed((to) => exports.printIPv4(to, word));
}

/** Of four words. */
export function ipv6(address: readonly number[]): string {
  words.set(address, FROM / 4);
  return printed((to) => exports.printIPv6(to, FROM));
}
