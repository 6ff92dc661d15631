/**
 * Decimal numbers. Eight digits are worked out side by side in one word, and leading zeros are shifted out of it: up to
 * seven bytes behind a number are spoilt.
 */
const TEN_4: u32 = 10_000;
const TEN_8: u32 = 100_000_000;
const ZEROS: u64 = 0x3030303030303030;

/** The eight digits of a number below 10^8, 0 to 9, the first in the lowest byte. */
function digits(value: u32): u64 {
  const high = value / TEN_4;
  // Two lanes of four digits, then four of two, then eight: quotients by multiplying and shifting, exact at these sizes.
  const fours: u64 = (high as u64) | (((value - high * TEN_4) as u64) << 32);
  const hundreds: u64 = ((fours * 10_486) >> 20) & 0x0000007f0000007f;
  const twos = hundreds | ((fours - hundreds * 100) << 16);
  const tens: u64 = ((twos * 103) >> 10) & 0x000f000f000f000f;
  return tens | ((twos - tens * 10) << 8);
}

/** Below 10^8, without leading zeros. */
function printShort(to: usize, value: u32): usize {
  const all = digits(value);
  // The last digit stays, also when it is 0.
  const zeros: u64 = ctz(all | (1 << 63)) & ~7;
  store<u64>(to, (all | ZEROS) >> zeros);
  return to + 8 - ((zeros >> 3) as usize);
}

/** Prints 0 to 2^32 - 1; returns where it ends. */
export function printUint32(to: usize, value: u32): usize {
  if (value < TEN_8) return printShort(to, value);
  const high = value / TEN_8;
  const end = printShort(to, high);
  store<u64>(end, digits(value - high * TEN_8) | ZEROS);
  return end + 8;
}

/** Prints a whole number from 0 to 2^53; returns where it ends. */
export function printCount(to: usize, value: f64): usize {
  if (value < 4_294_967_296) return printUint32(to, value as u32);
  const whole = value as u64;
  const high = whole / (TEN_8 as u64);
  const end = printUint32(to, high as u32);
  store<u64>(end, digits((whole - high * (TEN_8 as u64)) as u32) | ZEROS);
  return end + 8;
}
