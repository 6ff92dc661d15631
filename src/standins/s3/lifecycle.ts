import { randomBytes } from 'node:crypto';
import { ServiceError } from '../../base/service-error.ts';
import type { RawResponse } from '../../wire/endpoint.ts';
import { xmlElement } from '../../wire/xml.ts';
import type { LifecycleRule, LifecycleSetting } from '../storage/objects-lifecycle.ts';
import { LONGEST_KEY } from '../storage/objects-options.ts';
import { readXml, xmlText } from './body.ts';
import { type Call, emptyAnswer, header, ownBucket, xmlAnswer } from './call.ts';
import { refuse } from './errors.ts';
import { listOf, memberOf, type Members, textOf } from './members.ts';

/** Rules of a bucket. */
const MOST_RULES = 1000;
const LONGEST_ID = 255;
const MOST_DAYS = 2_147_483_647;
const TRANSITION_HEADER = 'x-amz-transition-default-minimum-object-size';
const TRANSITION_VALUES = ['all_storage_classes_128K', 'varies_by_storage_class'];
/** What a rule can hold; all else promises something that is not done here. */
const OFFERED: Readonly<Record<string, readonly string[]>> = {
  Rule: ['ID', 'Status', 'Prefix', 'Filter', 'Expiration', 'AbortIncompleteMultipartUpload'],
  Filter: ['Prefix'],
  Expiration: ['Days'],
  AbortIncompleteMultipartUpload: ['DaysAfterInitiation'],
};

export async function getBucketLifecycle(call: Call): Promise<RawResponse> {
  const { name } = await ownBucket(call);
  const { settings, buckets } = call.storage;
  const setting = (await settings.read(await buckets.get(name), 'lifecycle')) as LifecycleSetting | undefined;
  if (setting === undefined) {
    throw new ServiceError('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', 404);
  }
  const rules = setting.rules.map(
    ({ id, enabled, prefix, days, uploadDays }) =>
      `<Rule>${xmlElement('ID', id)}<Filter>${xmlElement('Prefix', prefix)}</Filter>` +
      xmlElement('Status', enabled ? 'Enabled' : 'Disabled') +
      (days === undefined ? '' : `<Expiration>${xmlElement('Days', String(days))}</Expiration>`) +
      (uploadDays === undefined
        ? ''
        : `<AbortIncompleteMultipartUpload>${xmlElement('DaysAfterInitiation', String(uploadDays))}</AbortIncompleteMultipartUpload>`) +
      '</Rule>',
  );
  return xmlAnswer('LifecycleConfiguration', rules.join(''), [
    [TRANSITION_HEADER, setting.transitionMinimum],
  ]);
}

export async function putBucketLifecycle(call: Call): Promise<RawResponse> {
  const { name } = await ownBucket(call);
  const transitionMinimum = header(call, TRANSITION_HEADER) ?? TRANSITION_VALUES[0]!;
  if (!TRANSITION_VALUES.includes(transitionMinimum)) {
    throw refuse('InvalidArgument', `${TRANSITION_HEADER} is one of ${TRANSITION_VALUES.join(', ')}`);
  }
  const wanted = await readXml(call, 'LifecycleConfiguration', ['Rule']);
  const listed = wanted === undefined ? [] : listOf(wanted, 'Rule');
  if (listed.length === 0 || listed.length > MOST_RULES) throw refuse('MalformedXML');
  const rules = listed.map(ruleOf);
  if (new Set(rules.map(({ id }) => id)).size < rules.length) {
    throw refuse('InvalidArgument', 'Rule ID must be unique. Found same ID for more than one rule');
  }
  const setting: LifecycleSetting = { rules, transitionMinimum };
  const { settings, buckets } = call.storage;
  await settings.write(await buckets.get(name), 'lifecycle', setting);
  return emptyAnswer(200, [[TRANSITION_HEADER, transitionMinimum]]);
}

export async function deleteBucketLifecycle(call: Call): Promise<RawResponse> {
  const { name } = await ownBucket(call);
  const { settings, buckets } = call.storage;
  await settings.remove(await buckets.get(name), 'lifecycle');
  return emptyAnswer(204);
}

function ruleOf(members: Members): LifecycleRule {
  checkOffered('Rule', members);
  const id = textOf(members, 'ID') ?? randomBytes(16).toString('base64url');
  if (id.length > LONGEST_ID) throw refuse('InvalidArgument', `ID length should not exceed ${LONGEST_ID}`);
  const status = textOf(members, 'Status');
  if (status !== 'Enabled' && status !== 'Disabled') throw refuse('MalformedXML');
  const days = daysOf(members, 'Expiration', 'Days');
  const uploadDays = daysOf(members, 'AbortIncompleteMultipartUpload', 'DaysAfterInitiation');
  if (days === undefined && uploadDays === undefined) {
    throw refuse('InvalidRequest', 'At least one action needs to be specified in a rule');
  }
  return {
    id,
    enabled: status === 'Enabled',
    prefix: prefixOf(members),
    ...(days === undefined ? {} : { days }),
    ...(uploadDays === undefined ? {} : { uploadDays }),
  };
}

function prefixOf(members: Members): string {
  const filter = memberOf(members, 'Filter');
  if (filter !== undefined) checkOffered('Filter', filter);
  const prefix = xmlText(filter ?? members, 'Prefix') ?? '';
  if (Buffer.byteLength(prefix) > LONGEST_KEY) {
    throw refuse('InvalidRequest', `The maximum size of a prefix is ${LONGEST_KEY}.`);
  }
  return prefix;
}

function daysOf(members: Members, action: string, member: string): number | undefined {
  const found = memberOf(members, action);
  if (found === undefined) return undefined;
  checkOffered(action, found);
  const text = textOf(found, member) ?? '';
  const days = /^[0-9]{1,10}$/.test(text) ? Number(text) : 0;
  if (days < 1 || days > MOST_DAYS) {
    throw refuse('InvalidArgument', `'${member}' for ${action} action must be a positive integer`);
  }
  return days;
}

function checkOffered(name: string, members: Members): void {
  const other = Object.keys(members).find((it) => it !== '#text' && !OFFERED[name]!.includes(it));
  if (other !== undefined) {
    throw refuse(
      'NotImplemented',
      `${other} in a lifecycle ${name} is not implemented: objects expire by Days and Prefix`,
    );
  }
}
