import { refusal } from '../../errors.ts';
import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describe } from './describe.ts';
import { instanceFields, instanceTags, reservationOutput } from './instance-output.ts';

/** DescribeInstances: those that the network file declares or that its interfaces name. */
export function describeInstances(options: NetworkActionsOptions): HandlerOf<'DescribeInstances'> {
  return async (context, input) => {
    const { state } = options.network;
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
      tagsOf: (it) => instanceTags(state, it),
    });
    return { Reservations: items.map((it) => reservationOutput(state, context, it)), NextToken };
  };
}
