import { missingParameter, refusal } from '../../errors.ts';
import type { Tag } from '../../protocol/types.generated.ts';
import type { HandlerOf, NetworkActionsOptions } from '../network/dependencies.ts';
import { checkTagKey, checkTagValue } from './tag-input.ts';
import { checkTaggedIds, findTagged, type Tagged } from './tagged.ts';

/** A tag to be deleted: whatever its value, or only with the one given. */
interface WantedTag {
  readonly key: string;
  readonly value: string | undefined;
}

/**
 * DeleteTags. Without tags, all that can be deleted are: those of the network file stay. Tags that are not
 * there are no error.
 */
export function deleteTags({ network }: NetworkActionsOptions): HandlerOf<'DeleteTags'> {
  return (context, input) => {
    const ids = checkTaggedIds(input.Resources);
    const tags = input.Tags === undefined || input.Tags.length === 0 ? undefined : wantedTags(input.Tags);
    return network.turn(context, async (turn) => {
      for (const tagged of await findTagged(turn, context, ids)) checkDeletable(tagged, tags ?? []);
      context.permit(input);
      await turn.deleteTags(ids, tags);
      return {};
    });
  };
}

function wantedTags(tags: readonly Tag[]): WantedTag[] {
  return tags.map(({ Key: key, Value: value }, i) => {
    if (key === undefined) throw missingParameter(`Tags.${i + 1}.Key`);
    checkTagKey(key);
    if (value !== undefined) checkTagValue(value);
    return { key, value };
  });
}

function checkDeletable({ id, declared }: Tagged, tags: readonly WantedTag[]): void {
  for (const { key, value } of tags) {
    if (!Object.hasOwn(declared, key)) continue;
    if (value === undefined || declared[key] === value) throw refusal('declaredTag', { id, key });
  }
}
