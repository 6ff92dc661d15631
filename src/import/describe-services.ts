/** Load balancers, Auto Scaling groups, ECS tasks, encryption controls and Block Public Access in answers. */
import { ENCRYPTION_EXCLUSIONS } from '../network/encryption-control.ts';
import { describedTags, requiredId } from './describe-network.ts';
import type { Draft } from './draft.ts';
import { distinct, present, tagsOf, type Fields } from './fields.ts';
import { ownerOfArn } from './places.ts';

/** One of `LoadBalancers` of elbv2. Their interfaces are known by what these are described as. */
export function readLoadBalancer(it: Fields, draft: Draft): void {
  const id = requiredId(it, 'LoadBalancerArn', 'load balancer', draft);
  if (id === undefined) return;
  const state = it.object('State').text('Code');
  if (state === 'failed') return draft.report.leftOut(`load balancer ${id}`, it.place, 'is failed');
  // Tags are in answers of another command.
  draft.add('load balancer', { id, place: it.place, value: { arn: id } });
}

/** One of `TagDescriptions` of elbv2 describe-tags: the tags of a load balancer. */
export function readTagDescription(it: Fields, draft: Draft): void {
  const id = requiredId(it, 'ResourceArn', 'tags of a load balancer', draft);
  if (id === undefined || !id.includes(':loadbalancer/')) return;
  const value = describedTags(it, 'Tags', draft);
  if (Object.keys(value).length === 0) return;
  draft.addPiece({ kind: 'load balancer', id, member: 'tags', value, place: it.place });
}

/** One of `AutoScalingGroups`. */
export function readAutoScalingGroup(it: Fields, draft: Draft): void {
  const name = requiredId(it, 'AutoScalingGroupName', 'Auto Scaling group', draft);
  if (name === undefined) return;
  addGroup(draft, {
    name,
    place: it.place,
    ...ownerOfArn(it.text('AutoScalingGroupARN')),
    instances: distinct(it.objects('Instances').map((one) => one.text('InstanceId'))),
    tags: describedTags(it, 'Tags', draft),
  });
}

export interface GivenGroup {
  readonly name: string;
  readonly place: string;
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  readonly instances: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/** A name is one group's in an account and region. */
export function addGroup(draft: Draft, { name, place, account, region, instances, tags }: GivenGroup): void {
  draft.add('Auto Scaling group', {
    id: `${account ?? ''} ${region ?? ''} ${name}`,
    place,
    account,
    region,
    value: present({ name, instances, tags }),
  });
}

const INTERFACE = 'ElasticNetworkInterface';

/** One of `tasks` of ECS. Its interface is told here too. */
export function readTask(it: Fields, draft: Draft): void {
  const id = requiredId(it, 'taskArn', 'ECS task', draft);
  if (id === undefined) return;
  const { place } = it;
  const status = it.text('lastStatus');
  if (status === 'STOPPED' || status === 'DEPROVISIONING') {
    return draft.report.leftOut(`ECS task ${id}`, place, `is ${status}`);
  }
  const attachment = it
    .objects('attachments')
    .find(
      (one) => one.text('type') === INTERFACE && !/^(?:DETACH|DELETED|FAIL)/.test(one.text('status') ?? ''),
    );
  const details = new Map(
    (attachment?.objects('details') ?? []).map((one) => [one.text('name'), one.text('value')]),
  );
  const interfaceId = details.get('networkInterfaceId');
  if (interfaceId === undefined) {
    return draft.report.leftOut(`ECS task ${id}`, place, 'has no interface of its own (network mode awsvpc)');
  }
  draft.add('interface', {
    id: interfaceId,
    place,
    parent: details.get('subnetId'),
    account: ownerOfArn(id).account,
    weak: true,
    value: present({
      id: interfaceId,
      primary: details.get('privateIPv4Address'),
      mac: details.get('macAddress'),
    }),
  });
  draft.add('ECS task', {
    id,
    place,
    value: present({
      arn: id,
      interface: interfaceId,
      service: /^service:(.+)$/.exec(it.text('group') ?? '')?.[1],
      taskDefinition: it.text('taskDefinitionArn'),
      containerInstance: it.text('containerInstanceArn'),
      containers: distinct(it.objects('containers').map((one) => one.text('runtimeId'))),
      tags: tagsOf(
        it.objects('tags').map((tag) => [tag.text('key') ?? '', tag.text('value') ?? '']),
        draft,
      ),
    }),
  });
}

/** One of `VpcEncryptionControls`. */
export function readEncryptionControl(it: Fields, draft: Draft): void {
  const id = requiredId(it, 'VpcEncryptionControlId', 'encryption control', draft);
  if (id === undefined) return;
  const state = it.text('State');
  if (state === 'deleting' || state === 'deleted') {
    return draft.report.leftOut(`encryption control ${id}`, it.place, `is ${state}`);
  }
  const resources = it.object('ResourceExclusions');
  const exclusions = ENCRYPTION_EXCLUSIONS.filter((name) => {
    const member = `${name[0]!.toUpperCase()}${name.slice(1)}`;
    return resources.object(member).text('State')?.startsWith('enabl') === true;
  });
  draft.add('encryption control', {
    id,
    place: it.place,
    parent: it.text('VpcId'),
    value: present({ id, mode: it.text('Mode'), exclusions, tags: describedTags(it, 'Tags', draft) }),
  });
}

/** `VpcBlockPublicAccessOptions`, of one account and region. */
export function readBlockPublicAccess(it: Fields, draft: Draft): void {
  const mode = it.text('InternetGatewayBlockMode');
  if (it.text('State') === 'default-state' && (mode ?? 'off') === 'off') return;
  addBlock(draft, { account: it.text('AwsAccountId'), region: it.text('AwsRegion'), mode, place: it.place });
}

/** An account has one in a region. */
export function addBlock(
  draft: Draft,
  it: {
    readonly account: string | undefined;
    readonly region: string | undefined;
    readonly mode: string | undefined;
    readonly place: string;
    readonly weak?: boolean;
  },
): void {
  const { account, region, mode, place, weak = false } = it;
  draft.add('Block Public Access', {
    id: `${account ?? ''} ${region ?? ''}`,
    place,
    account,
    region,
    weak,
    value: present({ mode }),
  });
}

/** One of `VpcBlockPublicAccessExclusions`. */
export function readExclusion(it: Fields, draft: Draft): void {
  const id = requiredId(it, 'ExclusionId', 'Block Public Access exclusion', draft);
  if (id === undefined) return;
  const state = it.text('State') ?? '';
  if (/^(?:delete|disable)|-failed$/.test(state)) {
    return draft.report.leftOut(`Block Public Access exclusion ${id}`, it.place, `is in the state ${state}`);
  }
  addExclusion(draft, {
    id,
    place: it.place,
    arn: it.text('ResourceArn'),
    mode: it.text('InternetGatewayExclusionMode'),
    tags: describedTags(it, 'Tags', draft),
  });
}

export function addExclusion(
  draft: Draft,
  it: {
    readonly id: string;
    readonly place: string;
    readonly arn: string | undefined;
    readonly mode: string | undefined;
    readonly tags: Readonly<Record<string, string>>;
  },
): void {
  const { id, place, arn, mode, tags } = it;
  const [, type, resource] = /:(vpc|subnet)\/([a-z0-9-]{1,64})$/.exec(arn ?? '') ?? [];
  if (type === undefined) {
    const reason = `its resource "${(arn ?? '').slice(0, 100)}" is no ARN of a VPC or subnet`;
    return draft.report.leftOut(`Block Public Access exclusion ${id}`, place, reason);
  }
  const { account, region } = ownerOfArn(arn);
  draft.add('Block Public Access exclusion', {
    id,
    place,
    parent: `${account ?? ''} ${region ?? ''}`,
    account,
    region,
    value: present({ id, [type]: resource, mode, tags }),
  });
}
