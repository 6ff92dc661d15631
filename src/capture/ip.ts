import {
  META_FRAGMENT_FIRST,
  META_FRAGMENT_LATER,
  META_IPV6,
  META_OFFLOADED,
  META_TCP_FLAGS_SHIFT,
  META_TUNNEL,
} from './batch.ts';
import type { Batch } from './batch.ts';
import {
  IPV4_BYTES,
  IPV6_BYTES,
  IP_AH,
  IP_DCCP,
  IP_DESTINATION,
  IP_FRAGMENT,
  IP_HIP,
  IP_HOP_BY_HOP,
  IP_ICMP,
  IP_ICMPV6,
  IP_MOBILITY,
  IP_NO_NEXT,
  IP_ROUTING,
  IP_SCTP,
  IP_SHIM6,
  IP_TCP,
  IP_UDP,
  IP_UDP_LITE,
} from './constants.ts';
import { read16, read32, setAddresses6 } from './frame.ts';
import type { Frame } from './frame.ts';
import {
  REJECT_IP_BAD_EXTENSION,
  REJECT_IP_BAD_HEADER_LENGTH,
  REJECT_IP_BAD_TOTAL_LENGTH,
  REJECT_IP_BAD_VERSION,
  REJECT_IP_TRUNCATED,
} from './rejections.ts';
import { NO_TUNNEL_HEADER, openTunnel } from './tunnels.ts';

/** Extension headers of one packet before it counts as malformed. Real chains have one to three. */
export const MAX_EXTENSION_HEADERS = 16;

const MORE_FRAGMENTS4 = 0x2000;
const OFFSET4 = 0x1fff;
const MORE_FRAGMENTS6 = 0x0001;
const OFFSET6 = 0xfff8;
/** Where the TCP flags byte stands in a TCP header (RFC 9293, section 3.1). */
const TCP_FLAGS_OFFSET = 13;

/**
 * Decodes the IP packet at `at` of a frame, and appends its row. Returns the row's number, or a REJECT_
 * value. The version field decides the family, whatever the link layer announced. Of a tunnel that is to be opened
 * (tunnels.ts) the row is the packet in it.
 */
export function decodeIp(bytes: Uint8Array, at: number, frame: Frame, batch: Batch): number {
  if (at >= frame.end) return REJECT_IP_TRUNCATED;
  const version = bytes[at]! >>> 4;
  if (version === 4) return decodeIPv4(bytes, at, frame, batch);
  if (version === 6) return decodeIPv6(bytes, at, frame, batch);
  return REJECT_IP_BAD_VERSION;
}

/** Whether a packet may be opened: a whole one, and no tunnel inside of a tunnel. */
function mayBeTunnel(meta: number, frame: Frame): boolean {
  return (
    frame.tunnels !== 0 &&
    (meta & (META_FRAGMENT_FIRST | META_FRAGMENT_LATER)) === 0 &&
    (frame.meta & META_TUNNEL) === 0
  );
}

/** IPv4 (RFC 791, section 3.1). Options are skipped; a total length of 0 is an offloaded segment (S1.1). */
function decodeIPv4(bytes: Uint8Array, at: number, frame: Frame, batch: Batch): number {
  const end = frame.end;
  const headerBytes = (bytes[at]! & 15) << 2;
  if (headerBytes < IPV4_BYTES) return REJECT_IP_BAD_HEADER_LENGTH;
  if (at + headerBytes > end) return REJECT_IP_TRUNCATED;
  let length = read16(bytes, at + 2);
  let meta = bytes[at + 9]!;
  if (length === 0) {
    length = frame.original - (at - frame.start);
    meta |= META_OFFLOADED;
  } else if (length < headerBytes) {
    return REJECT_IP_BAD_TOTAL_LENGTH;
  }
  const fragment = read16(bytes, at + 6);
  if ((fragment & OFFSET4) !== 0) meta |= META_FRAGMENT_LATER;
  else if ((fragment & MORE_FRAGMENTS4) !== 0) meta |= META_FRAGMENT_FIRST;
  if (mayBeTunnel(meta, frame)) {
    const inner = openTunnel(bytes, at + headerBytes, at + length, meta & 0xff, frame);
    if (inner !== NO_TUNNEL_HEADER) return inner < 0 ? inner : decodeIp(bytes, inner, frame, batch);
  }
  const row = appendTransport(bytes, at + headerBytes, at + length, meta, length, frame, batch);
  batch.src[row] = read32(bytes, at + 12);
  batch.dst[row] = read32(bytes, at + 16);
  if ((meta & (META_FRAGMENT_FIRST | META_FRAGMENT_LATER)) !== 0) {
    batch.fragment[row] = read16(bytes, at + 4);
    batch.fragments++;
  }
  return row;
}

/**
 * IPv6 (RFC 8200, section 3) with its chain of extension headers (RFC 7045, section 4). A payload length
 * of 0 with a payload is a jumbogram (RFC 2675) or an offloaded segment (S1.1). A chain that cannot be
 * followed to its end gives no row, since the protocol is not known then.
 */
function decodeIPv6(bytes: Uint8Array, at: number, frame: Frame, batch: Batch): number {
  const end = frame.end;
  if (at + IPV6_BYTES > end) return REJECT_IP_TRUNCATED;
  let protocol = bytes[at + 6]!;
  let meta = META_IPV6;
  let length = IPV6_BYTES + read16(bytes, at + 4);
  if (length === IPV6_BYTES && protocol !== IP_NO_NEXT) {
    length = frame.original - (at - frame.start);
    meta |= META_OFFLOADED;
  }
  const limit = at + length;
  let position = at + IPV6_BYTES;
  let fragment = 0;
  for (let headers = 0; isExtension(protocol); headers++) {
    if (headers === MAX_EXTENSION_HEADERS || position + 8 > limit) return REJECT_IP_BAD_EXTENSION;
    if (position + 2 > end) return REJECT_IP_TRUNCATED;
    const next = bytes[position]!;
    if (protocol === IP_FRAGMENT) {
      if (position + 8 > end) return REJECT_IP_TRUNCATED;
      // Neither offset nor more fragments: an atomic fragment (RFC 6946), which is a whole packet.
      const word = read16(bytes, position + 2);
      fragment = read32(bytes, position + 4);
      protocol = next;
      position += 8;
      if ((word & OFFSET6) !== 0) {
        // What follows is the middle of a payload.
        meta |= META_FRAGMENT_LATER;
        break;
      }
      if ((word & MORE_FRAGMENTS6) !== 0) meta |= META_FRAGMENT_FIRST;
      continue;
    }
    // Mobility (RFC 6275), HIP (RFC 7401) and Shim6 (RFC 5533) headers with nothing behind them are
    // messages of these protocols.
    if (next === IP_NO_NEXT && isMessage(protocol)) break;
    // AH counts 4-byte units less 2 (RFC 4302), the others 8-byte units less 1.
    const units = bytes[position + 1]!;
    position += protocol === IP_AH ? (units + 2) << 2 : (units + 1) << 3;
    if (position > limit) return REJECT_IP_BAD_EXTENSION;
    protocol = next;
  }
  meta |= protocol;
  if (mayBeTunnel(meta, frame)) {
    const inner = openTunnel(bytes, position, limit, protocol, frame);
    if (inner !== NO_TUNNEL_HEADER) return inner < 0 ? inner : decodeIp(bytes, inner, frame, batch);
  }
  const row = appendTransport(bytes, position, limit, meta, length, frame, batch);
  setAddresses6(batch, row, bytes, at);
  if ((meta & (META_FRAGMENT_FIRST | META_FRAGMENT_LATER)) !== 0) {
    batch.fragment[row] = fragment;
    batch.fragments++;
  }
  return row;
}

function isExtension(protocol: number): boolean {
  switch (protocol) {
    case IP_HOP_BY_HOP:
    case IP_ROUTING:
    case IP_FRAGMENT:
    case IP_AH:
    case IP_DESTINATION:
      return true;
    default:
      return isMessage(protocol);
  }
}

function isMessage(protocol: number): boolean {
  return protocol === IP_MOBILITY || protocol === IP_HIP || protocol === IP_SHIM6;
}

/**
 * Appends the row with ports, ICMP type and code, and TCP flags as far as they are captured and inside the
 * IP length (`limit`: what lies beyond is padding of the link layer).
 */
function appendTransport(
  bytes: Uint8Array,
  at: number,
  limit: number,
  meta: number,
  length: number,
  frame: Frame,
  batch: Batch,
): number {
  const end = limit < frame.end ? limit : frame.end;
  let ports = 0;
  if ((meta & META_FRAGMENT_LATER) === 0) {
    switch (meta & 0xff) {
      case IP_TCP:
        if (at + TCP_FLAGS_OFFSET < end) meta |= bytes[at + TCP_FLAGS_OFFSET]! << META_TCP_FLAGS_SHIFT;
        ports = portsAt(bytes, at, end);
        break;
      case IP_UDP:
      case IP_DCCP:
      case IP_SCTP:
      case IP_UDP_LITE:
        ports = portsAt(bytes, at, end);
        break;
      case IP_ICMP:
      case IP_ICMPV6:
        if (at + 2 <= end) ports = read16(bytes, at);
        break;
    }
  }
  return frame.append(batch, ports, meta, length);
}

function portsAt(bytes: Uint8Array, at: number, end: number): number {
  if (at + 4 <= end) return read32(bytes, at);
  return at + 2 <= end ? read16(bytes, at) << 16 : 0;
}
