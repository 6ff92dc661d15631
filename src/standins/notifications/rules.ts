/** Which objects somebody wants to hear of. */
import { QUEUE_ARN } from '../storage/queues-settings.ts';
import type { QueueName } from '../storage/queues.ts';

/** What can be asked for: objects that come to be. */
export const CREATED_EVENTS = [
  's3:ObjectCreated:*',
  's3:ObjectCreated:Put',
  's3:ObjectCreated:Post',
  's3:ObjectCreated:Copy',
  's3:ObjectCreated:CompleteMultipartUpload',
] as const;

/** What S3 offers beside them, and is not offered here. */
export const OTHER_EVENTS =
  /^s3:(?:ObjectRemoved|ObjectRestore|Replication|LifecycleExpiration|ObjectTagging|ObjectAnnotation):[A-Za-z*]+$|^s3:(?:ReducedRedundancyLostObject|LifecycleTransition|IntelligentTiering|ObjectAcl:Put)$/;

export interface EventFilter {
  readonly events: readonly string[];
  /** Of keys; empty where any will do. */
  readonly prefix: string;
  readonly suffix: string;
}

/** One QueueConfiguration of a bucket. */
export interface QueueRule extends EventFilter {
  readonly id: string;
  readonly arn: string;
}

/** What is kept of a bucket's notification configuration. */
export interface NotificationSetting {
  readonly queues: readonly QueueRule[];
}

/** What is kept of a webhook: the address stays with whoever calls it. */
export interface WebhookFilter extends EventFilter {
  /** Names; undefined where any will do. */
  readonly buckets?: readonly string[];
}

/** Whether a filter is for an event (`ObjectCreated:Put`) of a key. */
export function matches({ events, prefix, suffix }: EventFilter, event: string, key: string): boolean {
  return (
    events.some((it) => it === 's3:ObjectCreated:*' || it === `s3:${event}`) &&
    key.startsWith(prefix) &&
    key.endsWith(suffix)
  );
}

/** Whether two rules could both be for one object, which S3 refuses. */
export function overlap(a: EventFilter, b: EventFilter): boolean {
  return (
    a.events.some((one) => b.events.some((other) => share(one, other))) &&
    (a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix)) &&
    (a.suffix.endsWith(b.suffix) || b.suffix.endsWith(a.suffix))
  );
}

function share(event: string, other: string): boolean {
  return event === other || event.endsWith(':*') || other.endsWith(':*');
}

/** The queue of an ARN; undefined for what is none of a queue. */
export function queueOfArn(arn: string): QueueName | undefined {
  const [, region, account, name] = QUEUE_ARN.exec(arn) ?? [];
  return name === undefined ? undefined : { account: account!, region: region!, name };
}
