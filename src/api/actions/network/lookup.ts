/** Finding what a request names, or refusing it as its kind's service does. */
import { isId } from '../../../network/ids.ts';
import type { CreatedKind, Held, ResourceKind, ResourceOf, Scope } from '../../../network/resources.ts';
import { refusal } from '../../errors.ts';
import type { State } from './dependencies.ts';

/** Most ids in a request. */
const MAX_IDS = 1000;

const REFUSALS = {
  vpc: { malformed: 'vpcMalformed', notFound: 'vpcNotFound' },
  subnet: { malformed: 'subnetMalformed', notFound: 'subnetNotFound' },
  interface: { malformed: 'interfaceMalformed', notFound: 'interfaceNotFound' },
  instance: { malformed: 'instanceMalformed', notFound: 'instanceNotFound' },
  transitGateway: { malformed: 'transitGatewayMalformed', notFound: 'transitGatewayNotFound' },
  transitGatewayAttachment: { malformed: 'attachmentMalformed', notFound: 'attachmentNotFound' },
  natGateway: { malformed: 'natGatewayMalformed', notFound: 'natGatewayNotFound' },
  prefixList: { malformed: 'prefixListMalformed', notFound: 'prefixListNotFound' },
  routeTable: { malformed: 'routeTableMalformed', notFound: 'routeTableNotFound' },
  internetGateway: { malformed: 'internetGatewayMalformed', notFound: 'internetGatewayNotFound' },
  egressOnlyInternetGateway: {
    malformed: 'egressOnlyInternetGatewayMalformed',
    notFound: 'egressOnlyInternetGatewayNotFound',
  },
  vpnGateway: { malformed: 'vpnGatewayMalformed', notFound: 'vpnGatewayNotFound' },
  transitGatewayRouteTable: {
    malformed: 'routeTableMalformed',
    notFound: 'transitGatewayRouteTableNotFound',
  },
  peeringConnection: { malformed: 'peeringConnectionMalformed', notFound: 'peeringConnectionNotFound' },
  vpcEndpoint: { malformed: 'vpcEndpointMalformed', notFound: 'vpcEndpointNotFound' },
  securityGroup: { malformed: 'groupMalformed', notFound: 'groupNotFound' },
  networkAcl: { malformed: 'networkAclMalformed', notFound: 'networkAclNotFound' },
  encryptionControl: { malformed: 'encryptionControlMalformed', notFound: 'encryptionControlNotFound' },
  publicAccessExclusion: {
    malformed: 'publicAccessExclusionMalformed',
    notFound: 'publicAccessExclusionNotFound',
  },
} as const satisfies Record<ResourceKind, { malformed: string; notFound: string }>;

/** How refusals call the kinds in a sentence. */
const NAMES: Readonly<Record<CreatedKind, string>> = {
  vpc: 'vpc',
  subnet: 'subnet',
  interface: 'networkInterface',
  transitGateway: 'transitGateway',
  transitGatewayAttachment: 'transitGatewayAttachment',
  natGateway: 'natGateway',
};

/** Refuses an id that is none of its kind. */
export function checkId(kind: ResourceKind, id: string): void {
  if (!isId(kind, id)) throw refusal(REFUSALS[kind].malformed, { id });
}

/** Refuses too many ids, and those that are none of their kind. */
export function checkIds(kind: ResourceKind, name: string, ids: readonly string[] | undefined): void {
  if (ids === undefined) return;
  if (ids.length > MAX_IDS) throw refusal('tooMany', { name, count: ids.length, max: MAX_IDS });
  for (const id of ids) checkId(kind, id);
}

/** The refusal of an id that does not exist in the caller's account and region. */
export function notFound(kind: ResourceKind, id: string): Error {
  return refusal(REFUSALS[kind].notFound, { id });
}

/** A resource of the caller's account and region. */
export function find<K extends ResourceKind>(state: State, scope: Scope, kind: K, id: string): ResourceOf[K] {
  const resource = state.get(scope, kind, id);
  if (resource === undefined) throw notFound(kind, id);
  return resource;
}

/** Refuses to delete what the network file declares, and what others need. */
export function checkDeletable(
  state: State,
  { kind, resource }: Extract<Held, { readonly kind: CreatedKind }>,
): void {
  const { id, origin } = resource;
  if (origin !== 'api') throw refusal('declaredResource', { id });
  if (state.isNeeded(id)) throw refusal('hasDependencies', { kind: NAMES[kind], id });
}
