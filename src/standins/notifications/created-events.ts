/** Tells queues and webhooks of new objects: matches them with what is asked for, by way of the journal. */
import type { NewObject, ObjectEvents, PendingEvent } from '../storage/objects-events.ts';
import { EventJournal, type EventTarget } from '../storage/queues-events.ts';
import { createdMessage, eventName } from './event.ts';
import { matches, type NotificationSetting, queueOfArn, type WebhookFilter } from './rules.ts';

export interface CreatedEventsOptions {
  readonly journal: EventJournal;
  /** Told of what could not be written down now; it is told of later. */
  readonly onFault?: (error: unknown) => void;
  readonly now?: () => number;
}

/** Every thread that opens the object storage has one. */
export function createdEvents({
  journal,
  onFault = () => undefined,
  now = Date.now,
}: CreatedEventsOptions): ObjectEvents {
  function quietly(work: () => void): void {
    try {
      work();
    } catch (error) {
      onFault(error); // its row is still there: recover() settles it
    }
  }

  return {
    begin(object: NewObject, notification: unknown): PendingEvent | undefined {
      const { bucket, info, identity, cause } = object;
      const name = eventName(object);
      const rules = ((notification as NotificationSetting | undefined)?.queues ?? []).filter((rule) =>
        matches(rule, name, info.key),
      );
      const webhooks = [...journal.webhooks()].filter(([, filter]) => {
        const wanted = filter as WebhookFilter;
        return matches(wanted, name, info.key) && (wanted.buckets?.includes(bucket.name) ?? true);
      });
      if (rules.length === 0 && webhooks.length === 0) return undefined;
      const subject = { bucket: bucket.name, bucketId: bucket.id, key: info.key, identity };
      const once = cause === undefined ? EventJournal.once(subject, info.etag) : undefined;
      const targets = (number: number): EventTarget[] => [
        ...rules.map(({ arn, id }) => ({
          queue: queueOfArn(arn)!,
          body: createdMessage(object, id, number),
        })),
        ...webhooks.map(([webhook]) => ({ webhook, body: createdMessage(object, webhook, number) })),
      ];
      const id = journal.begin(subject, once, targets, now());
      if (id === undefined) return undefined;
      return {
        happened: () => quietly(() => journal.happened(id, now())),
        withdrawn: () => quietly(() => journal.withdraw(id)),
      };
    },
  };
}
