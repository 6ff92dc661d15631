import { z } from 'zod';
import { fileKind } from './kind.ts';
import { id, named, text } from './schema-parts.ts';
import { ENDPOINT_TYPES, type VpcEndpoint } from '../vpc-endpoint.ts';

const SERVICE_NAME = /^[a-z0-9]+(?:[._-][A-Za-z0-9]+)*$/;

const MAX_SERVICE_NAME = 255;

const service = text(
  (value) => value.length <= MAX_SERVICE_NAME && SERVICE_NAME.test(value),
  'is no service name: write one like com.amazonaws.eu-central-1.s3',
);

/** `endpoints` of a VPC in network.yaml. */
export const vpcEndpointKind = fileKind(
  z.strictObject({
    ...named('vpcEndpoint'),
    type: z.enum(ENDPOINT_TYPES),
    service,
    routeTables: z.array(id('routeTable')).default([]),
    prefixList: id('prefixList').optional(),
    interfaces: z.array(id('interface')).default([]),
    privateDns: z.boolean().default(false),
  }),
  ({ type, service, routeTables, prefixList, interfaces, privateDns }, base, around): VpcEndpoint => ({
    ...base,
    region: around.region,
    vpcId: around.vpcId,
    type,
    serviceName: service,
    routeTableIds: routeTables,
    prefixListId: prefixList,
    interfaceIds: interfaces,
    privateDns,
  }),
);
