/** Link layers of the reference: where the IP packet begins in a frame, and what is said around it. */
import type { Frame } from './packets.ts';

/** What the layers below IP say. */
export interface Link {
  readonly outcome: 'ip' | 'not_ip' | 'malformed';
  /** Where the IP header begins in the frame's bytes, and where what was captured of the packet ends. */
  readonly offset: number;
  readonly end: number;
  /** Bytes of the frame behind the packet that are not its own. */
  readonly behind: number;
  readonly vlan: number;
  readonly way: 'in' | 'out' | undefined;
  readonly ifIndex: number | undefined;
  readonly verdict: 'ACCEPT' | 'REJECT' | undefined;
  /** A time that the frame itself carries. */
  readonly time: bigint | undefined;
  readonly macs: Macs | undefined;
}

/** MAC addresses as text, of those that the link layer tells. */
export interface Macs {
  readonly source: string;
  readonly destination: string | undefined;
}

type Facts = Partial<Omit<Link, 'outcome' | 'offset'>>;

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const VLAN_TYPES = new Set([0x8100, 0x88a8, 0x9100]);
const MPLS_TYPES = new Set([0x8847, 0x8848]);
const PPPOE_SESSION = 0x8864;
const ETHERNET = 0x0001;

/** Finds the IP packet in a frame of any link type that is known. */
export function readLink(frame: Frame): Link {
  const { bytes } = frame;
  switch (frame.linkType) {
    case 1:
      return bytes.length < 14
        ? malformed()
        : byType(bytes, bytes.readUInt16BE(12), 14, {
            macs: { source: macAt(bytes, 6), destination: macAt(bytes, 0) },
          });
    case 113:
      return readCooked1(bytes);
    case 276:
      return readCooked2(bytes);
    case 239:
      return readNflog(frame);
    case 0:
      return bytes.length < 4 ? malformed() : byFamily(bytes.readUInt32LE(0), bytes.readUInt32BE(0));
    case 108:
      return bytes.length < 4 ? malformed() : byFamily(bytes.readUInt32BE(0), 0);
    case 12:
    case 14:
    case 101:
    case 228:
    case 229:
      return found(frame.bytes, 0, {});
    default:
      return malformed();
  }

  function byFamily(family: number, other: number): Link {
    // AF_INET is 2 everywhere; AF_INET6 is 10, 24, 28 or 30 by system.
    const is = (wanted: number[]): boolean => wanted.includes(family) || wanted.includes(other);
    return is([2, 10, 24, 28, 30]) ? found(bytes, 4, {}) : notIp({});
  }
}

function found(bytes: Buffer, offset: number, facts: Facts): Link {
  return { ...nothing(facts), outcome: 'ip', offset, end: facts.end ?? bytes.length };
}

function notIp(facts: Facts): Link {
  return { ...nothing(facts), outcome: 'not_ip' };
}

function malformed(facts: Facts = {}): Link {
  return { ...nothing(facts), outcome: 'malformed' };
}

function nothing(facts: Facts): Omit<Link, 'outcome'> {
  return {
    offset: 0,
    end: 0,
    behind: 0,
    vlan: 0,
    way: undefined,
    ifIndex: undefined,
    verdict: undefined,
    time: undefined,
    macs: undefined,
    ...facts,
  };
}

/** Follows an EtherType through tags, labels and PPPoE; `at` is where its payload begins. */
function byType(bytes: Buffer, type: number, at: number, facts: Facts): Link {
  if (type === IPV4 || type === IPV6) return found(bytes, at, facts);
  if (VLAN_TYPES.has(type)) {
    if (bytes.length < at + 4) return malformed(facts);
    const vlan = bytes.readUInt16BE(at) & 0xfff;
    return byType(bytes, bytes.readUInt16BE(at + 2), at + 4, { ...facts, vlan: facts.vlan || vlan });
  }
  if (MPLS_TYPES.has(type)) return readMpls(bytes, at, facts);
  if (type === PPPOE_SESSION) {
    if (bytes.length < at + 8) return malformed(facts);
    const protocol = bytes.readUInt16BE(at + 6);
    return protocol === 0x0021 || protocol === 0x0057 ? found(bytes, at + 8, facts) : notIp(facts);
  }
  return notIp(facts);
}

function readMpls(bytes: Buffer, start: number, facts: Facts): Link {
  for (let at = start; at + 4 <= bytes.length; at += 4) {
    const bottom = (bytes[at + 2]! & 1) === 1;
    if (!bottom) continue;
    if (at + 4 >= bytes.length) break;
    const nibble = bytes[at + 4]! >> 4;
    return nibble === 4 || nibble === 6 ? found(bytes, at + 4, facts) : notIp(facts);
  }
  return malformed(facts);
}

/** Linux cooked v1: packet type, ARPHRD type, address length, address of 8, protocol. */
function readCooked1(bytes: Buffer): Link {
  if (bytes.length < 16) return malformed();
  const facts = { way: wayOf(bytes.readUInt16BE(0)), macs: senderOf(bytes, bytes.readUInt16BE(4), 6) };
  return byCookedType(bytes, bytes.readUInt16BE(14), 16, facts);
}

/** Linux cooked v2: protocol, reserved, interface index, ARPHRD type, packet type, address length, address. */
function readCooked2(bytes: Buffer): Link {
  if (bytes.length < 20) return malformed();
  const macs = senderOf(bytes, bytes[11]!, 12);
  const facts = { way: wayOf(bytes[10]!), ifIndex: bytes.readUInt32BE(4), macs };
  return byCookedType(bytes, bytes.readUInt16BE(0), 20, facts);
}

function byCookedType(bytes: Buffer, type: number, at: number, facts: Facts): Link {
  return type === ETHERNET ? notIp(facts) : byType(bytes, type, at, facts);
}

/** Cooked frames have the sender's address only. */
function senderOf(bytes: Buffer, length: number, at: number): Macs | undefined {
  return length === 6 ? { source: macAt(bytes, at), destination: undefined } : undefined;
}

function macAt(bytes: Buffer, at: number): string {
  return bytes
    .toString('hex', at, at + 6)
    .match(/../g)!
    .join(':');
}

/** sll_pkttype: to us, broadcast, multicast, to somebody else, from us. */
function wayOf(packetType: number): 'in' | 'out' | undefined {
  if (packetType === 4) return 'out';
  return packetType === 0 ? 'in' : undefined;
}

/** NFLOG: family, version, resource, then attributes of length, type, value, in the file's byte order. */
function readNflog(frame: Frame): Link {
  const { bytes, littleEndian } = frame;
  const u16 = (at: number): number => (littleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  let input: number | undefined;
  let output: number | undefined;
  let prefix = '';
  let payload: { from: number; to: number } | undefined;
  let time: bigint | undefined;
  for (let at = 4; at + 4 <= bytes.length;) {
    const length = u16(at);
    const value = at + 4;
    if (length < 4 || (at + length > bytes.length && (u16(at + 2) & 0x7fff) !== 9)) return malformed();
    switch (u16(at + 2) & 0x7fff) {
      case 3:
        time = bytes.readBigUInt64BE(value) * 1_000_000_000n + bytes.readBigUInt64BE(value + 8) * 1000n;
        break;
      case 4:
        input = bytes.readUInt32BE(value);
        break;
      case 5:
        output = bytes.readUInt32BE(value);
        break;
      case 9:
        payload = { from: value, to: Math.min(at + length, bytes.length) };
        break;
      case 10:
        prefix = bytes.toString('latin1', value, at + length).replace(/\0.*$/s, '');
        break;
      default:
        break;
    }
    at += Math.ceil(length / 4) * 4;
  }
  if (payload === undefined) return malformed();
  let way: 'in' | 'out' | undefined;
  if (input !== undefined && output === undefined) way = 'in';
  if (input === undefined && output !== undefined) way = 'out';
  const facts: Facts = {
    end: payload.to,
    behind: Math.max(0, bytes.length - payload.to),
    way,
    ifIndex: input ?? output ?? 0,
    verdict: verdictOf(prefix),
    time,
  };
  return found(bytes, payload.from, facts);
}

function verdictOf(prefix: string): 'ACCEPT' | 'REJECT' | undefined {
  if (prefix.includes('ACCEPT')) return 'ACCEPT';
  return prefix.includes('REJECT') ? 'REJECT' : undefined;
}
