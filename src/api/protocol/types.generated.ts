// Made by scripts/generate-shapes.ts from the schemas of the official SDK. Do not edit.

export interface AccountAttribute {
  readonly AttributeName?: string | undefined;
  readonly AttributeValues?: readonly AccountAttributeValue[] | undefined;
}

export interface AccountAttributeValue {
  readonly AttributeValue?: string | undefined;
}

export interface AthenaIntegration {
  readonly IntegrationResultS3DestinationArn: string;
  readonly PartitionLoadFrequency: string;
  readonly PartitionStartDate?: Date | undefined;
  readonly PartitionEndDate?: Date | undefined;
}

export interface AttachmentEnaSrdSpecification {
  readonly EnaSrdEnabled?: boolean | undefined;
  readonly EnaSrdUdpSpecification?: AttachmentEnaSrdUdpSpecification | undefined;
}

export interface AttachmentEnaSrdUdpSpecification {
  readonly EnaSrdUdpEnabled?: boolean | undefined;
}

export interface AttributeBooleanValue {
  readonly Value?: boolean | undefined;
}

export interface AttributeValue {
  readonly Value?: string | undefined;
}

export interface AvailabilityZone {
  readonly OptInStatus?: string | undefined;
  readonly Messages?: readonly AvailabilityZoneMessage[] | undefined;
  readonly RegionName?: string | undefined;
  readonly ZoneName?: string | undefined;
  readonly ZoneId?: string | undefined;
  readonly GroupName?: string | undefined;
  readonly NetworkBorderGroup?: string | undefined;
  readonly ZoneType?: string | undefined;
  readonly ParentZoneName?: string | undefined;
  readonly ParentZoneId?: string | undefined;
  readonly GroupLongName?: string | undefined;
  readonly Geography?: readonly AvailabilityZoneGeography[] | undefined;
  readonly SubGeography?: readonly AvailabilityZoneSubGeography[] | undefined;
  readonly State?: string | undefined;
}

export interface AvailabilityZoneAddress {
  readonly AvailabilityZone?: string | undefined;
  readonly AvailabilityZoneId?: string | undefined;
  readonly AllocationIds?: readonly string[] | undefined;
}

export interface AvailabilityZoneGeography {
  readonly Name?: string | undefined;
}

export interface AvailabilityZoneMessage {
  readonly Message?: string | undefined;
}

export interface AvailabilityZoneSubGeography {
  readonly Name?: string | undefined;
}

export interface BlockPublicAccessStates {
  readonly InternetGatewayBlockMode?: string | undefined;
}

export interface CapacityReservationSpecificationResponse {
  readonly CapacityReservationPreference?: string | undefined;
  readonly CapacityReservationTarget?: CapacityReservationTargetResponse | undefined;
}

export interface CapacityReservationTargetResponse {
  readonly CapacityReservationId?: string | undefined;
  readonly CapacityReservationResourceGroupArn?: string | undefined;
}

export interface CidrBlock {
  readonly CidrBlock?: string | undefined;
}

export interface ConnectionTrackingConfiguration {
  readonly TcpEstablishedTimeout?: number | undefined;
  readonly UdpStreamTimeout?: number | undefined;
  readonly UdpTimeout?: number | undefined;
}

export interface ConnectionTrackingSpecificationRequest {
  readonly TcpEstablishedTimeout?: number | undefined;
  readonly UdpStreamTimeout?: number | undefined;
  readonly UdpTimeout?: number | undefined;
}

export interface ConnectionTrackingSpecificationResponse {
  readonly TcpEstablishedTimeout?: number | undefined;
  readonly UdpStreamTimeout?: number | undefined;
  readonly UdpTimeout?: number | undefined;
}

export interface CpuOptions {
  readonly CoreCount?: number | undefined;
  readonly ThreadsPerCore?: number | undefined;
  readonly AmdSevSnp?: string | undefined;
  readonly NestedVirtualization?: string | undefined;
}

export interface CreateFlowLogsRequest {
  readonly ResourceIds: readonly string[];
  readonly ResourceType: string;
  readonly DryRun?: boolean | undefined;
  readonly ClientToken?: string | undefined;
  readonly DeliverLogsPermissionArn?: string | undefined;
  readonly DeliverCrossAccountRole?: string | undefined;
  readonly LogGroupName?: string | undefined;
  readonly TrafficType?: string | undefined;
  readonly LogDestinationType?: string | undefined;
  readonly LogDestination?: string | undefined;
  readonly LogFormat?: string | undefined;
  readonly TagSpecifications?: readonly TagSpecification[] | undefined;
  readonly MaxAggregationInterval?: number | undefined;
  readonly DestinationOptions?: DestinationOptionsRequest | undefined;
  readonly TagFieldSpecifications?: readonly TagFieldSpecificationRequest[] | undefined;
}

export interface CreateFlowLogsResult {
  readonly ClientToken?: string | undefined;
  readonly FlowLogIds?: readonly string[] | undefined;
  readonly Unsuccessful?: readonly UnsuccessfulItem[] | undefined;
}

export interface CreateNatGatewayRequest {
  readonly AvailabilityMode?: string | undefined;
  readonly AllocationId?: string | undefined;
  readonly ClientToken?: string | undefined;
  readonly DryRun?: boolean | undefined;
  readonly SubnetId?: string | undefined;
  readonly VpcId?: string | undefined;
  readonly AvailabilityZoneAddresses?: readonly AvailabilityZoneAddress[] | undefined;
  readonly TagSpecifications?: readonly TagSpecification[] | undefined;
  readonly ConnectivityType?: string | undefined;
  readonly PrivateIpAddress?: string | undefined;
  readonly SecondaryAllocationIds?: readonly string[] | undefined;
  readonly SecondaryPrivateIpAddresses?: readonly string[] | undefined;
  readonly SecondaryPrivateIpAddressCount?: number | undefined;
}

export interface CreateNatGatewayResult {
  readonly ClientToken?: string | undefined;
  readonly NatGateway?: NatGateway | undefined;
}

export interface CreateNetworkInterfaceRequest {
  readonly SubnetId: string;
  readonly Ipv4Prefixes?: readonly Ipv4PrefixSpecificationRequest[] | undefined;
  readonly Ipv4PrefixCount?: number | undefined;
  readonly Ipv6Prefixes?: readonly Ipv6PrefixSpecificationRequest[] | undefined;
  readonly Ipv6PrefixCount?: number | undefined;
  readonly InterfaceType?: string | undefined;
  readonly TagSpecifications?: readonly TagSpecification[] | undefined;
  readonly ClientToken?: string | undefined;
  readonly EnablePrimaryIpv6?: boolean | undefined;
  readonly ConnectionTrackingSpecification?: ConnectionTrackingSpecificationRequest | undefined;
  readonly Operator?: OperatorRequest | undefined;
  readonly Description?: string | undefined;
  readonly PrivateIpAddress?: string | undefined;
  readonly Groups?: readonly string[] | undefined;
  readonly PrivateIpAddresses?: readonly PrivateIpAddressSpecification[] | undefined;
  readonly SecondaryPrivateIpAddressCount?: number | undefined;
  readonly Ipv6Addresses?: readonly InstanceIpv6Address[] | undefined;
  readonly Ipv6AddressCount?: number | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface CreateNetworkInterfaceResult {
  readonly NetworkInterface?: NetworkInterface | undefined;
  readonly ClientToken?: string | undefined;
}

export interface CreateSubnetRequest {
  readonly VpcId: string;
  readonly TagSpecifications?: readonly TagSpecification[] | undefined;
  readonly AvailabilityZone?: string | undefined;
  readonly AvailabilityZoneId?: string | undefined;
  readonly CidrBlock?: string | undefined;
  readonly Ipv6CidrBlock?: string | undefined;
  readonly OutpostArn?: string | undefined;
  readonly Ipv6Native?: boolean | undefined;
  readonly Ipv4IpamPoolId?: string | undefined;
  readonly Ipv4NetmaskLength?: number | undefined;
  readonly Ipv6IpamPoolId?: string | undefined;
  readonly Ipv6NetmaskLength?: number | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface CreateSubnetResult {
  readonly Subnet?: Subnet | undefined;
}

export interface CreateTagsRequest {
  readonly Resources: readonly string[];
  readonly Tags: readonly Tag[];
  readonly DryRun?: boolean | undefined;
}

export interface CreateTransitGatewayRequest {
  readonly Description?: string | undefined;
  readonly Options?: TransitGatewayRequestOptions | undefined;
  readonly TagSpecifications?: readonly TagSpecification[] | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface CreateTransitGatewayResult {
  readonly TransitGateway?: TransitGateway | undefined;
}

export interface CreateTransitGatewayVpcAttachmentRequest {
  readonly TransitGatewayId: string;
  readonly VpcId: string;
  readonly SubnetIds: readonly string[];
  readonly Options?: CreateTransitGatewayVpcAttachmentRequestOptions | undefined;
  readonly TagSpecifications?: readonly TagSpecification[] | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface CreateTransitGatewayVpcAttachmentRequestOptions {
  readonly DnsSupport?: string | undefined;
  readonly SecurityGroupReferencingSupport?: string | undefined;
  readonly Ipv6Support?: string | undefined;
  readonly ApplianceModeSupport?: string | undefined;
}

export interface CreateTransitGatewayVpcAttachmentResult {
  readonly TransitGatewayVpcAttachment?: TransitGatewayVpcAttachment | undefined;
}

export interface CreateVpcRequest {
  readonly CidrBlock?: string | undefined;
  readonly Ipv6Pool?: string | undefined;
  readonly Ipv6CidrBlock?: string | undefined;
  readonly Ipv4IpamPoolId?: string | undefined;
  readonly Ipv4NetmaskLength?: number | undefined;
  readonly Ipv6IpamPoolId?: string | undefined;
  readonly Ipv6NetmaskLength?: number | undefined;
  readonly Ipv6CidrBlockNetworkBorderGroup?: string | undefined;
  readonly VpcEncryptionControl?: VpcEncryptionControlConfiguration | undefined;
  readonly TagSpecifications?: readonly TagSpecification[] | undefined;
  readonly DryRun?: boolean | undefined;
  readonly InstanceTenancy?: string | undefined;
  readonly AmazonProvidedIpv6CidrBlock?: boolean | undefined;
}

export interface CreateVpcResult {
  readonly Vpc?: Vpc | undefined;
}

export interface DeleteFlowLogsRequest {
  readonly FlowLogIds: readonly string[];
  readonly DryRun?: boolean | undefined;
}

export interface DeleteFlowLogsResult {
  readonly Unsuccessful?: readonly UnsuccessfulItem[] | undefined;
}

export interface DeleteNatGatewayRequest {
  readonly NatGatewayId: string;
  readonly DryRun?: boolean | undefined;
}

export interface DeleteNatGatewayResult {
  readonly NatGatewayId?: string | undefined;
}

export interface DeleteNetworkInterfaceRequest {
  readonly NetworkInterfaceId: string;
  readonly DryRun?: boolean | undefined;
}

export interface DeleteSubnetRequest {
  readonly SubnetId: string;
  readonly DryRun?: boolean | undefined;
}

export interface DeleteTagsRequest {
  readonly Resources: readonly string[];
  readonly DryRun?: boolean | undefined;
  readonly Tags?: readonly Tag[] | undefined;
}

export interface DeleteTransitGatewayRequest {
  readonly TransitGatewayId: string;
  readonly DryRun?: boolean | undefined;
}

export interface DeleteTransitGatewayResult {
  readonly TransitGateway?: TransitGateway | undefined;
}

export interface DeleteTransitGatewayVpcAttachmentRequest {
  readonly TransitGatewayAttachmentId: string;
  readonly DryRun?: boolean | undefined;
}

export interface DeleteTransitGatewayVpcAttachmentResult {
  readonly TransitGatewayVpcAttachment?: TransitGatewayVpcAttachment | undefined;
}

export interface DeleteVpcRequest {
  readonly VpcId: string;
  readonly DryRun?: boolean | undefined;
}

export interface DescribeAccountAttributesRequest {
  readonly DryRun?: boolean | undefined;
  readonly AttributeNames?: readonly string[] | undefined;
}

export interface DescribeAccountAttributesResult {
  readonly AccountAttributes?: readonly AccountAttribute[] | undefined;
}

export interface DescribeAvailabilityZonesRequest {
  readonly ZoneNames?: readonly string[] | undefined;
  readonly ZoneIds?: readonly string[] | undefined;
  readonly AllAvailabilityZones?: boolean | undefined;
  readonly DryRun?: boolean | undefined;
  readonly Filters?: readonly Filter[] | undefined;
}

export interface DescribeAvailabilityZonesResult {
  readonly AvailabilityZones?: readonly AvailabilityZone[] | undefined;
}

export interface DescribeEgressOnlyInternetGatewaysRequest {
  readonly DryRun?: boolean | undefined;
  readonly EgressOnlyInternetGatewayIds?: readonly string[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
  readonly Filters?: readonly Filter[] | undefined;
}

export interface DescribeEgressOnlyInternetGatewaysResult {
  readonly EgressOnlyInternetGateways?: readonly EgressOnlyInternetGateway[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeFlowLogsRequest {
  readonly DryRun?: boolean | undefined;
  readonly Filter?: readonly Filter[] | undefined;
  readonly FlowLogIds?: readonly string[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeFlowLogsResult {
  readonly FlowLogs?: readonly FlowLog[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeInstancesRequest {
  readonly InstanceIds?: readonly string[] | undefined;
  readonly IncludeManagedResources?: boolean | undefined;
  readonly DryRun?: boolean | undefined;
  readonly Filters?: readonly Filter[] | undefined;
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
}

export interface DescribeInstancesResult {
  readonly NextToken?: string | undefined;
  readonly Reservations?: readonly Reservation[] | undefined;
}

export interface DescribeInternetGatewaysRequest {
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
  readonly DryRun?: boolean | undefined;
  readonly InternetGatewayIds?: readonly string[] | undefined;
  readonly Filters?: readonly Filter[] | undefined;
}

export interface DescribeInternetGatewaysResult {
  readonly InternetGateways?: readonly InternetGateway[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeManagedPrefixListsRequest {
  readonly DryRun?: boolean | undefined;
  readonly Filters?: readonly Filter[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
  readonly PrefixListIds?: readonly string[] | undefined;
}

export interface DescribeManagedPrefixListsResult {
  readonly NextToken?: string | undefined;
  readonly PrefixLists?: readonly ManagedPrefixList[] | undefined;
}

export interface DescribeNatGatewaysRequest {
  readonly DryRun?: boolean | undefined;
  readonly Filter?: readonly Filter[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NatGatewayIds?: readonly string[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeNatGatewaysResult {
  readonly NatGateways?: readonly NatGateway[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeNetworkAclsRequest {
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
  readonly DryRun?: boolean | undefined;
  readonly NetworkAclIds?: readonly string[] | undefined;
  readonly Filters?: readonly Filter[] | undefined;
}

export interface DescribeNetworkAclsResult {
  readonly NetworkAcls?: readonly NetworkAcl[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeNetworkInterfaceAttributeRequest {
  readonly NetworkInterfaceId: string;
  readonly DryRun?: boolean | undefined;
  readonly Attribute?: string | undefined;
}

export interface DescribeNetworkInterfaceAttributeResult {
  readonly Attachment?: NetworkInterfaceAttachment | undefined;
  readonly Description?: AttributeValue | undefined;
  readonly Groups?: readonly GroupIdentifier[] | undefined;
  readonly NetworkInterfaceId?: string | undefined;
  readonly SourceDestCheck?: AttributeBooleanValue | undefined;
  readonly AssociatePublicIpAddress?: boolean | undefined;
}

export interface DescribeNetworkInterfacesRequest {
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
  readonly IncludeManagedResources?: boolean | undefined;
  readonly DryRun?: boolean | undefined;
  readonly NetworkInterfaceIds?: readonly string[] | undefined;
  readonly Filters?: readonly Filter[] | undefined;
}

export interface DescribeNetworkInterfacesResult {
  readonly NetworkInterfaces?: readonly NetworkInterface[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribePrefixListsRequest {
  readonly DryRun?: boolean | undefined;
  readonly Filters?: readonly Filter[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
  readonly PrefixListIds?: readonly string[] | undefined;
}

export interface DescribePrefixListsResult {
  readonly NextToken?: string | undefined;
  readonly PrefixLists?: readonly PrefixList[] | undefined;
}

export interface DescribeRegionsRequest {
  readonly RegionNames?: readonly string[] | undefined;
  readonly AllRegions?: boolean | undefined;
  readonly DryRun?: boolean | undefined;
  readonly Filters?: readonly Filter[] | undefined;
}

export interface DescribeRegionsResult {
  readonly Regions?: readonly Region[] | undefined;
}

export interface DescribeRouteTablesRequest {
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
  readonly DryRun?: boolean | undefined;
  readonly RouteTableIds?: readonly string[] | undefined;
  readonly Filters?: readonly Filter[] | undefined;
}

export interface DescribeRouteTablesResult {
  readonly RouteTables?: readonly RouteTable[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeSecurityGroupRulesRequest {
  readonly Filters?: readonly Filter[] | undefined;
  readonly SecurityGroupRuleIds?: readonly string[] | undefined;
  readonly DryRun?: boolean | undefined;
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
}

export interface DescribeSecurityGroupRulesResult {
  readonly SecurityGroupRules?: readonly SecurityGroupRule[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeSecurityGroupsRequest {
  readonly GroupIds?: readonly string[] | undefined;
  readonly GroupNames?: readonly string[] | undefined;
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
  readonly DryRun?: boolean | undefined;
  readonly Filters?: readonly Filter[] | undefined;
}

export interface DescribeSecurityGroupsResult {
  readonly NextToken?: string | undefined;
  readonly SecurityGroups?: readonly SecurityGroup[] | undefined;
}

export interface DescribeSubnetsRequest {
  readonly Filters?: readonly Filter[] | undefined;
  readonly SubnetIds?: readonly string[] | undefined;
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface DescribeSubnetsResult {
  readonly NextToken?: string | undefined;
  readonly Subnets?: readonly Subnet[] | undefined;
}

export interface DescribeTagsRequest {
  readonly DryRun?: boolean | undefined;
  readonly Filters?: readonly Filter[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeTagsResult {
  readonly NextToken?: string | undefined;
  readonly Tags?: readonly TagDescription[] | undefined;
}

export interface DescribeTransitGatewayAttachmentsRequest {
  readonly TransitGatewayAttachmentIds?: readonly string[] | undefined;
  readonly Filters?: readonly Filter[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface DescribeTransitGatewayAttachmentsResult {
  readonly TransitGatewayAttachments?: readonly TransitGatewayAttachment[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeTransitGatewayPeeringAttachmentsRequest {
  readonly TransitGatewayAttachmentIds?: readonly string[] | undefined;
  readonly Filters?: readonly Filter[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface DescribeTransitGatewayPeeringAttachmentsResult {
  readonly TransitGatewayPeeringAttachments?: readonly TransitGatewayPeeringAttachment[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeTransitGatewayRouteTablesRequest {
  readonly TransitGatewayRouteTableIds?: readonly string[] | undefined;
  readonly Filters?: readonly Filter[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface DescribeTransitGatewayRouteTablesResult {
  readonly TransitGatewayRouteTables?: readonly TransitGatewayRouteTable[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeTransitGatewayVpcAttachmentsRequest {
  readonly TransitGatewayAttachmentIds?: readonly string[] | undefined;
  readonly Filters?: readonly Filter[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface DescribeTransitGatewayVpcAttachmentsResult {
  readonly TransitGatewayVpcAttachments?: readonly TransitGatewayVpcAttachment[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeTransitGatewaysRequest {
  readonly TransitGatewayIds?: readonly string[] | undefined;
  readonly Filters?: readonly Filter[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface DescribeTransitGatewaysResult {
  readonly TransitGateways?: readonly TransitGateway[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeVpcAttributeRequest {
  readonly Attribute: string;
  readonly VpcId: string;
  readonly DryRun?: boolean | undefined;
}

export interface DescribeVpcAttributeResult {
  readonly EnableDnsHostnames?: AttributeBooleanValue | undefined;
  readonly EnableDnsSupport?: AttributeBooleanValue | undefined;
  readonly EnableNetworkAddressUsageMetrics?: AttributeBooleanValue | undefined;
  readonly VpcId?: string | undefined;
}

export interface DescribeVpcBlockPublicAccessExclusionsRequest {
  readonly DryRun?: boolean | undefined;
  readonly Filters?: readonly Filter[] | undefined;
  readonly ExclusionIds?: readonly string[] | undefined;
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
}

export interface DescribeVpcBlockPublicAccessExclusionsResult {
  readonly VpcBlockPublicAccessExclusions?: readonly VpcBlockPublicAccessExclusion[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeVpcBlockPublicAccessOptionsRequest {
  readonly DryRun?: boolean | undefined;
}

export interface DescribeVpcBlockPublicAccessOptionsResult {
  readonly VpcBlockPublicAccessOptions?: VpcBlockPublicAccessOptions | undefined;
}

export interface DescribeVpcEncryptionControlsRequest {
  readonly DryRun?: boolean | undefined;
  readonly Filters?: readonly Filter[] | undefined;
  readonly VpcEncryptionControlIds?: readonly string[] | undefined;
  readonly VpcIds?: readonly string[] | undefined;
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
}

export interface DescribeVpcEncryptionControlsResult {
  readonly VpcEncryptionControls?: readonly VpcEncryptionControl[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeVpcEndpointsRequest {
  readonly DryRun?: boolean | undefined;
  readonly VpcEndpointIds?: readonly string[] | undefined;
  readonly Filters?: readonly Filter[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeVpcEndpointsResult {
  readonly VpcEndpoints?: readonly VpcEndpoint[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeVpcPeeringConnectionsRequest {
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
  readonly DryRun?: boolean | undefined;
  readonly VpcPeeringConnectionIds?: readonly string[] | undefined;
  readonly Filters?: readonly Filter[] | undefined;
}

export interface DescribeVpcPeeringConnectionsResult {
  readonly VpcPeeringConnections?: readonly VpcPeeringConnection[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeVpcsRequest {
  readonly Filters?: readonly Filter[] | undefined;
  readonly VpcIds?: readonly string[] | undefined;
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface DescribeVpcsResult {
  readonly NextToken?: string | undefined;
  readonly Vpcs?: readonly Vpc[] | undefined;
}

export interface DescribeVpnGatewaysRequest {
  readonly Filters?: readonly Filter[] | undefined;
  readonly VpnGatewayIds?: readonly string[] | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface DescribeVpnGatewaysResult {
  readonly VpnGateways?: readonly VpnGateway[] | undefined;
}

export interface DestinationOptionsRequest {
  readonly FileFormat?: string | undefined;
  readonly HiveCompatiblePartitions?: boolean | undefined;
  readonly PerHourPartition?: boolean | undefined;
}

export interface DestinationOptionsResponse {
  readonly FileFormat?: string | undefined;
  readonly HiveCompatiblePartitions?: boolean | undefined;
  readonly PerHourPartition?: boolean | undefined;
}

export interface DnsEntry {
  readonly DnsName?: string | undefined;
  readonly HostedZoneId?: string | undefined;
}

export interface DnsOptions {
  readonly DnsRecordIpType?: string | undefined;
  readonly PrivateDnsOnlyForInboundResolverEndpoint?: boolean | undefined;
  readonly PrivateDnsPreference?: string | undefined;
  readonly PrivateDnsSpecifiedDomains?: readonly string[] | undefined;
}

export interface EbsInstanceBlockDevice {
  readonly AttachTime?: Date | undefined;
  readonly DeleteOnTermination?: boolean | undefined;
  readonly Status?: string | undefined;
  readonly VolumeId?: string | undefined;
  readonly AssociatedResource?: string | undefined;
  readonly VolumeOwnerId?: string | undefined;
  readonly Operator?: OperatorResponse | undefined;
  readonly EbsCardIndex?: number | undefined;
}

export interface EgressOnlyInternetGateway {
  readonly Attachments?: readonly InternetGatewayAttachment[] | undefined;
  readonly EgressOnlyInternetGatewayId?: string | undefined;
  readonly Tags?: readonly Tag[] | undefined;
}

export interface ElasticGpuAssociation {
  readonly ElasticGpuId?: string | undefined;
  readonly ElasticGpuAssociationId?: string | undefined;
  readonly ElasticGpuAssociationState?: string | undefined;
  readonly ElasticGpuAssociationTime?: string | undefined;
}

export interface ElasticInferenceAcceleratorAssociation {
  readonly ElasticInferenceAcceleratorArn?: string | undefined;
  readonly ElasticInferenceAcceleratorAssociationId?: string | undefined;
  readonly ElasticInferenceAcceleratorAssociationState?: string | undefined;
  readonly ElasticInferenceAcceleratorAssociationTime?: Date | undefined;
}

export interface EnclaveOptions {
  readonly Enabled?: boolean | undefined;
}

export interface EncryptionSupport {
  readonly EncryptionState?: string | undefined;
  readonly StateMessage?: string | undefined;
}

export interface Filter {
  readonly Name?: string | undefined;
  readonly Values?: readonly string[] | undefined;
}

export interface FlowLog {
  readonly CreationTime?: Date | undefined;
  readonly DeliverLogsErrorMessage?: string | undefined;
  readonly DeliverLogsPermissionArn?: string | undefined;
  readonly DeliverCrossAccountRole?: string | undefined;
  readonly DeliverLogsStatus?: string | undefined;
  readonly FlowLogId?: string | undefined;
  readonly FlowLogStatus?: string | undefined;
  readonly LogGroupName?: string | undefined;
  readonly ResourceId?: string | undefined;
  readonly TrafficType?: string | undefined;
  readonly LogDestinationType?: string | undefined;
  readonly LogDestination?: string | undefined;
  readonly LogFormat?: string | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly MaxAggregationInterval?: number | undefined;
  readonly DestinationOptions?: DestinationOptionsResponse | undefined;
  readonly TagFieldSpecifications?: readonly TagFieldSpecificationResponse[] | undefined;
}

export interface GetFlowLogsIntegrationTemplateRequest {
  readonly FlowLogId: string;
  readonly ConfigDeliveryS3DestinationArn: string;
  readonly IntegrateServices: IntegrateServices;
  readonly DryRun?: boolean | undefined;
}

export interface GetFlowLogsIntegrationTemplateResult {
  readonly Result?: string | undefined;
}

export interface GetManagedPrefixListEntriesRequest {
  readonly PrefixListId: string;
  readonly DryRun?: boolean | undefined;
  readonly TargetVersion?: number | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

export interface GetManagedPrefixListEntriesResult {
  readonly Entries?: readonly PrefixListEntry[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface GetTransitGatewayRouteTableAssociationsRequest {
  readonly TransitGatewayRouteTableId: string;
  readonly Filters?: readonly Filter[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface GetTransitGatewayRouteTableAssociationsResult {
  readonly Associations?: readonly TransitGatewayRouteTableAssociation[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface GetTransitGatewayRouteTablePropagationsRequest {
  readonly TransitGatewayRouteTableId: string;
  readonly Filters?: readonly Filter[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface GetTransitGatewayRouteTablePropagationsResult {
  readonly TransitGatewayRouteTablePropagations?: readonly TransitGatewayRouteTablePropagation[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface GroupIdentifier {
  readonly GroupId?: string | undefined;
  readonly GroupName?: string | undefined;
}

export interface HibernationOptions {
  readonly Configured?: boolean | undefined;
}

export interface IamInstanceProfile {
  readonly Arn?: string | undefined;
  readonly Id?: string | undefined;
}

export interface IcmpTypeCode {
  readonly Code?: number | undefined;
  readonly Type?: number | undefined;
}

export interface Instance {
  readonly Architecture?: string | undefined;
  readonly BlockDeviceMappings?: readonly InstanceBlockDeviceMapping[] | undefined;
  readonly ClientToken?: string | undefined;
  readonly EbsOptimized?: boolean | undefined;
  readonly EnaSupport?: boolean | undefined;
  readonly Hypervisor?: string | undefined;
  readonly IamInstanceProfile?: IamInstanceProfile | undefined;
  readonly InstanceLifecycle?: string | undefined;
  readonly ElasticGpuAssociations?: readonly ElasticGpuAssociation[] | undefined;
  readonly ElasticInferenceAcceleratorAssociations?: readonly ElasticInferenceAcceleratorAssociation[] | undefined;
  readonly NetworkInterfaces?: readonly InstanceNetworkInterface[] | undefined;
  readonly OutpostArn?: string | undefined;
  readonly RootDeviceName?: string | undefined;
  readonly RootDeviceType?: string | undefined;
  readonly SecurityGroups?: readonly GroupIdentifier[] | undefined;
  readonly SourceDestCheck?: boolean | undefined;
  readonly SpotInstanceRequestId?: string | undefined;
  readonly SriovNetSupport?: string | undefined;
  readonly StateReason?: StateReason | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly VirtualizationType?: string | undefined;
  readonly CpuOptions?: CpuOptions | undefined;
  readonly CapacityBlockId?: string | undefined;
  readonly CapacityReservationId?: string | undefined;
  readonly CapacityReservationSpecification?: CapacityReservationSpecificationResponse | undefined;
  readonly HibernationOptions?: HibernationOptions | undefined;
  readonly Licenses?: readonly LicenseConfiguration[] | undefined;
  readonly MetadataOptions?: InstanceMetadataOptionsResponse | undefined;
  readonly EnclaveOptions?: EnclaveOptions | undefined;
  readonly BootMode?: string | undefined;
  readonly PlatformDetails?: string | undefined;
  readonly UsageOperation?: string | undefined;
  readonly UsageOperationUpdateTime?: Date | undefined;
  readonly PrivateDnsNameOptions?: PrivateDnsNameOptionsResponse | undefined;
  readonly Ipv6Address?: string | undefined;
  readonly TpmSupport?: string | undefined;
  readonly MaintenanceOptions?: InstanceMaintenanceOptions | undefined;
  readonly CurrentInstanceBootMode?: string | undefined;
  readonly NetworkPerformanceOptions?: InstanceNetworkPerformanceOptions | undefined;
  readonly Operator?: OperatorResponse | undefined;
  readonly SecondaryInterfaces?: readonly InstanceSecondaryInterface[] | undefined;
  readonly InstanceId?: string | undefined;
  readonly ImageId?: string | undefined;
  readonly State?: InstanceState | undefined;
  readonly PrivateDnsName?: string | undefined;
  readonly PublicDnsName?: string | undefined;
  readonly StateTransitionReason?: string | undefined;
  readonly KeyName?: string | undefined;
  readonly AmiLaunchIndex?: number | undefined;
  readonly ProductCodes?: readonly ProductCode[] | undefined;
  readonly InstanceType?: string | undefined;
  readonly LaunchTime?: Date | undefined;
  readonly Placement?: Placement | undefined;
  readonly KernelId?: string | undefined;
  readonly RamdiskId?: string | undefined;
  readonly Platform?: string | undefined;
  readonly Monitoring?: Monitoring | undefined;
  readonly SubnetId?: string | undefined;
  readonly VpcId?: string | undefined;
  readonly PrivateIpAddress?: string | undefined;
  readonly PublicIpAddress?: string | undefined;
}

export interface InstanceAttachmentEnaSrdSpecification {
  readonly EnaSrdEnabled?: boolean | undefined;
  readonly EnaSrdUdpSpecification?: InstanceAttachmentEnaSrdUdpSpecification | undefined;
}

export interface InstanceAttachmentEnaSrdUdpSpecification {
  readonly EnaSrdUdpEnabled?: boolean | undefined;
}

export interface InstanceBlockDeviceMapping {
  readonly DeviceName?: string | undefined;
  readonly Ebs?: EbsInstanceBlockDevice | undefined;
}

export interface InstanceIpv4Prefix {
  readonly Ipv4Prefix?: string | undefined;
}

export interface InstanceIpv6Address {
  readonly Ipv6Address?: string | undefined;
  readonly IsPrimaryIpv6?: boolean | undefined;
}

export interface InstanceIpv6Prefix {
  readonly Ipv6Prefix?: string | undefined;
}

export interface InstanceMaintenanceOptions {
  readonly AutoRecovery?: string | undefined;
  readonly RebootMigration?: string | undefined;
}

export interface InstanceMetadataOptionsResponse {
  readonly State?: string | undefined;
  readonly HttpTokens?: string | undefined;
  readonly HttpPutResponseHopLimit?: number | undefined;
  readonly HttpEndpoint?: string | undefined;
  readonly HttpProtocolIpv6?: string | undefined;
  readonly InstanceMetadataTags?: string | undefined;
}

export interface InstanceNetworkInterface {
  readonly Association?: InstanceNetworkInterfaceAssociation | undefined;
  readonly Attachment?: InstanceNetworkInterfaceAttachment | undefined;
  readonly Description?: string | undefined;
  readonly Groups?: readonly GroupIdentifier[] | undefined;
  readonly Ipv6Addresses?: readonly InstanceIpv6Address[] | undefined;
  readonly MacAddress?: string | undefined;
  readonly NetworkInterfaceId?: string | undefined;
  readonly OwnerId?: string | undefined;
  readonly PrivateDnsName?: string | undefined;
  readonly PrivateIpAddress?: string | undefined;
  readonly PrivateIpAddresses?: readonly InstancePrivateIpAddress[] | undefined;
  readonly SourceDestCheck?: boolean | undefined;
  readonly Status?: string | undefined;
  readonly SubnetId?: string | undefined;
  readonly VpcId?: string | undefined;
  readonly InterfaceType?: string | undefined;
  readonly Ipv4Prefixes?: readonly InstanceIpv4Prefix[] | undefined;
  readonly Ipv6Prefixes?: readonly InstanceIpv6Prefix[] | undefined;
  readonly ConnectionTrackingConfiguration?: ConnectionTrackingSpecificationResponse | undefined;
  readonly Operator?: OperatorResponse | undefined;
}

export interface InstanceNetworkInterfaceAssociation {
  readonly CarrierIp?: string | undefined;
  readonly CustomerOwnedIp?: string | undefined;
  readonly IpOwnerId?: string | undefined;
  readonly PublicDnsName?: string | undefined;
  readonly PublicIp?: string | undefined;
}

export interface InstanceNetworkInterfaceAttachment {
  readonly AttachTime?: Date | undefined;
  readonly AttachmentId?: string | undefined;
  readonly DeleteOnTermination?: boolean | undefined;
  readonly DeviceIndex?: number | undefined;
  readonly Status?: string | undefined;
  readonly NetworkCardIndex?: number | undefined;
  readonly EnaSrdSpecification?: InstanceAttachmentEnaSrdSpecification | undefined;
  readonly EnaQueueCount?: number | undefined;
}

export interface InstanceNetworkPerformanceOptions {
  readonly BandwidthWeighting?: string | undefined;
}

export interface InstancePrivateIpAddress {
  readonly Association?: InstanceNetworkInterfaceAssociation | undefined;
  readonly Primary?: boolean | undefined;
  readonly PrivateDnsName?: string | undefined;
  readonly PrivateIpAddress?: string | undefined;
}

export interface InstanceSecondaryInterface {
  readonly Attachment?: InstanceSecondaryInterfaceAttachment | undefined;
  readonly MacAddress?: string | undefined;
  readonly SecondaryInterfaceId?: string | undefined;
  readonly OwnerId?: string | undefined;
  readonly PrivateIpAddresses?: readonly InstanceSecondaryInterfacePrivateIpAddress[] | undefined;
  readonly SourceDestCheck?: boolean | undefined;
  readonly Status?: string | undefined;
  readonly SecondarySubnetId?: string | undefined;
  readonly SecondaryNetworkId?: string | undefined;
  readonly InterfaceType?: string | undefined;
}

export interface InstanceSecondaryInterfaceAttachment {
  readonly AttachTime?: Date | undefined;
  readonly AttachmentId?: string | undefined;
  readonly DeleteOnTermination?: boolean | undefined;
  readonly DeviceIndex?: number | undefined;
  readonly Status?: string | undefined;
  readonly NetworkCardIndex?: number | undefined;
}

export interface InstanceSecondaryInterfacePrivateIpAddress {
  readonly PrivateIpAddress?: string | undefined;
}

export interface InstanceState {
  readonly Code?: number | undefined;
  readonly Name?: string | undefined;
}

export interface IntegrateServices {
  readonly AthenaIntegrations?: readonly AthenaIntegration[] | undefined;
}

export interface InternetGateway {
  readonly Attachments?: readonly InternetGatewayAttachment[] | undefined;
  readonly InternetGatewayId?: string | undefined;
  readonly OwnerId?: string | undefined;
  readonly Tags?: readonly Tag[] | undefined;
}

export interface InternetGatewayAttachment {
  readonly State?: string | undefined;
  readonly VpcId?: string | undefined;
}

export interface IpPermission {
  readonly IpProtocol?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly ToPort?: number | undefined;
  readonly UserIdGroupPairs?: readonly UserIdGroupPair[] | undefined;
  readonly IpRanges?: readonly IpRange[] | undefined;
  readonly Ipv6Ranges?: readonly Ipv6Range[] | undefined;
  readonly PrefixListIds?: readonly PrefixListId[] | undefined;
}

export interface IpRange {
  readonly Description?: string | undefined;
  readonly CidrIp?: string | undefined;
}

export interface Ipv4PrefixSpecification {
  readonly Ipv4Prefix?: string | undefined;
}

export interface Ipv4PrefixSpecificationRequest {
  readonly Ipv4Prefix?: string | undefined;
}

export interface Ipv6CidrBlock {
  readonly Ipv6CidrBlock?: string | undefined;
}

export interface Ipv6PrefixSpecification {
  readonly Ipv6Prefix?: string | undefined;
}

export interface Ipv6PrefixSpecificationRequest {
  readonly Ipv6Prefix?: string | undefined;
}

export interface Ipv6Range {
  readonly Description?: string | undefined;
  readonly CidrIpv6?: string | undefined;
}

export interface LastError {
  readonly Message?: string | undefined;
  readonly Code?: string | undefined;
}

export interface LicenseConfiguration {
  readonly LicenseConfigurationArn?: string | undefined;
}

export interface ManagedPrefixList {
  readonly PrefixListId?: string | undefined;
  readonly AddressFamily?: string | undefined;
  readonly State?: string | undefined;
  readonly StateMessage?: string | undefined;
  readonly PrefixListArn?: string | undefined;
  readonly PrefixListName?: string | undefined;
  readonly MaxEntries?: number | undefined;
  readonly Version?: number | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly OwnerId?: string | undefined;
  readonly IpamPrefixListResolverTargetId?: string | undefined;
  readonly IpamPrefixListResolverSyncEnabled?: boolean | undefined;
}

export interface Monitoring {
  readonly MetricCategoryIds?: readonly string[] | undefined;
  readonly State?: string | undefined;
}

export interface NatGateway {
  readonly CreateTime?: Date | undefined;
  readonly DeleteTime?: Date | undefined;
  readonly FailureCode?: string | undefined;
  readonly FailureMessage?: string | undefined;
  readonly NatGatewayAddresses?: readonly NatGatewayAddress[] | undefined;
  readonly NatGatewayId?: string | undefined;
  readonly ProvisionedBandwidth?: ProvisionedBandwidth | undefined;
  readonly State?: string | undefined;
  readonly SubnetId?: string | undefined;
  readonly VpcId?: string | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly ConnectivityType?: string | undefined;
  readonly AvailabilityMode?: string | undefined;
  readonly AutoScalingIps?: string | undefined;
  readonly AutoProvisionZones?: string | undefined;
  readonly AttachedAppliances?: readonly NatGatewayAttachedAppliance[] | undefined;
  readonly RouteTableId?: string | undefined;
}

export interface NatGatewayAddress {
  readonly AllocationId?: string | undefined;
  readonly NetworkInterfaceId?: string | undefined;
  readonly PrivateIp?: string | undefined;
  readonly PublicIp?: string | undefined;
  readonly AssociationId?: string | undefined;
  readonly IsPrimary?: boolean | undefined;
  readonly FailureMessage?: string | undefined;
  readonly Status?: string | undefined;
  readonly AvailabilityZone?: string | undefined;
  readonly AvailabilityZoneId?: string | undefined;
}

export interface NatGatewayAttachedAppliance {
  readonly Type?: string | undefined;
  readonly ApplianceArn?: string | undefined;
  readonly VpcEndpointId?: string | undefined;
  readonly AttachmentState?: string | undefined;
  readonly ModificationState?: string | undefined;
  readonly FailureCode?: string | undefined;
  readonly FailureMessage?: string | undefined;
}

export interface NetworkAcl {
  readonly Associations?: readonly NetworkAclAssociation[] | undefined;
  readonly Entries?: readonly NetworkAclEntry[] | undefined;
  readonly IsDefault?: boolean | undefined;
  readonly NetworkAclId?: string | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly VpcId?: string | undefined;
  readonly OwnerId?: string | undefined;
}

export interface NetworkAclAssociation {
  readonly NetworkAclAssociationId?: string | undefined;
  readonly NetworkAclId?: string | undefined;
  readonly SubnetId?: string | undefined;
}

export interface NetworkAclEntry {
  readonly CidrBlock?: string | undefined;
  readonly Egress?: boolean | undefined;
  readonly IcmpTypeCode?: IcmpTypeCode | undefined;
  readonly Ipv6CidrBlock?: string | undefined;
  readonly PortRange?: PortRange | undefined;
  readonly Protocol?: string | undefined;
  readonly RuleAction?: string | undefined;
  readonly RuleNumber?: number | undefined;
}

export interface NetworkInterface {
  readonly Association?: NetworkInterfaceAssociation | undefined;
  readonly Attachment?: NetworkInterfaceAttachment | undefined;
  readonly AvailabilityZone?: string | undefined;
  readonly ConnectionTrackingConfiguration?: ConnectionTrackingConfiguration | undefined;
  readonly Description?: string | undefined;
  readonly Groups?: readonly GroupIdentifier[] | undefined;
  readonly InterfaceType?: string | undefined;
  readonly Ipv6Addresses?: readonly NetworkInterfaceIpv6Address[] | undefined;
  readonly MacAddress?: string | undefined;
  readonly NetworkInterfaceId?: string | undefined;
  readonly OutpostArn?: string | undefined;
  readonly OwnerId?: string | undefined;
  readonly PrivateDnsName?: string | undefined;
  readonly PublicDnsName?: string | undefined;
  readonly PublicIpDnsNameOptions?: PublicIpDnsNameOptions | undefined;
  readonly PrivateIpAddress?: string | undefined;
  readonly PrivateIpAddresses?: readonly NetworkInterfacePrivateIpAddress[] | undefined;
  readonly Ipv4Prefixes?: readonly Ipv4PrefixSpecification[] | undefined;
  readonly Ipv6Prefixes?: readonly Ipv6PrefixSpecification[] | undefined;
  readonly RequesterId?: string | undefined;
  readonly RequesterManaged?: boolean | undefined;
  readonly SourceDestCheck?: boolean | undefined;
  readonly Status?: string | undefined;
  readonly SubnetId?: string | undefined;
  readonly TagSet?: readonly Tag[] | undefined;
  readonly VpcId?: string | undefined;
  readonly DenyAllIgwTraffic?: boolean | undefined;
  readonly Ipv6Native?: boolean | undefined;
  readonly Ipv6Address?: string | undefined;
  readonly Operator?: OperatorResponse | undefined;
  readonly AssociatedSubnets?: readonly string[] | undefined;
  readonly AvailabilityZoneId?: string | undefined;
}

export interface NetworkInterfaceAssociation {
  readonly AllocationId?: string | undefined;
  readonly AssociationId?: string | undefined;
  readonly IpOwnerId?: string | undefined;
  readonly PublicDnsName?: string | undefined;
  readonly PublicIp?: string | undefined;
  readonly CustomerOwnedIp?: string | undefined;
  readonly CarrierIp?: string | undefined;
}

export interface NetworkInterfaceAttachment {
  readonly AttachTime?: Date | undefined;
  readonly AttachmentId?: string | undefined;
  readonly DeleteOnTermination?: boolean | undefined;
  readonly DeviceIndex?: number | undefined;
  readonly NetworkCardIndex?: number | undefined;
  readonly InstanceId?: string | undefined;
  readonly InstanceOwnerId?: string | undefined;
  readonly Status?: string | undefined;
  readonly EnaSrdSpecification?: AttachmentEnaSrdSpecification | undefined;
  readonly EnaQueueCount?: number | undefined;
}

export interface NetworkInterfaceIpv6Address {
  readonly Ipv6Address?: string | undefined;
  readonly PublicIpv6DnsName?: string | undefined;
  readonly IsPrimaryIpv6?: boolean | undefined;
}

export interface NetworkInterfacePrivateIpAddress {
  readonly Association?: NetworkInterfaceAssociation | undefined;
  readonly Primary?: boolean | undefined;
  readonly PrivateDnsName?: string | undefined;
  readonly PrivateIpAddress?: string | undefined;
}

export interface OperatorRequest {
  readonly Principal?: string | undefined;
}

export interface OperatorResponse {
  readonly Managed?: boolean | undefined;
  readonly Principal?: string | undefined;
  readonly HiddenByDefault?: boolean | undefined;
}

export interface PayerResponsibilityEntry {
  readonly Scope?: string | undefined;
  readonly PayerResponsibilityType?: string | undefined;
}

export interface PeeringAttachmentStatus {
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
}

export interface PeeringTgwInfo {
  readonly TransitGatewayId?: string | undefined;
  readonly CoreNetworkId?: string | undefined;
  readonly OwnerId?: string | undefined;
  readonly Region?: string | undefined;
}

export interface Placement {
  readonly AvailabilityZoneId?: string | undefined;
  readonly Affinity?: string | undefined;
  readonly GroupName?: string | undefined;
  readonly PartitionNumber?: number | undefined;
  readonly HostId?: string | undefined;
  readonly Tenancy?: string | undefined;
  readonly SpreadDomain?: string | undefined;
  readonly HostResourceGroupArn?: string | undefined;
  readonly GroupId?: string | undefined;
  readonly AvailabilityZone?: string | undefined;
}

export interface PortRange {
  readonly From?: number | undefined;
  readonly To?: number | undefined;
}

export interface PrefixList {
  readonly Cidrs?: readonly string[] | undefined;
  readonly PrefixListId?: string | undefined;
  readonly PrefixListName?: string | undefined;
}

export interface PrefixListEntry {
  readonly Cidr?: string | undefined;
  readonly Description?: string | undefined;
}

export interface PrefixListId {
  readonly Description?: string | undefined;
  readonly PrefixListId?: string | undefined;
}

export interface PrivateDnsNameOptionsOnLaunch {
  readonly HostnameType?: string | undefined;
  readonly EnableResourceNameDnsARecord?: boolean | undefined;
  readonly EnableResourceNameDnsAAAARecord?: boolean | undefined;
}

export interface PrivateDnsNameOptionsResponse {
  readonly HostnameType?: string | undefined;
  readonly EnableResourceNameDnsARecord?: boolean | undefined;
  readonly EnableResourceNameDnsAAAARecord?: boolean | undefined;
}

export interface PrivateIpAddressSpecification {
  readonly Primary?: boolean | undefined;
  readonly PrivateIpAddress?: string | undefined;
}

export interface ProductCode {
  readonly ProductCodeId?: string | undefined;
  readonly ProductCodeType?: string | undefined;
}

export interface PropagatingVgw {
  readonly GatewayId?: string | undefined;
}

export interface ProvisionedBandwidth {
  readonly ProvisionTime?: Date | undefined;
  readonly Provisioned?: string | undefined;
  readonly RequestTime?: Date | undefined;
  readonly Requested?: string | undefined;
  readonly Status?: string | undefined;
}

export interface PublicIpDnsNameOptions {
  readonly DnsHostnameType?: string | undefined;
  readonly PublicIpv4DnsName?: string | undefined;
  readonly PublicIpv6DnsName?: string | undefined;
  readonly PublicDualStackDnsName?: string | undefined;
}

export interface ReferencedSecurityGroup {
  readonly GroupId?: string | undefined;
  readonly PeeringStatus?: string | undefined;
  readonly UserId?: string | undefined;
  readonly VpcId?: string | undefined;
  readonly VpcPeeringConnectionId?: string | undefined;
}

export interface Region {
  readonly OptInStatus?: string | undefined;
  readonly Geography?: readonly RegionGeography[] | undefined;
  readonly RegionName?: string | undefined;
  readonly Endpoint?: string | undefined;
}

export interface RegionGeography {
  readonly Name?: string | undefined;
}

export interface Reservation {
  readonly ReservationId?: string | undefined;
  readonly OwnerId?: string | undefined;
  readonly RequesterId?: string | undefined;
  readonly Groups?: readonly GroupIdentifier[] | undefined;
  readonly Instances?: readonly Instance[] | undefined;
}

export interface Route {
  readonly DestinationCidrBlock?: string | undefined;
  readonly DestinationIpv6CidrBlock?: string | undefined;
  readonly DestinationPrefixListId?: string | undefined;
  readonly EgressOnlyInternetGatewayId?: string | undefined;
  readonly GatewayId?: string | undefined;
  readonly InstanceId?: string | undefined;
  readonly InstanceOwnerId?: string | undefined;
  readonly NatGatewayId?: string | undefined;
  readonly TransitGatewayId?: string | undefined;
  readonly LocalGatewayId?: string | undefined;
  readonly CarrierGatewayId?: string | undefined;
  readonly NetworkInterfaceId?: string | undefined;
  readonly Origin?: string | undefined;
  readonly State?: string | undefined;
  readonly VpcPeeringConnectionId?: string | undefined;
  readonly CoreNetworkArn?: string | undefined;
  readonly OdbNetworkArn?: string | undefined;
  readonly IpAddress?: string | undefined;
}

export interface RouteTable {
  readonly Associations?: readonly RouteTableAssociation[] | undefined;
  readonly PropagatingVgws?: readonly PropagatingVgw[] | undefined;
  readonly RouteTableId?: string | undefined;
  readonly Routes?: readonly Route[] | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly VpcId?: string | undefined;
  readonly OwnerId?: string | undefined;
}

export interface RouteTableAssociation {
  readonly Main?: boolean | undefined;
  readonly RouteTableAssociationId?: string | undefined;
  readonly RouteTableId?: string | undefined;
  readonly SubnetId?: string | undefined;
  readonly GatewayId?: string | undefined;
  readonly PublicIpv4Pool?: string | undefined;
  readonly AssociationState?: RouteTableAssociationState | undefined;
}

export interface RouteTableAssociationState {
  readonly State?: string | undefined;
  readonly StatusMessage?: string | undefined;
}

export interface SearchTransitGatewayRoutesRequest {
  readonly TransitGatewayRouteTableId: string;
  readonly Filters: readonly Filter[];
  readonly MaxResults?: number | undefined;
  readonly DryRun?: boolean | undefined;
  readonly NextToken?: string | undefined;
}

export interface SearchTransitGatewayRoutesResult {
  readonly Routes?: readonly TransitGatewayRoute[] | undefined;
  readonly AdditionalRoutesAvailable?: boolean | undefined;
  readonly NextToken?: string | undefined;
}

export interface SecurityGroup {
  readonly GroupId?: string | undefined;
  readonly IpPermissionsEgress?: readonly IpPermission[] | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly VpcId?: string | undefined;
  readonly SecurityGroupArn?: string | undefined;
  readonly OwnerId?: string | undefined;
  readonly GroupName?: string | undefined;
  readonly Description?: string | undefined;
  readonly IpPermissions?: readonly IpPermission[] | undefined;
}

export interface SecurityGroupIdentifier {
  readonly GroupId?: string | undefined;
  readonly GroupName?: string | undefined;
}

export interface SecurityGroupRule {
  readonly SecurityGroupRuleId?: string | undefined;
  readonly GroupId?: string | undefined;
  readonly GroupOwnerId?: string | undefined;
  readonly IsEgress?: boolean | undefined;
  readonly IpProtocol?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly ToPort?: number | undefined;
  readonly CidrIpv4?: string | undefined;
  readonly CidrIpv6?: string | undefined;
  readonly PrefixListId?: string | undefined;
  readonly ReferencedGroupInfo?: ReferencedSecurityGroup | undefined;
  readonly Description?: string | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly SecurityGroupRuleArn?: string | undefined;
}

export interface StateReason {
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
}

export interface Subnet {
  readonly AvailabilityZoneId?: string | undefined;
  readonly EnableLniAtDeviceIndex?: number | undefined;
  readonly MapCustomerOwnedIpOnLaunch?: boolean | undefined;
  readonly CustomerOwnedIpv4Pool?: string | undefined;
  readonly OwnerId?: string | undefined;
  readonly AssignIpv6AddressOnCreation?: boolean | undefined;
  readonly Ipv6CidrBlockAssociationSet?: readonly SubnetIpv6CidrBlockAssociation[] | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly SubnetArn?: string | undefined;
  readonly OutpostArn?: string | undefined;
  readonly EnableDns64?: boolean | undefined;
  readonly Ipv6Native?: boolean | undefined;
  readonly PrivateDnsNameOptionsOnLaunch?: PrivateDnsNameOptionsOnLaunch | undefined;
  readonly BlockPublicAccessStates?: BlockPublicAccessStates | undefined;
  readonly Type?: string | undefined;
  readonly SubnetId?: string | undefined;
  readonly State?: string | undefined;
  readonly VpcId?: string | undefined;
  readonly CidrBlock?: string | undefined;
  readonly AvailableIpAddressCount?: number | undefined;
  readonly AvailabilityZone?: string | undefined;
  readonly DefaultForAz?: boolean | undefined;
  readonly MapPublicIpOnLaunch?: boolean | undefined;
}

export interface SubnetCidrBlockState {
  readonly State?: string | undefined;
  readonly StatusMessage?: string | undefined;
}

export interface SubnetIpPrefixes {
  readonly SubnetId?: string | undefined;
  readonly IpPrefixes?: readonly string[] | undefined;
}

export interface SubnetIpv6CidrBlockAssociation {
  readonly AssociationId?: string | undefined;
  readonly Ipv6CidrBlock?: string | undefined;
  readonly Ipv6CidrBlockState?: SubnetCidrBlockState | undefined;
  readonly Ipv6AddressAttribute?: string | undefined;
  readonly IpSource?: string | undefined;
}

export interface Tag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

export interface TagDescription {
  readonly Key?: string | undefined;
  readonly ResourceId?: string | undefined;
  readonly ResourceType?: string | undefined;
  readonly Value?: string | undefined;
}

export interface TagFieldSpecificationRequest {
  readonly ResourceType?: string | undefined;
  readonly TagKeys?: readonly string[] | undefined;
}

export interface TagFieldSpecificationResponse {
  readonly ResourceType?: string | undefined;
  readonly TagKeys?: readonly string[] | undefined;
}

export interface TagSpecification {
  readonly ResourceType?: string | undefined;
  readonly Tags?: readonly Tag[] | undefined;
}

export interface TransitGateway {
  readonly TransitGatewayId?: string | undefined;
  readonly TransitGatewayArn?: string | undefined;
  readonly State?: string | undefined;
  readonly OwnerId?: string | undefined;
  readonly Description?: string | undefined;
  readonly CreationTime?: Date | undefined;
  readonly Options?: TransitGatewayOptions | undefined;
  readonly Tags?: readonly Tag[] | undefined;
}

export interface TransitGatewayAttachment {
  readonly TransitGatewayAttachmentId?: string | undefined;
  readonly TransitGatewayId?: string | undefined;
  readonly TransitGatewayOwnerId?: string | undefined;
  readonly ResourceOwnerId?: string | undefined;
  readonly ResourceType?: string | undefined;
  readonly ResourceId?: string | undefined;
  readonly State?: string | undefined;
  readonly Association?: TransitGatewayAttachmentAssociation | undefined;
  readonly CreationTime?: Date | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly NatGatewaySupport?: string | undefined;
}

export interface TransitGatewayAttachmentAssociation {
  readonly TransitGatewayRouteTableId?: string | undefined;
  readonly TransitGatewayPolicyTableId?: string | undefined;
  readonly State?: string | undefined;
}

export interface TransitGatewayOptions {
  readonly AmazonSideAsn?: number | undefined;
  readonly TransitGatewayCidrBlocks?: readonly string[] | undefined;
  readonly AutoAcceptSharedAttachments?: string | undefined;
  readonly DefaultRouteTableAssociation?: string | undefined;
  readonly AssociationDefaultRouteTableId?: string | undefined;
  readonly DefaultRouteTablePropagation?: string | undefined;
  readonly PropagationDefaultRouteTableId?: string | undefined;
  readonly VpnEcmpSupport?: string | undefined;
  readonly DnsSupport?: string | undefined;
  readonly SecurityGroupReferencingSupport?: string | undefined;
  readonly MulticastSupport?: string | undefined;
  readonly EncryptionSupport?: EncryptionSupport | undefined;
}

export interface TransitGatewayPeeringAttachment {
  readonly TransitGatewayAttachmentId?: string | undefined;
  readonly AccepterTransitGatewayAttachmentId?: string | undefined;
  readonly RequesterTgwInfo?: PeeringTgwInfo | undefined;
  readonly AccepterTgwInfo?: PeeringTgwInfo | undefined;
  readonly Options?: TransitGatewayPeeringAttachmentOptions | undefined;
  readonly Status?: PeeringAttachmentStatus | undefined;
  readonly State?: string | undefined;
  readonly CreationTime?: Date | undefined;
  readonly Tags?: readonly Tag[] | undefined;
}

export interface TransitGatewayPeeringAttachmentOptions {
  readonly DynamicRouting?: string | undefined;
}

export interface TransitGatewayRequestOptions {
  readonly AmazonSideAsn?: number | undefined;
  readonly AutoAcceptSharedAttachments?: string | undefined;
  readonly DefaultRouteTableAssociation?: string | undefined;
  readonly DefaultRouteTablePropagation?: string | undefined;
  readonly VpnEcmpSupport?: string | undefined;
  readonly DnsSupport?: string | undefined;
  readonly SecurityGroupReferencingSupport?: string | undefined;
  readonly MulticastSupport?: string | undefined;
  readonly TransitGatewayCidrBlocks?: readonly string[] | undefined;
}

export interface TransitGatewayRoute {
  readonly DestinationCidrBlock?: string | undefined;
  readonly PrefixListId?: string | undefined;
  readonly TransitGatewayRouteTableAnnouncementId?: string | undefined;
  readonly TransitGatewayAttachments?: readonly TransitGatewayRouteAttachment[] | undefined;
  readonly Type?: string | undefined;
  readonly State?: string | undefined;
}

export interface TransitGatewayRouteAttachment {
  readonly ResourceId?: string | undefined;
  readonly TransitGatewayAttachmentId?: string | undefined;
  readonly ResourceType?: string | undefined;
}

export interface TransitGatewayRouteTable {
  readonly TransitGatewayRouteTableId?: string | undefined;
  readonly TransitGatewayId?: string | undefined;
  readonly State?: string | undefined;
  readonly DefaultAssociationRouteTable?: boolean | undefined;
  readonly DefaultPropagationRouteTable?: boolean | undefined;
  readonly CreationTime?: Date | undefined;
  readonly Tags?: readonly Tag[] | undefined;
}

export interface TransitGatewayRouteTableAssociation {
  readonly TransitGatewayAttachmentId?: string | undefined;
  readonly ResourceId?: string | undefined;
  readonly ResourceType?: string | undefined;
  readonly State?: string | undefined;
}

export interface TransitGatewayRouteTablePropagation {
  readonly TransitGatewayAttachmentId?: string | undefined;
  readonly ResourceId?: string | undefined;
  readonly ResourceType?: string | undefined;
  readonly State?: string | undefined;
  readonly TransitGatewayRouteTableAnnouncementId?: string | undefined;
}

export interface TransitGatewayVpcAttachment {
  readonly TransitGatewayAttachmentId?: string | undefined;
  readonly TransitGatewayId?: string | undefined;
  readonly VpcId?: string | undefined;
  readonly VpcOwnerId?: string | undefined;
  readonly State?: string | undefined;
  readonly SubnetIds?: readonly string[] | undefined;
  readonly CreationTime?: Date | undefined;
  readonly Options?: TransitGatewayVpcAttachmentOptions | undefined;
  readonly Tags?: readonly Tag[] | undefined;
}

export interface TransitGatewayVpcAttachmentOptions {
  readonly DnsSupport?: string | undefined;
  readonly SecurityGroupReferencingSupport?: string | undefined;
  readonly Ipv6Support?: string | undefined;
  readonly ApplianceModeSupport?: string | undefined;
}

export interface UnsuccessfulItem {
  readonly Error?: UnsuccessfulItemError | undefined;
  readonly ResourceId?: string | undefined;
}

export interface UnsuccessfulItemError {
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
}

export interface UserIdGroupPair {
  readonly Description?: string | undefined;
  readonly UserId?: string | undefined;
  readonly GroupName?: string | undefined;
  readonly GroupId?: string | undefined;
  readonly VpcId?: string | undefined;
  readonly VpcPeeringConnectionId?: string | undefined;
  readonly PeeringStatus?: string | undefined;
}

export interface Vpc {
  readonly OwnerId?: string | undefined;
  readonly InstanceTenancy?: string | undefined;
  readonly Ipv6CidrBlockAssociationSet?: readonly VpcIpv6CidrBlockAssociation[] | undefined;
  readonly CidrBlockAssociationSet?: readonly VpcCidrBlockAssociation[] | undefined;
  readonly IsDefault?: boolean | undefined;
  readonly EncryptionControl?: VpcEncryptionControl | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly BlockPublicAccessStates?: BlockPublicAccessStates | undefined;
  readonly VpcId?: string | undefined;
  readonly State?: string | undefined;
  readonly CidrBlock?: string | undefined;
  readonly DhcpOptionsId?: string | undefined;
}

export interface VpcAttachment {
  readonly VpcId?: string | undefined;
  readonly State?: string | undefined;
}

export interface VpcBlockPublicAccessExclusion {
  readonly ExclusionId?: string | undefined;
  readonly InternetGatewayExclusionMode?: string | undefined;
  readonly ResourceArn?: string | undefined;
  readonly State?: string | undefined;
  readonly Reason?: string | undefined;
  readonly CreationTimestamp?: Date | undefined;
  readonly LastUpdateTimestamp?: Date | undefined;
  readonly DeletionTimestamp?: Date | undefined;
  readonly Tags?: readonly Tag[] | undefined;
}

export interface VpcBlockPublicAccessOptions {
  readonly AwsAccountId?: string | undefined;
  readonly AwsRegion?: string | undefined;
  readonly State?: string | undefined;
  readonly InternetGatewayBlockMode?: string | undefined;
  readonly Reason?: string | undefined;
  readonly LastUpdateTimestamp?: Date | undefined;
  readonly ManagedBy?: string | undefined;
  readonly ExclusionsAllowed?: string | undefined;
}

export interface VpcCidrBlockAssociation {
  readonly AssociationId?: string | undefined;
  readonly CidrBlock?: string | undefined;
  readonly CidrBlockState?: VpcCidrBlockState | undefined;
}

export interface VpcCidrBlockState {
  readonly State?: string | undefined;
  readonly StatusMessage?: string | undefined;
}

export interface VpcEncryptionControl {
  readonly VpcId?: string | undefined;
  readonly VpcEncryptionControlId?: string | undefined;
  readonly Mode?: string | undefined;
  readonly State?: string | undefined;
  readonly StateMessage?: string | undefined;
  readonly ResourceExclusions?: VpcEncryptionControlExclusions | undefined;
  readonly Tags?: readonly Tag[] | undefined;
}

export interface VpcEncryptionControlConfiguration {
  readonly Mode: string;
  readonly InternetGatewayExclusion?: string | undefined;
  readonly EgressOnlyInternetGatewayExclusion?: string | undefined;
  readonly NatGatewayExclusion?: string | undefined;
  readonly VirtualPrivateGatewayExclusion?: string | undefined;
  readonly VpcPeeringExclusion?: string | undefined;
  readonly LambdaExclusion?: string | undefined;
  readonly VpcLatticeExclusion?: string | undefined;
  readonly ElasticFileSystemExclusion?: string | undefined;
  readonly GlobalAcceleratorExclusion?: string | undefined;
  readonly ApiGatewayV2Exclusion?: string | undefined;
}

export interface VpcEncryptionControlExclusion {
  readonly State?: string | undefined;
  readonly StateMessage?: string | undefined;
}

export interface VpcEncryptionControlExclusions {
  readonly InternetGateway?: VpcEncryptionControlExclusion | undefined;
  readonly EgressOnlyInternetGateway?: VpcEncryptionControlExclusion | undefined;
  readonly NatGateway?: VpcEncryptionControlExclusion | undefined;
  readonly VirtualPrivateGateway?: VpcEncryptionControlExclusion | undefined;
  readonly VpcPeering?: VpcEncryptionControlExclusion | undefined;
  readonly Lambda?: VpcEncryptionControlExclusion | undefined;
  readonly VpcLattice?: VpcEncryptionControlExclusion | undefined;
  readonly ElasticFileSystem?: VpcEncryptionControlExclusion | undefined;
  readonly GlobalAccelerator?: VpcEncryptionControlExclusion | undefined;
  readonly ApiGatewayV2?: VpcEncryptionControlExclusion | undefined;
}

export interface VpcEndpoint {
  readonly VpcEndpointId?: string | undefined;
  readonly VpcEndpointType?: string | undefined;
  readonly VpcId?: string | undefined;
  readonly ServiceName?: string | undefined;
  readonly State?: string | undefined;
  readonly PolicyDocument?: string | undefined;
  readonly RouteTableIds?: readonly string[] | undefined;
  readonly SubnetIds?: readonly string[] | undefined;
  readonly Groups?: readonly SecurityGroupIdentifier[] | undefined;
  readonly IpAddressType?: string | undefined;
  readonly DnsOptions?: DnsOptions | undefined;
  readonly PrivateDnsEnabled?: boolean | undefined;
  readonly RequesterManaged?: boolean | undefined;
  readonly NetworkInterfaceIds?: readonly string[] | undefined;
  readonly DnsEntries?: readonly DnsEntry[] | undefined;
  readonly CreationTimestamp?: Date | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly OwnerId?: string | undefined;
  readonly LastError?: LastError | undefined;
  readonly Ipv4Prefixes?: readonly SubnetIpPrefixes[] | undefined;
  readonly Ipv6Prefixes?: readonly SubnetIpPrefixes[] | undefined;
  readonly FailureReason?: string | undefined;
  readonly ServiceNetworkArn?: string | undefined;
  readonly ResourceConfigurationArn?: string | undefined;
  readonly ServiceRegion?: string | undefined;
  readonly PayerResponsibilities?: readonly PayerResponsibilityEntry[] | undefined;
}

export interface VpcIpv6CidrBlockAssociation {
  readonly AssociationId?: string | undefined;
  readonly Ipv6CidrBlock?: string | undefined;
  readonly Ipv6CidrBlockState?: VpcCidrBlockState | undefined;
  readonly NetworkBorderGroup?: string | undefined;
  readonly Ipv6Pool?: string | undefined;
  readonly Ipv6AddressAttribute?: string | undefined;
  readonly IpSource?: string | undefined;
}

export interface VpcPeeringConnection {
  readonly AccepterVpcInfo?: VpcPeeringConnectionVpcInfo | undefined;
  readonly ExpirationTime?: Date | undefined;
  readonly RequesterVpcInfo?: VpcPeeringConnectionVpcInfo | undefined;
  readonly Status?: VpcPeeringConnectionStateReason | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly VpcPeeringConnectionId?: string | undefined;
}

export interface VpcPeeringConnectionOptionsDescription {
  readonly AllowDnsResolutionFromRemoteVpc?: boolean | undefined;
  readonly AllowEgressFromLocalClassicLinkToRemoteVpc?: boolean | undefined;
  readonly AllowEgressFromLocalVpcToRemoteClassicLink?: boolean | undefined;
}

export interface VpcPeeringConnectionStateReason {
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
}

export interface VpcPeeringConnectionVpcInfo {
  readonly CidrBlock?: string | undefined;
  readonly Ipv6CidrBlockSet?: readonly Ipv6CidrBlock[] | undefined;
  readonly CidrBlockSet?: readonly CidrBlock[] | undefined;
  readonly OwnerId?: string | undefined;
  readonly PeeringOptions?: VpcPeeringConnectionOptionsDescription | undefined;
  readonly VpcId?: string | undefined;
  readonly Region?: string | undefined;
}

export interface VpnGateway {
  readonly AmazonSideAsn?: number | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly VpnGatewayId?: string | undefined;
  readonly State?: string | undefined;
  readonly Type?: string | undefined;
  readonly AvailabilityZone?: string | undefined;
  readonly VpcAttachments?: readonly VpcAttachment[] | undefined;
}

export type GetCallerIdentityRequest = object;

export interface GetCallerIdentityResponse {
  readonly UserId?: string | undefined;
  readonly Account?: string | undefined;
  readonly Arn?: string | undefined;
}

export interface Ec2Operations {
  CreateFlowLogs: { input: CreateFlowLogsRequest; output: CreateFlowLogsResult };
  DescribeFlowLogs: { input: DescribeFlowLogsRequest; output: DescribeFlowLogsResult };
  DeleteFlowLogs: { input: DeleteFlowLogsRequest; output: DeleteFlowLogsResult };
  GetFlowLogsIntegrationTemplate: { input: GetFlowLogsIntegrationTemplateRequest; output: GetFlowLogsIntegrationTemplateResult };
  CreateTags: { input: CreateTagsRequest; output: object };
  DeleteTags: { input: DeleteTagsRequest; output: object };
  DescribeTags: { input: DescribeTagsRequest; output: DescribeTagsResult };
  CreateVpc: { input: CreateVpcRequest; output: CreateVpcResult };
  DescribeVpcs: { input: DescribeVpcsRequest; output: DescribeVpcsResult };
  DeleteVpc: { input: DeleteVpcRequest; output: object };
  DescribeVpcAttribute: { input: DescribeVpcAttributeRequest; output: DescribeVpcAttributeResult };
  CreateSubnet: { input: CreateSubnetRequest; output: CreateSubnetResult };
  DescribeSubnets: { input: DescribeSubnetsRequest; output: DescribeSubnetsResult };
  DeleteSubnet: { input: DeleteSubnetRequest; output: object };
  CreateNetworkInterface: { input: CreateNetworkInterfaceRequest; output: CreateNetworkInterfaceResult };
  DescribeNetworkInterfaces: { input: DescribeNetworkInterfacesRequest; output: DescribeNetworkInterfacesResult };
  DeleteNetworkInterface: { input: DeleteNetworkInterfaceRequest; output: object };
  DescribeNetworkInterfaceAttribute: { input: DescribeNetworkInterfaceAttributeRequest; output: DescribeNetworkInterfaceAttributeResult };
  CreateTransitGateway: { input: CreateTransitGatewayRequest; output: CreateTransitGatewayResult };
  DescribeTransitGateways: { input: DescribeTransitGatewaysRequest; output: DescribeTransitGatewaysResult };
  DeleteTransitGateway: { input: DeleteTransitGatewayRequest; output: DeleteTransitGatewayResult };
  CreateTransitGatewayVpcAttachment: { input: CreateTransitGatewayVpcAttachmentRequest; output: CreateTransitGatewayVpcAttachmentResult };
  DescribeTransitGatewayVpcAttachments: { input: DescribeTransitGatewayVpcAttachmentsRequest; output: DescribeTransitGatewayVpcAttachmentsResult };
  DescribeTransitGatewayAttachments: { input: DescribeTransitGatewayAttachmentsRequest; output: DescribeTransitGatewayAttachmentsResult };
  DeleteTransitGatewayVpcAttachment: { input: DeleteTransitGatewayVpcAttachmentRequest; output: DeleteTransitGatewayVpcAttachmentResult };
  CreateNatGateway: { input: CreateNatGatewayRequest; output: CreateNatGatewayResult };
  DescribeNatGateways: { input: DescribeNatGatewaysRequest; output: DescribeNatGatewaysResult };
  DeleteNatGateway: { input: DeleteNatGatewayRequest; output: DeleteNatGatewayResult };
  DescribeInstances: { input: DescribeInstancesRequest; output: DescribeInstancesResult };
  DescribeRouteTables: { input: DescribeRouteTablesRequest; output: DescribeRouteTablesResult };
  DescribeInternetGateways: { input: DescribeInternetGatewaysRequest; output: DescribeInternetGatewaysResult };
  DescribeEgressOnlyInternetGateways: { input: DescribeEgressOnlyInternetGatewaysRequest; output: DescribeEgressOnlyInternetGatewaysResult };
  DescribeVpnGateways: { input: DescribeVpnGatewaysRequest; output: DescribeVpnGatewaysResult };
  DescribeTransitGatewayPeeringAttachments: { input: DescribeTransitGatewayPeeringAttachmentsRequest; output: DescribeTransitGatewayPeeringAttachmentsResult };
  DescribeTransitGatewayRouteTables: { input: DescribeTransitGatewayRouteTablesRequest; output: DescribeTransitGatewayRouteTablesResult };
  GetTransitGatewayRouteTableAssociations: { input: GetTransitGatewayRouteTableAssociationsRequest; output: GetTransitGatewayRouteTableAssociationsResult };
  GetTransitGatewayRouteTablePropagations: { input: GetTransitGatewayRouteTablePropagationsRequest; output: GetTransitGatewayRouteTablePropagationsResult };
  SearchTransitGatewayRoutes: { input: SearchTransitGatewayRoutesRequest; output: SearchTransitGatewayRoutesResult };
  DescribeVpcPeeringConnections: { input: DescribeVpcPeeringConnectionsRequest; output: DescribeVpcPeeringConnectionsResult };
  DescribeVpcEndpoints: { input: DescribeVpcEndpointsRequest; output: DescribeVpcEndpointsResult };
  DescribeSecurityGroups: { input: DescribeSecurityGroupsRequest; output: DescribeSecurityGroupsResult };
  DescribeSecurityGroupRules: { input: DescribeSecurityGroupRulesRequest; output: DescribeSecurityGroupRulesResult };
  DescribeNetworkAcls: { input: DescribeNetworkAclsRequest; output: DescribeNetworkAclsResult };
  DescribeManagedPrefixLists: { input: DescribeManagedPrefixListsRequest; output: DescribeManagedPrefixListsResult };
  GetManagedPrefixListEntries: { input: GetManagedPrefixListEntriesRequest; output: GetManagedPrefixListEntriesResult };
  DescribePrefixLists: { input: DescribePrefixListsRequest; output: DescribePrefixListsResult };
  DescribeVpcBlockPublicAccessOptions: { input: DescribeVpcBlockPublicAccessOptionsRequest; output: DescribeVpcBlockPublicAccessOptionsResult };
  DescribeVpcBlockPublicAccessExclusions: { input: DescribeVpcBlockPublicAccessExclusionsRequest; output: DescribeVpcBlockPublicAccessExclusionsResult };
  DescribeVpcEncryptionControls: { input: DescribeVpcEncryptionControlsRequest; output: DescribeVpcEncryptionControlsResult };
  DescribeRegions: { input: DescribeRegionsRequest; output: DescribeRegionsResult };
  DescribeAvailabilityZones: { input: DescribeAvailabilityZonesRequest; output: DescribeAvailabilityZonesResult };
  DescribeAccountAttributes: { input: DescribeAccountAttributesRequest; output: DescribeAccountAttributesResult };
}

export interface StsOperations {
  GetCallerIdentity: { input: GetCallerIdentityRequest; output: GetCallerIdentityResponse };
}
