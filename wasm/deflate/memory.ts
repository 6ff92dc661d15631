/** Where everything of deflate lies in memory, in bytes. What says "words" has 32 bits each. */

export const MAX_BLOCK: usize = 1 << 20;
export const MAX_DISTANCE: usize = 32768;
export const MAX_MATCH: usize = 258;
export const MIN_MATCH: usize = 6;
export const TABLE_BITS: usize = 15;

/** Symbols: of literals, the end of a block and lengths of matches; of distances; of the lengths of codes. */
export const LITERALS: usize = 286;
export const DISTANCES: usize = 30;
export const CODE_LENGTHS: usize = 19;
/** Lengths of codes that a block can tell. */
const TOLD: usize = LITERALS + DISTANCES;

/** Blocks lie further behind 0 than matches reach: an empty entry of the table is too far away. */
export const BLOCK: usize = 2 * MAX_DISTANCE;
/** Words: by hash, the last place of some bytes. */
export const TABLE: usize = BLOCK + MAX_BLOCK + 64;
/** Two words each: how many literals, and (length << 16 | distance - 1) of the match behind them, 0 for none. */
export const SEQUENCES: usize = TABLE + (4 << TABLE_BITS);

/** Words by symbol: how often. The first two stand together. */
export const LITERAL_COUNTS: usize = SEQUENCES + 8 * (MAX_BLOCK / MIN_MATCH + 2);
export const DISTANCE_COUNTS: usize = LITERAL_COUNTS + 4 * LITERALS;
export const CODE_LENGTH_COUNTS: usize = DISTANCE_COUNTS + 4 * DISTANCES;
/** Words by symbol: the bits of its code, and their number << 16. */
export const LITERAL_CODES: usize = CODE_LENGTH_COUNTS + 4 * CODE_LENGTHS;
export const DISTANCE_CODES: usize = LITERAL_CODES + 4 * LITERALS;
export const CODE_LENGTH_CODES: usize = DISTANCE_CODES + 4 * DISTANCES;
/** Words by length of a match: its symbol; the bits of that and of what is more, and their number << 24. */
export const LENGTH_SYMBOLS: usize = CODE_LENGTH_CODES + 4 * CODE_LENGTHS;
export const LENGTH_CODES: usize = LENGTH_SYMBOLS + 4 * (MAX_MATCH + 1);

/** Bytes by symbol: the length of its code. */
export const LITERAL_LENGTHS: usize = LENGTH_CODES + 4 * (MAX_MATCH + 1);
export const DISTANCE_LENGTHS: usize = LITERAL_LENGTHS + LITERALS;
export const CODE_LENGTH_LENGTHS: usize = DISTANCE_LENGTHS + DISTANCES;
/** Bytes: the lengths that a block tells, one behind the other; and two bytes for each run of them. */
export const TOLD_LENGTHS: usize = CODE_LENGTH_LENGTHS + CODE_LENGTHS;
export const RUNS: usize = TOLD_LENGTHS + TOLD;

/** Words, of a tree that is being made: symbols by their counts; of its nodes weights, parents and depths. */
export const ORDER: usize = (RUNS + 2 * TOLD + 7) & ~7;
export const WEIGHTS: usize = ORDER + 4 * LITERALS;
export const PARENTS: usize = WEIGHTS + 8 * LITERALS;
export const DEPTHS: usize = PARENTS + 8 * LITERALS;
/** Words by length of code. */
export const BY_LENGTH: usize = DEPTHS + 8 * LITERALS;
export const NEXT_CODES: usize = BY_LENGTH + 4 * 17;

export const OUTPUT: usize = NEXT_CODES + 4 * 17 + 64;
/** No more than in stored blocks, and what is spoilt behind. */
export const END: usize = OUTPUT + MAX_BLOCK + 4096;
