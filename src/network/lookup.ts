/** What the packet path asks the network: interface numbers for addresses, and facts for numbers. */

/** No interface holds the address. Interface numbers begin at 1. */
export const NO_INTERFACE = 0;
/** Discovered interfaces are numbered from here (the overlay's entries, in order of discovery); declared
 * ones below. */
export const DISCOVERED_BASE = 1 << 24;

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
  /** True when a declared interface has a MAC address, or is bound to a source, ifIndex or VLAN: only then
   * does the recording thread look at those columns. */
  readonly needsLink: boolean;
  /** The interface bound to this source, ifIndex and VLAN (S2.2), NO_INTERFACE if none. */
  findBound(source: string, ifIndex: number, vlan: number): number;
  /** The interface lies in a VPC with `awsReserved: true` (S1.5). */
  isReservedVpc(number: number): boolean;
  /** `address` is the VPC's DNS server (base of a VPC prefix plus two) or the router address of one of its
   * subnets (base plus one), for the VPC of the interface. Only asked where isReservedVpc is true. */
  isReserved4(number: number, address: number): 'dns' | 'router' | undefined;
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
  /** The declared interfaces that a scope sees, ascending: whom a source there covers (S5.1). */
  scopeInterfaces(scope: number): Int32Array;
}

/** What a record can say of an interface. Absent facts are undefined and print `-`. */
export interface InterfaceFacts {
  readonly number: number;
  readonly interfaceId: string;
  readonly accountId: string;
  readonly vpcId: string;
  readonly subnetId: string | undefined;
  readonly instanceId: string | undefined;
  readonly region: string;
  readonly azId: string | undefined;
  readonly sublocationType: string | undefined;
  readonly sublocationId: string | undefined;
  /** `router` switches primary-address rewriting off (S2.5). */
  readonly kind: string;
  /** The instance is marked nitro: recorded at 60 s whatever is asked (S3.2). */
  readonly nitro: boolean;
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
