/** What an answer of PutLogEvents says of events that it did not take. */
import type { RejectedLogEventsInfo } from '@aws-sdk/client-cloudwatch-logs';
import type { RefusedEvents } from '../../standins/storage/log-storage.ts';
import type { LogBatch } from './logs-batches.ts';

/** What the service takes: no older, and no further ahead. */
const OLDEST_MS = 14 * 24 * 3_600_000;
const AHEAD_MS = 2 * 3_600_000;

/** The store's clock and this one are not further apart than this: beyond it, an event's time speaks for itself. */
const CLOCKS_MS = 3_600_000;

/**
 * Events that were rejected, by reason. A batch is in the order of time: the too old and the expired ones are its
 * beginning, up to and without the index that is named, the too new ones its end, from the index on. Where times
 * leave no doubt they decide, as there are stores (moto) that name the last event of its kind in each case.
 */
export function rejectedEvents(
  { events, places }: LogBatch,
  info: RejectedLogEventsInfo,
  now: number,
): RefusedEvents[] {
  const time = (i: number): number => events.timestamps[places[i]!]!;
  const within = (index: number): number => Math.min(Math.max(Math.trunc(index), 0), places.length);
  let tooOld = within(info.tooOldLogEventEndIndex ?? 0);
  if (info.tooOldLogEventEndIndex !== undefined) {
    while (tooOld < places.length && time(tooOld) < now - OLDEST_MS - CLOCKS_MS) tooOld++;
  }
  const expired = Math.max(tooOld, within(info.expiredLogEventEndIndex ?? 0));
  let tooNew = within(info.tooNewLogEventStartIndex ?? places.length);
  if (info.tooNewLogEventStartIndex !== undefined) {
    while (tooNew > 0 && time(tooNew - 1) > now + AHEAD_MS + CLOCKS_MS) tooNew--;
  }
  const parts: [RefusedEvents['reason'], number, number][] = [
    ['too old', 0, tooOld],
    ['expired', tooOld, expired],
    ['too new', Math.max(tooNew, expired), places.length],
  ];
  return parts
    .filter(([, from, to]) => from < to)
    .map(([reason, from, to]) => ({ stream: events.stream, events: places.slice(from, to).sort(), reason }));
}
