import { z } from 'zod';
import type { Resource } from './resource.ts';
import { named } from './schema-parts.ts';
import { fileKind } from './file-kind.ts';

/** A VPC's way to and from the internet; a VPC has one at most. */
export interface InternetGateway extends Resource {
  readonly region: string;
  readonly vpcId: string;
}

/** `internetGateway` of a VPC in network.yaml. */
export const internetGatewayKind = fileKind(
  z.strictObject(named('internetGateway')),
  (_, base, { region, vpcId }): InternetGateway => ({ ...base, region, vpcId }),
);
