import { z } from 'zod';
import { fileKind } from './file-kind.ts';
import type { Resource } from './resource.ts';
import { named, asNumber } from './schema-parts.ts';

const DEFAULT_ASN = 64_512;

/** A virtual private gateway: a VPC's way to a VPN or a Direct Connect; a VPC has one at most. */
export interface VpnGateway extends Resource {
  readonly region: string;
  readonly vpcId: string;
  /** AS number of its side of a BGP session. */
  readonly amazonSideAsn: number;
}

/** `vpnGateway` of a VPC in network.yaml. */
export const vpnGatewayKind = fileKind(
  z.strictObject({ ...named('vpnGateway'), asn: asNumber.default(DEFAULT_ASN) }),
  ({ asn }, base, { region, vpcId }): VpnGateway => ({ ...base, region, vpcId, amazonSideAsn: asn }),
);
