import type { JsonMembers, TextRule } from '../../wire/json-members.ts';
import type { JsonCall } from '../json-service.ts';
import type { StreamName } from '../storage/stream-storage.ts';
import type { StreamInfo, StreamStorage } from '../storage/streams.ts';
import { missing } from './refusals.ts';

/** What an operation works with. */
export interface FirehoseCall extends JsonCall {
  readonly storage: StreamStorage;
}

/** One operation: checks its members, and answers. */
export type Operation = (call: FirehoseCall, members: JsonMembers) => object;

export const STREAM_NAME: TextRule = { min: 1, max: 64, pattern: '[a-zA-Z0-9_.-]+' };
/** What members out of their bounds are refused with. */
export const VALIDATION = 'ValidationException';

/** A stream of the caller's by name. */
export function ownStream({ caller }: FirehoseCall, name: string): StreamName {
  return { account: caller.account, region: caller.region, name };
}

/** The same, which is there. To be called when members are checked and the caller is permitted. */
export function existing(call: FirehoseCall, stream: StreamName): StreamInfo {
  const found = call.storage.find(stream);
  if (found === undefined) throw missing(stream);
  return found;
}
