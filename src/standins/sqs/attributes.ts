/** Attributes of queues, as the API has them. */
import {
  NUMBERS,
  type NumberAttribute,
  numberOf,
  type QueueAttributes,
  queueArn,
  redriveOf,
} from '../storage/queues-settings.ts';
import type { QueueCounts, QueueInfo } from '../storage/queues.ts';
import { invalidAttribute, unknownAttribute } from './refusals.ts';

/** Attributes that are kept as they come, if they are JSON: nobody acts on the policies. */
const POLICIES = new Set(['Policy', 'RedriveAllowPolicy']);
/** Attributes that promise what is not done here, by the value that promises nothing. */
const NOT_OFFERED: Readonly<Record<string, string>> = {
  FifoQueue: 'false',
  ContentBasedDeduplication: 'false',
  KmsMasterKeyId: '',
  SqsManagedSseEnabled: 'false',
};
const MOST_POLICY = 16 * 1024;
const COUNTED = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

/**
 * Attributes that a client gives, checked.
 * @throws {ServiceError} InvalidAttributeName, InvalidAttributeValue
 */
export function givenAttributes(given: Readonly<Record<string, string>>): QueueAttributes {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (Object.hasOwn(NUMBERS, name)) {
      const { min, max } = NUMBERS[name as NumberAttribute];
      const number = /^[0-9]{1,9}$/.test(value) ? Number(value) : Number.NaN;
      if (!(number >= min && number <= max)) throw invalidAttribute(name, `It is ${min} to ${max}.`);
      checked[name] = String(number);
    } else if (name === 'RedrivePolicy') {
      if (value !== '' && (value.length > MOST_POLICY || redriveOf(value) === undefined)) {
        throw invalidAttribute(name, 'It is JSON with deadLetterTargetArn and maxReceiveCount (1 to 1000).');
      }
      checked[name] = value;
    } else if (POLICIES.has(name)) {
      if (value !== '' && !isJson(value)) throw invalidAttribute(name, 'It is JSON of at most 16 KB.');
      checked[name] = value;
    } else if (name === 'KmsDataKeyReusePeriodSeconds') {
      checked[name] = value; // without a key it means nothing
    } else if (Object.hasOwn(NOT_OFFERED, name)) {
      if (value !== NOT_OFFERED[name]) throw invalidAttribute(name, 'It is not offered.');
    } else throw unknownAttribute(name);
  }
  return checked;
}

/** The names of attributes that may be asked for. @throws {ServiceError} InvalidAttributeName */
export function wantedAttributes(names: readonly string[]): (name: string) => boolean {
  const known = new Set([
    'All',
    ...COUNTED,
    ...Object.keys(NUMBERS),
    ...POLICIES,
    ...Object.keys(NOT_OFFERED),
    'CreatedTimestamp',
    'LastModifiedTimestamp',
    'QueueArn',
    'RedrivePolicy',
    'KmsDataKeyReusePeriodSeconds',
    'DeduplicationScope',
    'FifoThroughputLimit',
  ]);
  const strange = names.find((name) => !known.has(name));
  if (strange !== undefined) throw unknownAttribute(strange);
  const wanted = new Set(names);
  return wanted.has('All') ? () => true : (name) => wanted.has(name);
}

/** Those attributes of a queue that are wanted; counting is done only where counts are. */
export function shownAttributes(
  queue: QueueInfo,
  counts: () => QueueCounts,
  isWanted: (name: string) => boolean,
): Record<string, string> {
  const shown: Record<string, string> = {
    QueueArn: queueArn(queue),
    CreatedTimestamp: seconds(queue.createdAt),
    LastModifiedTimestamp: seconds(queue.changedAt),
  };
  for (const name of Object.keys(NUMBERS) as NumberAttribute[]) {
    shown[name] = String(numberOf(queue.attributes, name));
  }
  for (const [name, value] of Object.entries(queue.attributes)) if (value !== '') shown[name] = value;
  if (COUNTED.some(isWanted)) {
    const { visible, inFlight, delayed } = counts();
    for (const [i, count] of [visible, inFlight, delayed].entries()) shown[COUNTED[i]!] = String(count);
  }
  return Object.fromEntries(Object.entries(shown).filter(([name]) => isWanted(name)));
}

/** The first attribute whose value a queue has not. */
export function differing(queue: QueueInfo, given: QueueAttributes): string | undefined {
  const effective = shownAttributes(
    queue,
    () => ({ visible: 0, inFlight: 0, delayed: 0 }),
    () => true,
  );
  return Object.entries(given).find(([name, value]) => (effective[name] ?? '') !== value)?.[0];
}

function seconds(time: number): string {
  return String(Math.floor(time / 1000));
}

function isJson(text: string): boolean {
  if (text.length > MOST_POLICY) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
