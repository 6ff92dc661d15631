import { randomBytes } from 'node:crypto';
import type { RawResponse } from '../../wire/endpoint.ts';
import { xmlElement } from '../../wire/xml.ts';
import { testMessage } from '../notifications/event.ts';
import {
  CREATED_EVENTS,
  type NotificationSetting,
  OTHER_EVENTS,
  overlap,
  type QueueRule,
  queueOfArn,
} from '../notifications/rules.ts';
import { LONGEST_KEY } from '../storage/objects-options.ts';
import { readXml, xmlText } from './body.ts';
import { type Call, emptyAnswer, header, ownBucket, xmlAnswer } from './call.ts';
import { refuse } from './errors.ts';
import { listOf, memberOf, type Members, textOf } from './members.ts';

/** Configurations of a bucket. */
const MOST_RULES = 100;
const LONGEST_ID = 255;
const LISTS = [
  'QueueConfiguration',
  'TopicConfiguration',
  'CloudFunctionConfiguration',
  'LambdaFunctionConfiguration',
  'EventBridgeConfiguration',
  'Event',
  'FilterRule',
];
/** Whom S3 could tell beside queues. */
const NOT_OFFERED = LISTS.slice(1, 5);

export async function getBucketNotification(call: Call): Promise<RawResponse> {
  const { name } = await ownBucket(call);
  const setting = await settingOf(call, name);
  const rules = (setting?.queues ?? []).map(({ id, arn, events, prefix, suffix }) => {
    const filters = Object.entries({ prefix, suffix }).filter(([, value]) => value !== '');
    const filterRules = filters.map(
      ([filter, value]) =>
        `<FilterRule>${xmlElement('Name', filter === 'prefix' ? 'Prefix' : 'Suffix')}${xmlElement('Value', value)}</FilterRule>`,
    );
    return (
      `<QueueConfiguration>${xmlElement('Id', id)}${xmlElement('Queue', arn)}` +
      events.map((event) => xmlElement('Event', event)).join('') +
      (filters.length === 0 ? '' : `<Filter><S3Key>${filterRules.join('')}</S3Key></Filter>`) +
      '</QueueConfiguration>'
    );
  });
  return xmlAnswer('NotificationConfiguration', rules.join(''));
}

/** In place of the whole configuration; each queue that it names gets s3:TestEvent. */
export async function putBucketNotification(call: Call): Promise<RawResponse> {
  const bucket = await ownBucket(call);
  const wanted = await readXml(call, 'NotificationConfiguration', LISTS);
  if (wanted === undefined) throw refuse('MalformedXML');
  for (const name of NOT_OFFERED) {
    if (wanted[name] !== undefined) {
      throw refuse(
        'NotImplemented',
        `${name} is not offered: objects are told to queues (QueueConfiguration)`,
      );
    }
  }
  const rules = listOf(wanted, 'QueueConfiguration').map(ruleOf);
  checkTogether(rules);
  const { queues } = call;
  if (queues === undefined && rules.length > 0) {
    throw refuse('NotImplemented', 'Notifications need queues, which are not served here');
  }
  const skips = header(call, 'x-amz-skip-destination-validation')?.toLowerCase() === 'true';
  const named = new Map(rules.map((rule) => [rule.arn, queueOfArn(rule.arn)!]));
  for (const [arn, queue] of named) {
    const isOwn = queue.account === bucket.account && queue.region === bucket.region;
    if (isOwn && (skips || queues?.find(queue) !== undefined)) continue;
    const why = isOwn ? 'the destination queue does not exist' : 'the queue is of another account or region';
    throw refuse(
      'InvalidArgument',
      `Unable to validate the following destination configurations: ${arn}: ${why}`,
    );
  }
  const { settings, buckets } = call.storage;
  const record = await buckets.get(bucket.name);
  const setting: NotificationSetting = { queues: rules };
  if (rules.length === 0) await settings.remove(record, 'notification');
  else await settings.write(record, 'notification', setting);
  if (!skips) {
    for (const queue of named.values()) {
      const now = Date.now();
      const body = testMessage(bucket.name, call.requestId, now);
      queues?.send(queue, { body, sender: bucket.account, delaySeconds: 0 }, now);
    }
  }
  return emptyAnswer(200);
}

async function settingOf(call: Call, bucket: string): Promise<NotificationSetting | undefined> {
  const { settings, buckets } = call.storage;
  return (await settings.read(await buckets.get(bucket), 'notification')) as NotificationSetting | undefined;
}

/** What is wrong with one configuration, and what it asks for. */
function ruleOf(members: Members): QueueRule {
  const id = textOf(members, 'Id') ?? randomBytes(16).toString('base64url');
  if (id.length > LONGEST_ID) throw refuse('InvalidArgument', `An Id has at most ${LONGEST_ID} characters.`);
  const arn = textOf(members, 'Queue') ?? '';
  if (queueOfArn(arn) === undefined) throw refuse('InvalidArgument', 'The ARN is not well formed');
  const listed = Array.isArray(members['Event']) ? (members['Event'] as unknown[]) : [];
  const events = listed.map((event) => xmlText({ event }, 'event')!.trim());
  if (events.length === 0) throw refuse('MalformedXML');
  for (const event of events) {
    if ((CREATED_EVENTS as readonly string[]).includes(event)) continue;
    const shown = event.slice(0, 64);
    if (OTHER_EVENTS.test(event)) throw refuse('NotImplemented', `The event ${shown} is not implemented`);
    throw refuse('InvalidArgument', `The event '${shown}' is not supported for notifications`);
  }
  return { id, arn, events: [...new Set(events)], ...filterOf(members) };
}

function filterOf(members: Members): Pick<QueueRule, 'prefix' | 'suffix'> {
  const found = { prefix: '', suffix: '' };
  const given = new Set<string>();
  const filter = memberOf(members, 'Filter');
  const key = filter === undefined ? undefined : memberOf(filter, 'S3Key');
  for (const rule of key === undefined ? [] : listOf(key, 'FilterRule')) {
    const name = textOf(rule, 'Name')?.toLowerCase();
    if (name !== 'prefix' && name !== 'suffix') {
      throw refuse('InvalidArgument', 'filter rule name must be either prefix or suffix');
    }
    if (given.has(name)) {
      throw refuse('InvalidArgument', `Cannot specify more than one ${name} rule in a filter.`);
    }
    given.add(name);
    const value = xmlText(rule, 'Value') ?? '';
    if (Buffer.byteLength(value) > LONGEST_KEY) {
      throw refuse(
        'InvalidArgument',
        `Size of the ${name} filter rule value cannot exceed ${LONGEST_KEY} bytes.`,
      );
    }
    found[name] = value;
  }
  return found;
}

function checkTogether(rules: readonly QueueRule[]): void {
  if (rules.length > MOST_RULES) throw refuse('InvalidArgument', `At most ${MOST_RULES} configurations.`);
  for (const [i, rule] of rules.entries()) {
    for (const other of rules.slice(0, i)) {
      if (other.id === rule.id) throw refuse('InvalidArgument', 'Same ID used for multiple configurations.');
      if (overlap(rule, other)) {
        throw refuse(
          'InvalidArgument',
          'Configurations overlap. Configurations on the same bucket cannot share a common event type.',
        );
      }
    }
  }
}
