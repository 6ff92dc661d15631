/** reject-reason (record format 1.1): what of the service's own controls explains that a flow was rejected. */
import { NO_INTERFACE } from '../network/lookup.ts';
import type { Topology } from '../network/topology.ts';
import { BLOCK_ALL, BLOCK_INBOUND, BLOCK_INGRESS } from './blocks.ts';
import { isWebSecure } from './endpoint-port.ts';
import type { Line } from './line.ts';
import { CONTROL_ENFORCE, TRAIT_ENDPOINT, TRAIT_NAT, type Place, type Places } from './places.ts';
import { REASON_BPA, REASON_EC, REASON_NONE, type RejectReason } from './record-rules.ts';
import { TO_CARRIER, TO_EGRESS_ONLY, TO_INTERNET } from './targets.ts';

/**
 * Whether the mode block-ingress lets connections out by an internet gateway that begin at interfaces other than NAT
 * gateways'. "Only traffic to and from NAT gateways and egress-only internet gateways is allowed" (VPC user guide,
 * block public access).
 */
const INGRESS_BLOCK_LETS_ALL_OUT: boolean = false;

/** False when nothing in a network gives a reason. */
export function hasReasons({ publicAccessBlocks, encryptionControls }: Topology): boolean {
  return (
    publicAccessBlocks.some(({ mode }) => mode !== 'off') ||
    encryptionControls.some(({ mode }) => mode === 'enforce')
  );
}

/** The reason of a line; REASON_NONE for what was accepted, or was rejected by groups, ACLs or whoever else. */
export function rejectReason(line: Line, places: Places): RejectReason {
  if (!line.rejected) return REASON_NONE;
  const place = places.of(line.number);
  if (isBlocked(line, place, places)) return REASON_BPA;
  if (place.control === CONTROL_ENFORCE && isRefusedByEndpoint(line, places)) return REASON_EC;
  return REASON_NONE;
}

function isBlocked(line: Line, place: Place, places: Places): boolean {
  const { block } = place;
  if (block !== BLOCK_ALL && block !== BLOCK_INBOUND && block !== BLOCK_INGRESS) return false;
  const { kind } = places.towards(place, line.six, line.egress ? line.destination : line.source);
  if (kind !== TO_INTERNET && kind !== TO_EGRESS_ONLY && kind !== TO_CARRIER) return false;
  if (block === BLOCK_ALL) return true;
  // Who sends here opened the connection, or answers who did.
  const fromInside = line.egress === line.initiator;
  if (!fromInside) return true;
  if (block === BLOCK_INBOUND || INGRESS_BLOCK_LETS_ALL_OUT || kind === TO_EGRESS_ONLY) return false;
  return (places.traits(line.number) & TRAIT_NAT) === 0;
}

/** True for traffic with an endpoint's interface that is not TCP on port 443. */
function isRefusedByEndpoint(line: Line, places: Places): boolean {
  if ((places.traits(line.number) & TRAIT_ENDPOINT) !== 0) return !isWebSecure(line, !line.egress);
  if (line.other === NO_INTERFACE || (places.traits(line.other) & TRAIT_ENDPOINT) === 0) return false;
  return !isWebSecure(line, line.egress);
}
