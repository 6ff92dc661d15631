import { META_INCOMING, META_OUTGOING, META_VERDICT_SHIFT } from './batch.ts';
import {
  AF_INET,
  AF_INET6_LINUX,
  ETHERNET_BYTES,
  ETHER_IPV4,
  ETHER_IPV6,
  NFLOG_BYTES,
  NFLOG_HARDWARE_ADDRESS,
  NFLOG_HARDWARE_HEADER,
  NFLOG_INPUT_INDEX,
  NFLOG_OUTPUT_INDEX,
  NFLOG_PACKET_HEADER,
  NFLOG_PAYLOAD,
  NFLOG_PREFIX,
  NFLOG_TIMESTAMP,
} from './constants.ts';
import { read16, read32 } from './frame.ts';
import type { Frame } from './frame.ts';
import { REJECT_LINK_MALFORMED, REJECT_LINK_TRUNCATED, REJECT_NOT_IP } from './rejections.ts';
import type { PrefixVerdicts } from './verdicts.ts';

/** Attributes of one message that are looked at: the kernel knows some 20, each once. */
const MAX_ATTRIBUTES = 64;
const ATTRIBUTE_BYTES = 4;
/** The two high bits of an attribute's type are netlink flags. */
const ATTRIBUTE_TYPE = 0x3fff;
const MAC_BYTES = 6;

/**
 * Linux netfilter log messages (https://www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html):
 *
 *   family 1 | version 1 | group 2, then attributes: length 2 | type 2 | value, padded to 4 bytes
 *
 * Length (which counts itself and the type) and type are in the byte order of the capture, values in network
 * byte order. The payload begins with the IP header. Returns where that is, or a REJECT_ value; notes the
 * verdict of the prefix (S4.1), interface index (input before output), direction, time and MACs.
 */
export function decodeNflog(
  bytes: Uint8Array,
  frame: Frame,
  little: boolean,
  verdicts: PrefixVerdicts,
): number {
  const end = frame.end;
  let at = frame.start + NFLOG_BYTES;
  if (at > end) return REJECT_LINK_TRUNCATED;
  const family = bytes[frame.start]!;
  let etherType = family === AF_INET ? ETHER_IPV4 : family === AF_INET6_LINUX ? ETHER_IPV6 : 0;
  let input = 0;
  let output = 0;
  let payload = -1;
  let payloadEnd = 0;
  let hardwareHeader = false;
  let reason = REJECT_LINK_TRUNCATED;
  for (let i = 0; at + ATTRIBUTE_BYTES <= end; i++) {
    const size = attributeWord(bytes, at, little);
    if (size < ATTRIBUTE_BYTES || i === MAX_ATTRIBUTES) {
      reason = REJECT_LINK_MALFORMED;
      break;
    }
    const type = attributeWord(bytes, at + 2, little) & ATTRIBUTE_TYPE;
    const value = at + ATTRIBUTE_BYTES;
    const valueEnd = Math.min(at + size, end);
    const valueBytes = valueEnd - value;
    switch (type) {
      case NFLOG_PACKET_HEADER:
        // Bridge and netdev tables log frames of any protocol, and tell which one here.
        if (valueBytes >= 2 && etherType === 0) etherType = read16(bytes, value);
        break;
      case NFLOG_TIMESTAMP:
        if (valueBytes >= 16) readTime(bytes, value, frame);
        break;
      case NFLOG_INPUT_INDEX:
        if (valueBytes >= 4) input = read32(bytes, value) >>> 0;
        break;
      case NFLOG_OUTPUT_INDEX:
        if (valueBytes >= 4) output = read32(bytes, value) >>> 0;
        break;
      case NFLOG_HARDWARE_ADDRESS:
        // Length 2 | padding 2 | the sender's address.
        if (
          frame.macs &&
          !hardwareHeader &&
          valueBytes >= 4 + MAC_BYTES &&
          read16(bytes, value) === MAC_BYTES
        )
          frame.readSourceMac(bytes, value + 4);
        break;
      case NFLOG_HARDWARE_HEADER:
        if (frame.macs && valueBytes === ETHERNET_BYTES) {
          frame.readMacs(bytes, value);
          hardwareHeader = true;
        }
        break;
      case NFLOG_PREFIX:
        frame.meta |= verdicts.find(bytes, value, valueEnd) << META_VERDICT_SHIFT;
        break;
      case NFLOG_PAYLOAD:
        payload = value;
        payloadEnd = valueEnd;
        break;
    }
    at += (size + 3) & ~3;
  }
  frame.ifIndex = input === 0 ? output : input;
  if (input !== 0) frame.meta |= META_INCOMING;
  else if (output !== 0) frame.meta |= META_OUTGOING;
  if (payload < 0) return reason;
  if (etherType !== ETHER_IPV4 && etherType !== ETHER_IPV6) return REJECT_NOT_IP;
  frame.end = payloadEnd;
  return payload;
}

function attributeWord(bytes: Uint8Array, at: number, little: boolean): number {
  return little ? bytes[at]! | (bytes[at + 1]! << 8) : read16(bytes, at);
}

/** Seconds and microseconds, 8 bytes each; what no 32-bit time can say is left alone. */
function readTime(bytes: Uint8Array, at: number, frame: Frame): void {
  const micros = read32(bytes, at + 12) >>> 0;
  if (read32(bytes, at) !== 0 || read32(bytes, at + 8) !== 0 || micros >= 1_000_000) return;
  frame.seconds = read32(bytes, at + 4) >>> 0;
  frame.nanos = micros * 1000;
}
