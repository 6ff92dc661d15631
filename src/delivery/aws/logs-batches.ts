/** Events of a stream cut into what one PutLogEvents takes. Pure: the same events give the same batches each time. */
import type { StreamEvents } from '../../standins/storage/log-storage.ts';

/** Limits of PutLogEvents, as its reference page says them. */
export const BATCH_EVENTS = 10_000;
/** Of messages in UTF-8, with EVENT_OVERHEAD for each. */
export const BATCH_BYTES = 1_048_576;
export const EVENT_OVERHEAD = 26;
/** A batch spans less than a day. */
export const BATCH_SPAN_MS = 24 * 3_600_000;

/** Events of one stream for one request. */
export interface LogBatch {
  readonly events: StreamEvents;
  /** Places of the batch's events in `events`, by time. */
  readonly places: Uint32Array;
}

export interface CutStream {
  readonly batches: readonly LogBatch[];
  /** Places of what is no event to the service: empty messages, and such as are longer than a batch. */
  readonly refused: readonly number[];
}

/** Cuts a stream's events, by time and in their order where times are equal. */
export function cutStream(events: StreamEvents): CutStream {
  const { places, refused } = byTime(events);
  const batches: LogBatch[] = [];
  let first = 0;
  let bytes = 0;
  for (let i = 0; i < places.length; i++) {
    const weight = lengthOf(events, places[i]!) + EVENT_OVERHEAD;
    const span = events.timestamps[places[i]!]! - events.timestamps[places[first]!]!;
    if (i - first === BATCH_EVENTS || bytes + weight > BATCH_BYTES || span >= BATCH_SPAN_MS) {
      batches.push({ events, places: places.subarray(first, i) });
      first = i;
      bytes = 0;
    }
    bytes += weight;
  }
  if (first < places.length) batches.push({ events, places: places.subarray(first) });
  return { batches, refused };
}

/** What goes into the request. */
export function inputEvents({ events, places }: LogBatch): { timestamp: number; message: string }[] {
  const messages = Buffer.from(events.messages.buffer, events.messages.byteOffset, events.messages.length);
  return Array.from(places, (place) => ({
    timestamp: events.timestamps[place]!,
    message: messages.toString('utf8', startOf(events, place), events.ends[place]),
  }));
}

function byTime(events: StreamEvents): { readonly places: Uint32Array; readonly refused: readonly number[] } {
  const { timestamps } = events;
  const places = new Uint32Array(timestamps.length);
  const refused: number[] = [];
  let count = 0;
  let sorted = true;
  for (let place = 0; place < timestamps.length; place++) {
    const length = lengthOf(events, place);
    if (length === 0 || length + EVENT_OVERHEAD > BATCH_BYTES) {
      refused.push(place);
      continue;
    }
    if (count > 0 && timestamps[place]! < timestamps[places[count - 1]!]!) sorted = false;
    places[count++] = place;
  }
  const taken = places.subarray(0, count);
  if (!sorted) taken.sort((a, b) => timestamps[a]! - timestamps[b]! || a - b);
  return { places: taken, refused };
}

function startOf({ ends }: StreamEvents, place: number): number {
  return place === 0 ? 0 : ends[place - 1]!;
}

function lengthOf(events: StreamEvents, place: number): number {
  return events.ends[place]! - startOf(events, place);
}
