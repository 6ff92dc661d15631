/**
 * Combining CRC-32 values (the polynomial of RFC 1952, section 8, bits reflected). A CRC register is a
 * polynomial over GF(2) modulo that one; bytes that follow multiply what came before by x^8 each. So the CRC
 * of two pieces is crc(first) · x^(8 · length of the second) + crc(second); the inversions at both ends
 * cancel out.
 */
const POLYNOMIAL = 0xedb88320;
/** The polynomial 1: reflected, so that the highest bit is the coefficient of x^0. */
const ONE = 0x80000000;
/** x^8: what one byte multiplies by. */
const BYTE = 0x00800000;

/**
 * CRC-32 of two byte strings behind one another, from the CRC-32 of each and the second's length in bytes
 * (a whole number from 0 to 2^53). Unsigned.
 */
export function crc32Combine(first: number, second: number, secondLength: number): number {
  let power = ONE;
  let square = BYTE;
  // x^(8 · length) by squaring; the length may have more than 32 bits.
  for (let rest = secondLength; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) power = multiply(power, square);
    square = multiply(square, square);
  }
  return (multiply(first, power) ^ second) >>> 0;
}

/** Product of two polynomials modulo the CRC's, all reflected. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  // From the coefficient of x^0 of `a` upwards, `shifted` is b · x^i.
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= shifted;
    shifted = (shifted & 1) === 0 ? shifted >>> 1 : (shifted >>> 1) ^ POLYNOMIAL;
  }
  return product >>> 0;
}
