/** Parts of answers that several kinds have. */
import { hash } from 'node:crypto';
import type { Tags } from '../../../network/tags.ts';
import type { Tag } from '../../protocol/types.generated.ts';

/** Tags as answers have them, by key. */
export function tagSet(tags: Tags): Tag[] {
  return Object.keys(tags)
    .sort()
    .map((key) => ({ Key: key, Value: tags[key]! }));
}

/** An id of what has none of its own (associations, attachments): the same for the same thing. */
export function derivedId(prefix: string, ...parts: readonly string[]): string {
  return `${prefix}-${hash('sha256', parts.join(' '), 'hex').slice(0, 17)}`;
}
