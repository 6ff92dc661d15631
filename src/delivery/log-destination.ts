/** Events in log groups: appends, in order. */
import type { Caller } from '../standins/storage/caller.ts';
import type { LogGroupName, LogSink, StreamEvents } from '../standins/storage/log-storage.ts';
import type { Destination } from './destination.ts';
import type { LogGroupTarget } from './target.ts';

export interface LogPlace {
  readonly to: LogGroupTarget;
  readonly as: Caller;
}

export interface LogJob extends LogPlace {
  /** Of 1 to 190 characters; with a counter behind it the id of each append. */
  readonly batch: string;
  /** What is appended at a time; the same each time. */
  readonly events: () => Iterable<readonly StreamEvents[]>;
}

/** Appends events under ids that a retry uses again, so that the log group takes each append once. */
export function logDestination(sink: LogSink, clock: () => number): Destination<LogJob, LogPlace> {
  return {
    async probe({ to, as }, signal) {
      // A group that is missing is made with the next append.
      await sink.group(nameOf(to), as);
      signal.throwIfAborted();
    },
    async deliver({ to, as, batch, events }, signal) {
      const group = nameOf(to);
      let counter = 0;
      let delivered = 0;
      for (const some of events()) {
        signal.throwIfAborted();
        await sink.append(group, `${batch}.${counter++}`, some, clock(), as);
        for (const stream of some) delivered += stream.ends.length;
      }
      return delivered;
    },
  };
}

function nameOf({ account, region, group }: LogGroupTarget): LogGroupName {
  return { account, region, name: group };
}
