/** IP of the reference: lengths, addresses, ports and fragments of one packet. */
import { formatIPv4, formatIPv6 } from '../../src/base/addresses.ts';

/** What counting needs of an IP packet. */
export interface Ip {
  readonly family: 4 | 6;
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  /** IP length in bytes (S1.1). */
  readonly length: number;
  readonly offloaded: boolean;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** ICMP and ICMPv6: type × 256 + code; 0 elsewhere. */
  readonly icmp: number;
  /** The TCP flags byte. */
  readonly flags: number;
  readonly fragment: { readonly id: number; readonly first: boolean } | undefined;
}

export const ICMP = 1;
export const TCP = 6;
export const ICMP6 = 58;
/** TCP, UDP, DCCP, SCTP, UDP-Lite: what begins with two ports. */
const WITH_PORTS = new Set([6, 17, 33, 132, 136]);

/** Reads what was captured of a packet; `frameLength` is its length by the frame. Undefined: unreadable. */
export function readIp(bytes: Buffer, frameLength: number): Ip | undefined {
  if (bytes.length < 1) return undefined;
  const version = bytes[0]! >> 4;
  if (version === 4) return readIp4(bytes, frameLength);
  return version === 6 ? readIp6(bytes, frameLength) : undefined;
}

function readIp4(bytes: Buffer, frameLength: number): Ip | undefined {
  const header = (bytes[0]! & 15) * 4;
  if (header < 20 || bytes.length < header) return undefined;
  const total = bytes.readUInt16BE(2);
  if (total !== 0 && total < header) return undefined;
  const protocol = bytes[9]!;
  const fragmentation = bytes.readUInt16BE(6);
  const offset = fragmentation & 0x1fff;
  const more = (fragmentation & 0x2000) !== 0;
  return {
    family: 4,
    source: formatIPv4(bytes.readInt32BE(12)),
    destination: formatIPv4(bytes.readInt32BE(16)),
    protocol,
    length: total === 0 ? frameLength : total,
    offloaded: total === 0,
    ...transport(bytes.subarray(header), protocol, offset > 0),
    fragment: offset > 0 || more ? { id: bytes.readUInt16BE(4), first: offset === 0 } : undefined,
  };
}

function readIp6(bytes: Buffer, frameLength: number): Ip | undefined {
  if (bytes.length < 40) return undefined;
  const payload = bytes.readUInt16BE(4);
  let next = bytes[6]!;
  let at = 40;
  let jumbo = payload === 0 && next === TCP; // a TCP header does not fit into no payload
  let fragment: Ip['fragment'];
  const address = (from: number): string => {
    const word = (i: number): number => bytes.readInt32BE(from + 4 * i);
    return formatIPv6(word(0), word(1), word(2), word(3));
  };
  while ([0, 43, 44, 51, 60, 135, 139, 140].includes(next)) {
    if (fragment !== undefined && !fragment.first) break;
    if (bytes.length < at + 8) return undefined;
    if (next === 44) {
      const word = bytes.readUInt16BE(at + 2);
      if ((word & 0xfff9) !== 0) fragment = { id: bytes.readUInt32BE(at + 4), first: word >> 3 === 0 };
      next = bytes[at]!;
      at += 8;
      continue;
    }
    if (next === 0 && payload === 0 && bytes[at + 2] === 0xc2) jumbo = true; // RFC 2675
    const size = next === 51 ? (bytes[at + 1]! + 2) * 4 : (bytes[at + 1]! + 1) * 8;
    next = bytes[at]!;
    at += size;
  }
  return {
    family: 6,
    source: address(8),
    destination: address(24),
    protocol: next,
    length: jumbo ? frameLength : 40 + payload,
    offloaded: jumbo,
    ...transport(bytes.subarray(at), next, fragment !== undefined && !fragment.first),
    fragment,
  };
}

/** Ports, ICMP type and code, TCP flags, as far as they were captured. */
function transport(
  bytes: Buffer,
  protocol: number,
  later: boolean,
): Pick<Ip, 'sourcePort' | 'destinationPort' | 'icmp' | 'flags'> {
  const out = { sourcePort: 0, destinationPort: 0, icmp: 0, flags: 0 };
  if (later) return out;
  if (WITH_PORTS.has(protocol) && bytes.length >= 4) {
    out.sourcePort = bytes.readUInt16BE(0);
    out.destinationPort = bytes.readUInt16BE(2);
  }
  if ((protocol === ICMP || protocol === ICMP6) && bytes.length >= 2) out.icmp = bytes.readUInt16BE(0);
  if (protocol === TCP && bytes.length >= 14) out.flags = bytes[13]!;
  return out;
}
