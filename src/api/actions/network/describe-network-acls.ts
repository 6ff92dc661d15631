import { formatPrefix } from '../../../base/prefixes.ts';
import { LAST_ENTRY, type NetworkAcl, type NetworkAclEntry } from '../../../network/network-acl.ts';
import { ANY_PROTOCOL, ICMP, ICMP6 } from '../../../network/ports.ts';
import type {
  NetworkAclAssociation,
  NetworkAclEntry as EntryOutput,
} from '../../protocol/types.generated.ts';
import type { HandlerOf, NetworkActionsOptions, State } from './dependencies.ts';
import { describe } from './describe.ts';
import type { Fields } from './filters.ts';
import { derivedId, tagSet } from './outputs.ts';

/** The subnets of an ACL: those that it lists; the default one has besides all that no other lists. */
function subnetIds(state: State, it: NetworkAcl): readonly string[] {
  if (!it.isDefault) return it.subnetIds;
  const elsewhere = new Set<string>();
  for (const other of state.dependentsOf(it.vpcId, 'networkAcl')) {
    if (other.id !== it.id) for (const id of other.subnetIds) elsewhere.add(id);
  }
  const all = [...state.dependentsOf(it.vpcId, 'subnet')];
  return all.flatMap(({ id }) => (elsewhere.has(id) ? [] : [id]));
}

function associationsOf(state: State, it: NetworkAcl): NetworkAclAssociation[] {
  return subnetIds(state, it).map((SubnetId) => ({
    NetworkAclAssociationId: derivedId('aclassoc', it.id, SubnetId),
    NetworkAclId: it.id,
    SubnetId,
  }));
}

/** The entries in the order in which they are tried, with those behind them that deny the rest. */
function entriesOf(it: NetworkAcl): EntryOutput[] {
  return [true, false].flatMap((egress) => {
    const own = it.entries.filter((entry) => entry.egress === egress);
    const families = new Set<4 | 6>([4, ...it.entries.map(({ prefix }) => prefix.family)]);
    const last = [...families]
      .sort((a, b) => a - b)
      .map((family) => ({
        CidrBlock: family === 4 ? '0.0.0.0/0' : undefined,
        Ipv6CidrBlock: family === 6 ? '::/0' : undefined,
        Egress: egress,
        Protocol: String(ANY_PROTOCOL),
        RuleAction: 'deny',
        RuleNumber: family === 4 ? LAST_ENTRY : LAST_ENTRY + 1,
      }));
    return [...own.toSorted((a, b) => a.number - b.number).map(entryOutput), ...last];
  });
}

function entryOutput({ number, egress, allow, protocol, range, prefix }: NetworkAclEntry): EntryOutput {
  const icmp = protocol === ICMP || protocol === ICMP6;
  return {
    CidrBlock: prefix.family === 4 ? formatPrefix(prefix) : undefined,
    Ipv6CidrBlock: prefix.family === 6 ? formatPrefix(prefix) : undefined,
    Egress: egress,
    IcmpTypeCode: icmp ? { Type: range?.from ?? -1, Code: range?.to ?? -1 } : undefined,
    PortRange: icmp || range === undefined ? undefined : { From: range.from, To: range.to },
    Protocol: String(protocol),
    RuleAction: allow ? 'allow' : 'deny',
    RuleNumber: number,
  };
}

/** What the entries of an ACL have of a member. */
function entries(
  member: (entry: EntryOutput) => string | number | boolean | undefined,
): (it: NetworkAcl) => string[] {
  return (it) => entriesOf(it).flatMap((entry) => member(entry)?.toString() ?? []);
}

function fieldsOf(state: State): Fields<NetworkAcl> {
  return {
    'network-acl-id': (it) => it.id,
    'vpc-id': (it) => it.vpcId,
    'owner-id': (it) => it.accountId,
    default: (it) => String(it.isDefault),
    'association.network-acl-id': (it) => (subnetIds(state, it).length === 0 ? undefined : it.id),
    'association.subnet-id': (it) => subnetIds(state, it),
    'association.association-id': (it) =>
      associationsOf(state, it).flatMap(({ NetworkAclAssociationId: id }) => id ?? []),
    'entry.cidr': entries((entry) => entry.CidrBlock),
    'entry.ipv6-cidr': entries((entry) => entry.Ipv6CidrBlock),
    'entry.egress': entries((entry) => entry.Egress),
    'entry.protocol': entries((entry) => entry.Protocol),
    'entry.rule-action': entries((entry) => entry.RuleAction),
    'entry.rule-number': entries((entry) => entry.RuleNumber),
    'entry.port-range.from': entries((entry) => entry.PortRange?.From),
    'entry.port-range.to': entries((entry) => entry.PortRange?.To),
    'entry.icmp.type': entries((entry) => entry.IcmpTypeCode?.Type),
    'entry.icmp.code': entries((entry) => entry.IcmpTypeCode?.Code),
  };
}

/** DescribeNetworkAcls. */
export function describeNetworkAcls(options: NetworkActionsOptions): HandlerOf<'DescribeNetworkAcls'> {
  const { network } = options;
  return async (context, input) => {
    const { state } = network;
    const { items, NextToken } = await describe(options, context, {
      ...input,
      action: 'DescribeNetworkAcls',
      kind: 'networkAcl',
      ids: input.NetworkAclIds,
      idsName: 'NetworkAclIds',
      filters: input.Filters,
      fields: fieldsOf(state),
    });
    const NetworkAcls = items.map((it) => ({
      Associations: associationsOf(state, it),
      Entries: entriesOf(it),
      IsDefault: it.isDefault,
      NetworkAclId: it.id,
      Tags: tagSet(it.tags),
      VpcId: it.vpcId,
      OwnerId: it.accountId,
    }));
    return { NetworkAcls, NextToken };
  };
}
