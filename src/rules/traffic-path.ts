/** traffic-path (record format 1.3): the code of what a route leads to. */
import {
  TO_BALANCER_ENDPOINT,
  TO_CARRIER,
  TO_CORE_NETWORK,
  TO_EGRESS_ONLY,
  TO_GATEWAY_ENDPOINT,
  TO_INSTANCE,
  TO_INTERFACE,
  TO_INTERNET,
  TO_LOCAL,
  TO_LOCAL_GATEWAY,
  TO_NAT,
  TO_PEER,
  TO_PEER_ELSEWHERE,
  TO_TRANSIT,
  TO_VPN,
} from './targets.ts';

const NO_PATH = 0;
/** A resource of the VPC, the service's own interfaces included, or an Outpost's local gateway. Transit gateways and
 * core networks have no code of their own: traffic goes to their interface in the VPC (inferred). */
const IN_VPC = 1;
/** An internet gateway or a gateway endpoint: before 7 and 8 came. */
const OUT_UNTOLD = 2;
const VPN = 3;
const PEER = 4;
const PEER_ELSEWHERE = 5;
const EDGE_ZONE = 6;
const GATEWAY_ENDPOINT = 7;
const INTERNET = 8;

/** Older documentation has 7 and 8 on Nitro instances only, and 2 elsewhere; today's does not say (inferred). */
const UNTOLD_WITHOUT_NITRO: boolean = false;

/**
 * The code, 0 for none, of egress traffic to a target (TO_…). `inEdgeZone`: the sender is in a local or wavelength
 * zone, where an internet gateway is that zone's; `nitro`: it is an instance's that is marked so.
 */
export function trafficPath(target: number, inEdgeZone: boolean, nitro: boolean): number {
  switch (target) {
    case TO_LOCAL:
    case TO_INTERFACE:
    case TO_INSTANCE:
    case TO_NAT:
    case TO_TRANSIT:
    case TO_BALANCER_ENDPOINT:
    case TO_LOCAL_GATEWAY:
    case TO_CORE_NETWORK:
      return IN_VPC;
    case TO_VPN:
      return VPN;
    case TO_PEER:
      return PEER;
    case TO_PEER_ELSEWHERE:
      return PEER_ELSEWHERE;
    case TO_CARRIER:
      return EDGE_ZONE;
    case TO_GATEWAY_ENDPOINT:
      return UNTOLD_WITHOUT_NITRO && !nitro ? OUT_UNTOLD : GATEWAY_ENDPOINT;
    case TO_INTERNET:
      if (inEdgeZone) return EDGE_ZONE;
      return UNTOLD_WITHOUT_NITRO && !nitro ? OUT_UNTOLD : INTERNET;
    case TO_EGRESS_ONLY:
      return UNTOLD_WITHOUT_NITRO && !nitro ? OUT_UNTOLD : INTERNET;
    default:
      return NO_PATH;
  }
}
