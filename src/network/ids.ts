/** Ids and names of the network (S8.5): each goes into record lines and file names, so each has a strict
 * pattern, wherever it comes from. */
import { hash, randomBytes } from 'node:crypto';

/** Prefixes of resource ids. What follows is 8 or 17 lower-case hex digits: old and new ids. */
export const ID_PREFIXES = {
  vpc: 'vpc',
  subnet: 'subnet',
  interface: 'eni',
  instance: 'i',
  transitGateway: 'tgw',
  transitGatewayAttachment: 'tgw-attach',
  natGateway: 'nat',
  networkAcl: 'acl',
  securityGroup: 'sg',
  routeTable: 'rtb',
  transitGatewayRouteTable: 'tgw-rtb',
  internetGateway: 'igw',
  egressOnlyInternetGateway: 'eigw',
  vpnGateway: 'vgw',
  vpnConnection: 'vpn',
  localGateway: 'lgw',
  carrierGateway: 'cagw',
  peeringConnection: 'pcx',
  vpcEndpoint: 'vpce',
  prefixList: 'pl',
  securityGroupRule: 'sgr',
  encryptionControl: 'vpcec',
  publicAccessExclusion: 'vpcbpa-exclude',
  flowLog: 'fl',
} as const;
export type IdKind = keyof typeof ID_PREFIXES;

const PATTERNS = new Map<IdKind, RegExp>(
  Object.entries(ID_PREFIXES).map(([kind, prefix]) => [
    kind as IdKind,
    new RegExp(`^${prefix}-(?:[0-9a-f]{8}|[0-9a-f]{17})$`),
  ]),
);

const ACCOUNT = /^[0-9]{12}$/;
/** `eu-central-1`, `us-gov-west-1`, or a name of one's own: any region name is served (S8.1). */
const REGION = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
/** `use1-az1`, `usw2-lax1-az1`, `use1-wl1-bos-wlz1`, or one's own. */
const ZONE_ID = /^[a-z][a-z0-9]*(?:-[a-z0-9]+){1,4}$/;
const SUBLOCATION_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const MAC = /^[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}$/;
const NAME_LENGTH = 63;

/** True when the text is an id of the kind. */
export function isId(kind: IdKind, text: string): boolean {
  return PATTERNS.get(kind)!.test(text);
}

/** Which kind of resource an id names, by its pattern alone; undefined for none that is known. */
export function kindOfId(text: string): IdKind | undefined {
  for (const [kind, pattern] of PATTERNS) if (pattern.test(text)) return kind;
  return undefined;
}

/** An account id: 12 digits. */
export function isAccountId(text: string): boolean {
  return ACCOUNT.test(text);
}

export function isRegion(text: string): boolean {
  return text.length <= NAME_LENGTH && REGION.test(text);
}

/** An Availability Zone id (not its name). */
export function isZoneId(text: string): boolean {
  return text.length <= NAME_LENGTH && ZONE_ID.test(text);
}

export function isSublocationId(text: string): boolean {
  return SUBLOCATION_ID.test(text);
}

/** A MAC address of one station as its 16 high and 32 low bits; undefined for other text, the group
 * addresses and the zero address. */
export function parseMac(text: string): { high: number; low: number } | undefined {
  if (!MAC.test(text)) return undefined;
  const octets = text.split(':').map((octet) => Number.parseInt(octet, 16));
  const high = (octets[0]! << 8) | octets[1]!;
  const low = ((octets[2]! << 24) | (octets[3]! << 16) | (octets[4]! << 8) | octets[5]!) >>> 0;
  if ((octets[0]! & 1) === 1 || (high === 0 && low === 0)) return undefined;
  return { high, low };
}

/** An id made of what it stands for: the same text gives the same id on every machine and in every run. */
export function hashedId(kind: IdKind, text: string): string {
  return `${ID_PREFIXES[kind]}-${hash('sha256', text, 'hex').slice(0, 17)}`;
}

/** A new id, 17 random digits. */
export function randomId(kind: IdKind): string {
  return `${ID_PREFIXES[kind]}-${randomBytes(9).toString('hex').slice(0, 17)}`;
}
