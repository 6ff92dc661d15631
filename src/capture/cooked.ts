import { META_INCOMING, META_OUTGOING } from './batch.ts';
import {
  COOKED_OTHER_HOST,
  COOKED_OUTGOING,
  LINUX_COOKED_BYTES,
  LINUX_COOKED_V2_BYTES,
} from './constants.ts';
import { decodeEtherType } from './ethernet.ts';
import { read16, read32 } from './frame.ts';
import type { Frame } from './frame.ts';
import { REJECT_LINK_TRUNCATED, REJECT_NOT_IP } from './rejections.ts';

/** Hardware types (linux/if_arp.h) whose protocol field is no EtherType. */
const ARPHRD_FRAD = 770;
const ARPHRD_NETLINK = 824;
/** Protocols of Linux for frames with a length in place of a type: bare 802.3, and LLC. */
const LARGEST_LINUX_PROTOCOL = 0x00ff;
const PROTOCOL_LLC = 0x0004;
const MAC_BYTES = 6;

/**
 * Linux cooked capture (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html):
 *
 *   packet type 2 | hardware type 2 | address length 2 | address 8 | protocol 2
 *
 * Returns where the IP header is, or a REJECT_ value; notes direction, sender's MAC and VLAN.
 */
export function decodeCooked(bytes: Uint8Array, frame: Frame): number {
  const at = frame.start;
  if (at + LINUX_COOKED_BYTES > frame.end) return REJECT_LINK_TRUNCATED;
  noteDirection(read16(bytes, at), frame);
  if (frame.macs && read16(bytes, at + 4) === MAC_BYTES) frame.readSourceMac(bytes, at + 6);
  return payload(bytes, at + LINUX_COOKED_BYTES, read16(bytes, at + 14), read16(bytes, at + 2), frame);
}

/**
 * Linux cooked capture, version 2 (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html):
 *
 *   protocol 2 | reserved 2 | interface index 4 | hardware type 2 | packet type 1 | address length 1 |
 *   address 8
 *
 * As decodeCooked, and notes the interface index.
 */
export function decodeCookedV2(bytes: Uint8Array, frame: Frame): number {
  const at = frame.start;
  if (at + LINUX_COOKED_V2_BYTES > frame.end) return REJECT_LINK_TRUNCATED;
  noteDirection(bytes[at + 10]!, frame);
  frame.ifIndex = read32(bytes, at + 4) >>> 0;
  if (frame.macs && bytes[at + 11] === MAC_BYTES) frame.readSourceMac(bytes, at + 12);
  return payload(bytes, at + LINUX_COOKED_V2_BYTES, read16(bytes, at), read16(bytes, at + 8), frame);
}

/** Everything but "outgoing" was received: for this host, for all, for a group, or for another host. */
function noteDirection(type: number, frame: Frame): void {
  if (type === COOKED_OUTGOING) frame.meta |= META_OUTGOING;
  else if (type <= COOKED_OTHER_HOST) frame.meta |= META_INCOMING;
}

function payload(bytes: Uint8Array, at: number, protocol: number, hardware: number, frame: Frame): number {
  if (hardware === ARPHRD_NETLINK || hardware === ARPHRD_FRAD) return REJECT_NOT_IP;
  // An LLC header follows, as it does a length in an Ethernet header: decodeEtherType takes 4 for one.
  if (protocol <= LARGEST_LINUX_PROTOCOL && protocol !== PROTOCOL_LLC) return REJECT_NOT_IP;
  return decodeEtherType(bytes, at, protocol, frame);
}
