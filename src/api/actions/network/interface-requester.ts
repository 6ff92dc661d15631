/** Interfaces that a service makes in a VPC of its customer: how they look. */
import type { InterfaceOwner } from '../../../network/interface-owners.ts';
import type { Tags } from '../../../network/tags.ts';
import type { NetworkInterfaceAttachment } from '../../protocol/types.generated.ts';
import type { State } from './dependencies.ts';
import { derivedId } from './outputs.ts';

/** A service's interface: who made it, and what it is for. */
export interface Requester {
  readonly description: string;
  readonly requesterId: string;
  readonly attachment: NetworkInterfaceAttachment;
  /** Tags of the service's own. */
  readonly tags: Tags | undefined;
}

/** The accounts and aliases by which the service shows itself are inferred from published listings. */
const SERVICE = 'amazon-aws';
const LOAD_BALANCING = 'amazon-elb';

/** Who made an interface; undefined for those of people. */
export function requesterOf(state: State, interfaceId: string): Requester | undefined {
  const owner = state.ownerOf(interfaceId);
  if (owner === undefined) return undefined;
  const requesterId = owner.kind === 'loadBalancer' ? LOAD_BALANCING : SERVICE;
  return {
    description: descriptionOf(owner, interfaceId),
    requesterId,
    attachment: {
      AttachmentId: derivedId('ela-attach', interfaceId),
      DeleteOnTermination: false,
      DeviceIndex: 1,
      InstanceOwnerId: requesterId,
      Status: 'attached',
    },
    tags: owner.kind === 'ecsTask' ? ecsTags(owner.resource) : undefined,
  };
}

function descriptionOf({ kind, resource }: InterfaceOwner, interfaceId: string): string {
  switch (kind) {
    case 'natGateway':
      return `Interface for NAT Gateway ${resource.id}`;
    case 'transitGatewayAttachment':
      return `Network Interface for Transit Gateway Attachment ${resource.id}`;
    case 'vpcEndpoint':
      return `VPC Endpoint Interface ${resource.id}`;
    case 'loadBalancer':
      return `ELB ${resource.path}`;
    default: {
      const place = resource.clusterArn.split(':cluster/')[0]!;
      return `${place}:attachment/${derivedId('eni', interfaceId).slice('eni-'.length)}`;
    }
  }
}

function ecsTags({
  clusterName,
  serviceName,
}: {
  clusterName: string;
  serviceName: string | undefined;
}): Tags {
  return {
    'aws:ecs:clusterName': clusterName,
    ...(serviceName !== undefined && { 'aws:ecs:serviceName': serviceName }),
  };
}
