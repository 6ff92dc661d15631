/** Pages of what lies inside resources and is put together for each request: routes, rules, entries. */
import type { ActionContext } from '../../actions.ts';
import type { Filter } from '../../protocol/types.generated.ts';
import type { NetworkActionsOptions } from './dependencies.ts';
import { compileFilters, type Fields } from './filters.ts';
import { pageOf, type PageInput } from './paging.ts';

export interface PartsInput<T> extends PageInput {
  readonly action: string;
  /** What the request names: the same for each page. */
  readonly of: readonly string[] | string;
  readonly filters: readonly Filter[] | undefined;
  readonly fields: Fields<T>;
  /** Distinct names of the parts: their order, and where a page ends. */
  readonly key: (it: T) => string;
}

/** A page of parts, in the order of their keys. */
export function describeParts<T>(
  { pages }: NetworkActionsOptions,
  context: ActionContext,
  parts: readonly T[],
  input: PartsInput<T>,
): { items: T[]; NextToken: string | undefined } {
  const { action, of, filters, fields, key } = input;
  const matches = compileFilters(filters, fields, undefined);
  const page = pageOf(pages, context, action, input, [filters ?? null, of]);
  const behind = parts
    .map((it) => ({ it, name: key(it) }))
    .filter(({ it, name }) => (page.after === undefined || name > page.after) && matches(it))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const shown = behind.slice(0, page.size);
  const NextToken = behind.length > shown.length ? page.tokenAfter(shown.at(-1)!.name) : undefined;
  return { items: shown.map(({ it }) => it), NextToken };
}
