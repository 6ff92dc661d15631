import { z } from 'zod';
import { named } from './schema-parts.ts';
import { fileKind } from './kind.ts';
import type { InternetGateway } from '../internet-gateway.ts';

/** `internetGateway` of a VPC in network.yaml. */
export const internetGatewayKind = fileKind(
  z.strictObject(named('internetGateway')),
  (_, base, { region, vpcId }): InternetGateway => ({ ...base, region, vpcId }),
);
