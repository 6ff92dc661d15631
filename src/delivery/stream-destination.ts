/** Records in Firehose streams: puts, in order. */
import type { Caller } from '../standins/storage/caller.ts';
import { NoSuchStream } from '../standins/storage/stream-storage.ts';
import type { StreamName, StreamRecords, StreamSink } from '../standins/storage/stream-storage.ts';
import type { Destination } from './destination.ts';
import type { FirehoseTarget } from './target.ts';

export interface StreamPlace {
  readonly to: FirehoseTarget;
  readonly as: Caller;
}

export interface StreamJob extends StreamPlace {
  /** Of 1 to 190 characters; with a counter behind it the id of each put. */
  readonly batch: string;
  /** What is put at a time; the same each time. */
  readonly records: () => Iterable<StreamRecords>;
}

/** Puts records under ids that a retry uses again: a stream that knows them takes each put once, others at least once. */
export function streamDestination(
  sink: StreamSink,
  clock: () => number,
): Destination<StreamJob, StreamPlace> {
  return {
    async probe({ to, as }, signal) {
      const name = nameOf(to);
      const found = await sink.stream(name, as, signal);
      signal.throwIfAborted();
      if (found === undefined) throw new NoSuchStream(name);
    },
    async deliver({ to, as, batch, records }, signal) {
      const name = nameOf(to);
      let counter = 0;
      let delivered = 0;
      for (const some of records()) {
        signal.throwIfAborted();
        await sink.put(name, `${batch}.${counter++}`, some, clock(), as, { signal });
        delivered += some.ends.length;
      }
      return delivered;
    },
  };
}

function nameOf({ account, region, stream }: FirehoseTarget): StreamName {
  return { account, region, name: stream };
}
