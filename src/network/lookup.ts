/** What the packet path asks the network: interface numbers for addresses, and facts for numbers. */
import type { EcsTask } from './ecs-task.ts';
import type { SubnetFacts } from './facts.ts';
import type { ServiceRanges } from './service-ranges.ts';
import type { Tags } from './tags.ts';
import type { Topology } from './topology.ts';

/** No interface holds the address. Interface numbers begin at 1. */
export const NO_INTERFACE = 0;
/** Discovered interfaces are numbered from here (the overlay's entries, in order of discovery); declared
 * ones below. */
export const DISCOVERED_BASE = 1 << 24;

/** Stands for the VPC of an attachment that has none: of a VPN, a Direct Connect gateway or a peer. */
export const NO_VPC = '-';

/** Who saw a packet or a flow: a source, and of one that listens to exporters, which of them. */
export interface SeenBy {
  /** The source's name. */
  readonly source: string;
  /** The exporter's address as text (formatIPv4, formatIPv6); empty for other sources. */
  readonly exporter: string;
}

/** Stands for the tunnel id (VXLAN and Geneve network identifier, GRE key, ERSPAN session) of what came in none. */
export const NO_TUNNEL = -1;

/** Attribution on the recording thread. Called at the first insert of a flow only, but from millions of
 * flows: no allocation except when an interface is discovered. */
export interface InterfaceLookup {
  /**
   * The interface that holds an IPv4 address in a scope, NO_INTERFACE if none. May discover one (S2.6):
   * `mayDiscover` is false for destination addresses of live sources of the service.
   */
  find4(scope: number, address: number, mayDiscover: boolean): number;
  find6(scope: number, a: number, b: number, c: number, d: number, mayDiscover: boolean): number;
  /** The declared interface with a MAC address in a scope, NO_INTERFACE if none. */
  findMac(scope: number, high: number, low: number): number;
  /** True when a declared interface has a MAC address, traffic is bound to one, or the network has `scopes`: only then
   * does the recording thread look at the link columns. */
  readonly needsLink: boolean;
  /** The interface bound to what was seen there (S2.2), NO_INTERFACE if none. `ifIndex`, `vlan` and `tunnel` as in the
   * batch: 0 where there is none; `tunnel` is NO_TUNNEL outside of one. */
  findBound(seen: SeenBy, ifIndex: number, vlan: number, tunnel: number): number;
  /** The address space of what was seen there (S2.1): that of the network's `scopes`, else `scope`. */
  scopeOf(seen: SeenBy, ifIndex: number, vlan: number, tunnel: number, scope: number): number;
  /** The address spaces that a source or exporter sees (S5.1): its own, `scope` unless the network's `scopes` say
   * another of all its traffic, and those that they say of its ports, VLANs and tunnels. Some maybe twice. */
  scopesOf(seen: SeenBy, scope: number): readonly number[];
  /** The interface lies in a VPC with `awsReserved: true` (S1.5). */
  isReservedVpc(number: number): boolean;
  /** `address` is the VPC's DNS server (base of a VPC prefix plus two) or the router address of one of its
   * subnets (base plus one), for the VPC of the interface. Only asked where isReservedVpc is true. */
  isReserved4(number: number, address: number): 'dns' | 'router' | undefined;
  /**
   * Of an interface that forwards (a NAT gateway, a transit gateway's interface or attachment, a regional NAT
   * gateway): is the address one of those that it serves? The prefixes of its VPC; of an attachment, those
   * of what is attached. A packet from there comes in, any other goes out. False for other kinds. Asked where
   * neither the link layer nor the addresses that it holds tell (S2.2).
   */
  serves4(number: number, address: number): boolean;
  serves6(number: number, a: number, b: number, c: number, d: number): boolean;
  readonly version: number;
  /** Versions of one such number say the same of every interface that both have (S3.7), and the later one has
   * all of the earlier one's. */
  readonly factsVersion: number;
  /** The highest number of a declared interface. Numbers below it may be holes: of interfaces that an earlier
   * version had, never used again. */
  readonly declaredCount: number;
  /** False for holes, for numbers of later versions, and for what was discovered in a VPC that is gone. */
  has(number: number): boolean;
  /** How many scopes there are: 0 and up. */
  readonly scopeCount: number;
  /** The declared interfaces that a scope sees, and the attachments and regional NAT gateways that traffic is bound
   * to, ascending: whom a source there covers (S5.1). */
  scopeInterfaces(scope: number): Int32Array;
}

/** What a record can say of an interface's instance. */
export interface InstanceFacts {
  readonly id: string;
  readonly accountId: string;
  readonly nitro: boolean;
  readonly tags: Tags;
  /** The Auto Scaling group that it is in. */
  readonly group: { readonly accountId: string; readonly tags: Tags } | undefined;
}

/** Kinds of what records are made at, beside those of network interfaces. */
export const ATTACHMENT_KIND = 'transit_gateway_attachment';
export const REGIONAL_NAT_KIND = 'regional_nat_gateway';

/** What a record can say of an interface. Absent facts are undefined and print `-`. */
export interface InterfaceFacts {
  readonly number: number;
  readonly interfaceId: string;
  /** Of an attachment: the owner of its transit gateway. */
  readonly accountId: string;
  /** NO_VPC for attachments without one. */
  readonly vpcId: string;
  readonly subnetId: string | undefined;
  readonly instanceId: string | undefined;
  readonly region: string;
  readonly azId: string | undefined;
  readonly sublocationType: string | undefined;
  readonly sublocationId: string | undefined;
  /** `router` switches primary-address rewriting off (S2.5). Beside the kinds of network interfaces:
   * ATTACHMENT_KIND, whose interfaceId is `tgw-attach-…`, and REGIONAL_NAT_KIND, with `nat-…`. */
  readonly kind: string;
  /** The instance is marked nitro: recorded at 60 s whatever is asked (S3.2). */
  readonly nitro: boolean;
  readonly tags: Tags;
  readonly instance: InstanceFacts | undefined;
  readonly ecsTask: EcsTask | undefined;
  readonly primary4: number | undefined;
  /** The first IPv6 address, as words. */
  readonly primary6: readonly [number, number, number, number] | undefined;
  /** All IPv6 addresses that it holds, four words each, flat. */
  readonly addresses6: readonly number[];
  readonly discovered: boolean;
}

/** Facts for numbers, on the thread that writes records. */
export interface InterfaceDirectory {
  readonly version: number;
  facts(number: number): InterfaceFacts;
  /**
   * Orders interface numbers for objects (S6.3): declared ones by number, then discovered ones by family
   * and address, so that the order does not depend on when an interface was discovered.
   */
  compare(a: number, b: number): number;
  /** The IPv4 address (unsigned) of a discovered interface; -1 for every other one. What `compare` orders
   * most interfaces by, as a number that sorts fast. */
  discovered4(number: number): number;
}

/** No kin: an interface whose facts are its own. */
export const NO_KIN = -1;

/** Discovered interfaces without an object for each: there may be a million of them. */
export interface DiscoveredDirectory {
  /**
   * A number that discovered interfaces share whose facts differ in number, id and address only (in all versions of one
   * factsVersion); NO_KIN for all others. What is made of the facts of one does for the others too.
   */
  kinOf(number: number): number;
  /** The interfaceId of a discovered interface. */
  discoveredId(number: number): string;
}

/** What rules/ ask, besides facts; a directory that discovers may tell which interfaces are alike. */
export interface NetworkDirectory
  extends Pick<InterfaceDirectory, 'version' | 'facts'>, Partial<Pick<DiscoveredDirectory, 'kinOf'>> {
  /** The number of a declared interface, attachment or regional NAT gateway, by its id; NO_INTERFACE when this
   * version has none. */
  numberOf(id: string): number;
  /** Traffic is bound to it (S2.2): what an attachment's legs are then seen by, and not derived (S2.4). */
  isBound(number: number): boolean;
  /** The declared network interface of a VPC that holds an address (IPv4 in the last word), NO_INTERFACE without
   * one. */
  holderOf(vpcId: string, six: boolean, a: number, b: number, c: number, d: number): number;
  /** The subnet of a VPC that an address lies in, by the longest prefix; undefined without one. */
  subnetAt(vpcId: string, six: boolean, a: number, b: number, c: number, d: number): SubnetFacts | undefined;
  /** What lies between interfaces, for rules/. */
  readonly topology: Topology;
  /** Whose addresses are whose, as the vendor publishes it; undefined without. */
  readonly services: ServiceRanges | undefined;
}
