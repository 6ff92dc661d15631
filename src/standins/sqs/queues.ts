/** Operations on queues. */
import type { SqsMembers } from './members.ts';
import { differing, givenAttributes, shownAttributes, wantedAttributes } from './attributes.ts';
import { existing, type Operation, queueOf, queueUrl } from './operation.ts';
import {
  invalidRequest,
  invalidValue,
  noSuchQueue,
  notOffered,
  overLimit,
  purgedLately,
  queueExists,
} from './refusals.ts';

const QUEUE_NAME = /^[A-Za-z0-9_-]{1,80}$/;
/** Queues of an account in a region. */
const MOST_QUEUES = 10_000;
const PAGE = 1_000;
const PURGE_PAUSE_MS = 60_000;
const MOST_TAGS = 50;
const TAG_KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

export const createQueue: Operation = (call, members) => {
  const name = nameOf(members);
  const given = members.map('Attributes');
  if (given['FifoQueue'] === 'true')
    throw notOffered('FIFO queues are not offered: queues are standard ones.');
  const attributes = givenAttributes(given);
  // The model has `tags` here, and `Tags` elsewhere.
  const tags = checkedTags({ ...members.map('tags'), ...members.map('Tags') });
  call.permit();
  const { account, region } = call.caller;
  const queue = { account, region, name };
  if (call.storage.find(queue) === undefined && call.storage.count(account, region) >= MOST_QUEUES) {
    throw overLimit(`An account has at most ${MOST_QUEUES} queues in a region.`);
  }
  const found = call.storage.create(queue, attributes, tags, call.now());
  const other = found === undefined ? undefined : differing(found, attributes);
  if (other !== undefined) throw queueExists(other);
  return { QueueUrl: queueUrl(call, queue) };
};

export const deleteQueue: Operation = (call, members) => {
  const queue = queueOf(call, members);
  call.permit();
  if (!call.storage.delete(queue)) throw noSuchQueue();
  return undefined;
};

export const getQueueUrl: Operation = (call, members) => {
  const name = nameOf(members);
  const owner = members.text('QueueOwnerAWSAccountId');
  call.permit();
  const { account, region } = call.caller;
  if (owner !== undefined && owner !== account) throw noSuchQueue();
  return { QueueUrl: queueUrl(call, existing(call, { account, region, name })) };
};

export const listQueues: Operation = (call, members) => {
  const prefix = members.text('QueueNamePrefix') ?? '';
  const max = members.integer('MaxResults', 1, PAGE);
  const token = members.text('NextToken');
  call.permit();
  const { account, region } = call.caller;
  const context = [account, region, 'ListQueues', prefix];
  const after = token === undefined ? '' : call.tokens.open(context, token);
  if (after === undefined) throw invalidValue('NextToken', token ?? '', 'Invalid or expired next token.');
  const found = call.storage.list(account, region, prefix, after, (max ?? PAGE) + 1);
  const page = found.slice(0, max ?? PAGE);
  return {
    ...(page.length === 0 ? {} : { QueueUrls: page.map((queue) => queueUrl(call, queue)) }),
    // Without MaxResults the service gives the first thousand, and no token.
    ...(found.length > page.length && max !== undefined
      ? { NextToken: call.tokens.seal(context, page.at(-1)!.name) }
      : {}),
  };
};

export const getQueueAttributes: Operation = (call, members) => {
  const queue = queueOf(call, members);
  const isWanted = wantedAttributes(members.texts('AttributeNames'));
  call.permit();
  const found = existing(call, queue);
  const attributes = shownAttributes(found, () => call.storage.counts(found, call.now()), isWanted);
  return Object.keys(attributes).length === 0 ? {} : { Attributes: attributes };
};

export const setQueueAttributes: Operation = (call, members) => {
  const queue = queueOf(call, members);
  const attributes = givenAttributes(members.map('Attributes'));
  call.permit();
  if (!call.storage.setAttributes(queue, attributes, call.now())) throw noSuchQueue();
  return undefined;
};

export const purgeQueue: Operation = (call, members) => {
  const queue = queueOf(call, members);
  call.permit();
  const { purgedAt } = existing(call, queue);
  const now = call.now();
  if (purgedAt !== undefined && now - purgedAt < PURGE_PAUSE_MS) throw purgedLately(queue.name);
  if (!call.storage.purge(queue, now)) throw noSuchQueue();
  return undefined;
};

export const tagQueue: Operation = (call, members) => {
  const queue = queueOf(call, members);
  const added = checkedTags(members.map('Tags'));
  call.permit();
  const { tags } = existing(call, queue);
  checkedTags({ ...tags, ...added });
  if (!call.storage.setTags(queue, (it) => ({ ...it, ...added }), call.now())) throw noSuchQueue();
  return undefined;
};

export const untagQueue: Operation = (call, members) => {
  const queue = queueOf(call, members);
  const keys = new Set(members.texts('TagKeys'));
  call.permit();
  const without = (tags: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.has(key)));
  if (!call.storage.setTags(queue, without, call.now())) throw noSuchQueue();
  return undefined;
};

export const listQueueTags: Operation = (call, members) => {
  const queue = queueOf(call, members);
  call.permit();
  const { tags } = existing(call, queue);
  return Object.keys(tags).length === 0 ? {} : { Tags: tags };
};

function nameOf(members: SqsMembers): string {
  const name = members.requiredText('QueueName');
  if (name.endsWith('.fifo')) throw notOffered('FIFO queues are not offered: queues are standard ones.');
  if (!QUEUE_NAME.test(name)) {
    throw invalidRequest(
      'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.',
    );
  }
  return name;
}

function checkedTags(tags: Record<string, string>): Record<string, string> {
  const entries = Object.entries(tags);
  if (entries.length > MOST_TAGS) throw invalidRequest(`Too many tags: a queue has at most ${MOST_TAGS}.`);
  for (const [key, value] of entries) {
    if (!TAG_KEY.test(key) || !TAG_VALUE.test(value))
      throw invalidRequest('A tag key or value is not valid.');
  }
  return tags;
}
