/** An event's place in the order of its group: by time, then as events came. It never changes, whatever file the
 * event is in, so that ids and tokens made of it outlive the merging of segments. */
export interface EventKey {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  /** When it came, milliseconds since the epoch. */
  readonly ingested: number;
  /** Of its batch, 32 bits. */
  readonly seed: number;
  /** Its number in the batch. */
  readonly ordinal: number;
}

export interface StoredEvent extends EventKey {
  readonly stream: string;
  readonly message: string;
}

export function compareKeys(a: EventKey, b: EventKey): number {
  return a.timestamp - b.timestamp || a.ingested - b.ingested || a.seed - b.seed || a.ordinal - b.ordinal;
}

/** Digits of an event's id, as the service's have. */
const ID_DIGITS = 56;

/** The id of an event: unique in its group, rising with time. */
export function eventId({ timestamp, ingested, seed, ordinal }: EventKey): string {
  const id =
    (BigInt(timestamp) << 106n) | (BigInt(ingested) << 64n) | (BigInt(seed) << 32n) | BigInt(ordinal);
  return id.toString().padStart(ID_DIGITS, '0');
}
