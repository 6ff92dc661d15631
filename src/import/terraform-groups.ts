/** Security groups, network ACLs and prefix lists of Terraform's AWS provider. */
import { addPrefix } from './describe-groups.ts';
import { distinct, present, type Fields } from './fields.ts';
import { canonicalPrefix } from './outermost.ts';
import { ownerOfArn } from './places.ts';
import { groupRules, portKeys } from './rules.ts';
import { idOf, list, numeric, required, tags, type Reader } from './terraform-parts.ts';

/** Attributes that list the other sides of a rule, or name one. */
const SIDES = ['cidr_blocks', 'ipv6_cidr_blocks', 'prefix_list_ids', 'security_groups'];
const ONE_SIDE = [
  'source_security_group_id',
  'cidr_ipv4',
  'cidr_ipv6',
  'prefix_list_id',
  'referenced_security_group_id',
];

/** The rules that a block or resource stands for: one for each other side. */
function rulesOf(it: Fields, group: string, direction: 'from' | 'to'): Record<string, unknown>[] {
  const keys = portKeys({
    protocol: it.scalar('protocol') ?? it.scalar('ip_protocol'),
    from: numeric(it, 'from_port'),
    to: numeric(it, 'to_port'),
  });
  const sides = [
    ...SIDES.flatMap((key) => it.texts(key)),
    ...ONE_SIDE.map((key) => it.text(key)),
    it.flag('self') === true ? group : undefined,
  ];
  return distinct(sides).map((side) => {
    // A group of another account has that before its id.
    const other =
      side.includes('/') && !side.includes('sg-') ? canonicalPrefix(side) : side.replace(/^[0-9]{12}\//, '');
    return present({ ...keys, [direction]: other, description: it.text('description') });
  });
}

const securityGroup: Reader = (attributes) => {
  const { it, draft } = attributes;
  const id = idOf(attributes, 'security group');
  if (id === undefined) return;
  const name = it.text('name');
  const description = it.text('description');
  const rules = (key: 'ingress' | 'egress'): Record<string, unknown>[] =>
    it.objects(key).flatMap((block) => rulesOf(block, id, key === 'ingress' ? 'from' : 'to'));
  draft.add('security group', {
    id,
    place: it.place,
    parent: it.text('vpc_id'),
    account: it.text('owner_id') ?? ownerOfArn(it.text('arn')).account,
    value: {
      ...present({
        id,
        name,
        description: description === name ? undefined : description,
        tags: tags(attributes),
      }),
      ...groupRules(rules('ingress'), it.has('egress') ? rules('egress') : undefined),
    },
  });
};

/** A rule that is a resource of its own; the state of its group has it too. */
function groupRule(fixed?: 'ingress' | 'egress'): Reader {
  return (attributes) => {
    const { it, draft } = attributes;
    const found = required(attributes, 'security group rule', 'security_group_id');
    if (found === undefined) return;
    const member = fixed ?? it.text('type');
    if (member !== 'ingress' && member !== 'egress') {
      return draft.report.leftOut('security group rule', it.place, 'its type is neither ingress nor egress');
    }
    const id = found.security_group_id;
    for (const value of rulesOf(it, id, member === 'ingress' ? 'from' : 'to')) {
      draft.addPiece({ kind: 'security group', id, member, value, place: it.place });
    }
  };
}

/** Behind all numbers comes the one that denies the rest. */
const LAST_NUMBER = 32_767;

function entryOf(
  it: Fields,
  number: number | undefined,
  action: string | undefined,
): Record<string, unknown> {
  const protocol = it.scalar('protocol');
  const icmp = ['1', '58', 'icmp', 'icmpv6'].includes(String(protocol));
  const [from, to] = icmp ? (['icmp_type', 'icmp_code'] as const) : (['from_port', 'to_port'] as const);
  const cidr = it.text('cidr_block') ?? it.text('ipv6_cidr_block');
  return present({
    number,
    action,
    ...portKeys({ protocol, from: numeric(it, from), to: numeric(it, to) }, true),
    cidr: cidr === undefined ? undefined : canonicalPrefix(cidr),
  });
}

function networkAcl(isDefault: boolean): Reader {
  return (attributes) => {
    const { it, draft } = attributes;
    const id = idOf(attributes, 'network ACL');
    if (id === undefined) return;
    const direction = (key: string): Record<string, unknown>[] =>
      it.objects(key).flatMap((block) => {
        const number = numeric(block, 'rule_no');
        return number !== undefined && number >= LAST_NUMBER
          ? []
          : [entryOf(block, number, block.text('action'))];
      });
    draft.add('network ACL', {
      id,
      place: it.place,
      parent: it.text('vpc_id'),
      account: it.text('owner_id') ?? ownerOfArn(it.text('arn')).account,
      value: present({
        id,
        default: isDefault,
        subnets: isDefault ? [] : list(it, 'subnet_ids'),
        inbound: direction('ingress'),
        outbound: direction('egress'),
        tags: tags(attributes),
      }),
    });
  };
}

const aclRule: Reader = (attributes) => {
  const { it, draft } = attributes;
  const found = required(attributes, 'network ACL rule', 'network_acl_id');
  if (found === undefined) return;
  const value = entryOf(it, numeric(it, 'rule_number'), it.text('rule_action'));
  const member = it.flag('egress') === true ? 'outbound' : 'inbound';
  draft.addPiece({ kind: 'network ACL', id: found.network_acl_id, member, value, place: it.place });
};

const aclAssociation: Reader = (attributes) => {
  const found = required(attributes, 'association of a network ACL', 'network_acl_id', 'subnet_id');
  if (found === undefined) return;
  const { network_acl_id: id, subnet_id: value } = found;
  const { place } = attributes.it;
  attributes.draft.addPiece({ kind: 'network ACL', id, member: 'subnets', value, place });
};

const prefixList: Reader = (attributes) => {
  const { it, draft } = attributes;
  const id = idOf(attributes, 'prefix list');
  if (id === undefined) return;
  const { account, region } = ownerOfArn(it.text('arn'));
  draft.add('prefix list', {
    id,
    place: it.place,
    account: it.text('owner_id') ?? account,
    region,
    value: present({ id, name: it.text('name'), tags: tags(attributes) }),
  });
  for (const entry of it.objects('entry')) {
    const cidr = entry.text('cidr');
    if (cidr !== undefined) addPrefix(draft, id, cidr, it.place);
  }
};

const prefixListEntry: Reader = (attributes) => {
  const found = required(attributes, 'entry of a prefix list', 'prefix_list_id', 'cidr');
  if (found !== undefined) {
    addPrefix(attributes.draft, found.prefix_list_id, found.cidr, attributes.it.place);
  }
};

export const GROUP_READERS: Readonly<Record<string, Reader>> = {
  aws_security_group: securityGroup,
  aws_default_security_group: securityGroup,
  aws_security_group_rule: groupRule(),
  aws_vpc_security_group_ingress_rule: groupRule('ingress'),
  aws_vpc_security_group_egress_rule: groupRule('egress'),
  aws_network_acl: networkAcl(false),
  aws_default_network_acl: networkAcl(true),
  aws_network_acl_rule: aclRule,
  aws_network_acl_association: aclAssociation,
  aws_ec2_managed_prefix_list: prefixList,
  aws_ec2_managed_prefix_list_entry: prefixListEntry,
};
