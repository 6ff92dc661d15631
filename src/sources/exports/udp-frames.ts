/**
 * Finds the UDP payload of a captured packet, of the link types that tcpdump gives for the interfaces of exporters. The
 * capture's filter lets only UDP to one port pass; checksums are not looked at, as they may be left to the hardware.
 *
 *   Ethernet  addresses 12 | type 2
 *   SLL       type 2 | ARP 2 | length 2 | address 8 | protocol 2
 *   SLL2      protocol 2 | reserved 2 | interface 4 | ARP 2 | type 1 | length 1 | address 8
 *   IPv4      version, IHL 1 | … | total length 2 | id 2 | flags, offset 2 | … | source 4 | destination 4 | options
 *   IPv6      version 4 bits | … | length 2 | next 1 | hops 1 | source 16 | destination 16
 *   UDP       ports 4 | length 2 | checksum 2
 */
const LINK_ETHERNET = 1;
const LINK_RAW_BSD = 12;
const LINK_RAW = 101;
const LINK_SLL = 113;
const LINK_SLL2 = 276;
const LINK_BYTES: Readonly<Record<number, number>> = {
  [LINK_ETHERNET]: 14,
  [LINK_RAW_BSD]: 0,
  [LINK_RAW]: 0,
  [LINK_SLL]: 16,
  [LINK_SLL2]: 20,
};
const IP_UDP = 17;
const IP_FRAGMENT = 44;
const UDP_BYTES = 8;
const IPV6_BYTES = 40;
/** More fragments, or an offset. */
const FRAGMENTED = 0x3fff;

/** What a packet turned out to be. */
export const FRAME_DATAGRAM = 0;
export const FRAME_FRAGMENT = 1;
export const FRAME_OTHER = 2;

/** Where the payload lies, and who sent it. */
export class UdpFrame {
  from = 0;
  to = 0;
  family: 4 | 6 = 4;
  readonly address = new Int32Array(4);

  /** Looks at the packet bytes[at, end). Returns a FRAME_ value; the fields are set for FRAME_DATAGRAM. */
  read(linkType: number, bytes: Uint8Array, view: DataView, at: number, end: number): number {
    const link = LINK_BYTES[linkType];
    const ip = at + (link ?? 0);
    if (link === undefined || end - ip < 20) return FRAME_OTHER;
    const version = bytes[ip]! >>> 4;
    if (version === 4) return this.#ipv4(bytes, view, ip, end);
    return version === 6 ? this.#ipv6(bytes, view, ip, end) : FRAME_OTHER;
  }

  #ipv4(bytes: Uint8Array, view: DataView, ip: number, end: number): number {
    const header = (bytes[ip]! & 15) * 4;
    if (header < 20 || bytes[ip + 9] !== IP_UDP) return FRAME_OTHER;
    if ((view.getUint16(ip + 6, false) & FRAGMENTED) !== 0) return FRAME_FRAGMENT;
    this.family = 4;
    this.address.fill(0, 0, 3);
    this.address[3] = view.getInt32(ip + 12, false);
    return this.#udp(view, ip + header, end);
  }

  #ipv6(bytes: Uint8Array, view: DataView, ip: number, end: number): number {
    if (end - ip < IPV6_BYTES) return FRAME_OTHER;
    const next = bytes[ip + 6];
    if (next === IP_FRAGMENT) return FRAME_FRAGMENT;
    if (next !== IP_UDP) return FRAME_OTHER;
    this.family = 6;
    for (let i = 0; i < 4; i++) this.address[i] = view.getInt32(ip + 8 + 4 * i, false);
    return this.#udp(view, ip + IPV6_BYTES, end);
  }

  #udp(view: DataView, udp: number, end: number): number {
    if (end - udp < UDP_BYTES) return FRAME_OTHER;
    const length = view.getUint16(udp + 4, false);
    if (length < UDP_BYTES || length > end - udp) return FRAME_OTHER;
    this.from = udp + UDP_BYTES;
    this.to = udp + length;
    return FRAME_DATAGRAM;
  }
}
