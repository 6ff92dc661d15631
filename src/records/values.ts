/**
 * Fields with the space behind them. They are functions of their own, small and of numbers only, so that
 * each is compiled well by itself, whatever the format: one function that did all would be too large for the
 * compiler to inline what matters. Counts are passed by place, since a float64 argument would be allocated.
 */
import {
  DOUBLE_BYTES,
  DOUBLE_PACKETS,
  FLAGS_VERDICT,
  KEY_PROTOCOL,
  WORD_FIRST,
  WORD_FLAGS,
  WORD_KEY,
  WORD_LAST,
  WORD_PORTS,
} from '../flows/rows.ts';
import { writeIPv4 } from './addresses.ts';
import { writeCount, writeUint32 } from './numbers.ts';
import { REJECTED } from './select.ts';

const SPACE = 0x20;
const PROTOCOL_ICMP = 1;
const PROTOCOL_ICMPV6 = 58;
const [ACCE, PT_] = [word('ACCE'), word('PT ')];
const [REJE, CT_] = [word('REJE'), word('CT ')];

/** Up to four characters as a word to store little-endian: the first in the lowest byte. */
export function word(text: string): number {
  let out = 0;
  for (let i = text.length - 1; i >= 0; i--) out = (out << 8) | text.charCodeAt(i);
  return out >>> 0;
}

/** ICMP rows hold type and code where others hold ports; records print 0 (S1.4). */
export function hasPorts(protocol: number): boolean {
  return protocol !== PROTOCOL_ICMP && protocol !== PROTOCOL_ICMPV6;
}

/** A number from 0 to 2^32 - 1. */
export function writeField(view: DataView, position: number, value: number): number {
  const end = writeUint32(view, position, value);
  view.setUint8(end, SPACE);
  return end + 1;
}

/** The whole number `doubles[at]`. */
export function writeCountField(view: DataView, position: number, doubles: Float64Array, at: number): number {
  const end = writeCount(view, position, doubles[at]!);
  view.setUint8(end, SPACE);
  return end + 1;
}

export function writeIPv4Field(view: DataView, position: number, address: number): number {
  const end = writeIPv4(view, position, address);
  view.setUint8(end, SPACE);
  return end + 1;
}

export function writeIPv4Pair(view: DataView, position: number, first: number, second: number): number {
  let end = writeIPv4(view, position, first);
  view.setUint8(end++, SPACE);
  end = writeIPv4(view, end, second);
  view.setUint8(end, SPACE);
  return end + 1;
}

/** Source port, destination port and protocol; `ports` is WORD_PORTS of the row. */
export function writePortsProtocol(
  view: DataView,
  position: number,
  ports: number,
  protocol: number,
): number {
  const shown = hasPorts(protocol) ? ports : 0;
  let end = writeUint32(view, position, shown >>> 16);
  view.setUint8(end++, SPACE);
  end = writeUint32(view, end, shown & 0xffff);
  view.setUint8(end++, SPACE);
  end = writeUint32(view, end, protocol);
  view.setUint8(end, SPACE);
  return end + 1;
}

/** Two times, as signed words of unsigned seconds. */
export function writeTimes(view: DataView, position: number, first: number, last: number): number {
  let end = writeUint32(view, position, first >>> 0);
  view.setUint8(end++, SPACE);
  end = writeUint32(view, end, last >>> 0);
  view.setUint8(end, SPACE);
  return end + 1;
}

/** The action, by WORD_FLAGS of the row: ACCEPT without a verdict (S4.1). */
export function writeAction(view: DataView, position: number, flags: number): number {
  const rejected = (flags & FLAGS_VERDICT) === REJECTED;
  view.setUint32(position, rejected ? REJE : ACCE, true);
  view.setUint32(position + 4, rejected ? CT_ : PT_, true);
  return position + 7;
}

/** The default format from srcport to action, of the row whose first word is `rows[base]`. */
export function writeFlow(
  view: DataView,
  position: number,
  rows: Int32Array,
  doubles: Float64Array,
  base: number,
): number {
  const protocol = rows[base + WORD_KEY]! & KEY_PROTOCOL;
  let end = writePortsProtocol(view, position, rows[base + WORD_PORTS]!, protocol);
  end = writeCountField(view, end, doubles, (base >>> 1) + DOUBLE_PACKETS);
  end = writeCountField(view, end, doubles, (base >>> 1) + DOUBLE_BYTES);
  end = writeTimes(view, end, rows[base + WORD_FIRST]!, rows[base + WORD_LAST]!);
  return writeAction(view, end, rows[base + WORD_FLAGS]!);
}
