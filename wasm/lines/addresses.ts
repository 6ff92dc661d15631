/** IP addresses; the same text as src/base/addresses.ts gives. */
import { HEX, OCTET_BYTES, OCTETS, RUNS } from './memory';

const COLON: u32 = 0x3a;
const DOT: u32 = 0x2e;
/** A run of zero groups as the table has it: its first group << 4 | how many; this where none is longer than one. */
const NO_RUN: u32 = 8 << 4;

setOctets();
setHex();
setRuns();

function setOctets(): void {
  for (let octet: u32 = 0; octet < 256; octet++) {
    let text: u32 = 0x30 + (octet % 10);
    let bytes: u32 = 1;
    for (let left = octet / 10; left > 0; left /= 10) {
      text = (text << 8) | (0x30 + (left % 10));
      bytes++;
    }
    store<u32>(OCTETS + ((octet as usize) << 2), text | (DOT << (bytes << 3)));
    store<u8>(OCTET_BYTES + (octet as usize), (bytes + 1) as u8);
  }
}

function setHex(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    store<u16>(HEX + ((byte as usize) << 1), (hexDigit(byte >> 4) | (hexDigit(byte & 15) << 8)) as u16);
  }
}

function hexDigit(value: u32): u32 {
  return value < 10 ? 0x30 + value : 0x57 + value;
}

/** For each set of zero groups (bit i: group i is 0) the first of the longest runs of two or more. */
function setRuns(): void {
  for (let zeros: u32 = 0; zeros < 256; zeros++) {
    let best = NO_RUN;
    let most: u32 = 1;
    for (let start: u32 = 0; start < 8; start++) {
      let length: u32 = 0;
      while (start + length < 8 && (zeros & (1 << (start + length))) != 0) length++;
      if (length <= most) continue;
      best = (start << 4) | length;
      most = length;
    }
    store<u8>(RUNS + (zeros as usize), best as u8);
  }
}

/** Prints an octet and a dot; returns where they end. Four bytes are stored. */
function printOctet(to: usize, octet: u32): usize {
  store<u32>(to, load<u32>(OCTETS + ((octet as usize) << 2)));
  return to + (load<u8>(OCTET_BYTES + (octet as usize)) as usize);
}

/** Prints a word as a dotted quad; returns where it ends. */
export function printIPv4(to: usize, address: u32): usize {
  let end = printOctet(to, address >> 24);
  end = printOctet(end, (address >> 16) & 255);
  end = printOctet(end, (address >> 8) & 255);
  // The last octet's dot is not part of the text.
  return printOctet(end, address & 255) - 1;
}

/**
 * Prints four words, at `from`, as canonical IPv6 text (RFC 5952, section 4: lower case, no leading zeros, `::` for the
 * first of the longest runs of two or more zero groups); returns where it ends.
 */
export function printIPv6(to: usize, from: usize): usize {
  let zeros: u32 = 0;
  for (let i: u32 = 0; i < 8; i++) zeros |= ((group(from, i) == 0) as u32) << i;
  const run = load<u8>(RUNS + (zeros as usize)) as u32;
  const start = run >> 4;
  let end = to;
  for (let i: u32 = 0; i < start; i++) end = printGroup(end, group(from, i));
  // Each group has left its colon behind: the last one's is part of `::`, or not part of the text.
  if (run == NO_RUN) return end - 1;
  if (start == 0) store<u8>(end++, COLON);
  store<u8>(end++, COLON);
  const rest = start + (run & 15);
  if (rest == 8) return end;
  for (let i = rest; i < 8; i++) end = printGroup(end, group(from, i));
  return end - 1;
}

/** Groups are the halves of words, the higher first. */
function group(from: usize, i: u32): u32 {
  return load<u16>(from + (((i ^ 1) as usize) << 1)) as u32;
}

/** Prints a group without leading zeros, and a colon: the four digits are one word, out of which zeros are shifted. */
function printGroup(to: usize, value: u32): usize {
  const digits = (35 - clz(value | 1)) >> 2;
  const high = load<u16>(HEX + ((value >> 8) << 1)) as u32;
  const all = high | ((load<u16>(HEX + ((value & 255) << 1)) as u32) << 16);
  store<u32>(to, all >> ((4 - digits) << 3));
  store<u8>(to + (digits as usize), COLON);
  return to + (digits as usize) + 1;
}
