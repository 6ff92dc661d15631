import { MAX_TAGS } from '../../../network/tags.ts';
import { refusal } from '../../errors.ts';
import type { HandlerOf, NetworkActionsOptions } from '../network/dependencies.ts';
import { checkTags, type CheckedTag } from './tag-input.ts';
import { checkTaggedIds, findTagged, type Tagged } from './tagged.ts';

/** CreateTags: all tags on all resources, or nothing. */
export function createTags({ network }: NetworkActionsOptions): HandlerOf<'CreateTags'> {
  return (context, input) => {
    const ids = checkTaggedIds(input.Resources);
    const tags = checkTags(input.Tags);
    return network.turn(context, async (turn) => {
      for (const tagged of await findTagged(turn, context, ids)) checkRoom(tagged, tags);
      context.permit(input);
      await turn.putTags(ids, tags);
      return {};
    });
  };
}

/** Refuses what a resource cannot take: too many tags, or another value for one of the network file. */
function checkRoom({ id, tags: held, declared }: Tagged, tags: readonly CheckedTag[]): void {
  let count = Object.keys(held).length;
  for (const { key, value } of tags) {
    if (!Object.hasOwn(held, key)) count++;
    if (Object.hasOwn(declared, key) && declared[key] !== value) throw refusal('declaredTag', { id, key });
  }
  if (count > MAX_TAGS) throw refusal('tagLimit', { max: MAX_TAGS });
}
