/** What all Describe actions of the network have in common: ids, filters, pages. */
import type { ResourceKind, ResourceOf } from '../../../network/resources.ts';
import type { Tags } from '../../../network/tags.ts';
import type { ActionContext } from '../../actions.ts';
import type { Filter } from '../../protocol/types.generated.ts';
import type { NetworkActionsOptions } from './dependencies.ts';
import { compileFilters, type Fields } from './filters.ts';
import { checkIds, find, notFound } from './lookup.ts';
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
  /** What is shown of the kind, where an action does not show all; the rest is not found. */
  readonly only?: (it: ResourceOf[K]) => boolean;
  /** Tags to filter by, where more are shown than it has. */
  readonly tagsOf?: (it: ResourceOf[K]) => Tags;
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
  const { action, kind, ids, idsName, filters, fields, only } = input;
  const { state } = network;
  checkIds(kind, idsName, ids);
  const matches = compileFilters(filters, fields, input.tagsOf ?? ((it) => it.tags));
  const page = pageOf(pages, context, action, input, [filters ?? null, ids ?? null]);
  for (const id of page.after === undefined ? (ids ?? []) : []) {
    const it = find(state, context, kind, id);
    if (only !== undefined && !only(it)) throw notFound(kind, id);
  }

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
      if ((only !== undefined && !only(it)) || !matches(it)) continue;
      if (items.length === page.size) return { items, NextToken: page.tokenAfter(items.at(-1)!.id) };
      items.push(it);
    }
  }
  return { items, NextToken: undefined };
}

/** All pages of an action that has none. */
export async function describeAll<K extends ResourceKind>(
  options: NetworkActionsOptions,
  context: ActionContext,
  input: Omit<DescribeInput<K>, keyof PageInput>,
): Promise<ResourceOf[K][]> {
  const all: ResourceOf[K][] = [];
  let token: string | undefined;
  do {
    const { items, NextToken } = await describe(options, context, { ...input, NextToken: token });
    all.push(...items);
    token = NextToken;
  } while (token !== undefined);
  return all;
}

/** The ids asked for, each once, in order. */
function idsBehind(ids: readonly string[], after: string | undefined): string[] {
  const sorted = [...new Set(ids)].sort();
  return after === undefined ? sorted : sorted.filter((id) => id > after);
}
