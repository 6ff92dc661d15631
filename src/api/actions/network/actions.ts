import type { ActionTable } from '../../actions.ts';
import { createTags } from '../tags/create-tags.ts';
import { deleteTags } from '../tags/delete-tags.ts';
import { describeTags } from '../tags/describe-tags.ts';
import { createNatGateway } from './create-nat-gateway.ts';
import { createNetworkInterface } from './create-network-interface.ts';
import { createSubnet } from './create-subnet.ts';
import { createTransitGatewayVpcAttachment } from './create-transit-gateway-vpc-attachment.ts';
import { createTransitGateway } from './create-transit-gateway.ts';
import { createVpc } from './create-vpc.ts';
import { deleteNatGateway } from './delete-nat-gateway.ts';
import { deleteNetworkInterface } from './delete-network-interface.ts';
import { deleteSubnet } from './delete-subnet.ts';
import { deleteTransitGatewayVpcAttachment } from './delete-transit-gateway-vpc-attachment.ts';
import { deleteTransitGateway } from './delete-transit-gateway.ts';
import { deleteVpc } from './delete-vpc.ts';
import type { NetworkActionsOptions } from './dependencies.ts';
import { describeAccountAttributes } from './describe-account-attributes.ts';
import { describeAvailabilityZones } from './describe-availability-zones.ts';
import { describeInstances } from './describe-instances.ts';
import { describeNatGateways } from './describe-nat-gateways.ts';
import { describeNetworkInterfaceAttribute } from './describe-network-interface-attribute.ts';
import { describeNetworkInterfaces } from './describe-network-interfaces.ts';
import { describeRegions } from './describe-regions.ts';
import { describeSubnets } from './describe-subnets.ts';
import { describeTransitGatewayAttachments } from './describe-transit-gateway-attachments.ts';
import { describeTransitGatewayVpcAttachments } from './describe-transit-gateway-vpc-attachments.ts';
import { describeTransitGateways } from './describe-transit-gateways.ts';
import { describeVpcAttribute } from './describe-vpc-attribute.ts';
import { describeVpcs } from './describe-vpcs.ts';

/** The actions on the network and on tags. */
export function networkActions(options: NetworkActionsOptions) {
  return {
    CreateTags: createTags(options),
    DeleteTags: deleteTags(options),
    DescribeTags: describeTags(options),
    CreateVpc: createVpc(options),
    DescribeVpcs: describeVpcs(options),
    DeleteVpc: deleteVpc(options),
    DescribeVpcAttribute: describeVpcAttribute(options),
    CreateSubnet: createSubnet(options),
    DescribeSubnets: describeSubnets(options),
    DeleteSubnet: deleteSubnet(options),
    CreateNetworkInterface: createNetworkInterface(options),
    DescribeNetworkInterfaces: describeNetworkInterfaces(options),
    DeleteNetworkInterface: deleteNetworkInterface(options),
    DescribeNetworkInterfaceAttribute: describeNetworkInterfaceAttribute(options),
    CreateTransitGateway: createTransitGateway(options),
    DescribeTransitGateways: describeTransitGateways(options),
    DeleteTransitGateway: deleteTransitGateway(options),
    CreateTransitGatewayVpcAttachment: createTransitGatewayVpcAttachment(options),
    DescribeTransitGatewayVpcAttachments: describeTransitGatewayVpcAttachments(options),
    DescribeTransitGatewayAttachments: describeTransitGatewayAttachments(options),
    DeleteTransitGatewayVpcAttachment: deleteTransitGatewayVpcAttachment(options),
    CreateNatGateway: createNatGateway(options),
    DescribeNatGateways: describeNatGateways(options),
    DeleteNatGateway: deleteNatGateway(options),
    DescribeInstances: describeInstances(options),
    DescribeRegions: describeRegions(options),
    DescribeAvailabilityZones: describeAvailabilityZones(options),
    DescribeAccountAttributes: describeAccountAttributes,
  } satisfies ActionTable['ec2'];
}
