/** Deflate (RFC 1951) for lines of records, a block of at most MAX_BLOCK bytes at a time. */
import { beginOutput, bits, flush, held, position, putCode, putStored, setOutput } from './bits';
import { codeLengths, codeWords } from './codes';
import { planHead, writeHead } from './head';
import { findMatches } from './matches';
import {
  BLOCK,
  DISTANCE_CODES,
  DISTANCE_COUNTS,
  DISTANCE_LENGTHS,
  DISTANCES,
  LENGTH_CODES,
  LITERAL_CODES,
  LITERAL_COUNTS,
  LITERAL_LENGTHS,
  LITERALS,
  MAX_BLOCK,
  OUTPUT,
  SEQUENCES,
} from './memory';
import {
  bitsOfDistance,
  bitsOfSymbols,
  distanceSymbol,
  END_OF_BLOCK,
  setLengthCodes,
  setLengthSymbols,
} from './symbols';

/** Where the caller may put a block, how long one may be, and where its output is then. */
export const block: u32 = BLOCK as u32;
export const maxBlock: u32 = MAX_BLOCK as u32;
export const output: u32 = OUTPUT as u32;

const MAX_CODE_BITS: u32 = 15;
const STORED_BYTES: u32 = 65_535;
const STORED_HEAD_BITS: u32 = 40;

setLengthSymbols();

/**
 * Deflates the block of so many bytes, 1 or more, at `from`: BLOCK, or behind END. There is no final block; it ends on a
 * byte with a sync flush. Returns how many bytes the output has: no more than in stored blocks.
 */
export function deflate(from: usize, bytes: u32): u32 {
  findMatches(from, bytes);
  store<u32>(LITERAL_COUNTS + (END_OF_BLOCK << 2), 1);
  codeLengths(LITERAL_COUNTS, LITERALS as u32, MAX_CODE_BITS, LITERAL_LENGTHS);
  codeLengths(DISTANCE_COUNTS, DISTANCES as u32, MAX_CODE_BITS, DISTANCE_LENGTHS);
  beginOutput();
  if (planHead() + bitsOfSymbols() < bitsStored(bytes)) {
    writeHead();
    codeWords(LITERAL_LENGTHS, LITERALS as u32, LITERAL_CODES);
    codeWords(DISTANCE_LENGTHS, DISTANCES as u32, DISTANCE_CODES);
    setLengthCodes();
    writeSequences(from);
    putCode(load<u32>(LITERAL_CODES + (END_OF_BLOCK << 2)));
  } else putStored(from, bytes);
  return flush();
}

function bitsStored(bytes: u32): u32 {
  return 8 * bytes + STORED_HEAD_BITS * ((bytes + STORED_BYTES - 1) / STORED_BYTES);
}

/** Writes the sequences that were found in a block, with the codes that stand in memory. */
function writeSequences(block: usize): void {
  let to = position;
  let b = bits;
  let n = held;
  let from = block;
  let sequence = SEQUENCES;
  let whole: u64 = 0;
  while (true) {
    const end = from + (load<u32>(sequence) as usize);
    // Three codes of up to 15 bits beside the 7 that are held: what fits into 64.
    while (from + 3 <= end) {
      const first = load<u32>(LITERAL_CODES + ((load<u8>(from) as usize) << 2));
      const second = load<u32>(LITERAL_CODES + ((load<u8>(from, 1) as usize) << 2));
      const third = load<u32>(LITERAL_CODES + ((load<u8>(from, 2) as usize) << 2));
      b |= ((first & 0xffff) as u64) << n;
      n += first >> 16;
      b |= ((second & 0xffff) as u64) << n;
      n += second >> 16;
      b |= ((third & 0xffff) as u64) << n;
      n += third >> 16;
      store<u64>(to, b);
      whole = n >> 3;
      to += whole as usize;
      b >>= whole << 3;
      n &= 7;
      from += 3;
    }
    for (; from < end; from++) {
      const code = load<u32>(LITERAL_CODES + ((load<u8>(from) as usize) << 2));
      b |= ((code & 0xffff) as u64) << n;
      n += code >> 16;
    }
    store<u64>(to, b);
    whole = n >> 3;
    to += whole as usize;
    b >>= whole << 3;
    n &= 7;
    const match = load<u32>(sequence, 4);
    if (match == 0) break;
    sequence += 8;
    const length = (match >> 16) as usize;
    const less = match & 0xffff;
    from += length;
    // 20 bits of a length, 28 of a distance.
    const lengthCode = load<u32>(LENGTH_CODES + (length << 2));
    b |= ((lengthCode & 0xffffff) as u64) << n;
    n += lengthCode >> 24;
    const symbol = distanceSymbol(less);
    const distanceCode = load<u32>(DISTANCE_CODES + ((symbol as usize) << 2));
    b |= ((distanceCode & 0xffff) as u64) << n;
    n += distanceCode >> 16;
    const extra = bitsOfDistance(symbol);
    b |= ((less & ((1 << extra) - 1)) as u64) << n;
    n += extra;
    store<u64>(to, b);
    whole = n >> 3;
    to += whole as usize;
    b >>= whole << 3;
    n &= 7;
  }
  setOutput(to, b, n);
}
