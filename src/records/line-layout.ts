/**
 * What the WebAssembly that prints lines (wasm/lines) reads: lines as words, and entries with the texts of their
 * interfaces. Constants only: AssemblyScript compiles this file too.
 *
 * A line has LINE_WORDS words and behind them a slot of two words for each value that is worked out for it, in the order
 * of the format: a number, a float64, or the address of a text, as the op has it.
 */
export const LINE_WORDS = 16;
/** IPv4 addresses of the packet. */
export const LINE_SOURCE = 0;
export const LINE_DESTINATION = 1;
/** Source << 16 | destination. */
export const LINE_PORTS = 2;
export const LINE_PROTOCOL = 3;
/** Where the entry of its interface is, in bytes. */
export const LINE_ENTRY = 4;
/** IPv6: where its four addresses are, in bytes: source and destination as printed, and as the packet has them. IPv4: 0. */
export const LINE_ADDRESSES = 5;
export const ADDRESS_WORDS = 4;
export const ADDRESSES_WORDS = 4 * ADDRESS_WORDS;
/** float64. */
export const LINE_PACKETS = 6;
export const LINE_BYTES = 8;
/** Unix seconds, unsigned. */
export const LINE_START = 10;
export const LINE_END = 11;
/** EGRESS, or 1: ingress. */
export const LINE_SIDE = 12;
export const EGRESS = 0;
export const LINE_TCP_FLAGS = 13;
/** 1 when it was rejected. */
export const LINE_REJECTED = 14;
/** 0 for lines of flows; NODATA and SKIPDATA lines have ops of their own. */
export const LINE_STATUS = 15;
export const STATUS_LINE_NODATA = 1;
export const STATUS_LINE_SKIPDATA = 2;

/** Bytes of a slot. */
export const SLOT_BYTES = 8;

/**
 * Words of an entry: whether the primary IPv4 address is printed (S2.5; -1: yes, 0: no), that address, how many bytes the
 * pieces have together, and how many words the entry has. Behind them the pieces: each its length in bytes, and its
 * bytes as little-endian words, the last one padded.
 */
export const PIECE_REWRITES = 0;
export const PIECE_PRIMARY = 1;
export const PIECE_TOTAL = 2;
export const PIECE_WORDS = 3;
export const PIECE_FIRST = 4;
