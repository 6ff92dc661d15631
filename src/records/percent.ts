/**
 * Tag values as records print them (record format 1.5): UTF-8, with all but safe characters as %XX in upper case, so
 * that a value has no space and decodeURIComponent gives it back.
 */

/** Characters that stay as they are. Inferred: that dashes, spaces, colons, slashes and equals signs are encoded is
 * seen in examples, `_` and `.` are not. */
const SAFE = /^[A-Za-z0-9]$/;

/** By byte: the text that stands for it. */
const TEXTS: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return SAFE.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});

/** The encoded text; ASCII without spaces. Half of a surrogate pair, which UTF-8 has not, becomes U+FFFD. */
export function percentEncode(text: string): string {
  let out = '';
  for (const byte of Buffer.from(text, 'utf8')) out += TEXTS[byte]!;
  return out;
}
