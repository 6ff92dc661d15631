import type { InterfaceLookup } from '../network/lookup.ts';
import type { ClosedWindow, NetworkVersion } from './rows.ts';
import type { StatusTracker } from './status.ts';

export interface RecorderOptions {
  /** The first version of the network; `setNetwork` brings others. */
  readonly lookup: InterfaceLookup;
  /** Live sources close windows by the wall clock (`advance`), and never wait for a table. */
  readonly live: boolean;
  /** How far behind the watermark stays at least (S3.3): it follows the slowest point. */
  readonly graceSeconds?: number;
  /** Rows of a table, and tables in all: the bound on memory. */
  readonly tableRows: number;
  readonly tables: number;
  /** Destination addresses may be discovered too (S2.6): in `record` and in replays. */
  readonly discoverDestinations: boolean;
  /** NODATA and SKIPDATA, one tracker for each interval length in use. */
  readonly trackers: readonly StatusTracker[];
  /** A window has closed; its table comes back through `release`. */
  readonly onWindow: (window: ClosedWindow) => void;
  /** An interval of a tracker longer than a window has closed; all its windows came before. `at` is the
   * version of the last of them, whose interfaces `status` names. */
  readonly onInterval: (start: number, seconds: number, status: Int32Array, at: NetworkVersion) => void;
  /** All windows and intervals that end by then have been handed over, or never will be. */
  readonly onClosed?: (upTo: number) => void;
}

/** Counters of a recorder; with those that account() sums up they make the identity (S1.2). */
export interface RecorderCounters {
  /** Rows of batches, and the packets and IP bytes that they stand for: what the identity begins with. */
  rows: number;
  packets: number;
  bytes: number;
  /** Rows of exporters that only tell an event: no record, and nothing to count (S7.6). */
  eventRows: number;
  latePackets: number;
  lateBytes: number;
  duplicatePackets: number;
  duplicateBytes: number;
  verdictOnlyPackets: number;
  verdictOnlyBytes: number;
  verdictLate: number;
  /** Reported verdicts that were not remembered for their connections (S4.2), as these were too many. */
  verdictOverflow: number;
  /** Packets and legs of exported flows that found no context number (S2.4), as these were too many. */
  contextOverflow: number;
  earlyWrites: number;
  windows: number;
}

export function noCounters(): RecorderCounters {
  return {
    rows: 0,
    packets: 0,
    bytes: 0,
    eventRows: 0,
    latePackets: 0,
    lateBytes: 0,
    duplicatePackets: 0,
    duplicateBytes: 0,
    verdictOnlyPackets: 0,
    verdictOnlyBytes: 0,
    verdictLate: 0,
    verdictOverflow: 0,
    contextOverflow: 0,
    earlyWrites: 0,
    windows: 0,
  };
}
