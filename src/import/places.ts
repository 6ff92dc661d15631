/** Where resources are, from the names that inputs give: ARNs and Availability Zones. */
import { ID_PREFIXES, isAccountId, isRegion } from '../network/ids.ts';

/** Region and account of an ARN; undefined for parts that it does not have. */
export function ownerOfArn(arn: string | undefined): { region?: string; account?: string } {
  const parts = (arn ?? '').split(':', 6);
  if (parts[0] !== 'arn' || parts.length < 6) return {};
  const [, , , region = '', account = ''] = parts;
  return { ...(isRegion(region) && { region }), ...(isAccountId(account) && { account }) };
}

/** `eu-central-1a`, `us-west-2-lax-1a`, `us-east-1-wl1-bos-wlz-1`: a region and what is behind it. */
const ZONE_NAME = /^([a-z]{2,3}(?:-[a-z]+)+?-[0-9]{1,2})([a-z]|-[a-z0-9-]+)$/;

/** The region of a zone's name, undefined where the name does not tell. */
export function regionOfZone(zone: string | undefined): string | undefined {
  return ZONE_NAME.exec(zone ?? '')?.[1];
}

/** What kind of place outside of the region's Availability Zones a zone's name tells; undefined for none. */
export function sublocationOfZone(zone: string | undefined): 'wavelength' | 'localzone' | undefined {
  const rest = ZONE_NAME.exec(zone ?? '')?.[2] ?? '';
  if (!rest.startsWith('-')) return undefined;
  return /^-wl[0-9]+-/.test(rest) ? 'wavelength' : 'localzone';
}

/** The outpost's id in its ARN: `arn:aws:outposts:eu-central-1:123456789012:outpost/op-…`. */
export function outpostOfArn(arn: string | undefined): string | undefined {
  return /^arn:[a-z-]+:outposts:[^:]*:[^:]*:outpost\/(op-[0-9a-f]{8,17})$/.exec(arn ?? '')?.[1];
}

/** The region in the name of a service: `com.amazonaws.eu-central-1.s3`. */
export function regionOfService(name: string | undefined): string | undefined {
  return /^com\.amazonaws\.([a-z]{2,3}(?:-[a-z]+)+-[0-9]{1,2})\./.exec(name ?? '')?.[1];
}

/** The last id of a kind in a place: answers that do not say whose they are stand in files that are named so. */
export function subjectOf(
  place: string,
  kind: 'prefixList' | 'transitGatewayRouteTable',
): string | undefined {
  const pattern = new RegExp(
    `(?<![A-Za-z0-9])${ID_PREFIXES[kind]}-(?:[0-9a-f]{17}|[0-9a-f]{8})(?![0-9a-f])`,
    'g',
  );
  return place.match(pattern)?.at(-1);
}

/** The partition that a region is in, as ARNs begin with it. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
