import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describe } from './describe.ts';
import { PREFIX_LIST_FIELDS, serviceListOutput } from './prefix-list-output.ts';

/** DescribePrefixLists: those of services, with their prefixes. */
export function describePrefixLists(options: NetworkActionsOptions): HandlerOf<'DescribePrefixLists'> {
  return async (context, input) => {
    const { items, NextToken } = await describe(options, context, {
      ...input,
      action: 'DescribePrefixLists',
      kind: 'prefixList',
      ids: input.PrefixListIds,
      idsName: 'PrefixListIds',
      filters: input.Filters,
      fields: PREFIX_LIST_FIELDS,
      only: ({ ofService }) => ofService,
    });
    return { PrefixLists: items.map(serviceListOutput), NextToken };
  };
}
