import { z } from 'zod';
import { fileKind } from './kind.ts';
import { portsFault, rangeOf } from '../ports.ts';
import { portMembers } from './ports.ts';
import { id, named, prefix } from './schema-parts.ts';
import { LAST_ENTRY, type NetworkAclEntry, type NetworkAcl } from '../network-acl.ts';

const entry = z
  .strictObject({
    number: z
      .int()
      .min(1)
      .max(LAST_ENTRY - 1),
    action: z.enum(['allow', 'deny']),
    cidr: prefix,
    ...portMembers,
  })
  .superRefine((it, context) => {
    const found = portsFault(it);
    if (found !== undefined) {
      context.addIssue({ code: 'custom', message: found.message, path: [found.member] });
    }
  });

/** Keys of an entry, for suggestions. */
export const ACL_ENTRY_KEYS = Object.keys(entry.shape);

/** `networkAcls` of a VPC in network.yaml. */
export const networkAclKind = fileKind(
  z.strictObject({
    ...named('networkAcl'),
    default: z.boolean().default(false),
    subnets: z.array(id('subnet')).default([]),
    inbound: z.array(entry).default([]),
    outbound: z.array(entry).default([]),
  }),
  ({ default: isDefault, subnets, inbound, outbound }, base, { region, vpcId }): NetworkAcl => ({
    ...base,
    region,
    vpcId,
    isDefault,
    implied: false,
    subnetIds: subnets,
    entries: [...inbound.map((it) => entryOf(it, false)), ...outbound.map((it) => entryOf(it, true))],
  }),
);

function entryOf(it: z.output<typeof entry>, egress: boolean): NetworkAclEntry {
  return {
    number: it.number,
    egress,
    allow: it.action === 'allow',
    protocol: it.protocol,
    range: rangeOf(it),
    prefix: it.cidr,
  };
}
