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
import { describeEgressOnlyInternetGateways } from './describe-egress-only-internet-gateways.ts';
import { describeInstances } from './describe-instances.ts';
import { describeInternetGateways } from './describe-internet-gateways.ts';
import { describeManagedPrefixLists } from './describe-managed-prefix-lists.ts';
import { describeNatGateways } from './describe-nat-gateways.ts';
import { describeNetworkAcls } from './describe-network-acls.ts';
import { describeNetworkInterfaceAttribute } from './describe-network-interface-attribute.ts';
import { describeNetworkInterfaces } from './describe-network-interfaces.ts';
import { describePrefixLists } from './describe-prefix-lists.ts';
import { describeRegions } from './describe-regions.ts';
import { describeRouteTables } from './describe-route-tables.ts';
import { describeSecurityGroupRules } from './describe-security-group-rules.ts';
import { describeSecurityGroups } from './describe-security-groups.ts';
import { describeSubnets } from './describe-subnets.ts';
import { describeTransitGatewayAttachments } from './describe-transit-gateway-attachments.ts';
import { describeTransitGatewayPeeringAttachments } from './describe-transit-gateway-peering-attachments.ts';
import { describeTransitGatewayRouteTables } from './describe-transit-gateway-route-tables.ts';
import { describeTransitGatewayVpcAttachments } from './describe-transit-gateway-vpc-attachments.ts';
import { describeTransitGateways } from './describe-transit-gateways.ts';
import { describeVpcAttribute } from './describe-vpc-attribute.ts';
import { describeVpcBlockPublicAccessExclusions } from './describe-vpc-block-public-access-exclusions.ts';
import { describeVpcBlockPublicAccessOptions } from './describe-vpc-block-public-access-options.ts';
import { describeVpcEncryptionControls } from './describe-vpc-encryption-controls.ts';
import { describeVpcEndpoints } from './describe-vpc-endpoints.ts';
import { describeVpcPeeringConnections } from './describe-vpc-peering-connections.ts';
import { describeVpcs } from './describe-vpcs.ts';
import { describeVpnGateways } from './describe-vpn-gateways.ts';
import { getManagedPrefixListEntries } from './get-managed-prefix-list-entries.ts';
import { getTransitGatewayRouteTableAssociations } from './get-transit-gateway-route-table-associations.ts';
import { getTransitGatewayRouteTablePropagations } from './get-transit-gateway-route-table-propagations.ts';
import { searchTransitGatewayRoutes } from './search-transit-gateway-routes.ts';

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
    DescribeRouteTables: describeRouteTables(options),
    DescribeInternetGateways: describeInternetGateways(options),
    DescribeEgressOnlyInternetGateways: describeEgressOnlyInternetGateways(options),
    DescribeVpnGateways: describeVpnGateways(options),
    DescribeTransitGatewayPeeringAttachments: describeTransitGatewayPeeringAttachments(options),
    DescribeTransitGatewayRouteTables: describeTransitGatewayRouteTables(options),
    GetTransitGatewayRouteTableAssociations: getTransitGatewayRouteTableAssociations(options),
    GetTransitGatewayRouteTablePropagations: getTransitGatewayRouteTablePropagations(options),
    SearchTransitGatewayRoutes: searchTransitGatewayRoutes(options),
    DescribeVpcPeeringConnections: describeVpcPeeringConnections(options),
    DescribeVpcEndpoints: describeVpcEndpoints(options),
    DescribeSecurityGroups: describeSecurityGroups(options),
    DescribeSecurityGroupRules: describeSecurityGroupRules(options),
    DescribeNetworkAcls: describeNetworkAcls(options),
    DescribeManagedPrefixLists: describeManagedPrefixLists(options),
    GetManagedPrefixListEntries: getManagedPrefixListEntries(options),
    DescribePrefixLists: describePrefixLists(options),
    DescribeVpcBlockPublicAccessOptions: describeVpcBlockPublicAccessOptions(options),
    DescribeVpcBlockPublicAccessExclusions: describeVpcBlockPublicAccessExclusions(options),
    DescribeVpcEncryptionControls: describeVpcEncryptionControls(options),
    DescribeRegions: describeRegions(options),
    DescribeAvailabilityZones: describeAvailabilityZones(options),
    DescribeAccountAttributes: describeAccountAttributes,
  } satisfies ActionTable['ec2'];
}
