/** Tags of a flow log, as given with its creation: TagSpecifications. */
import { MAX_TAG_KEY, MAX_TAG_VALUE, MAX_TAGS, RESERVED_TAG_PREFIX } from '../network/tags.ts';
import type { Tag } from '../store/store.ts';
import { fault } from './faults.ts';

/** A tag specification of a request: any member may be missing. */
export interface TagSpecification {
  readonly resourceType: string | undefined;
  readonly tags: readonly { readonly key: string | undefined; readonly value: string | undefined }[];
}

/** The resource type that flow logs are tagged as. */
const FLOW_LOG_TAG_TYPE = 'vpc-flow-log';

/**
 * The tags of the specifications: one specification, of flow logs, with 1 to 50 tags of different keys.
 *
 * @throws FlowLogFault for each rule that is broken
 */
export function readTagSpecifications(specifications: readonly TagSpecification[]): Tag[] {
  for (const [index, { resourceType, tags }] of specifications.entries()) {
    const name = `TagSpecifications.${index + 1}`;
    if (resourceType === undefined) throw fault('missingParameter', { name: `${name}.ResourceType` });
    if (resourceType !== FLOW_LOG_TAG_TYPE) throw fault('tagResourceType', { type: resourceType });
    if (index > 0) {
      throw fault('invalidValue', {
        value: resourceType,
        name: 'TagSpecifications',
        reason: 'The same resource type may not be specified more than once in tag specifications',
      });
    }
    if (tags.length === 0) throw fault('tooFew', { name: `${name}.Tags`, count: 0, min: 1 });
  }
  return readTags(specifications[0]?.tags ?? []);
}

function readTags(given: TagSpecification['tags']): Tag[] {
  const tags = new Map<string, string>();
  for (const { key = '', value = '' } of given) {
    if (key === '') throw fault('tagKeyEmpty');
    if (characters(key) > MAX_TAG_KEY) throw fault('tagKeyLength', { max: MAX_TAG_KEY });
    if (key.toLowerCase().startsWith(RESERVED_TAG_PREFIX)) throw fault('tagKeyReserved', { key });
    if (characters(value) > MAX_TAG_VALUE) throw fault('tagValueLength', { max: MAX_TAG_VALUE });
    if (tags.has(key)) throw fault('tagKeyTwice', { key });
    tags.set(key, value);
  }
  if (tags.size > MAX_TAGS) throw fault('tagLimit', { max: MAX_TAGS });
  return Array.from(tags, ([key, value]) => ({ key, value }));
}

/** Unicode code points of a text. */
function characters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
