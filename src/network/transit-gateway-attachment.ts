import type { Resource } from './resource.ts';
import type { Switch } from './transit-gateway.ts';

export interface TransitGatewayAttachmentOptions {
  readonly dnsSupport: Switch;
  readonly securityGroupReferencingSupport: Switch;
  readonly ipv6Support: Switch;
  readonly applianceModeSupport: Switch;
}

/** A VPC's way to a transit gateway, by one subnet in each zone: traffic is recorded at it. */
export interface TransitGatewayAttachment extends Resource {
  readonly region: string;
  readonly transitGatewayId: string;
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly options: TransitGatewayAttachmentOptions;
}
