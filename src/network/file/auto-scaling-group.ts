import { z } from 'zod';
import { topKind } from './kind.ts';
import { account, id, name, region, tags } from './schema-parts.ts';
import type { AutoScalingGroup } from '../auto-scaling-group.ts';

/** `autoScalingGroups` of network.yaml. A name is one group's in an account and region. */
export const autoScalingGroupKind = topKind(
  z.strictObject({
    name,
    account: account.optional(),
    region: region.optional(),
    instances: z.array(id('instance')).default([]),
    tags: tags.default({}),
  }),
  ({ name, instances, ...it }, base, around): AutoScalingGroup => {
    const home = it.region ?? around.region;
    return {
      ...base,
      id: `${base.accountId} ${home} ${name}`,
      region: home,
      name,
      instanceIds: instances,
    };
  },
);
