import type { LogGroupName } from '../storage/log-storage.ts';
import type { StreamInfo } from '../storage/logs.ts';
import { GROUP_NAME, groupArn, groupMembers, groupOf, ownGroup, STREAM_NAME, TOKEN } from './members.ts';
import type { Operation } from './operation.ts';
import {
  BAD_TOKEN,
  exists,
  GROUP_MISSING,
  invalid,
  limitExceeded,
  missing,
  STREAM_MISSING,
} from './refusals.ts';

const PAGE = 50;
/** Once needed to append; still part of answers, and ignored where it comes back. */
export const SEQUENCE_TOKEN = '49590302304922386463480838400000000000000000000000000000';

export const createLogStream: Operation = async (call, members) => {
  const name = members.requiredText('logGroupName', GROUP_NAME);
  const stream = members.requiredText('logStreamName', STREAM_NAME);
  members.check();
  call.permit();
  const made = await call.storage.createStream(ownGroup(call, name), stream, call.now);
  if (made === 'no group') throw missing(GROUP_MISSING);
  if (made === 'exists') throw exists('stream');
  if (made === 'full') throw limitExceeded();
  return undefined;
};

export const deleteLogStream: Operation = async (call, members) => {
  const name = members.requiredText('logGroupName', GROUP_NAME);
  const stream = members.requiredText('logStreamName', STREAM_NAME);
  members.check();
  call.permit();
  const done = await call.storage.deleteStream(ownGroup(call, name), stream, call.now);
  if (done === undefined) throw missing(GROUP_MISSING);
  if (!done) throw missing(STREAM_MISSING);
  return undefined;
};

export const describeLogStreams: Operation = async (call, members) => {
  const which = groupMembers(members);
  const prefix = members.text('logStreamNamePrefix', STREAM_NAME);
  const orderBy = members.text('orderBy', { oneOf: ['LogStreamName', 'LastEventTime'] }) ?? 'LogStreamName';
  const descending = members.boolean('descending') ?? false;
  const limit = members.integer('limit', { min: 1, max: PAGE }) ?? PAGE;
  const token = members.text('nextToken', TOKEN);
  members.check();
  const group = groupOf(call, which);
  if (prefix !== undefined && orderBy === 'LastEventTime') {
    throw invalid('Cannot order by LastEventTime with a logStreamNamePrefix.');
  }
  call.permit();
  const streams = await call.storage.streams(group, call.now);
  if (streams === undefined) throw missing(GROUP_MISSING);
  const { account, region } = call.caller;
  const context = [account, region, 'DescribeLogStreams', group.name, prefix, orderBy, descending];
  const byTime = orderBy === 'LastEventTime';
  const order = (a: Place, b: Place): number => (descending ? -1 : 1) * compare(a, b);
  let listed = streams
    .filter(({ name }) => prefix === undefined || name.startsWith(prefix))
    .map((stream) => ({ stream, place: placeOf(stream, byTime) }))
    .sort((a, b) => order(a.place, b.place));
  if (token !== undefined) {
    const opened = call.tokens.open(context, token);
    if (opened === undefined) throw invalid(BAD_TOKEN);
    const after = JSON.parse(opened) as Place;
    listed = listed.filter(({ place }) => order(place, after) > 0);
  }
  const page = listed.slice(0, limit);
  const last = page.at(-1);
  return {
    logStreams: page.map(({ stream }) => describe(group, stream)),
    ...(listed.length > limit && last !== undefined
      ? { nextToken: call.tokens.seal(context, JSON.stringify(last.place)) }
      : {}),
  };
};

/** Time and name: where a stream stands in a list. */
type Place = readonly [time: number, name: string];

function placeOf({ name, events }: StreamInfo, byTime: boolean): Place {
  return [byTime ? (events?.last ?? 0) : 0, name];
}

function compare([a, x]: Place, [b, y]: Place): number {
  if (a !== b) return a - b;
  if (x === y) return 0;
  return x < y ? -1 : 1;
}

function describe(group: LogGroupName, { name, createdAt, events }: StreamInfo): object {
  return {
    logStreamName: name,
    creationTime: createdAt,
    firstEventTimestamp: events?.first,
    lastEventTimestamp: events?.last,
    lastIngestionTime: events?.lastIngested,
    uploadSequenceToken: SEQUENCE_TOKEN,
    arn: `${groupArn(group)}:log-stream:${name}`,
    storedBytes: 0, // the service has said 0 of every stream since 2019
  };
}
