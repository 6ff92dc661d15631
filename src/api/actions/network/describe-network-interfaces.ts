import { refusal } from '../../errors.ts';
import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describe } from './describe.ts';
import { networkInterfaceFields, networkInterfaceOutput, tagsOf } from './network-interface-output.ts';

/** DescribeNetworkInterfaces. Interfaces that are discovered on the wire are not among them. */
export function describeNetworkInterfaces(
  options: NetworkActionsOptions,
): HandlerOf<'DescribeNetworkInterfaces'> {
  return async (context, input) => {
    const { state } = options.network;
    if (input.NetworkInterfaceIds !== undefined && input.MaxResults !== undefined) {
      throw refusal('combination', { a: 'networkInterfaceIds', b: 'maxResults' });
    }
    const { items, NextToken } = await describe(options, context, {
      ...input,
      action: 'DescribeNetworkInterfaces',
      kind: 'interface',
      ids: input.NetworkInterfaceIds,
      idsName: 'NetworkInterfaceIds',
      filters: input.Filters,
      fields: networkInterfaceFields(state),
      tagsOf: (it) => tagsOf(state, it),
    });
    return { NetworkInterfaces: items.map((it) => networkInterfaceOutput(state, it)), NextToken };
  };
}
