import { META_MAC, META_TUNNEL } from './batch.ts';
import {
  ERSPAN_II_BYTES,
  ERSPAN_III_BYTES,
  ERSPAN_PLATFORM_BYTES,
  ETHER_ERSPAN,
  ETHER_ERSPAN_III,
  ETHER_TRANSPARENT,
  GENEVE_BYTES,
  IP_GRE,
  IP_UDP,
  PORT_GENEVE,
  PORT_VXLAN,
  PORT_VXLAN_LINUX,
  SMALLEST_ETHER_TYPE,
  UDP_BYTES,
  VXLAN_BYTES,
} from './constants.ts';
import { decodeEtherType, decodeEthernetAt } from './ethernet.ts';
import { read16, read32 } from './frame.ts';
import type { Frame } from './frame.ts';
import { REJECT_NOT_IP, REJECT_TUNNEL_TRUNCATED } from './rejections.ts';

/** Tunnels that can be opened. */
export const TUNNEL_KINDS = ['vxlan', 'geneve', 'gre', 'erspan'] as const;
export type TunnelKind = (typeof TUNNEL_KINDS)[number];

const VXLAN = 1;
const GENEVE = 2;
const GRE = 4;
const ERSPAN = 8;
const BITS: Readonly<Record<TunnelKind, number>> = { vxlan: VXLAN, geneve: GENEVE, gre: GRE, erspan: ERSPAN };

/** The kinds as the bits that openTunnel takes. */
export function tunnelBits(kinds: ReadonlySet<TunnelKind>): number {
  let bits = 0;
  for (const kind of kinds) bits |= BITS[kind];
  return bits;
}

/** What openTunnel returns for a packet that is none of the tunnels: it is its own row. */
export const NO_TUNNEL_HEADER = 0;

const VXLAN_HAS_ID = 0x08;
const GENEVE_VERSION = 0xc0;
const GENEVE_OPTION_WORDS = 0x3f;
const GRE_CHECKSUM = 0x8000;
const GRE_KEY = 0x2000;
const GRE_SEQUENCE = 0x1000;
/** What has to be 0: the routing, strict route and recursion bits of RFC 1701, and a version other than 0. */
const GRE_OTHER = 0x4c07;
const ERSPAN_II_VERSION = 1;
const ERSPAN_III_VERSION = 2;
const ERSPAN_SESSION = 0x3ff;
const ERSPAN_III_FRAME_TYPE = 0x7c00;
const ERSPAN_III_IP = 2 << 10;
const ERSPAN_III_OPTIONAL = 0x0001;

/** A UDP packet to the port of a tunnel that is to be opened: what the short ways must leave alone. */
export function isTunnelPort(tunnels: number, protocol: number, ports: number): boolean {
  if (protocol !== IP_UDP) return false;
  const port = ports & 0xffff;
  if (port === PORT_GENEVE) return (tunnels & GENEVE) !== 0;
  return (port === PORT_VXLAN || port === PORT_VXLAN_LINUX) && (tunnels & VXLAN) !== 0;
}

/**
 * Opens the tunnel that an unfragmented IP packet is, of the kinds in `frame.tunnels`: `at` is where its transport
 * header begins, `limit` where it ends by its IP length. Returns where the inner IP header is, a REJECT_ value when
 * there is none, or NO_TUNNEL_HEADER when the packet is no such tunnel. Notes the tunnel's id, and the MACs and VLAN
 * of the inner frame in place of the outer ones (none where the packet in it has no Ethernet header).
 */
export function openTunnel(
  bytes: Uint8Array,
  at: number,
  limit: number,
  protocol: number,
  frame: Frame,
): number {
  const tunnels = frame.tunnels;
  if (protocol === IP_UDP) {
    if ((tunnels & (VXLAN | GENEVE)) === 0 || at + 4 > frame.end || at + 4 > limit) return NO_TUNNEL_HEADER;
    const port = read16(bytes, at + 2);
    if (port === PORT_GENEVE) {
      return (tunnels & GENEVE) === 0 ? NO_TUNNEL_HEADER : openGeneve(bytes, at + UDP_BYTES, limit, frame);
    }
    if ((port !== PORT_VXLAN && port !== PORT_VXLAN_LINUX) || (tunnels & VXLAN) === 0)
      return NO_TUNNEL_HEADER;
    return openVxlan(bytes, at + UDP_BYTES, limit, frame);
  }
  if (protocol !== IP_GRE || (tunnels & (GRE | ERSPAN)) === 0) return NO_TUNNEL_HEADER;
  return openGre(bytes, at, limit, frame);
}

/** 1 when a header of so many octets is there; else what openTunnel returns: no tunnel when the packet has no room for
 * it, truncated when the capture ends before. */
function headerAt(at: number, octets: number, limit: number, frame: Frame): number {
  if (at + octets > limit) return NO_TUNNEL_HEADER;
  return at + octets > frame.end ? REJECT_TUNNEL_TRUNCATED : 1;
}

/** VXLAN (RFC 7348, section 5): flags 1 | reserved 3 | network identifier 3 | reserved 1, then Ethernet. */
function openVxlan(bytes: Uint8Array, at: number, limit: number, frame: Frame): number {
  const there = headerAt(at, VXLAN_BYTES, limit, frame);
  if (there <= 0) return there;
  if ((bytes[at]! & VXLAN_HAS_ID) === 0) return NO_TUNNEL_HEADER;
  enter(frame, read32(bytes, at + 4) >>> 8, limit);
  return decodeEthernetAt(bytes, at + VXLAN_BYTES, frame);
}

/**
 * Geneve (RFC 8926, section 3.4), its options passed over:
 *
 *   version 2 bits | options, in words 6 bits | flags 1 | protocol 2 | network identifier 3 | reserved 1 | options
 */
function openGeneve(bytes: Uint8Array, at: number, limit: number, frame: Frame): number {
  let there = headerAt(at, GENEVE_BYTES, limit, frame);
  if (there <= 0) return there;
  if ((bytes[at]! & GENEVE_VERSION) !== 0) return NO_TUNNEL_HEADER;
  const header = GENEVE_BYTES + ((bytes[at]! & GENEVE_OPTION_WORDS) << 2);
  there = headerAt(at, header, limit, frame);
  if (there <= 0) return there;
  enter(frame, read32(bytes, at + 4) >>> 8, limit);
  return innerPayload(bytes, at + header, read16(bytes, at + 2), frame);
}

/**
 * GRE (RFC 2784, section 2.1; RFC 2890, section 2), and ERSPAN in it:
 *
 *   flags and version 2 | protocol 2 | checksum and reserved 4, key 4, sequence number 4, where the flags say so
 */
function openGre(bytes: Uint8Array, at: number, limit: number, frame: Frame): number {
  let there = headerAt(at, 4, limit, frame);
  if (there <= 0) return there;
  const flags = read16(bytes, at);
  if ((flags & GRE_OTHER) !== 0) return NO_TUNNEL_HEADER;
  const type = read16(bytes, at + 2);
  const erspan = type === ETHER_ERSPAN || type === ETHER_ERSPAN_III;
  if ((frame.tunnels & (erspan ? ERSPAN : GRE)) === 0) return NO_TUNNEL_HEADER;
  const keyAt = at + 4 + ((flags & GRE_CHECKSUM) === 0 ? 0 : 4);
  const sequenceAt = keyAt + ((flags & GRE_KEY) === 0 ? 0 : 4);
  const inner = sequenceAt + ((flags & GRE_SEQUENCE) === 0 ? 0 : 4);
  there = headerAt(at, inner - at, limit, frame);
  if (there <= 0) return there;
  if (type === ETHER_ERSPAN_III) return openErspan3(bytes, inner, limit, frame);
  if (erspan) {
    if ((flags & GRE_SEQUENCE) !== 0) return openErspan2(bytes, inner, limit, frame);
    // Type I: no header of its own, and no session.
    enter(frame, 0, limit);
    return decodeEthernetAt(bytes, inner, frame);
  }
  enter(frame, (flags & GRE_KEY) === 0 ? 0 : read32(bytes, keyAt) >>> 0, limit);
  return innerPayload(bytes, inner, type, frame);
}

/** ERSPAN type II (draft-foschiano-erspan-03, section 4.2):
 *   version 4 bits, VLAN 12 | class 3, encapsulation 2, truncated 1, session 10 | reserved 12, port index 20 */
function openErspan2(bytes: Uint8Array, at: number, limit: number, frame: Frame): number {
  const there = headerAt(at, ERSPAN_II_BYTES, limit, frame);
  if (there <= 0) return there;
  if (bytes[at]! >>> 4 !== ERSPAN_II_VERSION) return NO_TUNNEL_HEADER;
  enter(frame, read16(bytes, at + 2) & ERSPAN_SESSION, limit);
  return decodeEthernetAt(bytes, at + ERSPAN_II_BYTES, frame);
}

/** ERSPAN type III (section 4.3): as II up to the session, then
 *   timestamp 4 | security group 2 | P 1 bit, frame type 5, hardware 6, D 1, granularity 2, subheader 1 */
function openErspan3(bytes: Uint8Array, at: number, limit: number, frame: Frame): number {
  let there = headerAt(at, ERSPAN_III_BYTES, limit, frame);
  if (there <= 0) return there;
  if (bytes[at]! >>> 4 !== ERSPAN_III_VERSION) return NO_TUNNEL_HEADER;
  const flags = read16(bytes, at + 10);
  const header = ERSPAN_III_BYTES + ((flags & ERSPAN_III_OPTIONAL) === 0 ? 0 : ERSPAN_PLATFORM_BYTES);
  there = headerAt(at, header, limit, frame);
  if (there <= 0) return there;
  enter(frame, read16(bytes, at + 2) & ERSPAN_SESSION, limit);
  const type = flags & ERSPAN_III_FRAME_TYPE;
  if (type === ERSPAN_III_IP) return at + header;
  return type === 0 ? decodeEthernetAt(bytes, at + header, frame) : REJECT_NOT_IP;
}

/** From here on the frame is what the tunnel carries. */
function enter(frame: Frame, id: number, limit: number): void {
  frame.tunnel = id;
  frame.meta = (frame.meta & ~META_MAC) | META_TUNNEL;
  frame.vlan = 0;
  // What lies beyond is padding of the outer link layer.
  if (limit < frame.end) frame.end = limit;
}

function innerPayload(bytes: Uint8Array, at: number, type: number, frame: Frame): number {
  if (type === ETHER_TRANSPARENT) return decodeEthernetAt(bytes, at, frame);
  // A number below is no EtherType: keepalives have 0.
  return type < SMALLEST_ETHER_TYPE ? REJECT_NOT_IP : decodeEtherType(bytes, at, type, frame);
}
