/** Events in log groups: appends, in order. */
import type { Caller } from '../standins/storage/caller.ts';
import { EventsRefused } from '../standins/storage/log-storage.ts';
import type { LogGroupName, LogSink, RefusedEvents, StreamEvents } from '../standins/storage/log-storage.ts';
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
  /** Whether a group that is missing may be made: not for flow logs that are no more. */
  readonly create: boolean;
  /** What the group refuses for good of an append, by its number: told in each attempt. */
  readonly onRefused: (append: number, events: readonly RefusedEvents[]) => void;
}

/** Appends events under ids that a retry uses again, so that the log group takes each append once. */
export function logDestination(sink: LogSink, clock: () => number): Destination<LogJob, LogPlace> {
  const append = async (
    { to, as, batch, create }: LogJob,
    counter: number,
    events: readonly StreamEvents[],
    signal: AbortSignal,
  ): Promise<readonly RefusedEvents[]> => {
    const id = `${batch}.${counter}`;
    try {
      return (await sink.append(nameOf(to), id, events, clock(), as, { create, signal })) ?? [];
    } catch (error) {
      // All of it is refused for good: what comes behind it need not be.
      if (error instanceof EventsRefused) return error.refused;
      throw error;
    }
  };
  return {
    async probe({ to, as }, signal) {
      // A group that is missing is made with the next append.
      await sink.group(nameOf(to), as, signal);
      signal.throwIfAborted();
    },
    async deliver(job, signal) {
      let counter = 0;
      let delivered = 0;
      for (const some of job.events()) {
        signal.throwIfAborted();
        const refused = await append(job, counter, some, signal);
        if (refused.length > 0) job.onRefused(counter, refused);
        counter++;
        for (const stream of some) delivered += stream.ends.length;
        for (const { events } of refused) delivered -= events.length;
      }
      return delivered;
    },
  };
}

function nameOf({ account, region, group }: LogGroupTarget): LogGroupName {
  return { account, region, name: group };
}
