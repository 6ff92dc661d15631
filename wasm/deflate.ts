/**
 * The inner loops of Deflate (RFC 1951) over one block of at most MAX_BLOCK bytes: matches are found, symbols are
 * counted, and written as bits with the codes that src/records/deflate/ makes of the counts.
 *
 * This is AssemblyScript: TypeScript with machine numbers and plain memory, compiled by `scripts/build-wasm.ts` into
 * src/records/deflate/module.generated.ts. It knows no errors: the caller keeps to MAX_BLOCK.
 *
 * Lines of records repeat what stands in the line before, or a few above: the last place where the same six bytes stood is
 * the only one that is looked at. Shorter matches do not pay: a digit takes about four bits, a match some twenty.
 */

const MAX_BLOCK: usize = 1 << 20;
const MAX_DISTANCE: usize = 32768;
const MAX_MATCH: usize = 258;
const MIN_MATCH: usize = 6;
/** Bytes that are loaded at once; matches are not looked for where so many, and four more, do not follow. */
const LOADED: usize = 8;
const TAIL: usize = LOADED + 4;
/** Of eight bytes that are loaded, the last ones are shifted out. */
const SHIFT: u64 = 16;
const HASH_BITS: usize = 14;
const SPREAD: u64 = 0x9e3779b185ebca87;

const LITERALS: usize = 288;
const DISTANCES: usize = 32;
const LENGTHS: usize = 260;

/*
 * Memory. The block lies further behind 0 than matches reach: an empty entry of the table is too far away.
 * A sequence is two words: how many literals, and (length << 16 | distance - 1) of the match behind them, 0 for none.
 */
const BLOCK: usize = 2 * MAX_DISTANCE;
const TABLE: usize = BLOCK + MAX_BLOCK + 64;
const SEQUENCES: usize = TABLE + (4 << HASH_BITS);
const LITERAL_COUNTS: usize = SEQUENCES + 8 * (MAX_BLOCK / MIN_MATCH + 2);
const DISTANCE_COUNTS: usize = LITERAL_COUNTS + 4 * LITERALS;
const LITERAL_CODES: usize = DISTANCE_COUNTS + 4 * DISTANCES;
const DISTANCE_CODES: usize = LITERAL_CODES + 4 * LITERALS;
const LENGTH_CODES: usize = DISTANCE_CODES + 4 * DISTANCES;
const LENGTH_SYMBOLS: usize = LENGTH_CODES + 4 * LENGTHS;
const OUTPUT: usize = LENGTH_SYMBOLS + 4 * LENGTHS + 64;

/** Where the caller puts the block. */
export const block: u32 = BLOCK as u32;
/** By symbol: how often. Words. */
export const literalCounts: u32 = LITERAL_COUNTS as u32;
export const distanceCounts: u32 = DISTANCE_COUNTS as u32;
/** By symbol: its bits, and their number << 16. Words. */
export const literalCodes: u32 = LITERAL_CODES as u32;
export const distanceCodes: u32 = DISTANCE_CODES as u32;
/** By length of a match: the bits of its symbol and the extra ones behind, and their number << 24. Words. */
export const lengthCodes: u32 = LENGTH_CODES as u32;
/** By length of a match: its symbol. Words, filled once. */
export const lengthSymbols: u32 = LENGTH_SYMBOLS as u32;
/** Where the bits are written. */
export const output: u32 = OUTPUT as u32;

/** The symbol of a distance less 1 (RFC 1951, section 3.2.5). */
function distanceSymbol(less: u32): u32 {
  if (less < 4) return less;
  const high: u32 = 31 - clz(less);
  return 2 * high + ((less >> (high - 1)) & 1);
}

/** Where the table keeps the last place of some bytes. */
function entryOf(bytes: u64): usize {
  return TABLE + ((((bytes * SPREAD) >> (64 - (HASH_BITS as u64))) as usize) << 2);
}

function countOne(at: usize): void {
  store<u32>(at, load<u32>(at) + 1);
}

function countLiterals(from: usize, to: usize): void {
  for (let i = from; i < to; i++) countOne(LITERAL_COUNTS + ((load<u8>(i) as usize) << 2));
}

/** How many bytes are the same at two places, MIN_MATCH of which are. */
function sameBytes(here: usize, there: usize, most: usize): usize {
  let length = MIN_MATCH;
  while (length + LOADED <= most) {
    const different = load<u64>(here + length) ^ load<u64>(there + length);
    if (different != 0) return length + ((ctz(different) >> 3) as usize);
    length += LOADED;
  }
  while (length < most && load<u8>(here + length) == load<u8>(there + length)) length++;
  return length;
}

/** Parts a block of so many bytes into sequences, and counts their symbols but for the end of the block. */
export function findMatches(bytes: u32): void {
  memory.fill(TABLE, 0, 4 << HASH_BITS);
  memory.fill(LITERAL_COUNTS, 0, 4 * (LITERALS + DISTANCES));
  const last = BLOCK + (bytes as usize);
  const end = (bytes as usize) > TAIL ? last - TAIL : BLOCK;
  let here = BLOCK;
  let literals = BLOCK;
  let sequence = SEQUENCES;
  while (here < end) {
    const wanted = load<u64>(here) << SHIFT;
    const entry = entryOf(wanted);
    const there: usize = load<u32>(entry);
    store<u32>(entry, here as u32);
    if (here - there > MAX_DISTANCE || load<u64>(there) << SHIFT != wanted) {
      here++;
      continue;
    }
    const length = sameBytes(here, there, min<usize>(MAX_MATCH, last - here));
    const less = (here - there - 1) as u32;
    countLiterals(literals, here);
    countOne(LITERAL_COUNTS + ((load<u32>(LENGTH_SYMBOLS + (length << 2)) as usize) << 2));
    countOne(DISTANCE_COUNTS + ((distanceSymbol(less) as usize) << 2));
    store<u32>(sequence, (here - literals) as u32);
    store<u32>(sequence, ((length as u32) << 16) | less, 4);
    sequence += 8;
    here += length;
    literals = here;
    if (here < end) store<u32>(entryOf(load<u64>(here - 2) << SHIFT), (here - 2) as u32);
  }
  countLiterals(literals, last);
  store<u32>(sequence, (last - literals) as u32);
  store<u32>(sequence, 0, 4);
}

/** Bits that are not written as bytes yet, and where the next byte goes. */
let bits: u64 = 0;
let held: u64 = 0;
let position: usize = OUTPUT;

/** Begins a new output, on a byte. */
export function begin(): void {
  bits = 0;
  held = 0;
  position = OUTPUT;
}

/** Writes up to 32 bits, the lowest first. */
export function put(value: u32, count: u32): void {
  bits |= (value as u64) << held;
  held += count;
  store<u64>(position, bits);
  const whole = held >> 3;
  position += whole as usize;
  bits >>= whole << 3;
  held &= 7;
}

/** Writes the sequences that were found, with the codes that stand in memory. */
export function writeSequences(): void {
  let to = position;
  let b = bits;
  let n = held;
  let from = BLOCK;
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
    const extra: u32 = symbol < 4 ? 0 : (symbol >> 1) - 1;
    b |= ((less & ((1 << extra) - 1)) as u64) << n;
    n += extra;
    store<u64>(to, b);
    whole = n >> 3;
    to += whole as usize;
    b >>= whole << 3;
    n &= 7;
  }
  position = to;
  bits = b;
  held = n;
}

/** Writes the block as it is, in stored blocks (RFC 1951, section 3.2.4) of at most 65,535 bytes. */
export function writeStored(bytes: u32): void {
  let from = BLOCK;
  let left: u32 = bytes;
  while (left > 0) {
    const some: u32 = min<u32>(left, 0xffff);
    toByte();
    store<u32>(position, some | (~some << 16));
    memory.copy(position + 4, from, some as usize);
    position += 4 + (some as usize);
    from += some as usize;
    left -= some;
  }
}

/** The head of a stored block: not the last one, type 0, and up to the next byte. */
function toByte(): void {
  put(0, 3);
  if (held != 0) put(0, (8 - held) as u32);
}

/** Ends on a byte with a sync flush, an empty stored block; returns how many bytes the output has. */
export function flush(): u32 {
  toByte();
  store<u32>(position, 0xffff0000);
  position += 4;
  return (position - OUTPUT) as u32;
}
