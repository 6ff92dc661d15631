/** What records know of IP protocols. */

export const PROTOCOL_TCP = 6;
const PROTOCOL_ICMP = 1;
const PROTOCOL_ICMPV6 = 58;

/** ICMP rows hold type and code where others hold ports; records print 0 (S1.4). */
export function hasPorts(protocol: number): boolean {
  return protocol !== PROTOCOL_ICMP && protocol !== PROTOCOL_ICMPV6;
}
