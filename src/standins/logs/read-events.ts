import type { EventKey, PageRequest } from '../storage/logs.ts';
import { compareKeys, eventId } from '../storage/logs-events.ts';
import { groupMembers, groupOf, STREAM_NAME, TOKEN } from './members.ts';
import type { LogsCall, Operation } from './operation.ts';
import { MAX_PATTERN, parsePattern } from './pattern.ts';
import { BAD_TOKEN, GROUP_MISSING, invalid, missing, STREAM_MISSING } from './refusals.ts';

/** Most events of an answer, and what they may weigh, bytes. */
const MAX_EVENTS = 10_000;
const MAX_ANSWER_BYTES = 1024 * 1024;
/** What one call reads from disk before it answers with what it has and a token, bytes. */
const BUDGET = 64 * 1024 * 1024;
const TIME = { min: 0 };

type Position = readonly [timestamp: number, ingested: number, seed: number, ordinal: number];

/** Before everything. */
const BEGINNING: EventKey = { timestamp: -1, ingested: -1, seed: 0, ordinal: 0 };

/**
 * Both tokens are always there: `f/` goes on behind the last event of the page, `b/` before the first. At
 * the end of a stream the token that came goes back as it was, by which clients know.
 */
export const getLogEvents: Operation = async (call, members) => {
  const which = groupMembers(members);
  const stream = members.requiredText('logStreamName', STREAM_NAME);
  const startTime = members.integer('startTime', TIME);
  const endTime = members.integer('endTime', TIME);
  const token = members.text('nextToken', TOKEN);
  const limit = members.integer('limit', { min: 1, max: MAX_EVENTS }) ?? MAX_EVENTS;
  const fromHead = members.boolean('startFromHead') ?? false;
  members.boolean('unmask');
  members.check();
  const group = groupOf(call, which);
  call.permit();
  const there = await call.storage.stream(group, stream, call.now);
  if (there === null) throw missing(GROUP_MISSING);
  if (there === undefined) throw missing(STREAM_MISSING);

  const { account, region } = call.caller;
  const context = [account, region, 'GetLogEvents', group.name, stream, startTime, endTime];
  const forward = token === undefined ? fromHead : token.startsWith('f/');
  const after = token === undefined ? undefined : openKey(call, [...context, forward], token.slice(2));
  if (token !== undefined && (after === undefined || !/^[fb]\//.test(token))) throw invalid(BAD_TOKEN);
  const page = await call.storage.read(
    group,
    {
      ...bounds(startTime, endTime),
      backward: !forward,
      ...(after === undefined ? {} : { after }),
      streams: new Set([stream]),
      limit,
    },
    call.now,
  );
  if (page === undefined) throw missing(GROUP_MISSING);
  const events = forward ? page.events : page.events.toReversed();
  const here = after ?? BEGINNING;
  // Where nothing was found: on from where the reading ended, back from where it began, that event included.
  const last = events.at(-1) ?? (forward ? (page.resume ?? here) : { ...here, ordinal: here.ordinal - 1 });
  const first = events[0] ?? (forward ? { ...here, ordinal: here.ordinal + 1 } : (page.resume ?? here));
  const furthest = forward ? further(page.resume, last, 1) : last;
  const earliest = forward ? first : further(page.resume, first, -1);
  const ended = token !== undefined && events.length === 0 && page.resume === undefined;
  return {
    events: events.map(({ timestamp, message, ingested }) => ({
      timestamp,
      message,
      ingestionTime: ingested,
    })),
    nextForwardToken: ended && forward ? token : `f/${sealKey(call, [...context, true], furthest)}`,
    nextBackwardToken: ended && !forward ? token : `b/${sealKey(call, [...context, false], earliest)}`,
  };
};

/** Whichever is further in a direction. */
function further(a: EventKey | undefined, b: EventKey, sign: 1 | -1): EventKey {
  return a !== undefined && sign * compareKeys(a, b) > 0 ? a : b;
}

export const filterLogEvents: Operation = async (call, members) => {
  const which = groupMembers(members);
  const names = members.texts('logStreamNames', { min: 1, max: 100, each: STREAM_NAME });
  const prefix = members.text('logStreamNamePrefix', STREAM_NAME);
  const startTime = members.integer('startTime', TIME);
  const endTime = members.integer('endTime', TIME);
  const pattern = members.text('filterPattern', { max: MAX_PATTERN }) ?? '';
  const token = members.text('nextToken', TOKEN);
  const limit = members.integer('limit', { min: 1, max: MAX_EVENTS }) ?? MAX_EVENTS;
  const wantsHead = members.boolean('startFromHead') ?? true;
  members.boolean('interleaved'); // always, as with the service since 2019
  members.boolean('unmask');
  members.check();
  const group = groupOf(call, which);
  if (names !== undefined && prefix !== undefined) {
    throw invalid('LogStreamNames and LogStreamNamePrefix are mutually exclusive parameters.');
  }
  if (startTime !== undefined && endTime !== undefined && startTime > endTime) {
    throw invalid('The start time must be before the end time.');
  }
  const matches = parsePattern(pattern);
  call.permit();
  if ((await call.storage.group(group)) === undefined) throw missing(GROUP_MISSING);
  for (const name of names ?? []) {
    if ((await call.storage.stream(group, name, call.now)) === undefined) throw missing(STREAM_MISSING);
  }
  const { account, region } = call.caller;
  const question = [
    account,
    region,
    'FilterLogEvents',
    group.name,
    names,
    prefix,
    startTime,
    endTime,
    pattern,
  ];
  // A token goes on in its own direction.
  const headward = token === undefined ? undefined : openKey(call, [...question, true], token);
  const after = token === undefined ? undefined : (headward ?? openKey(call, [...question, false], token));
  if (token !== undefined && after === undefined) throw invalid(BAD_TOKEN);
  const fromHead = token === undefined ? wantsHead : headward !== undefined;
  const streams = names !== undefined ? new Set(names) : prefix !== undefined ? { prefix } : undefined;
  const page = await call.storage.read(
    group,
    {
      // Here the end is inclusive.
      ...bounds(startTime, endTime === undefined ? undefined : endTime + 1),
      backward: !fromHead,
      ...(after === undefined ? {} : { after }),
      ...(streams === undefined ? {} : { streams }),
      ...(matches === undefined ? {} : { matches }),
      limit,
    },
    call.now,
  );
  if (page === undefined) throw missing(GROUP_MISSING);
  return {
    events: page.events.map((event) => ({
      logStreamName: event.stream,
      timestamp: event.timestamp,
      message: event.message,
      ingestionTime: event.ingested,
      eventId: eventId(event),
    })),
    searchedLogStreams: [],
    ...(page.resume === undefined ? {} : { nextToken: sealKey(call, [...question, fromHead], page.resume) }),
  };
};

function bounds(startTime: number | undefined, endTime: number | undefined): Omit<PageRequest, 'limit'> {
  return { from: startTime ?? 0, to: endTime ?? Infinity, maxBytes: MAX_ANSWER_BYTES, budget: BUDGET };
}

type Context = Parameters<LogsCall['tokens']['seal']>[0];

function sealKey({ tokens }: LogsCall, context: Context, key: EventKey): string {
  const position: Position = [key.timestamp, key.ingested, key.seed, key.ordinal];
  return tokens.seal(context, JSON.stringify(position));
}

function openKey({ tokens }: LogsCall, context: Context, token: string): EventKey | undefined {
  const opened = tokens.open(context, token);
  if (opened === undefined) return undefined;
  const [timestamp, ingested, seed, ordinal] = JSON.parse(opened) as Position;
  return { timestamp, ingested, seed, ordinal };
}
