/** What the service makes by itself, as Weir names it, is not written: a network file has it without a word. */
import { ANY_PROTOCOL } from '../network/ports.ts';
import { hashedId } from '../network/ids.ts';
import { defaultEntries } from '../network/network-acl.ts';
import { DEFAULT_GROUP } from '../network/security-group.ts';
import { formatPrefix } from '../base/prefixes.ts';
import type { Draft, Entry } from './draft.ts';
import { present } from './fields.ts';

/** Takes main tables, default groups, default ACLs and default tables of transit gateways out of the draft that are
 * what a network file has without them: the same ids, the same content. Others keep their own. */
export function withoutImplied(draft: Draft): void {
  for (const [id, { parent = '', value }] of draft.all('route table')) {
    if (id === hashedId('routeTable', parent) && same(value, { id, main: true }))
      draft.remove('route table', id);
  }
  for (const [id, { parent = '', value }] of draft.all('security group')) {
    if (id !== hashedId('securityGroup', parent)) continue;
    const ingress = [{ protocol: 'all', from: id }];
    const description = 'default VPC security group';
    if (same(value, { id, name: DEFAULT_GROUP, description, ingress })) draft.remove('security group', id);
  }
  for (const [id, entry] of draft.all('network ACL')) {
    const { parent = '', value } = entry;
    if (id !== hashedId('networkAcl', parent)) continue;
    if (same(value, impliedAcl(id, familiesOf(draft, parent)))) draft.remove('network ACL', id);
  }
  for (const [id, { parent = '', value }] of draft.all('transit gateway route table')) {
    if (id !== hashedId('transitGatewayRouteTable', parent)) continue;
    const gateway: Partial<Entry> = draft.all('transit gateway').get(parent) ?? {};
    const implied = present({
      id,
      defaultAssociation: gateway.value?.['defaultRouteTableAssociation'] !== false,
      defaultPropagation: gateway.value?.['defaultRouteTablePropagation'] !== false,
    });
    if (same(value, implied)) draft.remove('transit gateway route table', id);
  }
}

/** The id of a VPC's default security group: its own, or the one that it has without a word. */
export function defaultGroups(draft: Draft): (vpcId: string) => string {
  const declared = new Map(
    [...draft.all('security group').values()]
      .filter(({ value }) => value['name'] === DEFAULT_GROUP)
      .map(({ id, parent }) => [parent, id]),
  );
  return (vpcId) => declared.get(vpcId) ?? draft.defaultGroups.get(vpcId) ?? hashedId('securityGroup', vpcId);
}

function familiesOf(draft: Draft, vpcId: string): (4 | 6)[] {
  const own = (draft.all('VPC').get(vpcId)?.value['cidrs'] ?? []) as string[];
  const further = draft.prefixes.filter((it) => it.vpcId === vpcId).map(({ cidr }) => cidr);
  const families = new Set([...own, ...further].map((cidr) => (cidr.includes(':') ? 6 : 4)));
  return ([4, 6] as const).filter((family) => families.has(family));
}

function impliedAcl(id: string, families: readonly (4 | 6)[]): Record<string, unknown> {
  const entries = defaultEntries(families).map((it) => ({
    egress: it.egress,
    entry: {
      number: it.number,
      action: it.allow ? 'allow' : 'deny',
      protocol: it.protocol === ANY_PROTOCOL ? 'all' : it.protocol,
      cidr: formatPrefix(it.prefix),
    },
  }));
  const direction = (egress: boolean): unknown[] =>
    entries.filter((it) => it.egress === egress).map(({ entry }) => entry);
  return { id, default: true, inbound: direction(false), outbound: direction(true) };
}

/** Equal but for the order of keys. */
function same(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  return sortedText(a) === sortedText(b);
}

function sortedText(it: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.entries(it).sort(([x], [y]) => (x < y ? -1 : 1)));
}
