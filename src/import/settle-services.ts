/** Load balancers and Auto Scaling groups by their interfaces and instances, and accounts' Block Public Access. */
import { addBlock, addGroup } from './describe-services.ts';
import { listed, type BalancerInterface, type Draft, type Entry, type GroupMember } from './draft.ts';
import { distinct } from './fields.ts';
import { ownerOfArn, partitionOf } from './places.ts';

export function settleServices(draft: Draft): void {
  settleBalancers(draft);
  settleGroups(draft);
  settleBlocks(draft);
}

/** The load balancers that interfaces say they are of; what nothing describes has the ARN that this makes. */
function settleBalancers(draft: Draft): void {
  const byPath = new Map<string, Entry[]>();
  for (const entry of draft.all('load balancer').values()) {
    const path = entry.id.split(':loadbalancer/')[1] ?? '';
    listed(byPath, path, entry);
  }
  const interfaces = new Map<string, Set<string>>();
  for (const one of draft.balancers) {
    const { interfaceId, path, place } = one;
    const region = one.region ?? regionOfVpc(draft, one.vpcId);
    const known = (byPath.get(path) ?? []).find((it) => isOf(it.id, one, region));
    const arn = known?.id ?? arnOf(one, region);
    if (arn === undefined) {
      const reason = `the input tells no region or account of ${interfaceId}, which is its interface`;
      draft.report.leftOut(`load balancer ${path}`, place, reason);
      continue;
    }
    if (known === undefined && !draft.all('load balancer').has(arn)) {
      draft.add('load balancer', { id: arn, place, value: { arn } });
    }
    const list = interfaces.get(arn);
    if (list === undefined) interfaces.set(arn, new Set([interfaceId]));
    else list.add(interfaceId);
  }
  for (const [arn, list] of interfaces) {
    const entry = draft.all('load balancer').get(arn)!;
    draft.replace('load balancer', { ...entry, value: { ...entry.value, interfaces: [...list].sort() } });
  }
}

function regionOfVpc(draft: Draft, vpcId = ''): string | undefined {
  return draft.regions.get(vpcId) ?? draft.all('VPC').get(vpcId)?.region;
}

/** Whether a load balancer may be that of an interface: names of classic ones are not theirs alone. */
function isOf(arn: string, { account }: BalancerInterface, region: string | undefined): boolean {
  const owner = ownerOfArn(arn);
  return (
    (account === undefined || owner.account === account) && (region === undefined || owner.region === region)
  );
}

function arnOf({ account, path }: BalancerInterface, region: string | undefined): string | undefined {
  if (account === undefined || region === undefined) return undefined;
  return `arn:${partitionOf(region)}:elasticloadbalancing:${region}:${account}:loadbalancer/${path}`;
}

/** Instances that a tag says to be of a group. */
function settleGroups(draft: Draft): void {
  const byName = new Map<string, Entry[]>();
  for (const entry of draft.all('Auto Scaling group').values()) {
    const name = String(entry.value['name']);
    listed(byName, name, entry);
  }
  const more = new Map<string, string[]>();
  const unknown = new Map<string, GroupMember[]>();
  for (const member of draft.members) {
    const known = byName.get(member.name)?.find((it) => agrees(it, member));
    if (known !== undefined) listed(more, known.id, member.instance);
    else listed(unknown, `${member.account ?? ''} ${member.region ?? ''} ${member.name}`, member);
  }
  for (const [id, instances] of more) {
    const entry = draft.all('Auto Scaling group').get(id)!;
    const all = distinct([...((entry.value['instances'] ?? []) as string[]), ...instances]);
    draft.replace('Auto Scaling group', { ...entry, value: { ...entry.value, instances: all } });
  }
  for (const members of unknown.values()) {
    const [{ name, account, region, place }] = members as [GroupMember, ...GroupMember[]];
    const instances = distinct(members.map((it) => it.instance));
    addGroup(draft, { name, account, region, place, instances, tags: {} });
    draft.report.note(
      `Auto Scaling groups have no tags where only their instances tell of them: add autoscaling describe-auto-scaling-groups`,
    );
  }
}

function agrees({ account, region }: Entry, member: GroupMember): boolean {
  return mayBe(account, member.account) && mayBe(region, member.region);
}

function mayBe(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined || a === b;
}

/** An exclusion stands under its account's block, whatever that is. */
function settleBlocks(draft: Draft): void {
  for (const { parent, account, region, place, id } of draft.all('Block Public Access exclusion').values()) {
    if (draft.all('Block Public Access').has(parent ?? '')) continue;
    draft.report.note(
      `the block that ${id} is let out of is not told: taken to be off (add describe-vpc-block-public-access-options)`,
    );
    addBlock(draft, { account, region, mode: 'off', place, weak: true });
  }
}
