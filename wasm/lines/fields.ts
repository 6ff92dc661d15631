/** Fields with the space behind them. */
import {
  ADDRESS_WORDS,
  EGRESS,
  LINE_ADDRESSES,
  LINE_BYTES,
  LINE_DESTINATION,
  LINE_END,
  LINE_PACKETS,
  LINE_PORTS,
  LINE_PROTOCOL,
  LINE_REJECTED,
  LINE_SIDE,
  LINE_SOURCE,
  LINE_START,
  LINE_STATUS,
  PIECE_PRIMARY,
  PIECE_REWRITES,
  STATUS_LINE_NODATA,
} from '../../src/records/line-layout';
import { printIPv4, printIPv6 } from './addresses';
import { printCount, printUint32 } from './numbers';

const ADDRESS_BYTES: u32 = 4 * ADDRESS_WORDS;

const SPACE: u32 = 0x20;
/** `- `, and other texts as the words that they are stored as: the first character in the lowest byte. */
const NONE: u32 = 0x202d;
const ACCEPT: u64 = 0x20545045434341;
const REJECT: u64 = 0x205443454a4552;
const EGRESS_TEXT: u64 = 0x20737365726765;
const INGRESS_TEXT: u64 = 0x2073736572676e69;
const NODATA: u64 = 0x20415441444f4e;
const SKIPDATA: u64 = 0x4154414450494b53;
const IPV4: u64 = 0x2034765049;
const IPV6: u64 = 0x2036765049;

/** A word of a line or an entry. */
export function wordOf(at: usize, word: usize): u32 {
  return load<u32>(at + (word << 2));
}

function spaced(end: usize): usize {
  store<u8>(end, SPACE);
  return end + 1;
}

export function none(to: usize): usize {
  store<u16>(to, NONE);
  return to + 2;
}

export function number(to: usize, value: u32): usize {
  return spaced(printUint32(to, value));
}

export function count(to: usize, value: f64): usize {
  return spaced(printCount(to, value));
}

/** A text as it is kept: its length in bytes, and its bytes, padded to whole words. Up to 15 bytes behind are spoilt. */
export function text(to: usize, at: usize): usize {
  const bytes: usize = load<u32>(at);
  for (let i: usize = 0; i < bytes; i += 16) v128.store(to + i, v128.load(at + i, 4));
  return to + bytes;
}

/** Where the text behind the one at `at` is. */
export function textAfter(at: usize): usize {
  return at + 4 + (((load<u32>(at) as usize) + 3) & ~3);
}

/** An address of a line: the source (the end at the EGRESS side) or the destination, and whether as the packet has it. */
export function address(to: usize, line: usize, entry: usize, side: u32, packet: bool): usize {
  const six: usize = wordOf(line, LINE_ADDRESSES);
  if (six != 0) {
    const block: u32 = (packet ? 2 * ADDRESS_BYTES : 0) + (side == EGRESS ? 0 : ADDRESS_BYTES);
    return spaced(printIPv6(to, six + (block as usize)));
  }
  let four = wordOf(line, side == EGRESS ? LINE_SOURCE : LINE_DESTINATION);
  if (!packet) {
    // By masks: which side a line is of would be guessed wrong half of the time.
    const own = wordOf(entry, PIECE_REWRITES) & ((side ^ wordOf(line, LINE_SIDE)) - 1);
    four ^= (four ^ wordOf(entry, PIECE_PRIMARY)) & own;
  }
  return spaced(printIPv4(to, four));
}

export function sourcePort(to: usize, line: usize): usize {
  return number(to, wordOf(line, LINE_PORTS) >> 16);
}

export function destinationPort(to: usize, line: usize): usize {
  return number(to, wordOf(line, LINE_PORTS) & 0xffff);
}

export function protocol(to: usize, line: usize): usize {
  return number(to, wordOf(line, LINE_PROTOCOL));
}

export function packets(to: usize, line: usize): usize {
  return count(to, load<f64>(line, LINE_PACKETS * 4));
}

export function bytes(to: usize, line: usize): usize {
  return count(to, load<f64>(line, LINE_BYTES * 4));
}

export function start(to: usize, line: usize): usize {
  return number(to, wordOf(line, LINE_START));
}

export function end(to: usize, line: usize): usize {
  return number(to, wordOf(line, LINE_END));
}

export function action(to: usize, line: usize): usize {
  store<u64>(to, wordOf(line, LINE_REJECTED) == 0 ? ACCEPT : REJECT);
  return to + 7;
}

export function type(to: usize, line: usize): usize {
  store<u64>(to, wordOf(line, LINE_ADDRESSES) == 0 ? IPV4 : IPV6);
  return to + 5;
}

export function direction(to: usize, line: usize): usize {
  const side = wordOf(line, LINE_SIDE);
  store<u64>(to, side == EGRESS ? EGRESS_TEXT : INGRESS_TEXT);
  return to + 7 + (side as usize);
}

export function logStatus(to: usize, line: usize): usize {
  const nodata = wordOf(line, LINE_STATUS) == STATUS_LINE_NODATA;
  store<u64>(to, nodata ? NODATA : SKIPDATA);
  store<u8>(to, SPACE, 8);
  return to + (nodata ? 7 : 9);
}
