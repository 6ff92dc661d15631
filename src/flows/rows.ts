/**
 * The row layout of the flow table: 64 bytes for each flow of a window, in shared memory, so that a closed
 * window goes to the thread that writes it without a copy. One row is one packet key (S2.4) and verdict.
 *
 * Int32 words of a row, at row × ROW_WORDS:
 *
 *   0 source        IPv4 address, or foldAddress() of the IPv6 words
 *   1 destination   likewise
 *   2 ports         source << 16 | destination; ICMP: type << 8 | code
 *   3 key           protocol | KEY_ bits | context << KEY_CONTEXT_SHIFT
 *   4 hash          of words 0 to 3, seeded anew in each process
 *   5 addresses     IPv6: number of the 8-word entry (source, destination) in the address pool; IPv4: 0
 *   6 7 packets     float64
 *   8 9 bytes       float64
 *  10 first         Unix seconds of the earliest packet, unsigned
 *  11 last          Unix seconds of the latest packet, unsigned
 *  12 egress        number of the interface that holds the source, NO_INTERFACE without one
 *  13 ingress       number of the interface that holds the destination
 *  14 flags         FLAGS_ bits
 *  15 place         number of the place (observation point, interface, direction) that owns the row (S2.8)
 */
export const ROW_WORDS = 16;
export const ROW_BYTES = 4 * ROW_WORDS;
/**
 * Where row 0 begins in its memory. The allocator puts large blocks 16 bytes behind a page: from here each
 * row is one cache line. (Elsewhere it costs some speed, no more.)
 */
const FIRST_ROW = 48;

/** Memory for so many rows. */
export function allocateRows(capacity: number): SharedArrayBuffer {
  return new SharedArrayBuffer(FIRST_ROW + capacity * ROW_BYTES);
}

/** How many rows some memory holds. */
export function capacityOf(rows: SharedArrayBuffer): number {
  return rows.byteLength === 0 ? 0 : (rows.byteLength - FIRST_ROW) / ROW_BYTES;
}

/** The rows of some memory as signed words, unsigned words and float64 cells, row 0 at index 0. */
export function rowWords(rows: SharedArrayBuffer): Int32Array {
  return new Int32Array(rows, rowStart(rows));
}

export function rowUnsigned(rows: SharedArrayBuffer): Uint32Array {
  return new Uint32Array(rows, rowStart(rows));
}

export function rowDoubles(rows: SharedArrayBuffer): Float64Array {
  return new Float64Array(rows, rowStart(rows));
}

function rowStart(rows: SharedArrayBuffer): number {
  return Math.min(FIRST_ROW, rows.byteLength);
}

export const WORD_SOURCE = 0;
export const WORD_DESTINATION = 1;
export const WORD_PORTS = 2;
export const WORD_KEY = 3;
export const WORD_HASH = 4;
export const WORD_ADDRESSES = 5;
/** Index of the float64 in the row's eight float64 cells. */
export const DOUBLE_PACKETS = 3;
export const DOUBLE_BYTES = 4;
export const WORD_FIRST = 10;
export const WORD_LAST = 11;
export const WORD_EGRESS = 12;
export const WORD_INGRESS = 13;
export const WORD_FLAGS = 14;
export const WORD_PLACE = 15;

/** Words of an entry of the IPv6 address pool: four of the source, four of the destination. */
export const POOL_WORDS = 8;

export const KEY_PROTOCOL = 0xff;
export const KEY_IPV6 = 1 << 8;
/** The second row of a key: its packets were reported with the other verdict (S4.2). */
export const KEY_SPLIT = 1 << 9;
/** In a rolled-up interval only: packets that count at one side and are duplicates at the other (S2.8). */
export const KEY_NO_EGRESS = 1 << 10;
export const KEY_NO_INGRESS = 1 << 11;
/** Scope and attribution number, interned together (S2.4). */
export const KEY_CONTEXT_SHIFT = 12;

/** The tcp-flags field of VPC records: FIN 1, SYN 2, RST 4, and 16 with SYN-ACK only (record format 1.2). */
export const FLAGS_VPC = 0x1f;
/** All TCP flags bytes OR-ed, for transit gateway records. */
export const FLAGS_RAW_SHIFT = 8;
/** The verdict: VERDICT_NONE, VERDICT_ACCEPT or VERDICT_REJECT of the batch. NONE is written as ACCEPT. */
export const FLAGS_VERDICT_SHIFT = 16;
export const FLAGS_VERDICT = 3 << FLAGS_VERDICT_SHIFT;
/** A SYN without ACK was seen: this side opened the connection (S4.2). */
export const FLAGS_INITIATOR = 1 << 18;
/** The row's packets were seen, as the same flow, at the interface by an earlier point: that side is not
 * recorded (S2.8). */
export const FLAGS_EGRESS_DUPLICATE = 1 << 19;
export const FLAGS_INGRESS_DUPLICATE = 1 << 20;

/** Traffic that the service itself does not log, in a VPC with awsReserved (S1.5): no side is recorded. */
export const FLAGS_EXCLUDED = 1 << 21;
/** The second leg of a translated flow (S7.5): its packets are counted with the first, outside of the identity. */
export const FLAGS_TRANSLATED = 1 << 22;

/**
 * Rows of a transit window (flows/transit.ts): the flows of a closed window that cross a transit gateway, in memory of
 * their own, with WORD_INGRESS the attachment at which a line "ingress" is recorded (into the gateway) and
 * WORD_EGRESS that of a line "egress" (out of it), NO_INTERFACE where none is. The attachments of both ends, recorded or
 * not, stand in the words of hash and place, which have no other reader once a window is closed.
 */
export const WORD_SOURCE_ATTACHMENT = 4;
export const WORD_DESTINATION_ATTACHMENT = 15;

/** What a NODATA or SKIPDATA line is made of (S5.1, S5.2): one entry for each line. */
export const STATUS_NODATA = 1;
export const STATUS_SKIPDATA = 2;
/** Words of an entry of ClosedWindow.status: interface number, STATUS_ value, start, end (Unix seconds). */
export const STATUS_WORDS = 4;

/**
 * Packets that an exporter says were lost on the way though rules let them through, as ClosedWindow.lost has them:
 * sparse, since nearly all rows have none. LOST_CELLS cells for each row that has some, ordered by row: its number,
 * and a count for each reason. Entries whose row was merged into another's stand at the end, with row NO_ROW.
 */
export const LOST_CELLS = 5;
export const LOST_NO_ROUTE = 1;
export const LOST_BLACKHOLE = 2;
export const LOST_MTU_EXCEEDED = 3;
export const LOST_TTL_EXPIRED = 4;
export const NO_ROW = Number.POSITIVE_INFINITY;

export const NO_LOST = new Float64Array(0);

/** Where a row's entry begins, -1 when it has lost nothing. By halves. */
export function lostAt(lost: Float64Array, row: number): number {
  let low = 0;
  let high = lost.length / LOST_CELLS;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (lost[middle * LOST_CELLS]! < row) low = middle + 1;
    else high = middle;
  }
  const at = low * LOST_CELLS;
  return lost[at] === row ? at : -1;
}

/** Which version of the network something was recorded under (S3.7). */
export interface NetworkVersion {
  /** The version whose snapshot has the facts. */
  readonly version: number;
  /** Versions of one such number say the same of every interface that both have, and the later one has all
   * of the earlier one's: the facts of either do for both. */
  readonly factsVersion: number;
}

/**
 * A window that will not change any more: what flows/ hands to records/. Cloning it to another thread shares
 * the rows. The reader gives it back (by its `table` number) when it is written.
 */
export interface ClosedWindow extends NetworkVersion {
  /** Start of the window or interval in Unix seconds, aligned to `seconds`. */
  readonly start: number;
  readonly seconds: number;
  /** The rows came after their window had closed (S3.4). */
  readonly late: boolean;
  /** Which table of the pool holds the rows; returned with it. */
  readonly table: number;
  readonly rows: SharedArrayBuffer;
  readonly addresses: SharedArrayBuffer;
  readonly count: number;
  /** Sums over all rows, unattributed ones included: the reader checks its own sums against these. */
  readonly packets: number;
  readonly bytes: number;
  /** NODATA and SKIPDATA lines, STATUS_WORDS words each; interfaces may repeat rows' interfaces. */
  readonly status: Int32Array;
  /** Packets of rows that were lost on the way, by reason (LOST_CELLS); NO_LOST for nearly all windows. */
  readonly lost: Float64Array;
}

/**
 * A closed window as lines: what each interface records, in the order of an object (S6.3). Made off the
 * recording thread by flows/expand.ts; shared memory, so that several threads can write parts of it.
 */
export interface ExpandedWindow {
  readonly window: ClosedWindow;
  /**
   * One entry for each line. 0 and above: row << 1 | side, where side 0 is the egress line at WORD_EGRESS's
   * interface and side 1 the ingress line at WORD_INGRESS's. Below 0: ~i, entry i of window.status.
   */
  readonly order: Int32Array;
  /** Valid entries of `order`. */
  readonly lines: number;
}
