/** Resources as JSON documents, which the store keeps: one schema a kind. Id, owner, region and time of creation
 * stand beside the document, tags in a table of their own. */
import { z } from 'zod';
import { formatPrefix, parsePrefix } from '../base/prefixes.ts';
import { isId } from './ids.ts';
import { REGIONAL } from './nat-gateway.ts';
import { NO_TAGS } from './tags.ts';
import type { CreatedKind, Held } from './resources.ts';
import type { Json, StoredResource } from './store-port.ts';
import { vpcAttachment } from './transit-gateway-attachment.ts';

const prefixes = z.array(z.string().transform(parsePrefix));
const word = z.int();
const words = z.tuple([word, word, word, word]);
const toggle = z.enum(['enable', 'disable']);

const SCHEMAS = {
  vpc: z.object({ cidrs: prefixes }),
  subnet: z.object({ vpcId: z.string(), cidrs: prefixes, azId: z.string().optional() }),
  interface: z.object({
    subnetId: z.string(),
    primary4: word.optional(),
    secondary4: z.array(word),
    ipv6: z.array(words),
    description: z.string().optional(),
    securityGroupIds: z.array(z.string()).optional(),
  }),
  transitGateway: z.object({
    description: z.string().optional(),
    options: z.object({
      amazonSideAsn: z.int(),
      autoAcceptSharedAttachments: toggle,
      defaultRouteTableAssociation: toggle,
      defaultRouteTablePropagation: toggle,
      vpnEcmpSupport: toggle,
      dnsSupport: toggle,
      securityGroupReferencingSupport: toggle,
      multicastSupport: toggle,
      cidrBlocks: z.array(z.string()),
    }),
  }),
  transitGatewayAttachment: z.object({
    transitGatewayId: z.string(),
    vpcId: z.string(),
    subnetIds: z.array(z.string()),
    options: z.object({
      dnsSupport: toggle,
      securityGroupReferencingSupport: toggle,
      ipv6Support: toggle,
      applianceModeSupport: toggle,
    }),
  }),
  natGateway: z.object({ vpcId: z.string() }),
} satisfies Record<CreatedKind, z.ZodType>;

/** The document of a resource. */
export function documentOf(held: Held): Json {
  switch (held.kind) {
    case 'vpc':
      return { cidrs: held.resource.cidrs.map(formatPrefix) };
    case 'subnet': {
      const { vpcId, cidrs, azId } = held.resource;
      return { vpcId, cidrs: cidrs.map(formatPrefix), ...(azId !== undefined && { azId }) };
    }
    case 'interface': {
      const { subnetId, primary4, secondary4, ipv6, description, securityGroupIds } = held.resource;
      return {
        subnetId,
        secondary4,
        ipv6,
        ...(primary4 !== undefined && { primary4 }),
        ...(description !== undefined && { description }),
        ...(securityGroupIds !== undefined && { securityGroupIds }),
      };
    }
    case 'transitGateway': {
      const { description, options } = held.resource;
      return { options: { ...options }, ...(description !== undefined && { description }) };
    }
    case 'transitGatewayAttachment': {
      const { transitGatewayId, resourceId, subnetIds, options } = held.resource;
      return { transitGatewayId, vpcId: resourceId, subnetIds, options: { ...options } };
    }
    case 'natGateway':
      return { vpcId: held.resource.vpcId };
    default:
      throw new RangeError(`no ${held.kind} is made over the API`);
  }
}

/** The resource that was stored, without its tags. @throws for a document that is not of its kind */
export function resourceOf({ kind, id, document, account, region, createdAt }: StoredResource): Held {
  const base = { id, origin: 'api', accountId: account, tags: NO_TAGS } as const;
  if (!isCreatedKind(kind) || !isId(kind, id)) throw new RangeError(`${id} is stored as a ${kind}`);
  switch (kind) {
    case 'vpc': {
      const { cidrs } = SCHEMAS.vpc.parse(document);
      return { kind, resource: { ...base, region, cidrs, awsReserved: false } };
    }
    case 'subnet': {
      const { vpcId, cidrs, azId } = SCHEMAS.subnet.parse(document);
      return { kind, resource: { ...base, vpcId, cidrs, azId, discover: false, placement: undefined } };
    }
    case 'interface': {
      const { securityGroupIds, ...members } = SCHEMAS.interface.parse(document);
      const { subnetId, primary4, secondary4, ipv6, description } = members;
      const none = { mac: undefined, instanceId: undefined, placement: undefined, bindings: [] };
      const groups = securityGroupIds === undefined ? {} : { securityGroupIds };
      const given = { subnetId, primary4, secondary4, ipv6, description, ...groups };
      return { kind, resource: { ...base, ...none, kind: 'interface', ...given } };
    }
    case 'transitGateway': {
      const { description, options } = SCHEMAS.transitGateway.parse(document);
      return { kind, resource: { ...base, region, createdAt, description, options } };
    }
    case 'transitGatewayAttachment': {
      const members = SCHEMAS.transitGatewayAttachment.parse(document);
      return { kind, resource: { ...base, region, createdAt, ...vpcAttachment(account, members) } };
    }
    default: {
      const { vpcId } = SCHEMAS.natGateway.parse(document);
      return { kind, resource: { ...base, region, createdAt, vpcId, ...REGIONAL } };
    }
  }
}

function isCreatedKind(kind: string): kind is CreatedKind {
  return Object.hasOwn(SCHEMAS, kind);
}
