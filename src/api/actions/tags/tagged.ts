/** The resources that CreateTags and DeleteTags name. */
import { kindOfId } from '../../../network/ids.ts';
import type { Turn } from '../../../network/registry.ts';
import type { Held, ResourceKind, Scope } from '../../../network/resources.ts';
import { refusal } from '../../errors.ts';
import { notFound } from '../network/lookup.ts';
import { TAGGED_TYPES, type TaggedKind } from './types.ts';

/** Most resources in a request. */
const MAX_RESOURCES = 1000;

/** Refuses too many ids, and those of no kind that has tags here; returns each once. */
export function checkTaggedIds(ids: readonly string[]): string[] {
  if (ids.length > MAX_RESOURCES) {
    throw refusal('tooMany', { name: 'Resources', count: ids.length, max: MAX_RESOURCES });
  }
  for (const id of ids) taggedKind(id);
  return [...new Set(ids)];
}

function taggedKind(id: string): TaggedKind {
  const kind = kindOfId(id);
  if (kind === undefined || !Object.hasOwn(TAGGED_TYPES, kind)) throw refusal('invalidId', { id });
  return kind as TaggedKind;
}

/** A resource with the tags that it has. */
export interface Tagged {
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Those of the network file, which nothing else can change. */
  readonly declared: Readonly<Record<string, string>>;
}

/** The resources of the ids; refuses those that do not exist in the scope. */
export async function findTagged(turn: Turn, scope: Scope, ids: readonly string[]): Promise<Tagged[]> {
  const flowLogIds = ids.filter((id) => taggedKind(id) === 'flowLog');
  const flowLogs = await turn.flowLogTags(flowLogIds);
  const missing = flowLogIds.filter((id) => !flowLogs.has(id));
  const found = ids.map((id): Tagged => {
    const tags = flowLogs.get(id);
    if (tags !== undefined) {
      return { id, tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])), declared: {} };
    }
    const held: Held | undefined = turn.state.find(scope, id);
    if (held !== undefined) {
      return { id, tags: held.resource.tags, declared: turn.state.declaredTags(held) };
    }
    const kind = taggedKind(id);
    if (kind === 'flowLog') throw refusal('flowLogsNotFound', { count: missing.length, ids: missing });
    throw notFound(kind satisfies ResourceKind, id);
  });
  return found;
}
