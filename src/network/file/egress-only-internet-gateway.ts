import { z } from 'zod';
import { fileKind } from './kind.ts';
import { named } from './schema-parts.ts';
import type { EgressOnlyInternetGateway } from '../egress-only-internet-gateway.ts';

/** `egressOnlyInternetGateway` of a VPC in network.yaml. */
export const egressOnlyInternetGatewayKind = fileKind(
  z.strictObject(named('egressOnlyInternetGateway')),
  (_, base, { region, vpcId }): EgressOnlyInternetGateway => ({ ...base, region, vpcId }),
);
