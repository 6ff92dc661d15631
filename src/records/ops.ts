/**
 * What is printed next, of a line. Every op but OP_PIECE and OP_LINE_END prints its value and a space. Constants
 * only: AssemblyScript compiles this file too (wasm/lines).
 */
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
/** What was worked out for the line and stands in its next slot: a text; a whole number up to 2^31, and one up to 2^53 as
 * a float64, both `-` when negative. */
export const OP_SLOT_TEXT = 17;
export const OP_SLOT_NUMBER = 18;
export const OP_SLOT_COUNT = 19;
/** Behind the last field: its space becomes the line feed. */
export const OP_LINE_END = 20;

/** Every op from here on is worked out by derived.ts, and printed by an OP_SLOT_. */
export const FIRST_DERIVED = 32;
export const OP_TRAFFIC_PATH = 32;
export const OP_SOURCE_SERVICE = 33;
export const OP_DESTINATION_SERVICE = 34;
export const OP_REJECT_REASON = 35;
export const OP_ENCRYPTION_STATUS = 36;
/** Bytes where lines may be rejected by Block Public Access. */
export const OP_BYTES_OR_NONE = 37;
/** The next field of the next hop; OP_NEXT_HOP_ZONE is said of other accounts' too. */
export const OP_NEXT_HOP = 38;
export const OP_NEXT_HOP_ZONE = 39;
/** The next field of an end of a flow through a transit gateway. */
export const OP_SOURCE_END = 40;
export const OP_DESTINATION_END = 41;
export const OP_PAIR = 42;
export const OP_RAW_FLAGS = 43;
/** Packets lost: OP_LOST and the cell of the reason (flows/lost.ts), which is 1 to 4. */
export const OP_LOST = 44;
