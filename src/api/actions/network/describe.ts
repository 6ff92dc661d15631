/** What all Describe actions of the network have in common: ids, filters, pages. */
import type { ResourceKind, ResourceOf } from '../../../network/resources.ts';
import type { ActionContext } from '../../actions.ts';
import type { Filter } from '../../protocol/types.generated.ts';
import type { NetworkActionsOptions } from './dependencies.ts';
import { compileFilters, type Fields } from './filters.ts';
import { checkIds, find } from './lookup.ts';
import { pageOf, type PageInput } from './paging.ts';
import { withPauses } from './pauses.ts';

export interface DescribeInput<K extends ResourceKind> extends PageInput {
  readonly action: string;
  readonly kind: K;
  /** The ids asked for, and what the API calls them. */
  readonly ids: readonly string[] | undefined;
  readonly idsName: string;
  readonly filters: readonly Filter[] | undefined;
  readonly fields: Fields<ResourceOf[K]>;
}

/**
 * A page of the resources of a kind in the caller's account and region, in the order of their ids: each that is
 * there from the first page to the last comes exactly once, whatever is created and deleted meanwhile.
 */
export async function describe<K extends ResourceKind>(
  { network, pages }: NetworkActionsOptions,
  context: ActionContext,
  input: DescribeInput<K>,
): Promise<{ items: ResourceOf[K][]; NextToken: string | undefined }> {
  const { action, kind, ids, idsName, filters, fields } = input;
  const { state } = network;
  checkIds(kind, idsName, ids);
  const matches = compileFilters(filters, fields, (it) => it.tags);
  const page = pageOf(pages, context, action, input, [filters ?? null, ids ?? null]);
  if (page.after === undefined) for (const id of ids ?? []) find(state, context, kind, id);

  const behind = (after: string | undefined): Iterable<ResourceOf[K]> =>
    ids === undefined ? state.resources(context, kind, after) : named(idsBehind(ids, after));
  function* named(wanted: readonly string[]): Generator<ResourceOf[K], void, undefined> {
    for (const id of wanted) {
      // One that is asked for by its id may be deleted between two pages.
      const resource = state.get(context, kind, id);
      if (resource !== undefined) yield resource;
    }
  }

  const items: ResourceOf[K][] = [];
  for await (const some of withPauses(behind, page.after)) {
    for (const it of some) {
      if (!matches(it)) continue;
      if (items.length === page.size) return { items, NextToken: page.tokenAfter(items.at(-1)!.id) };
      items.push(it);
    }
  }
  return { items, NextToken: undefined };
}

/** The ids asked for, each once, in order. */
function idsBehind(ids: readonly string[], after: string | undefined): string[] {
  const sorted = [...new Set(ids)].sort();
  return after === undefined ? sorted : sorted.filter((id) => id > after);
}
