import { setTimeout as sleep } from 'node:timers/promises';
import type { ReceivedMessage } from '../storage/queues.ts';
import { NUMBERS, numberOf } from '../storage/queues-settings.ts';
import { attributesMd5, type MessageAttributes, wantedOf } from './message-attributes.ts';
import { existing, type Operation, queueOf } from './operation.ts';
import { unknownAttribute } from './refusals.ts';

const MOST_MESSAGES = 10;
/** Between two looks at a queue that a client waits at, ms: other threads put messages there too. */
const LOOK_MS = 100;
const SYSTEM_ATTRIBUTES = new Set([
  'All',
  'SenderId',
  'SentTimestamp',
  'ApproximateReceiveCount',
  'ApproximateFirstReceiveTimestamp',
  'SequenceNumber',
  'MessageDeduplicationId',
  'MessageGroupId',
  'AWSTraceHeader',
  'DeadLetterQueueSourceArn',
]);

/** Waits, where it is to, until there is a message, or the client or the listener is gone. */
export const receiveMessage: Operation = async (call, members) => {
  const queue = queueOf(call, members);
  const most = members.integer('MaxNumberOfMessages', 1, MOST_MESSAGES) ?? 1;
  const { min, max } = NUMBERS.VisibilityTimeout;
  const visibility = members.integer('VisibilityTimeout', min, max);
  const wait = members.integer(
    'WaitTimeSeconds',
    NUMBERS.ReceiveMessageWaitTimeSeconds.min,
    NUMBERS.ReceiveMessageWaitTimeSeconds.max,
  );
  const names = [...members.texts('AttributeNames'), ...members.texts('MessageSystemAttributeNames')];
  const attributeNames = members.texts('MessageAttributeNames');
  const strange = names.find((name) => !SYSTEM_ATTRIBUTES.has(name));
  if (strange !== undefined) throw unknownAttribute(strange);
  call.permit();
  const patience = wait ?? numberOf(existing(call, queue).attributes, 'ReceiveMessageWaitTimeSeconds');
  const deadline = performance.now() + patience * 1000;
  for (;;) {
    const found = existing(call, queue); // it may be deleted while a client waits
    if (call.signal.aborted) return {};
    if (call.storage.hasVisible(found, call.now())) {
      const seconds = visibility ?? numberOf(found.attributes, 'VisibilityTimeout');
      const messages = call.storage.receive(found, most, seconds, call.now());
      if (messages.length > 0) return { Messages: messages.map((it) => shown(it, names, attributeNames)) };
    }
    const left = deadline - performance.now();
    if (left <= 0) return {};
    await sleep(Math.min(LOOK_MS, left), undefined, { signal: call.signal }).catch(() => undefined);
  }
};

function shown(
  message: ReceivedMessage,
  names: readonly string[],
  attributeNames: readonly string[],
): object {
  const system = Object.entries({
    SenderId: message.sender,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receives),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
  }).filter(([name]) => names.includes('All') || names.includes(name));
  const all = message.attributes === undefined ? {} : (JSON.parse(message.attributes) as MessageAttributes);
  const attributes = wantedOf(all, attributeNames);
  const hasAttributes = Object.keys(attributes).length > 0;
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receipt,
    MD5OfBody: message.md5,
    Body: message.body,
    ...(system.length === 0 ? {} : { Attributes: Object.fromEntries(system) }),
    ...(hasAttributes
      ? { MD5OfMessageAttributes: attributesMd5(attributes), MessageAttributes: attributes }
      : {}),
  };
}
