/** Members that operations share, with the bounds of the service's model. */
import type { JsonMembers, TextRule } from '../../wire/json-members.ts';
import type { LogGroupName } from '../storage/log-storage.ts';
import type { LogsCall } from './operation.ts';
import { invalid } from './refusals.ts';

export const GROUP_NAME: TextRule = { min: 1, max: 512, pattern: '[\\.\\-_/#A-Za-z0-9]+' };
export const STREAM_NAME: TextRule = { min: 1, max: 512, pattern: '[^:*]*' };
export const TOKEN: TextRule = { min: 1, max: 2048 };
const GROUP_IDENTIFIER: TextRule = { min: 1, max: 2048, pattern: '[\\w#+=/:,.@-]*' };
export const RESOURCE_ARN: TextRule = { min: 1, max: 1011, pattern: '[\\w+=/:,.@-]*' };
const TAG_TEXT = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]';
export const TAGS = {
  min: 1,
  max: 50,
  key: { min: 1, max: 128, pattern: `${TAG_TEXT}+` },
  value: { max: 256, pattern: `${TAG_TEXT}*` },
} as const;
const GROUP_ARN =
  /^arn:aws[a-z-]*:logs:([a-z0-9-]{1,63}):([0-9]{12}):log-group:([.\-_/#A-Za-z0-9]{1,512})(?::\*)?$/;

/** A group of the caller's by name. */
export function ownGroup({ caller }: LogsCall, name: string): LogGroupName {
  return { account: caller.account, region: caller.region, name };
}

export function groupArn({ region, account, name }: LogGroupName): string {
  return `arn:aws:logs:${region}:${account}:log-group:${name}`;
}

/** The group that logGroupName or logGroupIdentifier (a name or an ARN) gives. Called when both are checked. */
export function groupOf(call: LogsCall, members: GroupMembers): LogGroupName {
  const { name, identifier } = members;
  if (name !== undefined && identifier !== undefined) {
    throw invalid('LogGroup name and LogGroup ARN are mutually exclusive parameters.');
  }
  if (name !== undefined) return ownGroup(call, name);
  if (identifier === undefined) throw invalid('Either LogGroup name or LogGroup ARN must be specified.');
  return identified(call, identifier);
}

export interface GroupMembers {
  readonly name: string | undefined;
  readonly identifier: string | undefined;
}

export function groupMembers(members: JsonMembers): GroupMembers {
  return {
    name: members.text('logGroupName', GROUP_NAME),
    identifier: members.text('logGroupIdentifier', GROUP_IDENTIFIER),
  };
}

/** A group of the caller's by name or ARN; those of other accounts and regions are none (S8.1). */
export function identified(call: LogsCall, identifier: string): LogGroupName {
  if (!identifier.startsWith('arn:')) {
    if (identifier.length > 512 || !/^[.\-_/#A-Za-z0-9]+$/.test(identifier)) {
      throw invalid('The specified log group identifier is not valid.');
    }
    return ownGroup(call, identifier);
  }
  const match = GROUP_ARN.exec(identifier);
  if (match === null) throw invalid('The specified log group ARN is not valid.');
  const { account, region } = call.caller;
  if (match[1] !== region || match[2] !== account) {
    throw invalid('The specified log group ARN is of another account or region.');
  }
  return ownGroup(call, match[3]!);
}
