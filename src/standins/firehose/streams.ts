/** Operations on streams. */
import type { JsonMembers } from '../../wire/json-members.ts';
import { describedDestination, destinationOf, type Late } from './destination.ts';
import { streamArn } from './http-delivery.ts';
import { existing, type Operation, ownStream, STREAM_NAME, VALIDATION } from './operation.ts';
import { exists, invalid, limitExceeded, missing } from './refusals.ts';

/** Streams of an account in a region, the service's quota. */
const MOST_STREAMS = 5_000;
const MOST_TAGS = 50;
const PAGE = 10;
const TAG_TEXT = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@%]';
const TAG_KEY = { min: 1, max: 128, pattern: `(?!aws:)${TAG_TEXT}*` };
const TAG_VALUE = { max: 256, pattern: `${TAG_TEXT}*` };
const TYPES = ['DirectPut', 'KinesisStreamAsSource', 'MSKAsSource', 'DatabaseAsSource'];

export const createDeliveryStream: Operation = (call, members) => {
  const name = members.requiredText('DeliveryStreamName', STREAM_NAME);
  const type = members.text('DeliveryStreamType', { oneOf: TYPES }) ?? 'DirectPut';
  const encryption = members.structure('DeliveryStreamEncryptionConfigurationInput');
  const late: Late[] = [];
  const destination = destinationOf(members, late);
  const tags = tagsOf(members, 0);
  members.check(VALIDATION);
  if (type !== 'DirectPut') throw invalid(`DeliveryStreamType ${type} is not offered: DirectPut is.`);
  if (encryption !== undefined) throw invalid('Encryption is not offered: records are stored as they come.');
  for (const check of late) check();
  call.permit();
  const stream = ownStream(call, name);
  if (call.storage.find(stream) !== undefined) throw exists(stream);
  if (call.storage.count(stream.account, stream.region) >= MOST_STREAMS) {
    throw limitExceeded(`You have already consumed your firehose quota of ${MOST_STREAMS} hoses.`);
  }
  if (!call.storage.create(stream, destination!, tags, call.now)) throw exists(stream);
  return { DeliveryStreamARN: streamArn(stream) };
};

export const describeDeliveryStream: Operation = (call, members) => {
  const name = members.requiredText('DeliveryStreamName', STREAM_NAME);
  members.integer('Limit', { min: 1, max: 10_000 });
  members.text('ExclusiveStartDestinationId', { min: 1, max: 100 });
  members.check(VALIDATION);
  call.permit();
  const stream = existing(call, ownStream(call, name));
  return {
    DeliveryStreamDescription: {
      DeliveryStreamName: name,
      DeliveryStreamARN: streamArn(stream),
      DeliveryStreamStatus: 'ACTIVE',
      DeliveryStreamType: 'DirectPut',
      DeliveryStreamEncryptionConfiguration: { Status: 'DISABLED' },
      VersionId: '1',
      CreateTimestamp: stream.createdAt / 1000,
      LastUpdateTimestamp: stream.createdAt / 1000,
      Destinations: [describedDestination(stream.destination)],
      HasMoreDestinations: false,
    },
  };
};

export const listDeliveryStreams: Operation = (call, members) => {
  const limit = members.integer('Limit', { min: 1, max: 10_000 }) ?? PAGE;
  const type = members.text('DeliveryStreamType', { oneOf: TYPES });
  const after = members.text('ExclusiveStartDeliveryStreamName', STREAM_NAME) ?? '';
  members.check(VALIDATION);
  call.permit();
  const { account, region } = call.caller;
  const isOther = type !== undefined && type !== 'DirectPut';
  const names = isOther ? [] : call.storage.names(account, region, after, limit + 1);
  return {
    DeliveryStreamNames: names.slice(0, limit),
    HasMoreDeliveryStreams: names.length > limit,
  };
};

/** What it holds goes with it, as with the service, which promises nothing of it. */
export const deleteDeliveryStream: Operation = (call, members) => {
  const name = members.requiredText('DeliveryStreamName', STREAM_NAME);
  members.boolean('AllowForceDelete');
  members.check(VALIDATION);
  call.permit();
  const stream = ownStream(call, name);
  if (!call.storage.delete(stream)) throw missing(stream);
  return {};
};

export const tagDeliveryStream: Operation = (call, members) => {
  const name = members.requiredText('DeliveryStreamName', STREAM_NAME);
  const added = tagsOf(members, 1);
  members.check(VALIDATION);
  call.permit();
  const stream = ownStream(call, name);
  const tags = { ...existing(call, stream).tags, ...added };
  if (Object.keys(tags).length > MOST_TAGS) {
    throw limitExceeded(`A delivery stream has at most ${MOST_TAGS} tags.`);
  }
  if (!call.storage.setTags(stream, tags)) throw missing(stream);
  return {};
};

export const untagDeliveryStream: Operation = (call, members) => {
  const name = members.requiredText('DeliveryStreamName', STREAM_NAME);
  const keys = new Set(members.texts('TagKeys', { min: 1, max: MOST_TAGS, each: TAG_KEY }));
  members.check(VALIDATION);
  call.permit();
  const stream = ownStream(call, name);
  const left = Object.entries(existing(call, stream).tags).filter(([key]) => !keys.has(key));
  if (!call.storage.setTags(stream, Object.fromEntries(left))) throw missing(stream);
  return {};
};

export const listTagsForDeliveryStream: Operation = (call, members) => {
  const name = members.requiredText('DeliveryStreamName', STREAM_NAME);
  const after = members.text('ExclusiveStartTagKey', TAG_KEY);
  const limit = members.integer('Limit', { min: 1, max: MOST_TAGS }) ?? MOST_TAGS;
  members.check(VALIDATION);
  call.permit();
  const tags = Object.entries(existing(call, ownStream(call, name)).tags)
    .filter(([key]) => after === undefined || key > after)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    Tags: tags.slice(0, limit).map(([Key, Value]) => ({ Key, Value })),
    HasMoreTags: tags.length > limit,
  };
};

function tagsOf(members: JsonMembers, min: number): Record<string, string> {
  const tags =
    min === 0
      ? (members.structures('Tags', { min: 0, max: MOST_TAGS }) ?? [])
      : members.requiredStructures('Tags', { min, max: MOST_TAGS });
  return Object.fromEntries(
    tags.map((tag) => [tag.requiredText('Key', TAG_KEY), tag.text('Value', TAG_VALUE) ?? '']),
  );
}
