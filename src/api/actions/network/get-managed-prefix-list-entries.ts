import { formatPrefix } from '../../../base/prefixes.ts';
import { refusal } from '../../errors.ts';
import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describeParts } from './describe-parts.ts';
import { checkId, find } from './lookup.ts';

/** GetManagedPrefixListEntries. There is one version of each list. */
export function getManagedPrefixListEntries(
  options: NetworkActionsOptions,
): HandlerOf<'GetManagedPrefixListEntries'> {
  return (context, input) => {
    const { PrefixListId: id, TargetVersion: version = 1 } = input;
    checkId('prefixList', id);
    if (version !== 1) {
      const reason = 'The prefix list has one version, 1.';
      throw refusal('invalidValue', { value: version, name: 'targetVersion', reason });
    }
    const list = find(options.network.state, context, 'prefixList', id);
    const { items, NextToken } = describeParts(options, context, list.prefixes.map(formatPrefix), {
      ...input,
      action: 'GetManagedPrefixListEntries',
      of: id,
      filters: undefined,
      fields: {},
      key: (cidr) => cidr,
    });
    return { Entries: items.map((Cidr) => ({ Cidr })), NextToken };
  };
}
