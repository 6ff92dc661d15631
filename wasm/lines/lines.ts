/** Lines of records as text: as many as stand in memory at once, each by the ops of its format. */
import {
  EGRESS,
  LINE_ENTRY,
  LINE_STATUS,
  LINE_TCP_FLAGS,
  LINE_WORDS,
  PIECE_FIRST,
  SLOT_BYTES,
} from '../../src/records/line-layout';
import {
  OP_ACTION,
  OP_BYTES,
  OP_DIRECTION,
  OP_DSTADDR,
  OP_DSTPORT,
  OP_END,
  OP_LINE_END,
  OP_LOG_STATUS,
  OP_PACKETS,
  OP_PIECE,
  OP_PKT_DSTADDR,
  OP_PKT_SRCADDR,
  OP_PROTOCOL,
  OP_SLOT_COUNT,
  OP_SLOT_NUMBER,
  OP_SLOT_TEXT,
  OP_SRCADDR,
  OP_SRCPORT,
  OP_START,
  OP_TCP_FLAGS,
  OP_TYPE,
} from '../../src/records/ops';
import * as field from './fields';
import { LINES, LINES_BYTES, OPS, OPS_BYTES, STATUS_OPS, TEXTS, TEXTS_BYTES, WRITTEN } from './memory';

/** Where the caller puts ops (those of NODATA and SKIPDATA lines behind those of flows), lines and their texts, how much of
 * each there is room for, and where what is printed begins. */
export const ops: u32 = OPS as u32;
export const opsBytes: u32 = OPS_BYTES as u32;
export const lineInput: u32 = LINES as u32;
export const lineInputBytes: u32 = LINES_BYTES as u32;
export const texts: u32 = TEXTS as u32;
export const textsBytes: u32 = TEXTS_BYTES as u32;
export const written: u32 = WRITTEN as u32;

const INGRESS: u32 = 1;
const NEWLINE: u32 = 0x0a;

/** Prints so many lines, `stride` bytes each, to `to`; returns where they end. Up to 16 bytes behind are spoilt. */
export function printLines(count: u32, stride: u32, to: usize): usize {
  let at = to;
  let line = LINES;
  for (let i: u32 = 0; i < count; i++) {
    at = printLine(at, line);
    line += stride as usize;
  }
  return at;
}

function printLine(to: usize, line: usize): usize {
  let at = to;
  let op = field.wordOf(line, LINE_STATUS) == 0 ? OPS : STATUS_OPS;
  const entry: usize = field.wordOf(line, LINE_ENTRY);
  let piece = entry + 4 * PIECE_FIRST;
  let slot = line + 4 * LINE_WORDS;
  while (true) {
    switch (load<u8>(op++) as u32) {
      case OP_PIECE:
        at = field.text(at, piece);
        piece = field.textAfter(piece);
        break;
      case OP_SRCADDR:
        at = field.address(at, line, entry, EGRESS, false);
        break;
      case OP_DSTADDR:
        at = field.address(at, line, entry, INGRESS, false);
        break;
      case OP_PKT_SRCADDR:
        at = field.address(at, line, entry, EGRESS, true);
        break;
      case OP_PKT_DSTADDR:
        at = field.address(at, line, entry, INGRESS, true);
        break;
      case OP_SRCPORT:
        at = field.sourcePort(at, line);
        break;
      case OP_DSTPORT:
        at = field.destinationPort(at, line);
        break;
      case OP_PROTOCOL:
        at = field.protocol(at, line);
        break;
      case OP_PACKETS:
        at = field.packets(at, line);
        break;
      case OP_BYTES:
        at = field.bytes(at, line);
        break;
      case OP_START:
        at = field.start(at, line);
        break;
      case OP_END:
        at = field.end(at, line);
        break;
      case OP_ACTION:
        at = field.action(at, line);
        break;
      case OP_TCP_FLAGS:
        at = field.number(at, field.wordOf(line, LINE_TCP_FLAGS));
        break;
      case OP_TYPE:
        at = field.type(at, line);
        break;
      case OP_DIRECTION:
        at = field.direction(at, line);
        break;
      case OP_LOG_STATUS:
        at = field.logStatus(at, line);
        break;
      case OP_SLOT_TEXT:
        at = field.text(at, load<u32>(slot));
        slot += SLOT_BYTES;
        break;
      case OP_SLOT_NUMBER:
        at = load<i32>(slot) < 0 ? field.none(at) : field.number(at, load<u32>(slot));
        slot += SLOT_BYTES;
        break;
      case OP_SLOT_COUNT:
        at = load<f64>(slot) < 0 ? field.none(at) : field.count(at, load<f64>(slot));
        slot += SLOT_BYTES;
        break;
      case OP_LINE_END:
      default:
        store<u8>(at - 1, NEWLINE);
        return at;
    }
  }
}
