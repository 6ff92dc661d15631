/** Load balancers, Auto Scaling groups, encryption controls and Block Public Access of Terraform's AWS provider. */
import { ENCRYPTION_EXCLUSIONS } from '../network/encryption-control.ts';
import { addBlock, addExclusion, addGroup } from './describe-services.ts';
import { present, tagsOf } from './fields.ts';
import { ownerOfArn } from './places.ts';
import { idOf, required, tags, type Reader } from './terraform-parts.ts';

/** A load balancer. Its interfaces are in the answer of describe-network-interfaces alone. */
const loadBalancer: Reader = (attributes) => {
  const { it, draft } = attributes;
  const found = required(attributes, 'load balancer', 'arn');
  if (found === undefined) return;
  const id = found.arn;
  draft.add('load balancer', { id, place: it.place, value: present({ arn: id, tags: tags(attributes) }) });
  draft.report.note(
    'a state tells no interfaces of load balancers: add describe-network-interfaces, describe-subnets',
  );
};

/** A group. Its instances are no resources of the state. */
const autoScalingGroup: Reader = (attributes) => {
  const { it, draft } = attributes;
  const found = required(attributes, 'Auto Scaling group', 'name');
  if (found === undefined) return;
  const pairs = it.objects('tag').map((tag) => [tag.text('key') ?? '', tag.text('value') ?? ''] as const);
  const owner = ownerOfArn(it.text('arn'));
  addGroup(draft, { name: found.name, place: it.place, ...owner, instances: [], tags: tagsOf(pairs, draft) });
  draft.report.note('a state tells no instances of Auto Scaling groups: add describe-instances');
};

const encryptionControl: Reader = (attributes) => {
  const { it, draft } = attributes;
  const id = idOf(attributes, 'encryption control');
  if (id === undefined) return;
  const exclusions = ENCRYPTION_EXCLUSIONS.filter((name) => {
    const key = `${name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_exclusion`;
    return it.text(key) === 'enable';
  });
  draft.add('encryption control', {
    id,
    place: it.place,
    parent: it.text('vpc_id'),
    value: present({ id, mode: it.text('mode'), exclusions, tags: tags(attributes) }),
  });
};

const block: Reader = ({ it, draft }) => {
  addBlock(draft, {
    account: it.text('aws_account_id'),
    region: it.text('aws_region'),
    mode: it.text('internet_gateway_block_mode'),
    place: it.place,
  });
};

const exclusion: Reader = (attributes) => {
  const { it, draft } = attributes;
  const id = idOf(attributes, 'Block Public Access exclusion');
  if (id === undefined) return;
  const mode = it.text('internet_gateway_exclusion_mode');
  addExclusion(draft, { id, place: it.place, arn: it.text('resource_arn'), mode, tags: tags(attributes) });
};

export const SERVICE_READERS: Readonly<Record<string, Reader>> = {
  aws_lb: loadBalancer,
  aws_alb: loadBalancer,
  aws_elb: loadBalancer,
  aws_autoscaling_group: autoScalingGroup,
  aws_vpc_encryption_control: encryptionControl,
  aws_vpc_block_public_access_options: block,
  aws_vpc_block_public_access_exclusion: exclusion,
};
