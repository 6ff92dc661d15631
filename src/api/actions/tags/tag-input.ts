/** Tags as requests bring them: checked against the service's limits, for every action that takes some. */
import {
  MAX_TAG_KEY,
  MAX_TAG_VALUE,
  MAX_TAGS,
  RESERVED_TAG_PREFIX,
  tagKeyFault,
  tagValueFault,
} from '../../../network/tags.ts';
import { missingParameter, refusal } from '../../errors.ts';
import type { TaggedType } from './types.ts';
import type { Tag, TagSpecification } from '../../protocol/types.generated.ts';

/** A tag whose key and value are within the limits. */
export interface CheckedTag {
  readonly key: string;
  readonly value: string;
}

/** Refuses a key that no tag can have. */
export function checkTagKey(key: string): void {
  if (tagKeyFault(key) === undefined) return;
  if (key === '') throw refusal('tagKeyEmpty');
  if (key.toLowerCase().startsWith(RESERVED_TAG_PREFIX)) throw refusal('tagKeyReserved', { key });
  throw refusal('tagKeyLength', { max: MAX_TAG_KEY });
}

/** Refuses a value that no tag can have. */
export function checkTagValue(value: string): void {
  if (tagValueFault(value) !== undefined) throw refusal('tagValueLength', { max: MAX_TAG_VALUE });
}

/** Tags to be set: each key once, at most as many as a resource holds. A tag without a value has the empty one. */
export function checkTags(tags: readonly Tag[], path = 'Tags'): CheckedTag[] {
  const out = new Map<string, CheckedTag>();
  for (const [i, { Key: key, Value: value = '' }] of tags.entries()) {
    if (key === undefined) throw missingParameter(`${path}.${i + 1}.Key`);
    checkTagKey(key);
    checkTagValue(value);
    if (out.has(key)) throw refusal('tagKeyTwice', { key });
    out.set(key, { key, value });
  }
  if (out.size > MAX_TAGS) throw refusal('tagLimit', { max: MAX_TAGS });
  return [...out.values()];
}

/**
 * The tags that a request gives to what it creates: at most one specification, of the kind that is created.
 * `type` as the API names the kind.
 */
export function tagsOfSpecifications(
  specifications: readonly TagSpecification[] | undefined,
  type: TaggedType,
): CheckedTag[] {
  for (const [i, { ResourceType, Tags = [] }] of (specifications ?? []).entries()) {
    const name = `TagSpecifications.${i + 1}`;
    if (ResourceType === undefined) throw missingParameter(`${name}.ResourceType`);
    if (ResourceType !== type) throw refusal('tagResourceType', { type: ResourceType });
    if (i > 0) {
      const reason = 'The same resource type may not be specified more than once in tag specifications';
      throw refusal('invalidValue', { value: ResourceType, name: 'TagSpecifications', reason });
    }
    if (Tags.length === 0) throw refusal('tooFew', { name: `${name}.Tags`, count: 0, min: 1 });
  }
  return checkTags(specifications?.[0]?.Tags ?? [], 'TagSpecifications.1.Tags');
}
