import { z } from 'zod';
import { fileKind } from './file-kind.ts';
import type { Resource } from './resource.ts';
import { named } from './schema-parts.ts';

/** A VPC's way to the internet over IPv6, for connections from inside only; a VPC has one at most. */
export interface EgressOnlyInternetGateway extends Resource {
  readonly region: string;
  readonly vpcId: string;
}

/** `egressOnlyInternetGateway` of a VPC in network.yaml. */
export const egressOnlyInternetGatewayKind = fileKind(
  z.strictObject(named('egressOnlyInternetGateway')),
  (_, base, { region, vpcId }): EgressOnlyInternetGateway => ({ ...base, region, vpcId }),
);
