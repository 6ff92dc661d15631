import type { GroupRecord } from '../storage/logs.ts';
import type { LogGroupName } from '../storage/log-storage.ts';
import { GROUP_NAME, groupArn, identified, ownGroup, RESOURCE_ARN, TAGS, TOKEN } from './members.ts';
import type { LogsCall, Operation } from './operation.ts';
import { BAD_TOKEN, exists, GROUP_MISSING, invalid, limitExceeded, missing } from './refusals.ts';

/** Days that events may be kept. */
export const RETENTION_DAYS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
/** Groups of an account in a region, the service's quota. */
const MAX_GROUPS = 1_000_000;
const PAGE = 50;
const MAX_TAGS = 50;
const CLASSES = ['STANDARD', 'INFREQUENT_ACCESS', 'DELIVERY', 'ESSENTIALS'];

export const createLogGroup: Operation = async (call, members) => {
  const name = members.requiredText('logGroupName', GROUP_NAME);
  const tags = members.map('tags', TAGS);
  const kmsKeyId = members.text('kmsKeyId', { max: 256 });
  const groupClass = members.text('logGroupClass', { oneOf: CLASSES });
  const protectedFromDeletion = members.boolean('deletionProtectionEnabled');
  members.check();
  if (name.startsWith('aws/')) throw invalid("Log groups starting with 'aws/' are reserved for AWS.");
  checkTagKeys(Object.keys(tags ?? {}));
  // What is not kept is refused: a promise that nobody keeps would be worse.
  if (kmsKeyId !== undefined) throw invalid('kmsKeyId is not offered: events are stored as they come.');
  if (groupClass !== undefined && groupClass !== 'STANDARD') {
    throw invalid(`logGroupClass ${groupClass} is not offered: log groups are of the class STANDARD.`);
  }
  if (protectedFromDeletion === true) throw invalid('deletionProtectionEnabled is not offered.');
  call.permit();
  const group = ownGroup(call, name);
  const names = await call.storage.groupNames(group.account, group.region);
  if (names.length >= MAX_GROUPS) throw limitExceeded();
  if (!(await call.storage.createGroup(group, call.now, tags))) throw exists('group');
  return undefined;
};

export const deleteLogGroup: Operation = async (call, members) => {
  const name = members.requiredText('logGroupName', GROUP_NAME);
  members.check();
  call.permit();
  if (!(await call.storage.deleteGroup(ownGroup(call, name)))) throw missing(GROUP_MISSING);
  return undefined;
};

export const describeLogGroups: Operation = async (call, members) => {
  const prefix = members.text('logGroupNamePrefix', GROUP_NAME);
  const pattern = members.text('logGroupNamePattern', { max: 512, pattern: '[\\.\\-_/#A-Za-z0-9]*' });
  const identifiers = members.texts('logGroupIdentifiers', { min: 1, max: 50, each: { min: 1, max: 2048 } });
  const accounts = members.texts('accountIdentifiers', { min: 0, max: 20, each: { pattern: '\\d{12}' } });
  const groupClass = members.text('logGroupClass', { oneOf: CLASSES });
  const limit = members.integer('limit', { min: 1, max: PAGE }) ?? PAGE;
  const token = members.text('nextToken', TOKEN);
  members.check();
  if (prefix !== undefined && pattern !== undefined) {
    throw invalid('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.');
  }
  call.permit();
  const { account, region } = call.caller;
  const context = [account, region, 'DescribeLogGroups', prefix, pattern, identifiers, accounts, groupClass];
  const after = token === undefined ? undefined : call.tokens.open(context, token);
  if (token !== undefined && after === undefined) throw invalid(BAD_TOKEN);
  const wanted = identifiers && new Set(identifiers.map((it) => identified(call, it).name));
  const none =
    (groupClass !== undefined && groupClass !== 'STANDARD') ||
    (accounts !== undefined && accounts.length > 0 && !accounts.includes(account));
  const lower = pattern?.toLowerCase();
  const names = none
    ? []
    : (await call.storage.groupNames(account, region)).filter(
        (name) =>
          (prefix === undefined || name.startsWith(prefix)) &&
          (lower === undefined || name.toLowerCase().includes(lower)) &&
          (wanted === undefined || wanted.has(name)) &&
          (after === undefined || name > after),
      );
  const page = names.slice(0, limit);
  const logGroups = (await Promise.all(page.map((name) => describe(call, ownGroup(call, name))))).flat();
  const last = page.at(-1);
  return {
    logGroups,
    ...(names.length > limit && last !== undefined ? { nextToken: call.tokens.seal(context, last) } : {}),
  };
};

/** A group as it is described; nothing where it is deleted meanwhile. */
async function describe({ storage }: LogsCall, group: LogGroupName): Promise<object[]> {
  const record = await storage.group(group);
  if (record === undefined) return [];
  const arn = groupArn(group);
  return [
    {
      logGroupName: group.name,
      creationTime: record.createdAt,
      retentionInDays: record.retentionInDays,
      metricFilterCount: 0,
      arn: `${arn}:*`,
      storedBytes: await storage.storedBytes(group),
      logGroupClass: 'STANDARD',
      logGroupArn: arn,
    },
  ];
}

export const putRetentionPolicy: Operation = async (call, members) => {
  const name = members.requiredText('logGroupName', GROUP_NAME);
  const days = members.requiredInteger('retentionInDays');
  members.check();
  if (!RETENTION_DAYS.includes(days)) {
    throw invalid(
      `1 validation error detected: Value '${days}' at 'retentionInDays' failed to satisfy constraint: ` +
        `Member must satisfy enum value set: [${RETENTION_DAYS.join(', ')}]`,
    );
  }
  call.permit();
  await change(call, name, ({ tags }) => ({ tags, retentionInDays: days }));
  return undefined;
};

export const deleteRetentionPolicy: Operation = async (call, members) => {
  const name = members.requiredText('logGroupName', GROUP_NAME);
  members.check();
  call.permit();
  await change(call, name, ({ tags }) => ({ tags }));
  return undefined;
};

export const tagResource: Operation = async (call, members) => {
  const arn = members.requiredText('resourceArn', RESOURCE_ARN);
  const tags = members.map('tags', TAGS);
  members.check();
  if (tags === undefined)
    throw invalid("Value null at 'tags' failed to satisfy constraint: Member must not be null");
  checkTagKeys(Object.keys(tags));
  call.permit();
  await change(call, resource(call, arn), (record) => {
    const all = { ...record.tags, ...tags };
    if (Object.keys(all).length > MAX_TAGS) throw invalid(`A resource can have at most ${MAX_TAGS} tags.`);
    return { ...record, tags: all };
  });
  return undefined;
};

export const untagResource: Operation = async (call, members) => {
  const arn = members.requiredText('resourceArn', RESOURCE_ARN);
  const keys = new Set(members.texts('tagKeys', { min: 0, max: MAX_TAGS, each: TAGS.key }));
  members.check();
  call.permit();
  await change(call, resource(call, arn), (record) => ({
    ...record,
    tags: Object.fromEntries(Object.entries(record.tags).filter(([key]) => !keys.has(key))),
  }));
  return undefined;
};

export const listTagsForResource: Operation = async (call, members) => {
  const arn = members.requiredText('resourceArn', RESOURCE_ARN);
  members.check();
  call.permit();
  return tagsOf(call, resource(call, arn));
};

/** What ListTagsForResource was before; old clients and Terraform call it. */
export const listTagsLogGroup: Operation = async (call, members) => {
  const name = members.requiredText('logGroupName', GROUP_NAME);
  members.check();
  call.permit();
  return tagsOf(call, name);
};

async function tagsOf(call: LogsCall, name: string): Promise<object> {
  const record = await call.storage.group(ownGroup(call, name));
  if (record === undefined) throw missing(GROUP_MISSING);
  return { tags: record.tags };
}

async function change(
  call: LogsCall,
  name: string,
  change: (record: GroupRecord) => Pick<GroupRecord, 'retentionInDays' | 'tags'>,
): Promise<void> {
  if (!(await call.storage.changeGroup(ownGroup(call, name), change))) throw missing(GROUP_MISSING);
}

function resource(call: LogsCall, arn: string): string {
  if (!arn.startsWith('arn:')) throw invalid('The specified resource ARN is not valid.');
  return identified(call, arn).name;
}

function checkTagKeys(keys: readonly string[]): void {
  if (keys.some((it) => it.toLowerCase().startsWith('aws:'))) {
    throw invalid('Tag keys that begin with aws: are reserved.');
  }
}
