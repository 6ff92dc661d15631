/** One attempt at an append: its batches put, those of a stream one after the other. */
import type { RefusedEvents, StreamEvents } from '../../standins/storage/log-storage.ts';
import { errorCode } from './errors.ts';
import { cutStream, inputEvents } from './logs-batches.ts';
import type { LogBatch } from './logs-batches.ts';
import { rejectedEvents } from './logs-rejected.ts';
import { LogStreams } from './logs-streams.ts';
import type { LogsWay } from './logs-streams.ts';
import type { Progress } from './progress.ts';
import { isAccident, patiently, waitFor } from './throttling.ts';

/** How far an append has come. */
export interface AppendProgress extends Progress {
  /** Of the whole append. */
  readonly events: number;
  /** Numbers of batches that were answered, in the order of the cut. */
  readonly answered: Set<number>;
  /** What answers, and the cut, refused. */
  readonly refused: RefusedEvents[];
}

export interface AppendPort extends LogsWay {
  readonly create: boolean;
  /** Streams that are written to at a time. */
  readonly concurrency: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

interface NumberedBatch extends LogBatch {
  readonly number: number;
}

export function newProgress(events: readonly StreamEvents[]): AppendProgress {
  const refused: RefusedEvents[] = [];
  for (const stream of events) {
    const places = cutStream(stream).refused;
    if (places.length > 0) {
      refused.push({ stream: stream.stream, events: Uint32Array.from(places), reason: 'no event' });
    }
  }
  const answered = new Set<number>();
  return {
    events: countOf(events),
    answered,
    refused,
    controller: new AbortController(),
    get weight() {
      return 200 + answered.size * 16 + refused.reduce((sum, it) => sum + 150 + it.events.byteLength, 0);
    },
  };
}

export function countOf(events: readonly { readonly ends: Uint32Array }[]): number {
  return events.reduce((sum, { ends }) => sum + ends.length, 0);
}

/**
 * Puts what is not answered yet; `progress` says how far that went, also when it fails.
 *
 * @throws {NoSuchLogGroup} errors of the SDK, the signal's reason
 */
export async function append(
  port: AppendPort,
  events: readonly StreamEvents[],
  progress: AppendProgress,
): Promise<void> {
  const streams = new LogStreams(port, port.create);
  const waiting = lanesOf(events, progress.answered).values();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const lane of waiting) {
      for (const batch of lane) {
        // What is under way elsewhere is waited for: its answer counts.
        if (failed) return;
        const refused = await put(port, streams, batch).catch((error: unknown) => {
          failed = true;
          throw error;
        });
        // An attempt that this one took over from may have been answered in the meantime.
        if (progress.answered.has(batch.number)) continue;
        progress.answered.add(batch.number);
        progress.refused.push(...refused);
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: port.concurrency }, worker));
  const first = ends.find((end) => end.status === 'rejected');
  if (first !== undefined) throw first.reason;
}

/** Batches that are to be put, by stream. */
function lanesOf(events: readonly StreamEvents[], answered: ReadonlySet<number>): NumberedBatch[][] {
  const lanes = new Map<string, NumberedBatch[]>();
  let number = 0;
  for (const stream of events) {
    const own = cutStream(stream).batches.map((batch) => ({ ...batch, number: number++ }));
    const left = own.filter((batch) => !answered.has(batch.number));
    if (left.length > 0) lanes.set(stream.stream, [...(lanes.get(stream.stream) ?? []), ...left]);
  }
  return [...lanes.values()];
}

async function put(port: AppendPort, streams: LogStreams, batch: LogBatch): Promise<RefusedEvents[]> {
  const { sdk, client, group, signal, now } = port;
  const logStreamName = batch.events.stream;
  const input = { logGroupName: group.name, logStreamName, logEvents: inputEvents(batch) };
  let sequenceToken: string | undefined;
  let made = 0;
  for (;;) {
    const command = new sdk.PutLogEventsCommand({
      ...input,
      ...(sequenceToken === undefined ? {} : { sequenceToken }),
    });
    try {
      // Of thousands of streams, each with requests of its own, an accident must not end the attempt for all.
      const answer = await patiently(() => client.send(command, { abortSignal: signal }), signal, isAccident);
      return rejectedEvents(batch, answer.rejectedLogEventsInfo ?? {}, now);
    } catch (error) {
      switch (errorCode(error)) {
        case 'ResourceNotFoundException':
          // What was just made may take a moment to be known everywhere.
          if (made > 0) await waitFor(error, made, signal);
          made++;
          await streams.make(logStreamName);
          break;
        // Two that the service itself says no longer, and older stores do.
        case 'DataAlreadyAcceptedException':
          return [];
        case 'InvalidSequenceTokenException': {
          const expected = (error as { expectedSequenceToken?: string }).expectedSequenceToken;
          if (expected === undefined || expected === sequenceToken) throw error;
          sequenceToken = expected;
          break;
        }
        default:
          throw error;
      }
    }
  }
}
