import {
  HEADER_ETHERNET,
  HEADER_IPV4,
  HEADER_IPV6,
  RECORD_HEADER,
  RECORD_IPV4,
  RECORD_IPV6,
  RECORD_NAT,
  RECORD_NAT_PORT,
  RECORD_SWITCH,
  SFLOW_ADDRESS_IPV4,
  SFLOW_ADDRESS_IPV6,
} from './constants.ts';
import { LINK_ETHERNET, LINK_IPV4, LINK_IPV6 } from '../constants.ts';

const VLAN_ID = 0xfff;
const RECORD_BYTES = 8;
const HEADER_BYTES = 16;
const IPV4_BYTES = 32;
const IPV6_BYTES = 56;
const SWITCH_BYTES = 16;
const NAT_PORT_BYTES = 8;

/**
 * What the records of one sample say; the same object for all samples. Offsets are into the datagram, 0 where a record is
 * not there.
 *
 *   record          enterprise << 12 | format 4 | length 4 | data
 *   sampled header  protocol 4 | frame length 4 | stripped 4 | header length 4 | header
 *   sampled IPv4    length 4 | protocol 4 | src 4 | dst 4 | src port 4 | dst port 4 | TCP flags 4 | TOS 4
 *   sampled IPv6    likewise, with addresses of 16
 *   switch          source VLAN 4 | priority 4 | destination VLAN 4 | priority 4
 *   NAT             source address | destination address, each: type 4 | 4 or 16
 *   NAT port        source 4 | destination 4
 */
export class SampleRecords {
  /** Link type of the sampled header; 0 without one, -1 for a protocol that is not decoded. */
  linkType = 0;
  header = 0;
  headerBytes = 0;
  frameBytes = 0;
  ipv4 = 0;
  ipv6 = 0;
  vlan = 0;
  natSource = 0;
  natDestination = 0;
  /** 0 not there, else SFLOW_ADDRESS_IPV4 or SFLOW_ADDRESS_IPV6. */
  natType = 0;
  natPorts = 0;

  /** Reads `count` records of bytes[at, end). False when they go beyond it; what was before is read. */
  read(view: DataView, at: number, end: number, count: number): boolean {
    this.linkType = 0;
    this.header = 0;
    this.ipv4 = 0;
    this.ipv6 = 0;
    this.vlan = 0;
    this.natType = 0;
    this.natPorts = 0;
    for (let i = 0; i < count; i++) {
      if (end - at < RECORD_BYTES) return false;
      const format = view.getUint32(at, false);
      const length = view.getUint32(at + 4, false);
      at += RECORD_BYTES;
      // XDR: data is padded to 4 octets, and its length says so.
      if (length > end - at) return false;
      if (!this.#record(view, format, at, length)) return false;
      at += length;
    }
    return true;
  }

  #record(view: DataView, format: number, at: number, length: number): boolean {
    switch (format) {
      case RECORD_HEADER:
        return this.#header(view, at, length);
      case RECORD_IPV4:
        if (length < IPV4_BYTES) return false;
        this.ipv4 = at;
        return true;
      case RECORD_IPV6:
        if (length < IPV6_BYTES) return false;
        this.ipv6 = at;
        return true;
      case RECORD_SWITCH:
        if (length < SWITCH_BYTES) return false;
        this.vlan = view.getUint32(at, false) & VLAN_ID;
        return true;
      case RECORD_NAT:
        return this.#nat(view, at, length);
      case RECORD_NAT_PORT:
        if (length < NAT_PORT_BYTES) return false;
        this.natPorts = at;
        return true;
      default:
        return true;
    }
  }

  #header(view: DataView, at: number, length: number): boolean {
    if (length < HEADER_BYTES) return false;
    const captured = view.getUint32(at + 12, false);
    if (captured > length - HEADER_BYTES) return false;
    // A sample may have the header of the tunnel and of what is in it: the first is the packet.
    if (this.header !== 0) return true;
    const protocol = view.getUint32(at, false);
    this.linkType = -1;
    if (protocol === HEADER_ETHERNET) this.linkType = LINK_ETHERNET;
    else if (protocol === HEADER_IPV4) this.linkType = LINK_IPV4;
    else if (protocol === HEADER_IPV6) this.linkType = LINK_IPV6;
    this.header = at + HEADER_BYTES;
    this.headerBytes = captured;
    // What was stripped is mostly the frame check sequence.
    this.frameBytes = Math.max(0, view.getUint32(at + 4, false) - view.getUint32(at + 8, false));
    return true;
  }

  #nat(view: DataView, at: number, length: number): boolean {
    if (length < 4) return false;
    const type = view.getUint32(at, false);
    const size = type === SFLOW_ADDRESS_IPV4 ? 4 : type === SFLOW_ADDRESS_IPV6 ? 16 : 0;
    if (size === 0) return true;
    if (length < 2 * (4 + size)) return false;
    if (view.getUint32(at + 4 + size, false) !== type) return true;
    this.natType = type;
    this.natSource = at + 4;
    this.natDestination = at + 8 + size;
    return true;
  }
}
