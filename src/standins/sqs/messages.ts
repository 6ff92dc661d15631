/** Operations that send messages, and that say what becomes of received ones. */
import { isServiceError, type ServiceError } from '../../base/service-error.ts';
import { callerIdentity } from '../../identity/caller.ts';
import type { NewMessage, QueueInfo } from '../storage/queues.ts';
import { MAX_MESSAGE_BYTES, NUMBERS, numberOf } from '../storage/queues-settings.ts';
import type { SqsMembers } from './members.ts';
import {
  attributesMd5,
  attributesSize,
  givenMessageAttributes,
  type MessageAttributes,
} from './message-attributes.ts';
import { existing, type Operation, queueOf, type SqsCall } from './operation.ts';
import * as refusals from './refusals.ts';

const MOST_ENTRIES = 10;
const ENTRY_ID = /^[A-Za-z0-9_-]{1,80}$/;
/** What a message may hold (API Reference, SendMessage): XML's characters. */
const FORBIDDEN =
  // oxlint-disable-next-line no-control-regex -- control characters are what it is about
  /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const MAX_VISIBILITY = NUMBERS.VisibilityTimeout.max;

interface Wanted {
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly size: number;
  readonly delaySeconds: number | undefined;
}

export const sendMessage: Operation = (call, members) => {
  const queue = queueOf(call, members);
  const wanted = wantedMessage(members);
  call.permit();
  return send(call, existing(call, queue), wanted);
};

export const sendMessageBatch: Operation = (call, members) => {
  const queue = queueOf(call, members);
  const entries = entriesOf(members);
  const wanted = entries.map((entry) => attempt(() => wantedMessage(entry.members)));
  const size = wanted.reduce((sum, it) => sum + ('value' in it ? it.value.size : 0), 0);
  if (size > MAX_MESSAGE_BYTES) throw refusals.batchTooLong(MAX_MESSAGE_BYTES);
  call.permit();
  const found = existing(call, queue);
  return batchAnswer(
    entries.map(({ id }, i) => ({
      id,
      done: attempt(() => {
        const one = wanted[i]!;
        if ('refused' in one) throw one.refused;
        return send(call, found, one.value);
      }),
    })),
  );
};

function wantedMessage(members: SqsMembers): Wanted {
  const body = members.requiredText('MessageBody');
  const delaySeconds = members.integer('DelaySeconds', NUMBERS.DelaySeconds.min, NUMBERS.DelaySeconds.max);
  const attributes = givenMessageAttributes(members.object('MessageAttributes'));
  for (const name of ['MessageGroupId', 'MessageDeduplicationId']) {
    if (members.text(name) !== undefined) {
      throw refusals.invalidRequest(`The request includes the parameter ${name}, which is for FIFO queues.`);
    }
  }
  if (FORBIDDEN.test(body)) throw refusals.badContents();
  return { body, attributes, delaySeconds, size: Buffer.byteLength(body) + attributesSize(attributes) };
}

function send(call: SqsCall, queue: QueueInfo, { body, attributes, size, delaySeconds }: Wanted): object {
  const most = numberOf(queue.attributes, 'MaximumMessageSize');
  if (size > most) throw refusals.invalidRequest(`Message must be shorter than ${most} bytes.`);
  const hasAttributes = Object.keys(attributes).length > 0;
  const message: NewMessage = {
    body,
    ...(hasAttributes ? { attributes: JSON.stringify(attributes) } : {}),
    sender: callerIdentity(call.caller).userId,
    delaySeconds: delaySeconds ?? numberOf(queue.attributes, 'DelaySeconds'),
  };
  const sent = call.storage.send(queue, message, call.now());
  if (sent === undefined) throw refusals.noSuchQueue();
  if (sent === 'full')
    throw refusals.overLimit('The queue holds as many messages as it may: receive and delete some.');
  return {
    MD5OfMessageBody: sent.md5,
    ...(hasAttributes ? { MD5OfMessageAttributes: attributesMd5(attributes) } : {}),
    MessageId: sent.messageId,
  };
}

export const deleteMessage: Operation = (call, members) => {
  const queue = queueOf(call, members);
  const receipt = members.requiredText('ReceiptHandle');
  call.permit();
  deleteOne(call, existing(call, queue), receipt);
  return undefined;
};

export const deleteMessageBatch: Operation = (call, members) =>
  batch(call, members, (queue, entry) => deleteOne(call, queue, entry.requiredText('ReceiptHandle')));

function deleteOne(call: SqsCall, queue: QueueInfo, receipt: string): object {
  if (!call.storage.deleteMessage(queue, receipt)) throw refusals.badReceipt();
  return {};
}

export const changeMessageVisibility: Operation = (call, members) => {
  const queue = queueOf(call, members);
  const wanted = wantedVisibility(members);
  call.permit();
  changeOne(call, existing(call, queue), wanted);
  return undefined;
};

export const changeMessageVisibilityBatch: Operation = (call, members) =>
  batch(call, members, (queue, entry) => changeOne(call, queue, wantedVisibility(entry)));

function wantedVisibility(members: SqsMembers): { receipt: string; seconds: number } {
  return {
    receipt: members.requiredText('ReceiptHandle'),
    seconds: members.requiredInteger('VisibilityTimeout', 0, MAX_VISIBILITY),
  };
}

function changeOne(call: SqsCall, queue: QueueInfo, wanted: ReturnType<typeof wantedVisibility>): object {
  const { receipt, seconds } = wanted;
  const done = call.storage.changeVisibility(queue, receipt, seconds, call.now());
  if (done === 'no receipt') throw refusals.badReceipt();
  if (done === 'gone') throw refusals.goneMessage(receipt);
  if (done === 'visible') throw refusals.notInFlight();
  return {};
}

/** Does one thing for each entry of a batch. */
function batch(
  call: SqsCall,
  members: SqsMembers,
  one: (queue: QueueInfo, entry: SqsMembers) => object,
): object {
  const name = queueOf(call, members);
  const entries = entriesOf(members);
  call.permit();
  const queue = existing(call, name);
  return batchAnswer(
    entries.map(({ id, members: entry }) => ({ id, done: attempt(() => one(queue, entry)) })),
  );
}

/** The entries of a batch by their ids. @throws {ServiceError} for a batch that is refused as a whole */
function entriesOf(members: SqsMembers): readonly { readonly id: string; readonly members: SqsMembers }[] {
  const entries = members.structures('Entries');
  if (entries.length === 0) throw refusals.emptyBatch();
  if (entries.length > MOST_ENTRIES) throw refusals.tooManyEntries(entries.length);
  const ids = new Set<string>();
  return entries.map((entry) => {
    const id = entry.requiredText('Id');
    if (!ENTRY_ID.test(id)) throw refusals.badEntryId();
    if (ids.has(id)) throw refusals.entryIdTwice(id);
    ids.add(id);
    return { id, members: entry };
  });
}

type Attempt<T> = { readonly value: T } | { readonly refused: ServiceError };

function attempt<T>(work: () => T): Attempt<T> {
  try {
    return { value: work() };
  } catch (error) {
    if (!isServiceError(error)) throw error;
    return { refused: error };
  }
}

function batchAnswer(results: readonly { readonly id: string; readonly done: Attempt<object> }[]): object {
  const successful: object[] = [];
  const failed: object[] = [];
  for (const { id, done } of results) {
    if ('value' in done) successful.push({ Id: id, ...done.value });
    else {
      const { code, message, status } = done.refused;
      failed.push({ Id: id, SenderFault: status < 500, Code: code, Message: message });
    }
  }
  return {
    ...(successful.length === 0 ? {} : { Successful: successful }),
    ...(failed.length === 0 ? {} : { Failed: failed }),
  };
}
