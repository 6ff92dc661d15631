import { refusal } from '../../errors.ts';
import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describe } from './describe.ts';
import { instanceFields, reservationOutput } from './instance-output.ts';

/** DescribeInstances: those that the network file declares or that its interfaces name. */
export function describeInstances(options: NetworkActionsOptions): HandlerOf<'DescribeInstances'> {
  const { state } = options.network;
  return async (context, input) => {
    if (input.InstanceIds !== undefined && input.MaxResults !== undefined) {
      throw refusal('combination', { a: 'instancesSet', b: 'maxResults' });
    }
    const { items, NextToken } = await describe(options, context, {
      ...input,
      action: 'DescribeInstances',
      kind: 'instance',
      ids: input.InstanceIds,
      idsName: 'InstanceIds',
      filters: input.Filters,
      fields: instanceFields(state, context),
    });
    return { Reservations: items.map((it) => reservationOutput(state, context, it)), NextToken };
  };
}
