import type { PageTokens } from '../../base/page-token.ts';
import type { Caller } from '../../identity/caller.ts';
import type { JsonMembers } from '../../wire/json-members.ts';
import type { LogStorage } from '../storage/logs.ts';

/** What an operation works with. */
export interface LogsCall {
  readonly caller: Caller;
  readonly storage: LogStorage;
  readonly tokens: PageTokens;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Lets the caller do the operation, or refuses (S8.2): when members are checked, before anything changes. */
  permit(): void;
}

/** One operation: checks its members, and answers; without an output the body is empty. */
export type Operation = (call: LogsCall, members: JsonMembers) => Promise<object | undefined>;
