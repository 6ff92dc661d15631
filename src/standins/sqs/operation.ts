import type { PageTokens } from '../../base/page-token.ts';
import type { Caller } from '../../identity/caller.ts';
import type { QueueInfo, QueueName, QueueStorage } from '../storage/queues.ts';
import type { SqsMembers } from './members.ts';
import { invalidAddress, missingParameter, noSuchQueue } from './refusals.ts';

/** What an operation works with. */
export interface SqsCall {
  readonly caller: Caller;
  readonly storage: QueueStorage;
  readonly tokens: PageTokens;
  /** Milliseconds since the epoch, at each call. */
  readonly now: () => number;
  /** Scheme and authority that the client came by, which its queue URLs get. */
  readonly base: string;
  /** The path that it came to: forms may leave the QueueUrl out that they are sent to. */
  readonly path: string;
  /** Aborts when the client is gone or the listener stops. */
  readonly signal: AbortSignal;
  /** Lets the caller do the operation, or refuses (S8.2): when members are checked, before anything changes. */
  permit(): void;
}

/** One operation: checks its members, and answers; without an output the body is empty. */
export type Operation = (
  call: SqsCall,
  members: SqsMembers,
) => Promise<object | undefined> | object | undefined;

const QUEUE_PATH = /\/([0-9]{12})\/([A-Za-z0-9_-]{1,80})$/;
const MAX_URL = 2048;

export function queueUrl({ base }: Pick<SqsCall, 'base'>, { account, name }: QueueName): string {
  return `${base}/${account}/${name}`;
}

/**
 * The queue of a request. Its URL's host is not looked at: a client may have come by another name.
 * @throws {ServiceError} InvalidAddress, QueueDoesNotExist (of another account too: S8.1)
 */
export function queueOf(call: SqsCall, members: SqsMembers): QueueName {
  const text = members.text('QueueUrl') ?? (QUEUE_PATH.test(call.path) ? call.path : undefined);
  if (text === undefined || text === '') throw missingParameter('QueueUrl');
  const [, account, name] = text.length > MAX_URL ? [] : (QUEUE_PATH.exec(text) ?? []);
  if (account === undefined) throw invalidAddress();
  if (account !== call.caller.account) throw noSuchQueue();
  return { account, region: call.caller.region, name: name! };
}

/** The same, which is there. To be called when members are checked and the caller is permitted. */
export function existing(call: SqsCall, queue: QueueName): QueueInfo {
  const found = call.storage.find(queue);
  if (found === undefined) throw noSuchQueue();
  return found;
}
