import type { Field, RowValue } from './catalogue.ts';
import type { LogFormat } from './formats.ts';
import { ABSENT } from './pieces.ts';
import type { Segment } from './pieces.ts';

/** What the text writer does next. Every op but OP_PIECE writes its values, each with a space. */
export const OP_PIECE = 0;
export const OP_SRCADDR = 1;
export const OP_DSTADDR = 2;
export const OP_SRCPORT = 3;
export const OP_DSTPORT = 4;
export const OP_PROTOCOL = 5;
export const OP_PACKETS = 6;
export const OP_BYTES = 7;
export const OP_START = 8;
export const OP_END = 9;
export const OP_ACTION = 10;
export const OP_TCP_FLAGS = 11;
export const OP_TYPE = 12;
export const OP_PKT_SRCADDR = 13;
export const OP_PKT_DSTADDR = 14;
export const OP_DIRECTION = 15;
export const OP_LOG_STATUS = 16;
/** Ops for fields that often stand together: less to decide for each line. */
export const OP_ADDRESSES = 17;
export const OP_PORTS_PROTOCOL = 18;
export const OP_COUNTS = 19;
export const OP_TIMES = 20;
export const OP_PKT_ADDRESSES = 21;
export const OP_FLOW = 22;

/** Longer runs first. OP_FLOW is the middle of the default format. */
const TOGETHER: readonly (readonly [number, readonly number[]])[] = [
  [OP_FLOW, [OP_SRCPORT, OP_DSTPORT, OP_PROTOCOL, OP_PACKETS, OP_BYTES, OP_START, OP_END, OP_ACTION]],
  [OP_ADDRESSES, [OP_SRCADDR, OP_DSTADDR]],
  [OP_PORTS_PROTOCOL, [OP_SRCPORT, OP_DSTPORT, OP_PROTOCOL]],
  [OP_COUNTS, [OP_PACKETS, OP_BYTES]],
  [OP_TIMES, [OP_START, OP_END]],
  [OP_PKT_ADDRESSES, [OP_PKT_SRCADDR, OP_PKT_DSTADDR]],
];

const OPS: Readonly<Record<RowValue, number>> = {
  srcaddr: OP_SRCADDR,
  dstaddr: OP_DSTADDR,
  srcport: OP_SRCPORT,
  dstport: OP_DSTPORT,
  protocol: OP_PROTOCOL,
  packets: OP_PACKETS,
  bytes: OP_BYTES,
  start: OP_START,
  end: OP_END,
  action: OP_ACTION,
  'log-status': OP_LOG_STATUS,
  'tcp-flags': OP_TCP_FLAGS,
  type: OP_TYPE,
  'pkt-srcaddr': OP_PKT_SRCADDR,
  'pkt-dstaddr': OP_PKT_DSTADDR,
  'flow-direction': OP_DIRECTION,
};

/** All that NODATA and SKIPDATA lines say of traffic. */
const STATUS_VALUES: ReadonlySet<RowValue> = new Set<RowValue>(['start', 'end', 'log-status']);

/**
 * Whether NODATA and SKIPDATA lines fill what a format of version 3 or later asks of the interface itself
 * (VPC, subnet, instance, placement). Not documented, and consumers must take both (record format 1.7).
 */
const STATUS_LINES_HAVE_METADATA = true;

/** Last version whose interface fields are documented to stand in NODATA and SKIPDATA lines. */
const DOCUMENTED_STATUS_VERSION = 2;

/** How one kind of line of a format is written. */
export interface LinePlan {
  readonly ops: Uint8Array;
  /** One for each OP_PIECE, in their order; each ends with a space. */
  readonly pieces: readonly (readonly Segment[])[];
}

/**
 * Compiles a format for lines of flows (`row`) or for NODATA and SKIPDATA lines (`status`). Neighbouring
 * fields that are constant for an interface become one piece.
 */
export function compileLine(format: LogFormat, line: 'row' | 'status'): LinePlan {
  const ops: number[] = [];
  const pieces: Segment[][] = [];
  for (const field of format.fields) {
    const step = stepOf(field, line, format.version);
    if (typeof step === 'number') {
      ops.push(step);
      continue;
    }
    if (ops.at(-1) !== OP_PIECE) {
      ops.push(OP_PIECE);
      pieces.push([]);
    }
    pieces.at(-1)!.push(step, { text: ' ' });
  }
  return { ops: Uint8Array.from(line === 'row' ? joined(ops) : ops), pieces };
}

/** Replaces ops that stand together by the one that does them all. */
function joined(ops: readonly number[]): number[] {
  const out: number[] = [];
  for (let i = 0; i < ops.length;) {
    const found = TOGETHER.find(([, parts]) => parts.every((part, j) => ops[i + j] === part));
    out.push(found === undefined ? ops[i]! : found[0]);
    i += found === undefined ? 1 : found[1].length;
  }
  return out;
}

/** An op for what differs from line to line, a segment for what does not. */
function stepOf(field: Field, line: 'row' | 'status', version: number): number | Segment {
  const { filling } = field;
  if (filling.per === 'format') return { text: String(version) };
  if (filling.per === 'unfilled') return { text: ABSENT };
  if (filling.per === 'interface') {
    const undocumented = line === 'status' && field.version > DOCUMENTED_STATUS_VERSION;
    return undocumented && !STATUS_LINES_HAVE_METADATA ? { text: ABSENT } : { fact: filling.value };
  }
  if (line === 'row') return filling.value === 'log-status' ? { text: 'OK' } : OPS[filling.value];
  return STATUS_VALUES.has(filling.value) ? OPS[filling.value] : { text: ABSENT };
}
