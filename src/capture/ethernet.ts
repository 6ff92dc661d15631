import {
  ETHERNET_BYTES,
  ETHER_IPV4,
  ETHER_IPV6,
  ETHER_MPLS,
  ETHER_MPLS_UPSTREAM,
  ETHER_PPPOE_SESSION,
  ETHER_QINQ,
  ETHER_QINQ_OLD,
  ETHER_VLAN,
  MPLS_BYTES,
  PPPOE_BYTES,
  PPP_IPV4,
  PPP_IPV6,
  PPP_MPLS,
  SMALLEST_ETHER_TYPE,
  VLAN_BYTES,
} from './constants.ts';
import { read16, read32 } from './frame.ts';
import type { Frame } from './frame.ts';
import { REJECT_LINK_MALFORMED, REJECT_LINK_TRUNCATED, REJECT_NOT_IP } from './rejections.ts';

/** VLAN tags and PPPoE headers inside each other, and MPLS labels, before a frame counts as malformed. */
export const MAX_LINK_HEADERS = 8;
export const MAX_MPLS_LABELS = 16;

const LARGEST_802_3_LENGTH = 1500;
/** LLC header of an encapsulated EtherType: AA-AA-03 and the organisation code 000000 (RFC 1042) or
 * 0000F8 (802.1H). */
const SNAP = 0xaaaa0300;
const SNAP_BRIDGE_TUNNEL_LOW = 0x00f8;
const SNAP_BYTES = 8;
const MPLS_BOTTOM_OF_STACK = 0x100;

/** Ethernet II and IEEE 802.3. Returns where the IP header is, or a REJECT_ value; notes MACs and VLAN. */
export function decodeEthernet(bytes: Uint8Array, frame: Frame): number {
  return decodeEthernetAt(bytes, frame.start, frame);
}

/** The same for a header that begins at `at`: of what a tunnel carries. */
export function decodeEthernetAt(bytes: Uint8Array, at: number, frame: Frame): number {
  if (at + ETHERNET_BYTES > frame.end) return REJECT_LINK_TRUNCATED;
  if (frame.macs) frame.readMacs(bytes, at);
  return decodeEtherType(bytes, at + ETHERNET_BYTES, read16(bytes, at + 12), frame);
}

/**
 * Follows an EtherType, whose payload is at `at`, down to IP: VLAN tags (IEEE 802.1Q, 802.1ad; the
 * outermost id that is not 0 is noted), MPLS, PPPoE sessions and SNAP. Returns where the IP header is, or a
 * REJECT_ value.
 */
export function decodeEtherType(bytes: Uint8Array, at: number, type: number, frame: Frame): number {
  for (let headers = 0; headers <= MAX_LINK_HEADERS; headers++) {
    switch (type) {
      case ETHER_IPV4:
      case ETHER_IPV6:
        return at;
      case ETHER_VLAN:
      case ETHER_QINQ:
      case ETHER_QINQ_OLD:
        if (at + VLAN_BYTES > frame.end) return REJECT_LINK_TRUNCATED;
        if (frame.vlan === 0) frame.vlan = read16(bytes, at) & 0xfff;
        type = read16(bytes, at + 2);
        at += VLAN_BYTES;
        break;
      case ETHER_MPLS:
      case ETHER_MPLS_UPSTREAM:
        return decodeMpls(bytes, at, frame);
      case ETHER_PPPOE_SESSION:
        return decodePppoe(bytes, at, frame);
      default:
        if (type > LARGEST_802_3_LENGTH) return REJECT_NOT_IP;
        // A frame cut here may still be one of the many that are not IP, but nothing says so.
        if (at + SNAP_BYTES > frame.end) return isSnap(bytes, at, frame.end);
        if (!snapHeaderAt(bytes, at)) return REJECT_NOT_IP;
        type = read16(bytes, at + 6);
        // A length inside a SNAP header would make LLC nest in LLC.
        if (type < SMALLEST_ETHER_TYPE) return REJECT_NOT_IP;
        at += SNAP_BYTES;
    }
  }
  return REJECT_LINK_MALFORMED;
}

function snapHeaderAt(bytes: Uint8Array, at: number): boolean {
  if (read32(bytes, at) !== (SNAP | 0)) return false;
  const low = read16(bytes, at + 4);
  return low === 0 || low === SNAP_BRIDGE_TUNNEL_LOW;
}

/** Of an LLC header that is not wholly captured: truncated where it may be SNAP, else not IP. */
function isSnap(bytes: Uint8Array, at: number, end: number): number {
  const wanted = [0xaa, 0xaa, 0x03];
  for (let i = 0; i < 3 && at + i < end; i++) if (bytes[at + i] !== wanted[i]) return REJECT_NOT_IP;
  return REJECT_LINK_TRUNCATED;
}

/**
 * An MPLS label stack (RFC 3032, section 2.1). What follows has no type: the first nibble tells IPv4 and
 * IPv6 from pseudowires (RFC 4928, section 3).
 */
function decodeMpls(bytes: Uint8Array, at: number, frame: Frame): number {
  for (let labels = 0; labels < MAX_MPLS_LABELS; labels++) {
    if (at + MPLS_BYTES > frame.end) return REJECT_LINK_TRUNCATED;
    const entry = read32(bytes, at);
    at += MPLS_BYTES;
    if ((entry & MPLS_BOTTOM_OF_STACK) === 0) continue;
    if (at >= frame.end) return REJECT_LINK_TRUNCATED;
    const nibble = bytes[at]! >>> 4;
    return nibble === 4 || nibble === 6 ? at : REJECT_NOT_IP;
  }
  return REJECT_LINK_MALFORMED;
}

/** A PPPoE session packet (RFC 2516, section 4) and the PPP protocol in it, of one byte where the field is
 * compressed (RFC 1661, section 6.5). */
function decodePppoe(bytes: Uint8Array, at: number, frame: Frame): number {
  at += PPPOE_BYTES;
  if (at >= frame.end) return REJECT_LINK_TRUNCATED;
  let protocol = bytes[at]!;
  if ((protocol & 1) === 1) {
    at += 1;
  } else {
    if (at + 2 > frame.end) return REJECT_LINK_TRUNCATED;
    protocol = read16(bytes, at);
    at += 2;
  }
  if (protocol === PPP_IPV4 || protocol === PPP_IPV6) return at;
  return protocol === PPP_MPLS ? decodeMpls(bytes, at, frame) : REJECT_NOT_IP;
}
