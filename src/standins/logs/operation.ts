import type { PageTokens } from '../../base/page-token.ts';
import type { JsonMembers } from '../../wire/json-members.ts';
import type { JsonCall } from '../json-service.ts';
import type { LogStorage } from '../storage/logs.ts';

/** What an operation works with. */
export interface LogsCall extends JsonCall {
  readonly storage: LogStorage;
  readonly tokens: PageTokens;
}

/** One operation: checks its members, and answers; without an output the body is empty. */
export type Operation = (call: LogsCall, members: JsonMembers) => Promise<object | undefined>;
