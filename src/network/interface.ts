import type { Resource } from './resource.ts';

/** What an interface is for. The middle five are the values of the field interface-type; `router` switches
 * primary-address rewriting off (S2.5). */
export const INTERFACE_KINDS = [
  'interface',
  'nat_gateway',
  'network_load_balancer',
  'regional_nat_gateway',
  'transit_gateway',
  'vpc_endpoint',
  'router',
] as const;
export type InterfaceKind = (typeof INTERFACE_KINDS)[number];

export const SUBLOCATION_TYPES = ['wavelength', 'outpost', 'localzone'] as const;

/** A place outside of the region's Availability Zones. */
export interface Placement {
  readonly sublocationType: (typeof SUBLOCATION_TYPES)[number];
  readonly sublocationId: string;
}

/** Where traffic is seen (S2.1, S2.2): all members given must match. Traffic that is bound to an interface is its own
 * whatever its addresses. */
export interface Binding {
  readonly source: string | undefined;
  /** Address of the exporter that reports it, as formatIPv4 or formatIPv6 write it. */
  readonly exporter?: string | undefined;
  readonly ifIndex: number | undefined;
  readonly vlan: number | undefined;
  /** Id of the tunnel that it came in. */
  readonly tunnel?: number | undefined;
}

/** A network interface: what traffic is recorded at. */
export interface NetworkInterface extends Resource {
  readonly subnetId: string;
  readonly kind: InterfaceKind;
  /** IPv4 addresses as words. */
  readonly primary4: number | undefined;
  readonly secondary4: readonly number[];
  /** IPv6 addresses as words; the first is the one that records print for the interface. */
  readonly ipv6: readonly (readonly [number, number, number, number])[];
  readonly mac: { readonly high: number; readonly low: number } | undefined;
  readonly instanceId: string | undefined;
  readonly placement: Placement | undefined;
  readonly bindings: readonly Binding[];
  /** Its VPC's default one where nothing is said. */
  readonly securityGroupIds?: readonly string[] | undefined;
  /** What its maker wrote about it, over the API. */
  readonly description?: string | undefined;
}
