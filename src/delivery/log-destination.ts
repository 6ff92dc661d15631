/** Events in log groups: appends, in order. */
import type { LogSink, StreamEvents } from '../standins/storage/log-storage.ts';
import type { Destination } from './destination.ts';
import type { LogGroupTarget } from './target.ts';

export interface LogJob {
  readonly to: LogGroupTarget;
  /** Of 1 to 190 characters; with a counter behind it the id of each append. */
  readonly batch: string;
  /** What is appended at a time; the same each time. */
  readonly events: () => Iterable<readonly StreamEvents[]>;
}

/** Appends events under ids that a retry uses again, so that the log group takes each append once. */
export function logDestination(sink: LogSink, clock: () => number): Destination<LogJob, LogGroupTarget> {
  return {
    async probe({ account, region, group }, signal) {
      // A group that is missing is made with the next append.
      await sink.group({ account, region, name: group });
      signal.throwIfAborted();
    },
    async deliver({ to, batch, events }, signal) {
      const group = { account: to.account, region: to.region, name: to.group };
      let counter = 0;
      let delivered = 0;
      for (const some of events()) {
        signal.throwIfAborted();
        await sink.append(group, `${batch}.${counter++}`, some, clock());
        for (const stream of some) delivered += stream.ends.length;
      }
      return delivered;
    },
  };
}
