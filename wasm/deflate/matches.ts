/**
 * A block parted into literals and matches. Lines of records repeat what stands in the line before, or a few above: the last
 * place where the same six bytes stood is the only one that is looked at. Shorter matches do not pay: a digit takes about
 * four bits, a match some twenty.
 */
import {
  DISTANCE_COUNTS,
  DISTANCES,
  LENGTH_SYMBOLS,
  LITERAL_COUNTS,
  LITERALS,
  MAX_DISTANCE,
  MAX_MATCH,
  MIN_MATCH,
  SEQUENCES,
  TABLE,
  TABLE_BITS,
} from './memory';
import { distanceSymbol } from './symbols';

/** Bytes that are loaded at once; matches are not looked for where so many, and four more, do not follow. */
const LOADED: usize = 8;
const TAIL: usize = LOADED + 4;
/** Of eight bytes that are loaded, the last ones are shifted out. */
const SHIFT: u64 = 16;
const SPREAD: u64 = 0x9e3779b185ebca87;

/** Where the table keeps the last place of some bytes. */
function entryOf(bytes: u64): usize {
  return TABLE + ((((bytes * SPREAD) >> (64 - (TABLE_BITS as u64))) as usize) << 2);
}

function countOne(at: usize): void {
  store<u32>(at, load<u32>(at) + 1);
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

/** Parts the block of so many bytes at `block` into sequences, and counts their symbols but for the end of the block. */
export function findMatches(block: usize, bytes: u32): void {
  memory.fill(TABLE, 0, 4 << TABLE_BITS);
  memory.fill(LITERAL_COUNTS, 0, 4 * (LITERALS + DISTANCES));
  const last = block + (bytes as usize);
  const end = (bytes as usize) > TAIL ? last - TAIL : block;
  let here = block;
  let literals = block;
  let sequence = SEQUENCES;
  while (here < end) {
    const wanted = load<u64>(here) << SHIFT;
    const entry = entryOf(wanted);
    const there: usize = load<u32>(entry);
    store<u32>(entry, here as u32);
    // The bytes are compared first: they tell nearly always. Only zeros are the same as an empty entry, which is too far away.
    if (load<u64>(there) << SHIFT != wanted || here - there > MAX_DISTANCE) {
      countOne(LITERAL_COUNTS + (((wanted >> SHIFT) as usize & 0xff) << 2));
      here++;
      continue;
    }
    const length = sameBytes(here, there, min<usize>(MAX_MATCH, last - here));
    const less = (here - there - 1) as u32;
    countOne(LITERAL_COUNTS + ((load<u32>(LENGTH_SYMBOLS + (length << 2)) as usize) << 2));
    countOne(DISTANCE_COUNTS + ((distanceSymbol(less) as usize) << 2));
    store<u32>(sequence, (here - literals) as u32);
    store<u32>(sequence, ((length as u32) << 16) | less, 4);
    sequence += 8;
    here += length;
    literals = here;
    if (here < end) store<u32>(entryOf(load<u64>(here - 2) << SHIFT), (here - 2) as u32);
  }
  for (let i = here; i < last; i++) countOne(LITERAL_COUNTS + ((load<u8>(i) as usize) << 2));
  store<u32>(sequence, (last - literals) as u32);
  store<u32>(sequence, 0, 4);
}
