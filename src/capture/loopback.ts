import {
  AF_INET,
  AF_INET6_BSD,
  AF_INET6_DARWIN,
  AF_INET6_FREEBSD,
  AF_INET6_LINUX,
  AF_INET6_WINDOWS,
  NULL_BYTES,
} from './constants.ts';
import { read32 } from './frame.ts';
import type { Frame } from './frame.ts';
import { REJECT_LINK_TRUNCATED, REJECT_NOT_IP } from './rejections.ts';

/**
 * BSD loopback (https://www.tcpdump.org/linktypes/LINKTYPE_NULL.html): a 4-byte address family, in the byte
 * order of the capturing machine (LINKTYPE_NULL) or in network order (LINKTYPE_LOOP). Families are small, so
 * either order is taken for both. Returns where the IP header is, or a REJECT_ value.
 */
export function decodeLoopback(bytes: Uint8Array, frame: Frame): number {
  const at = frame.start;
  if (at + NULL_BYTES > frame.end) return REJECT_LINK_TRUNCATED;
  const word = read32(bytes, at);
  const swapped = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  return isInet(word) || isInet(swapped) ? at + NULL_BYTES : REJECT_NOT_IP;
}

function isInet(family: number): boolean {
  switch (family) {
    case AF_INET:
    case AF_INET6_LINUX:
    case AF_INET6_WINDOWS:
    case AF_INET6_BSD:
    case AF_INET6_FREEBSD:
    case AF_INET6_DARWIN:
      return true;
    default:
      return false;
  }
}
