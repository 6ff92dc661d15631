import type { PublicAccessExclusion } from '../../../network/public-access.ts';
import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describe } from './describe.ts';
import type { Fields } from './filters.ts';
import { tagSet } from './outputs.ts';

const CREATED = 'create-complete';

function arnOf({ accountId, region, vpcId, subnetId }: PublicAccessExclusion): string {
  const resource = vpcId === undefined ? `subnet/${subnetId}` : `vpc/${vpcId}`;
  return `arn:aws:ec2:${region}:${accountId}:${resource}`;
}

const FIELDS: Fields<PublicAccessExclusion> = {
  'exclusion-id': (it) => it.id,
  'resource-arn': arnOf,
  'internet-gateway-exclusion-mode': (it) => it.mode,
  state: () => CREATED,
};

/** DescribeVpcBlockPublicAccessExclusions. */
export function describeVpcBlockPublicAccessExclusions(
  options: NetworkActionsOptions,
): HandlerOf<'DescribeVpcBlockPublicAccessExclusions'> {
  return async (context, input) => {
    const { items, NextToken } = await describe(options, context, {
      ...input,
      action: 'DescribeVpcBlockPublicAccessExclusions',
      kind: 'publicAccessExclusion',
      ids: input.ExclusionIds,
      idsName: 'ExclusionIds',
      filters: input.Filters,
      fields: FIELDS,
    });
    const VpcBlockPublicAccessExclusions = items.map((it) => ({
      ExclusionId: it.id,
      InternetGatewayExclusionMode: it.mode,
      ResourceArn: arnOf(it),
      State: CREATED,
      Tags: tagSet(it.tags),
    }));
    return { VpcBlockPublicAccessExclusions, NextToken };
  };
}
