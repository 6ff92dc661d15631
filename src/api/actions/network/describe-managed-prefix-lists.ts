import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describe } from './describe.ts';
import { managedOutput, PREFIX_LIST_FIELDS } from './prefix-list-output.ts';

/** DescribeManagedPrefixLists: those of the network file, and of services where it names them. */
export function describeManagedPrefixLists(
  options: NetworkActionsOptions,
): HandlerOf<'DescribeManagedPrefixLists'> {
  return async (context, input) => {
    const { items, NextToken } = await describe(options, context, {
      ...input,
      action: 'DescribeManagedPrefixLists',
      kind: 'prefixList',
      ids: input.PrefixListIds,
      idsName: 'PrefixListIds',
      filters: input.Filters,
      fields: PREFIX_LIST_FIELDS,
    });
    return { PrefixLists: items.map(managedOutput), NextToken };
  };
}
