import { z } from 'zod';
import { fileKind } from './kind.ts';
import { named, asNumber } from './schema-parts.ts';
import type { VpnGateway } from '../vpn-gateway.ts';

const DEFAULT_ASN = 64_512;

/** `vpnGateway` of a VPC in network.yaml. */
export const vpnGatewayKind = fileKind(
  z.strictObject({ ...named('vpnGateway'), asn: asNumber.default(DEFAULT_ASN) }),
  ({ asn }, base, { region, vpcId }): VpnGateway => ({ ...base, region, vpcId, amazonSideAsn: asn }),
);
