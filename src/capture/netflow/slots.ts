import { CERT_ENTERPRISE, CERT_REVERSE_BIT, REVERSE_ENTERPRISE } from './constants.ts';
import { elementId } from './elements.ts';

/** How a field's octets become a slot's value. */
/** A whole number of 1 to 8 octets (reduced size: RFC 7011, section 6.2), times the use's factor. */
export const KIND_UNSIGNED = 0;
/** Microseconds since the epoch from an NTP timestamp: seconds since 1900 and fractions (RFC 7011, 6.1.9). */
export const KIND_NTP = 1;
/** Microseconds before the export time (RFC 5102, section 5.9.9). */
export const KIND_DELTA = 2;
/** float32 or float64. */
export const KIND_FLOAT = 3;
export const KIND_ADDRESS4 = 4;
export const KIND_ADDRESS6 = 5;
export const KIND_MAC = 6;

/** Columns of numbers (Values.numbers): what the fields of a record say, one slot each. */
export const SLOT_OCTETS = 0;
export const SLOT_PACKETS = 1;
export const SLOT_OCTETS_TOTAL = 2;
export const SLOT_PACKETS_TOTAL = 3;
export const SLOT_LAYER2_OCTETS = 4;
export const SLOT_LAYER2_OCTETS_TOTAL = 5;
export const SLOT_TCP_FLAGS = 6;
export const SLOT_FIRST_FLAGS = 7;
/** Microseconds since the epoch. */
export const SLOT_START = 8;
export const SLOT_END = 9;
/** Milliseconds of sysUpTime. */
export const SLOT_START_UPTIME = 10;
export const SLOT_END_UPTIME = 11;
/** Microseconds. */
export const SLOT_DURATION = 12;
export const SLOT_FORWARDING = 13;
export const SLOT_FIREWALL_EVENT = 14;
/** The slots above stand once more for the other direction of a biflow, from here on. */
export const REVERSE = 15;
export const SLOT_PROTOCOL = 30;
export const SLOT_SRC_PORT = 31;
export const SLOT_DST_PORT = 32;
export const SLOT_ICMP4 = 33;
export const SLOT_ICMP6 = 34;
export const SLOT_ICMP4_TYPE = 35;
export const SLOT_ICMP4_CODE = 36;
export const SLOT_ICMP6_TYPE = 37;
export const SLOT_ICMP6_CODE = 38;
export const SLOT_INGRESS = 39;
export const SLOT_EGRESS = 40;
export const SLOT_DIRECTION = 41;
export const SLOT_VLAN = 42;
export const SLOT_IP_VERSION = 43;
/** Microseconds since the epoch. */
export const SLOT_SYSTEM_INIT = 44;
export const SLOT_NAT_EVENT = 45;
export const SLOT_END_REASON = 46;
export const SLOT_SAMPLER = 47;
export const SLOT_SAMPLING_INTERVAL = 48;
export const SLOT_PACKET_INTERVAL = 49;
export const SLOT_PACKET_SPACE = 50;
export const SLOT_SAMPLING_SIZE = 51;
export const SLOT_SAMPLING_POPULATION = 52;
export const SLOT_SAMPLING_PROBABILITY = 53;
export const SLOT_POST_SRC_PORT = 54;
export const SLOT_POST_DST_PORT = 55;
/** The low 32 bits of MAC addresses are in the slots behind these. */
export const SLOT_SRC_MAC_HIGH = 56;
export const SLOT_DST_MAC_HIGH = 58;
export const SLOT_TEMPLATE = 60;
export const SLOT_NOT_SENT_FLOWS = 61;
export const SLOT_SEQUENCE = 62;
export const SLOTS = 63;

/** Columns of addresses (Values.addresses4 and, four words each, Values.addresses6). */
export const ADDRESS_SRC = 0;
export const ADDRESS_DST = 1;
export const ADDRESS_POST_SRC = 2;
export const ADDRESS_POST_DST = 3;
export const ADDRESSES = 4;

/** What an element is used for. Of several fields for one slot, the one of the lowest rank is read. */
export interface ElementUse {
  readonly kind: number;
  /** A SLOT_ number, or an ADDRESS_ number for the kinds of addresses. */
  readonly slot: number;
  readonly rank: number;
  readonly factor: number;
}

const MILLIS = 1000;
const SECONDS = 1_000_000;
const uses = new Map<number, ElementUse>();
const wideUses = new Map<number, ElementUse>();

/** One key for (enterprise, element): enterprises have 32 bits, elements 15. */
function keyOf(enterprise: number, element: number): number {
  return enterprise * 0x10000 + element;
}

function use(slot: number, kind: number, ...names: readonly string[]): void {
  for (const [rank, name] of names.entries()) set(0, elementId(name), { kind, slot, rank, factor: 1 });
}

function timed(slot: number, rank: number, name: string, kind: number, factor: number): void {
  set(0, elementId(name), { kind, slot, rank, factor });
}

function set(enterprise: number, element: number, what: ElementUse): void {
  uses.set(keyOf(enterprise, element), what);
  // The reverse element of RFC 5103 has the same number under another enterprise.
  if (enterprise === 0 && what.slot < REVERSE && what.kind < KIND_ADDRESS4)
    uses.set(keyOf(REVERSE_ENTERPRISE, element), { ...what, slot: what.slot + REVERSE });
}

// Layer 3 deltas before those behind a middlebox (v9: OUT_BYTES, OUT_PKTS) and before NSEL's of both sides (S7.1).
use(SLOT_OCTETS, KIND_UNSIGNED, 'octetDeltaCount', 'postOctetDeltaCount', 'initiatorOctets');
use(SLOT_PACKETS, KIND_UNSIGNED, 'packetDeltaCount', 'postPacketDeltaCount', 'initiatorPackets');
use(SLOT_OCTETS_TOTAL, KIND_UNSIGNED, 'octetTotalCount', 'postOctetTotalCount');
use(SLOT_PACKETS_TOTAL, KIND_UNSIGNED, 'packetTotalCount', 'postPacketTotalCount');
use(SLOT_LAYER2_OCTETS, KIND_UNSIGNED, 'layer2OctetDeltaCount', 'postLayer2OctetDeltaCount');
use(SLOT_LAYER2_OCTETS_TOTAL, KIND_UNSIGNED, 'layer2OctetTotalCount', 'postLayer2OctetTotalCount');
use(SLOT_TCP_FLAGS, KIND_UNSIGNED, 'tcpControlBits');
use(SLOT_START_UPTIME, KIND_UNSIGNED, 'flowStartSysUpTime');
use(SLOT_END_UPTIME, KIND_UNSIGNED, 'flowEndSysUpTime');
use(SLOT_FORWARDING, KIND_UNSIGNED, 'forwardingStatus');
use(SLOT_FIREWALL_EVENT, KIND_UNSIGNED, 'firewallEvent');
timed(SLOT_START, 0, 'flowStartNanoseconds', KIND_NTP, 1);
timed(SLOT_START, 1, 'flowStartMicroseconds', KIND_NTP, 1);
timed(SLOT_START, 2, 'flowStartMilliseconds', KIND_UNSIGNED, MILLIS);
timed(SLOT_START, 3, 'flowStartDeltaMicroseconds', KIND_DELTA, 1);
timed(SLOT_START, 4, 'flowStartSeconds', KIND_UNSIGNED, SECONDS);
timed(SLOT_END, 0, 'flowEndNanoseconds', KIND_NTP, 1);
timed(SLOT_END, 1, 'flowEndMicroseconds', KIND_NTP, 1);
timed(SLOT_END, 2, 'flowEndMilliseconds', KIND_UNSIGNED, MILLIS);
timed(SLOT_END, 3, 'flowEndDeltaMicroseconds', KIND_DELTA, 1);
timed(SLOT_END, 4, 'flowEndSeconds', KIND_UNSIGNED, SECONDS);
// Events have one time: start and end are both read from whichever of the two is there.
timed(SLOT_END, 5, 'observationTimeNanoseconds', KIND_NTP, 1);
timed(SLOT_END, 6, 'observationTimeMicroseconds', KIND_NTP, 1);
timed(SLOT_END, 7, 'observationTimeMilliseconds', KIND_UNSIGNED, MILLIS);
timed(SLOT_END, 8, 'observationTimeSeconds', KIND_UNSIGNED, SECONDS);
timed(SLOT_DURATION, 0, 'flowDurationMicroseconds', KIND_UNSIGNED, 1);
timed(SLOT_DURATION, 1, 'flowDurationMilliseconds', KIND_UNSIGNED, MILLIS);
timed(SLOT_SYSTEM_INIT, 0, 'systemInitTimeMilliseconds', KIND_UNSIGNED, MILLIS);
use(SLOT_PROTOCOL, KIND_UNSIGNED, 'protocolIdentifier', 'nextHeaderIPv6');
use(SLOT_SRC_PORT, KIND_UNSIGNED, 'sourceTransportPort', 'tcpSourcePort', 'udpSourcePort');
use(SLOT_DST_PORT, KIND_UNSIGNED, 'destinationTransportPort', 'tcpDestinationPort', 'udpDestinationPort');
use(SLOT_ICMP4, KIND_UNSIGNED, 'icmpTypeCodeIPv4');
use(SLOT_ICMP6, KIND_UNSIGNED, 'icmpTypeCodeIPv6');
use(SLOT_ICMP4_TYPE, KIND_UNSIGNED, 'icmpTypeIPv4');
use(SLOT_ICMP4_CODE, KIND_UNSIGNED, 'icmpCodeIPv4');
use(SLOT_ICMP6_TYPE, KIND_UNSIGNED, 'icmpTypeIPv6');
use(SLOT_ICMP6_CODE, KIND_UNSIGNED, 'icmpCodeIPv6');
use(SLOT_INGRESS, KIND_UNSIGNED, 'ingressInterface', 'ingressPhysicalInterface');
use(SLOT_EGRESS, KIND_UNSIGNED, 'egressInterface', 'egressPhysicalInterface');
use(SLOT_DIRECTION, KIND_UNSIGNED, 'flowDirection');
use(SLOT_VLAN, KIND_UNSIGNED, 'vlanId', 'dot1qVlanId', 'postVlanId', 'postDot1qVlanId');
use(SLOT_IP_VERSION, KIND_UNSIGNED, 'ipVersion');
use(SLOT_NAT_EVENT, KIND_UNSIGNED, 'natEvent');
use(SLOT_END_REASON, KIND_UNSIGNED, 'flowEndReason');
use(SLOT_SAMPLER, KIND_UNSIGNED, 'selectorId', 'samplerId');
use(SLOT_SEQUENCE, KIND_UNSIGNED, 'selectionSequenceId');
use(SLOT_SAMPLING_INTERVAL, KIND_UNSIGNED, 'samplingInterval', 'samplerRandomInterval');
use(SLOT_PACKET_INTERVAL, KIND_UNSIGNED, 'samplingPacketInterval');
use(SLOT_PACKET_SPACE, KIND_UNSIGNED, 'samplingPacketSpace');
use(SLOT_SAMPLING_SIZE, KIND_UNSIGNED, 'samplingSize');
use(SLOT_SAMPLING_POPULATION, KIND_UNSIGNED, 'samplingPopulation');
use(SLOT_SAMPLING_PROBABILITY, KIND_FLOAT, 'samplingProbability');
use(SLOT_POST_SRC_PORT, KIND_UNSIGNED, 'postNAPTSourceTransportPort');
use(SLOT_POST_DST_PORT, KIND_UNSIGNED, 'postNAPTDestinationTransportPort');
use(SLOT_TEMPLATE, KIND_UNSIGNED, 'templateId');
use(SLOT_NOT_SENT_FLOWS, KIND_UNSIGNED, 'notSentFlowTotalCount');
use(SLOT_SRC_MAC_HIGH, KIND_MAC, 'sourceMacAddress');
use(SLOT_DST_MAC_HIGH, KIND_MAC, 'destinationMacAddress', 'postDestinationMacAddress');
use(ADDRESS_SRC, KIND_ADDRESS4, 'sourceIPv4Address');
use(ADDRESS_DST, KIND_ADDRESS4, 'destinationIPv4Address');
use(ADDRESS_POST_SRC, KIND_ADDRESS4, 'postNATSourceIPv4Address');
use(ADDRESS_POST_DST, KIND_ADDRESS4, 'postNATDestinationIPv4Address');
use(ADDRESS_SRC, KIND_ADDRESS6, 'sourceIPv6Address');
use(ADDRESS_DST, KIND_ADDRESS6, 'destinationIPv6Address');
use(ADDRESS_POST_SRC, KIND_ADDRESS6, 'postNATSourceIPv6Address');
use(ADDRESS_POST_DST, KIND_ADDRESS6, 'postNATDestinationIPv6Address');
// The responder's side of a record that counts both (NSEL) is its other direction.
for (const [slot, name] of [
  [SLOT_OCTETS, 'responderOctets'],
  [SLOT_PACKETS, 'responderPackets'],
] as const)
  uses.set(keyOf(0, elementId(name)), { kind: KIND_UNSIGNED, slot: slot + REVERSE, rank: 2, factor: 1 });
// YAF: the flags of the first packet (14), and of all others together (15).
for (const [element, slot, rank] of [
  [14, SLOT_FIRST_FLAGS, 0],
  [15, SLOT_TCP_FLAGS, 1],
] as const) {
  const plain = { kind: KIND_UNSIGNED, slot, rank, factor: 1 };
  const reverse = { ...plain, slot: slot + REVERSE };
  uses.set(keyOf(CERT_ENTERPRISE, element), plain);
  uses.set(keyOf(CERT_ENTERPRISE, element | CERT_REVERSE_BIT), reverse);
}
// Cisco ASA software before 8.4(5) and its NSEL of NetFlow v9: elements of RFC 8158 under numbers of its own.
for (const [element, name] of [
  [40_001, 'postNATSourceIPv4Address'],
  [40_002, 'postNATDestinationIPv4Address'],
  [40_003, 'postNAPTSourceTransportPort'],
  [40_004, 'postNAPTDestinationTransportPort'],
  [40_005, 'firewallEvent'],
] as const)
  wideUses.set(element, uses.get(keyOf(0, elementId(name)))!);

/** What a field is used for; undefined for elements that are skipped. In v9, ids have 16 bits. */
export function elementUse(enterprise: number, element: number): ElementUse | undefined {
  if (enterprise === 0 && element >= 0x8000) return wideUses.get(element);
  return uses.get(keyOf(enterprise, element));
}
