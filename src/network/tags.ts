/** Tags: the service's limits for every kind of resource. */

/** Tag keys and values by key. */
export type Tags = Readonly<Record<string, string>>;

export const NO_TAGS: Tags = Object.freeze({});
/** Unicode characters. The API says 127 for keys where other pages say 128. */
export const MAX_TAG_KEY = 127;
export const MAX_TAG_VALUE = 256;
export const MAX_TAGS = 50;
/** Keys that begin so are the service's own. */
export const RESERVED_TAG_PREFIX = 'aws:';

/** What is wrong with a tag key, undefined if nothing. */
export function tagKeyFault(key: string): string | undefined {
  const length = characters(key);
  if (length === 0 || length > MAX_TAG_KEY) return `a tag key has 1 to ${MAX_TAG_KEY} characters`;
  if (key.toLowerCase().startsWith(RESERVED_TAG_PREFIX)) {
    return `a tag key must not begin with "${RESERVED_TAG_PREFIX}"`;
  }
  return undefined;
}

/** What is wrong with a tag value, undefined if nothing. */
export function tagValueFault(value: string): string | undefined {
  return characters(value) > MAX_TAG_VALUE
    ? `a tag value has at most ${MAX_TAG_VALUE} characters`
    : undefined;
}

/** Unicode code points of a text. */
function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
