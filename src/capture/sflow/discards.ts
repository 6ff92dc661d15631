import {
  DROP_BLACKHOLE,
  DROP_DENIED,
  DROP_MTU_EXCEEDED,
  DROP_NO_ROUTE,
  DROP_OTHER,
  DROP_TTL_EXPIRED,
} from '../flow-batch.ts';

/**
 * The DROP_ value of a discard reason (sflow_version_5.txt, "Packet discard reason codes", and sflow_drops.txt): below 256
 * codes of ICMP Destination Unreachable (RFC 1812, section 5.2.7.1), from 256 on sFlow's own.
 */
export function discardReason(reason: number): number {
  switch (reason) {
    case 0: // network unreachable
    case 1: // host unreachable
    case 6: // network unknown
    case 7: // host unknown
    case 11: // network unreachable for this type of service
    case 12: // host unreachable for this type of service
    case 279: // no neighbour resolved
    case 281: // not routable
      return DROP_NO_ROUTE;
    case 9: // network administratively prohibited
    case 10: // host administratively prohibited
    case 13: // communication administratively prohibited
    case 258: // access list
    case 265: // VLAN filter, ingress
    case 301: // VLAN filter, egress
    case 302: // reverse path check
      return DROP_DENIED;
    case 4: // fragmentation needed, and "do not fragment" set
    case 262: // too big, of a protocol without fragments
      return DROP_MTU_EXCEEDED;
    case 257: // TTL exceeded
      return DROP_TTL_EXPIRED;
    case 269: // blackhole route
    case 292: // blackhole neighbour
      return DROP_BLACKHOLE;
    default:
      return DROP_OTHER;
  }
}
