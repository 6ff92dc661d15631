/** What a flow log can record: the resource types, their ids, and the port that knows which of them exist. */
import { type IdKind, isId } from '../network/ids.ts';
import type { FormatKind } from '../records/catalogue.ts';
import type { Scope } from '../store/store.ts';
import { fault, FlowLogFault, type Refused, refused } from './faults.ts';
import type { ResourceType } from './model.ts';

/** The network as this room asks for it. */
export interface Resources {
  /**
   * Which of the ids exist in the account and region, and what each is; `other` for what no flow log can
   * record (a zonal NAT gateway). Ids that do not exist are left out.
   */
  typesOf(scope: Scope, ids: readonly string[]): Promise<ReadonlyMap<string, ResourceType | 'other'>>;
}

/** What follows from a resource type. */
export interface ResourceTypeRules {
  readonly idKind: IdKind;
  /** The catalogue that log formats draw from. */
  readonly format: FormatKind;
  /** No TrafficType, and 60 seconds only. */
  readonly transitGateway: boolean;
  /** Most ids in one request. */
  readonly maxIds: number;
  readonly notFound: (id: string) => Refused;
}

const MAX_IDS = 1000;
const MAX_TRANSIT_GATEWAY_IDS = 25;

function rules(idKind: IdKind, notFound: (id: string) => Refused): ResourceTypeRules {
  return { idKind, format: 'vpc', transitGateway: false, maxIds: MAX_IDS, notFound };
}

function transitGatewayRules(idKind: IdKind, notFound: (id: string) => Refused): ResourceTypeRules {
  return {
    idKind,
    format: 'transit-gateway',
    transitGateway: true,
    maxIds: MAX_TRANSIT_GATEWAY_IDS,
    notFound,
  };
}

export const RESOURCE_RULES: Readonly<Record<ResourceType, ResourceTypeRules>> = {
  VPC: rules('vpc', (id) => refused('vpcNotFound', { id })),
  Subnet: rules('subnet', (id) => refused('subnetNotFound', { id })),
  NetworkInterface: rules('interface', (id) => refused('interfaceNotFound', { id })),
  TransitGateway: transitGatewayRules('transitGateway', (id) => refused('transitGatewayNotFound', { id })),
  TransitGatewayAttachment: transitGatewayRules('transitGatewayAttachment', (id) =>
    refused('attachmentNotFound', { id }),
  ),
  RegionalNatGateway: rules('natGateway', (id) => refused('natGatewayNotFound', { id })),
};

/** Refuses too many ids, and ids that cannot be of the type by their form. */
export function checkResourceIds(type: ResourceType, ids: readonly string[]): void {
  const { idKind, maxIds } = RESOURCE_RULES[type];
  if (ids.length > maxIds) throw fault('tooManyResources', { max: maxIds, type });
  for (const id of ids) if (!isId(idKind, id)) throw fault('resourceKind', { id, type });
}

/** What one id that is missing, or is of another kind, does to a call that names several. */
export type MissingResourcePolicy = 'refuse the call' | 'leave it out';
/** The service's own choice is not known: nothing is created. */
const MISSING_RESOURCE: MissingResourcePolicy = 'refuse the call';

/**
 * Looks for the resources. The first that does not exist, or is something else than its form says, refuses the
 * call; under the other policy all such are returned, by id.
 */
export async function missingResources(
  resources: Resources,
  scope: Scope,
  type: ResourceType,
  ids: readonly string[],
  policy: MissingResourcePolicy = MISSING_RESOURCE,
): Promise<ReadonlyMap<string, Refused>> {
  const types = await resources.typesOf(scope, ids);
  const missing = new Map<string, Refused>();
  for (const id of ids) {
    const found = types.get(id);
    if (found === type) continue;
    const reason =
      found === undefined ? RESOURCE_RULES[type].notFound(id) : refused('resourceKind', { id, type });
    if (policy === 'refuse the call') throw new FlowLogFault(reason);
    missing.set(id, reason);
  }
  return missing;
}
