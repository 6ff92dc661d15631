/** Outputs of `aws ec2 describe-…` commands: one, pages of one, or several merged in one value. */
import { bareList, readAccount, readSubnet, readVpc, readZone } from './describe-network.ts';
import { readInstance, readInterface, readReservation } from './describe-interfaces.ts';
import {
  readEgressOnlyGateway,
  readEndpoint,
  readInternetGateway,
  readNatGateway,
  readPeering,
  readRouteTable,
  readVpnGateway,
} from './describe-gateways.ts';
import { readNetworkAcl, readPrefixList, readPrefixListEntry, readSecurityGroup } from './describe-groups.ts';
import {
  readAutoScalingGroup,
  readBlockPublicAccess,
  readEncryptionControl,
  readExclusion,
  readLoadBalancer,
  readTagDescription,
  readTask,
} from './describe-services.ts';
import {
  readAttachment,
  readGatewayAssociation,
  readGatewayPropagation,
  readGatewayRoute,
  readGatewayTable,
  readPeeringAttachment,
  readTransitGateway,
  readVpcAttachment,
} from './describe-transit.ts';
import type { Draft } from './draft.ts';
import { Fields, isObject } from './fields.ts';

const READERS: Readonly<Record<string, (it: Fields, draft: Draft) => void>> = {
  Vpcs: readVpc,
  Subnets: readSubnet,
  NetworkInterfaces: (it, draft) => readInterface(it, draft, { weak: false }),
  Reservations: readReservation,
  Instances: (it, draft) => readInstance(it, draft),
  RouteTables: readRouteTable,
  InternetGateways: readInternetGateway,
  EgressOnlyInternetGateways: readEgressOnlyGateway,
  VpnGateways: readVpnGateway,
  NatGateways: readNatGateway,
  VpcEndpoints: readEndpoint,
  VpcPeeringConnections: readPeering,
  SecurityGroups: readSecurityGroup,
  NetworkAcls: readNetworkAcl,
  PrefixLists: readPrefixList,
  Entries: readPrefixListEntry,
  TransitGateways: readTransitGateway,
  TransitGatewayAttachments: readAttachment,
  TransitGatewayVpcAttachments: readVpcAttachment,
  TransitGatewayPeeringAttachments: readPeeringAttachment,
  TransitGatewayRouteTables: readGatewayTable,
  Routes: readGatewayRoute,
  Associations: readGatewayAssociation,
  TransitGatewayRouteTablePropagations: readGatewayPropagation,
  LoadBalancers: readLoadBalancer,
  TagDescriptions: readTagDescription,
  AutoScalingGroups: readAutoScalingGroup,
  tasks: readTask,
  VpcEncryptionControls: readEncryptionControl,
  VpcBlockPublicAccessExclusions: readExclusion,
  AvailabilityZones: readZone,
  Accounts: readAccount,
};

/** Set where a search of routes found more than it shows. */
const MORE_ROUTES = 'AdditionalRoutesAvailable';

/** Members that are one mapping, no list. */
const SINGLE_READERS: Readonly<Record<string, (it: Fields, draft: Draft) => void>> = {
  VpcBlockPublicAccessOptions: readBlockPublicAccess,
};

/** Lists of what a network has and network.yaml has no place for: what one of them is called. */
const NOT_TAKEN: Readonly<Record<string, string>> = {
  CustomerGateways: 'customer gateway',
  VpnConnections: 'VPN connection',
  TransitGatewayConnects: 'transit gateway Connect attachment',
  TransitGatewayMulticastDomains: 'transit gateway multicast domain',
  TransitGatewayPolicyTables: 'transit gateway policy table',
  SecurityGroupRules: 'security group rule (those of the answers of describe-security-groups are taken)',
  Addresses: 'elastic address',
  LoadBalancerDescriptions: 'classic load balancer (those with interfaces are taken by these)',
  LocalGateways: 'local gateway (routes to it are taken)',
  CarrierGateways: 'carrier gateway (routes to it are taken)',
};

/** Members that say something about the answer itself. */
const ENVELOPE = new Set([
  'NextToken',
  'NextMarker',
  'nextToken',
  'ResponseMetadata',
  'failures',
  MORE_ROUTES,
]);

/** Wrappers around outputs that are looked into. */
const MAX_WRAPPERS = 4;

/** Reads an output; returns what was found, a text for the report for each list. */
export function readDescribed(value: unknown, place: string, draft: Draft, pages: Pages): string[] {
  return read(value, place, { draft, pages, depth: 0 });
}

interface Reading {
  readonly draft: Draft;
  readonly pages: Pages;
  readonly depth: number;
}

function read(value: unknown, place: string, reading: Reading): string[] {
  const { draft, pages, depth } = reading;
  const deeper = { ...reading, depth: depth + 1 };
  if (Array.isArray(value)) {
    return value.flatMap((it, i) => {
      const list = isObject(it) ? bareList(it) : undefined;
      if (list === undefined)
        return depth < MAX_WRAPPERS ? read(it, `${place}[${i}]`, deeper) : unknown('value', reading);
      READERS[list]!(new Fields(it, `${place}[${i}]`, draft), draft);
      return [list];
    });
  }
  if (!isObject(value)) return unknown('value', reading);
  const bare = bareList(value);
  if (bare !== undefined) {
    READERS[bare]!(new Fields(value, place, draft), draft);
    return [bare];
  }
  if (isCallerIdentity(value)) {
    draft.account ??= value['Account'];
    return ['caller identity'];
  }
  const partial =
    ['NextToken', 'NextMarker', 'nextToken'].some(
      (key) => typeof value[key] === 'string' && value[key] !== '',
    ) || value[MORE_ROUTES] === true;
  return Object.entries(value).flatMap(([key, member]) => {
    if (ENVELOPE.has(key)) return [];
    const at = place.endsWith(']') ? `${place}.${key}` : `${place}: ${key}`;
    const reader = Object.hasOwn(READERS, key) ? READERS[key] : undefined;
    if (Object.hasOwn(SINGLE_READERS, key) && isObject(member)) {
      SINGLE_READERS[key]!(new Fields(member, at, draft), draft);
      return [key];
    }
    if (!Array.isArray(member)) {
      if (reader !== undefined) {
        draft.report.leftOut(key, at, 'is no list');
        return [];
      }
      return isObject(member) && depth < MAX_WRAPPERS ? read(member, at, deeper) : unknown(key, reading);
    }
    if (reader !== undefined) {
      pages.see(key, place, partial);
      member.forEach((it, i) => reader(new Fields(it, `${at}[${i}]`, draft), draft));
      return [key];
    }
    if (member.length > 0 && member.every(isAnswer) && depth < MAX_WRAPPERS) return read(member, at, deeper);
    if (!Object.hasOwn(NOT_TAKEN, key)) return unknown(key, reading, member.length);
    draft.report.notTaken(NOT_TAKEN[key]!, member.length);
    return [key];
  });
}

/** A mapping of nothing but lists that answers have: one of several that somebody put together. */
function isAnswer(value: unknown): boolean {
  if (!isObject(value)) return false;
  const keys = Object.keys(value).filter((key) => !ENVELOPE.has(key));
  return (
    keys.length > 0 &&
    keys.every((key) => [READERS, SINGLE_READERS, NOT_TAKEN].some((known) => Object.hasOwn(known, key)))
  );
}

function unknown(key: string, { draft }: Reading, count = 1): string[] {
  draft.report.ignored(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(key) ? key : 'unknown member', count);
  return [];
}

/** The answer of `aws sts get-caller-identity`. */
function isCallerIdentity(value: Record<string, unknown>): value is { Account: string } {
  return typeof value['Account'] === 'string' && typeof value['UserId'] === 'string';
}

/** Notices lists whose last page is missing: each of their pages names a next one. */
export class Pages {
  readonly #whole = new Set<string>();
  readonly #partial = new Map<string, string>();

  see(list: string, place: string, partial: boolean): void {
    if (partial) this.#partial.set(list, place);
    else this.#whole.add(list);
  }

  tell(draft: Draft): void {
    for (const [list, place] of this.#partial) {
      if (this.#whole.has(list)) continue;
      draft.report.note(`${list} are not all there: ${place} has a NextToken, and no last page follows`);
    }
  }
}
