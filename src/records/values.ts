/**
 * Fields with the space behind them. They are functions of their own, small and of numbers only, so that
 * each is compiled well by itself, whatever the format: one function that did all would be too large for the
 * compiler to inline what matters. Counts are passed by place, since a float64 argument would be allocated.
 */
import { writeIPv4 } from './addresses.ts';
import { writeCount, writeUint32 } from './numbers.ts';

const SPACE = 0x20;

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

/** Source port, destination port (`ports` holds both, source first) and protocol. */
export function writePortsProtocol(
  view: DataView,
  position: number,
  ports: number,
  protocol: number,
): number {
  let end = writeUint32(view, position, ports >>> 16);
  view.setUint8(end++, SPACE);
  end = writeUint32(view, end, ports & 0xffff);
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
