import { z } from 'zod';
import { topKind, type Base } from './kind.ts';
import { account, elements, id, named, region } from './schema-parts.ts';
import { BLOCK_MODES, type PublicAccessBlock, type PublicAccessExclusion } from '../public-access.ts';

/** `blockPublicAccess` of network.yaml. */
export const blockPublicAccessKind = topKind(
  z.strictObject({
    account: account.optional(),
    region: region.optional(),
    mode: z.enum(BLOCK_MODES),
    exclusions: elements,
  }),
  ({ mode, ...it }, base, around): PublicAccessBlock => ({
    accountId: base.accountId,
    region: it.region ?? around.region,
    mode,
  }),
);

/** `exclusions` of a `blockPublicAccess`. */
export const publicAccessExclusionKind = topKind(
  z
    .strictObject({
      ...named('publicAccessExclusion'),
      vpc: id('vpc').optional(),
      subnet: id('subnet').optional(),
      mode: z.enum(['allow-bidirectional', 'allow-egress']),
    })
    .refine(({ vpc, subnet }) => (vpc === undefined) !== (subnet === undefined), {
      error: 'an exclusion is of a VPC or of a subnet: write one of "vpc" and "subnet"',
    }),
  ({ vpc, subnet, mode }, base: Base, { region }): PublicAccessExclusion => ({
    ...base,
    region,
    vpcId: vpc,
    subnetId: subnet,
    mode,
  }),
);
