import { formatPrefix } from '../../../base/prefixes.ts';
import type { Vpc } from '../../../network/vpc.ts';
import type { Vpc as VpcOutput } from '../../protocol/types.generated.ts';
import type { Fields } from './filters.ts';
import { derivedId, tagSet } from './outputs.ts';

/** The prefixes of a family as text. */
export function cidrTexts(it: Pick<Vpc, 'cidrs'>, family: 4 | 6): string[] {
  return it.cidrs.filter((prefix) => prefix.family === family).map(formatPrefix);
}

/** A VPC as answers show it. One without IPv4 prefix has no CidrBlock. */
export function vpcOutput(vpc: Vpc): VpcOutput {
  const four = cidrTexts(vpc, 4);
  return {
    OwnerId: vpc.accountId,
    InstanceTenancy: 'default',
    Ipv6CidrBlockAssociationSet: cidrTexts(vpc, 6).map((cidr) => ({
      AssociationId: derivedId('vpc-cidr-assoc', vpc.id, cidr),
      Ipv6CidrBlock: cidr,
      Ipv6CidrBlockState: { State: 'associated' },
    })),
    CidrBlockAssociationSet: four.map((cidr) => ({
      AssociationId: derivedId('vpc-cidr-assoc', vpc.id, cidr),
      CidrBlock: cidr,
      CidrBlockState: { State: 'associated' },
    })),
    IsDefault: false,
    Tags: tagSet(vpc.tags),
    VpcId: vpc.id,
    State: 'available',
    CidrBlock: four[0],
    DhcpOptionsId: 'default',
  };
}

export const VPC_FIELDS: Fields<Vpc> = {
  'vpc-id': (vpc) => vpc.id,
  state: () => 'available',
  cidr: (vpc) => cidrTexts(vpc, 4)[0],
  'cidr-block-association.cidr-block': (vpc) => cidrTexts(vpc, 4),
  'cidr-block-association.association-id': (vpc) =>
    cidrTexts(vpc, 4).map((cidr) => derivedId('vpc-cidr-assoc', vpc.id, cidr)),
  'cidr-block-association.state': () => 'associated',
  'ipv6-cidr-block-association.ipv6-cidr-block': (vpc) => cidrTexts(vpc, 6),
  'ipv6-cidr-block-association.association-id': (vpc) =>
    cidrTexts(vpc, 6).map((cidr) => derivedId('vpc-cidr-assoc', vpc.id, cidr)),
  'ipv6-cidr-block-association.state': (vpc) => cidrTexts(vpc, 6).map(() => 'associated'),
  'dhcp-options-id': () => 'default',
  'is-default': () => 'false',
  'owner-id': (vpc) => vpc.accountId,
};
