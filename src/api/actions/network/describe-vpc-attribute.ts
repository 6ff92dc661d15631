import type { DescribeVpcAttributeResult } from '../../protocol/types.generated.ts';
import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { oneOf } from './inputs.ts';
import { checkId, find } from './lookup.ts';

/** The service's defaults: nothing here changes them. */
const ATTRIBUTES = {
  enableDnsSupport: { EnableDnsSupport: { Value: true } },
  enableDnsHostnames: { EnableDnsHostnames: { Value: false } },
  enableNetworkAddressUsageMetrics: { EnableNetworkAddressUsageMetrics: { Value: false } },
} as const satisfies Record<string, DescribeVpcAttributeResult>;
const NAMES = Object.keys(ATTRIBUTES) as (keyof typeof ATTRIBUTES)[];

/** DescribeVpcAttribute. */
export function describeVpcAttribute({ network }: NetworkActionsOptions): HandlerOf<'DescribeVpcAttribute'> {
  return (context, input) => {
    const attribute = oneOf(input.Attribute, NAMES, 'attribute');
    checkId('vpc', input.VpcId);
    const { id } = find(network.state, context, 'vpc', input.VpcId);
    return { VpcId: id, ...ATTRIBUTES[attribute] };
  };
}
