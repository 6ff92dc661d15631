/** Bounds of delivery: what is configured, and what is fixed. */

/** Uncompressed bytes of an object, its header line among them, so that none passes 75 MB (S6.4). */
export const OBJECT_BYTES = 75_000_000;

/** Bytes of messages that one append of log events holds: more is cut into several, in order. */
export const APPEND_BYTES = 4 * 1024 * 1024;

/** What one put of Firehose records holds: what PutRecordBatch takes. */
export const PUT_RECORDS = 500;
export const PUT_BYTES = 4 * 1024 * 1024;

/** Slots whose part numbers a live producer's ledger still holds one by one: two hours. */
export const LEDGER_SLOTS = 24;

/** Ended replays whose ledger rows are kept, since a flush cut their slots at a point that a rerun does not know. */
export const KEPT_REPLAYS = 16;

/** Live producers that are over whose numbers of parts are kept: their names are not used again. */
export const KEPT_LIVE = 16;

/** Deleted flow logs whose amounts are kept when everything of theirs is settled. */
export const KEPT_AMOUNTS = 1000;

/** Entries of takeGivenUp() that are held apart, of a flow log and of all; beyond it those of a flow log are joined. */
export const GIVEN_UP_EACH = 16;
export const GIVEN_UP_ENTRIES = 10_000;

export interface DeliveryLimits {
  /** Bytes of spooled segments. The last fifth is for destinations that work while others fail (room.ts). */
  readonly spoolBytes: number;
  /** Spooled rows of failing destinations are given up at this age, in seconds. */
  readonly spoolSeconds: number;
  /** Chunks that wait, each counted once for each of its flow logs: about 150 bytes of memory each. */
  readonly spoolClaims: number;
  /** What an interrupted replay left is published as it is after so many seconds without a rerun. */
  readonly orphanSeconds: number;
  /** What an object may hold before it is cut into parts, uncompressed bytes. */
  readonly objectBytes: number;
  /** Milliseconds that an attempt may take, and bytes a second that it must make beyond them. */
  readonly attemptMs: number;
  readonly attemptBytesPerSecond: number;
  /** Between attempts: doubled from the first to the most, with jitter. Milliseconds. */
  readonly backOffMs: number;
  readonly backOffMostMs: number;
  /** An attempt that takes longer no longer holds a place that others wait for. Milliseconds. */
  readonly slowMs: number;
  /** Attempts at a time: of one kind of destination, and at one bucket or log group. */
  readonly concurrency: number;
  readonly concurrencyEach: number;
  /** Slow attempts at a time: in all, and at one bucket or log group. */
  readonly slow: number;
  readonly slowEach: number;
}

export const DEFAULT_LIMITS: DeliveryLimits = {
  spoolBytes: 10 * 1024 ** 3,
  spoolSeconds: 24 * 3600,
  spoolClaims: 2_000_000,
  orphanSeconds: 3600,
  objectBytes: OBJECT_BYTES,
  attemptMs: 30_000,
  attemptBytesPerSecond: 1_000_000,
  backOffMs: 1000,
  backOffMostMs: 60_000,
  slowMs: 1000,
  concurrency: 16,
  concurrencyEach: 8,
  slow: 64,
  slowEach: 8,
};
