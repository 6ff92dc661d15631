import { EVENT_OVERHEAD } from '../storage/logs-format.ts';
import { cutoffOf, DAY_MS } from '../storage/logs-maintenance.ts';
import { GROUP_NAME, ownGroup, STREAM_NAME } from './members.ts';
import type { Operation } from './operation.ts';
import { GROUP_MISSING, invalid, missing, STREAM_MISSING } from './refusals.ts';
import { SEQUENCE_TOKEN } from './streams.ts';

export const MAX_EVENTS = 10_000;
/** Of messages in UTF-8, with 26 bytes for each. */
export const MAX_BATCH_BYTES = 1_048_576;
const MAX_AGE_MS = 14 * DAY_MS;
const MAX_AHEAD_MS = 2 * 3_600_000;

export const putLogEvents: Operation = async (call, members) => {
  const name = members.requiredText('logGroupName', GROUP_NAME);
  const stream = members.requiredText('logStreamName', STREAM_NAME);
  members.text('sequenceToken', { min: 1 }); // no longer looked at
  const events = members.requiredStructures('logEvents', { min: 1, max: MAX_EVENTS }).map((event) => ({
    timestamp: event.requiredInteger('timestamp', { min: 0 }),
    message: event.requiredText('message', { min: 1 }),
  }));
  members.check();
  const messages = events.map(({ message }) => Buffer.from(message, 'utf8'));
  const weight = messages.reduce((sum, { length }) => sum + length + EVENT_OVERHEAD, 0);
  if (weight > MAX_BATCH_BYTES) {
    throw invalid(`Upload too large: ${weight} bytes exceeds limit of ${MAX_BATCH_BYTES}`);
  }
  if (events.some(({ timestamp }, i) => i > 0 && timestamp < events[i - 1]!.timestamp)) {
    throw invalid('Log events in a single PutLogEvents request must be in chronological order.');
  }
  if (events.at(-1)!.timestamp - events[0]!.timestamp > DAY_MS) {
    throw invalid('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.');
  }
  call.permit();
  const group = ownGroup(call, name);
  const record = await call.storage.group(group);
  const there = await call.storage.stream(group, stream, call.now);
  if (record === undefined || there === null) throw missing(GROUP_MISSING);
  if (there === undefined) throw missing(STREAM_MISSING);

  // Events are in order: what is refused is their beginning and their end.
  const before = (time: number): number => {
    const first = events.findIndex(({ timestamp }) => timestamp >= time);
    return first < 0 ? events.length : first;
  };
  const tooOld = before(call.now - MAX_AGE_MS);
  const expired = before(cutoffOf(record.retentionInDays, call.now));
  const tooNew = before(call.now + MAX_AHEAD_MS + 1);
  const from = Math.max(tooOld, expired);
  if (from < tooNew) {
    const kept = messages.slice(from, tooNew);
    let end = 0;
    const put = await call.storage.put(
      group,
      [
        {
          stream,
          timestamps: Float64Array.from(events.slice(from, tooNew), (it) => it.timestamp),
          messages: Buffer.concat(kept),
          ends: Uint32Array.from(kept, ({ length }) => (end += length)),
        },
      ],
      call.now,
    );
    if (!put) throw missing(GROUP_MISSING);
  }
  const rejected = {
    ...(tooNew < events.length ? { tooNewLogEventStartIndex: tooNew } : {}),
    ...(tooOld > 0 ? { tooOldLogEventEndIndex: tooOld } : {}),
    ...(expired > tooOld ? { expiredLogEventEndIndex: expired } : {}),
  };
  return {
    nextSequenceToken: SEQUENCE_TOKEN,
    ...(Object.keys(rejected).length > 0 ? { rejectedLogEventsInfo: rejected } : {}),
  };
};
