/** Packets of the model as bytes: link header, IP header, transport header. The payload is left out. */
import {
  COOKED_TO_US,
  ETHERNET_BYTES,
  ETHER_IPV4,
  ETHER_IPV6,
  ETHER_QINQ,
  ETHER_VLAN,
  IPV4_BYTES,
  IPV6_BYTES,
  IP_FRAGMENT,
  IP_TCP,
  IP_UDP,
  LINK_ETHERNET,
  LINK_LINUX_COOKED_V2,
  LINK_RAW,
  LINUX_COOKED_V2_BYTES,
  VLAN_BYTES,
} from '../capture/constants.ts';
import { foldChecksum, halves, sumWords } from './checksum.ts';
import type { Hosts } from './hosts.ts';
import {
  ICMP_ECHO_BYTES,
  IPV6_FRAGMENT_BYTES,
  type Packet,
  TCP_BYTES,
  TCP_SYN,
  TCP_SYN_BYTES,
  UDP_BYTES,
} from './packet.ts';

/** Longest headers that encode() writes: Ethernet, two tags, IPv6, and TCP with an option. */
export const MAX_HEADER_BYTES = ETHERNET_BYTES + 2 * VLAN_BYTES + IPV6_BYTES + TCP_SYN_BYTES;

export const FRAME_LINK_TYPES = [LINK_ETHERNET, LINK_RAW, LINK_LINUX_COOKED_V2] as const;
export type FrameLinkType = (typeof FRAME_LINK_TYPES)[number];

const IPV4_DONT_FRAGMENT = 0x4000;
const IPV4_MORE_FRAGMENTS = 0x2000;
const HOPS = 64;
const TCP_WINDOW = 65_535;
/** The maximum segment size option (RFC 9293, section 3.2): kind 2, length 4, then the size. */
const TCP_OPTION_MSS = 0x0204_05b4;
/** ARPHRD_ETHER of linux/if_arp.h. */
const ARP_ETHERNET = 1;
/** Host n has the locally administered MAC address 02:00 and the 32 bits of n. */
const MAC_HIGH = 0x0200;

/** Writes headers of packets between hosts. All checksums are right: the payload is zero bytes. */
export class FrameEncoder {
  readonly #hosts: Hosts;
  readonly #linkType: FrameLinkType;
  /** Of the frame encoded last: bytes of headers written, and bytes of the whole frame. */
  headerBytes = 0;
  frameBytes = 0;

  constructor(hosts: Hosts, linkType: FrameLinkType) {
    this.#hosts = hosts;
    this.#linkType = linkType;
  }

  /** Writes a packet's headers at `at`, where MAX_HEADER_BYTES have room; sets headerBytes and frameBytes. */
  encode(view: DataView, at: number, packet: Packet): void {
    const ip = this.#link(view, at, packet);
    const transport = packet.ipv6 ? this.#ipv6(view, ip, packet) : this.#ipv4(view, ip, packet);
    const end =
      packet.fragment && packet.fragmentOffset > 0
        ? transport
        : transport + this.#transport(view, transport, packet);
    this.headerBytes = end - at;
    this.frameBytes = ip - at + packet.length;
  }

  /** Returns where the IP header begins. */
  #link(view: DataView, at: number, packet: Packet): number {
    const type = packet.ipv6 ? ETHER_IPV6 : ETHER_IPV4;
    if (this.#linkType === LINK_RAW) return at;
    if (this.#linkType === LINK_LINUX_COOKED_V2) {
      view.setUint32(at, type << 16);
      view.setUint32(at + 4, 1); // interface index
      view.setUint32(at + 8, (ARP_ETHERNET << 16) | (COOKED_TO_US << 8) | 6);
      view.setUint16(at + 12, MAC_HIGH);
      view.setUint32(at + 14, packet.source);
      view.setUint16(at + 18, 0);
      return at + LINUX_COOKED_V2_BYTES;
    }
    view.setUint16(at, MAC_HIGH);
    view.setUint32(at + 2, packet.destination);
    view.setUint16(at + 6, MAC_HIGH);
    view.setUint32(at + 8, packet.source);
    let next = at + ETHERNET_BYTES - 2;
    if (packet.serviceVlan !== 0) {
      view.setUint32(next, (ETHER_QINQ << 16) | packet.serviceVlan);
      next += VLAN_BYTES;
    }
    if (packet.vlan !== 0) {
      view.setUint32(next, (ETHER_VLAN << 16) | packet.vlan);
      next += VLAN_BYTES;
    }
    view.setUint16(next, type);
    return next + 2;
  }

  #ipv4(view: DataView, at: number, packet: Packet): number {
    const source = this.#hosts.ipv4[packet.source]!;
    const destination = this.#hosts.ipv4[packet.destination]!;
    let fragment = IPV4_DONT_FRAGMENT;
    if (packet.fragment)
      fragment = (packet.moreFragments ? IPV4_MORE_FRAGMENTS : 0) | (packet.fragmentOffset >> 3);
    const first = 0x4500_0000 | packet.length;
    const second = (packet.identification << 16) | fragment;
    const third = (HOPS << 24) | (packet.protocol << 16);
    view.setUint32(at, first);
    view.setUint32(at + 4, second);
    const sum = halves(first) + halves(second) + halves(third) + halves(source) + halves(destination);
    view.setUint32(at + 8, third | foldChecksum(sum));
    view.setInt32(at + 12, source);
    view.setInt32(at + 16, destination);
    return at + IPV4_BYTES;
  }

  #ipv6(view: DataView, at: number, packet: Packet): number {
    const next = packet.fragment ? IP_FRAGMENT : packet.protocol;
    view.setUint32(at, 0x6000_0000);
    view.setUint32(at + 4, ((packet.length - IPV6_BYTES) << 16) | (next << 8) | HOPS);
    const words = this.#hosts.ipv6;
    for (let i = 0; i < 4; i++) {
      view.setInt32(at + 8 + 4 * i, words[4 * packet.source + i]!);
      view.setInt32(at + 24 + 4 * i, words[4 * packet.destination + i]!);
    }
    if (!packet.fragment) return at + IPV6_BYTES;
    const offset = packet.fragmentOffset | (packet.moreFragments ? 1 : 0);
    view.setUint32(at + 40, (packet.protocol << 24) | offset);
    view.setInt32(at + 44, packet.identification);
    return at + IPV6_BYTES + IPV6_FRAGMENT_BYTES;
  }

  /** Returns the header's length. */
  #transport(view: DataView, at: number, packet: Packet): number {
    if (packet.protocol === IP_TCP) return this.#tcp(view, at, packet);
    if (packet.protocol === IP_UDP) {
      view.setUint32(at, (packet.sourcePort << 16) | packet.destinationPort);
      view.setUint32(at + 4, packet.datagramBytes << 16);
      const sum = this.#pseudoHeader(packet) + sumWords(view, at, at + UDP_BYTES);
      // 0 would mean that there is no checksum (RFC 768).
      view.setUint16(at + 6, foldChecksum(sum) || 0xffff);
      return UDP_BYTES;
    }
    view.setUint32(at, packet.icmpType << 24);
    view.setUint32(at + 4, (packet.sourcePort << 16) | packet.destinationPort);
    const pseudo = packet.ipv6 ? this.#pseudoHeader(packet) : 0;
    view.setUint16(at + 2, foldChecksum(pseudo + sumWords(view, at, at + ICMP_ECHO_BYTES)));
    return ICMP_ECHO_BYTES;
  }

  #tcp(view: DataView, at: number, packet: Packet): number {
    const bytes = (packet.tcpFlags & TCP_SYN) === 0 ? TCP_BYTES : TCP_SYN_BYTES;
    view.setUint32(at, (packet.sourcePort << 16) | packet.destinationPort);
    view.setInt32(at + 4, packet.sequence);
    view.setInt32(at + 8, packet.acknowledgement);
    view.setUint32(at + 12, (bytes << 26) | (packet.tcpFlags << 16) | TCP_WINDOW);
    view.setUint32(at + 16, 0);
    if (bytes === TCP_SYN_BYTES) view.setUint32(at + 20, TCP_OPTION_MSS);
    view.setUint16(at + 16, foldChecksum(this.#pseudoHeader(packet) + sumWords(view, at, at + bytes)));
    return bytes;
  }

  /** Sum of the pseudo header (RFC 9293, section 3.1; RFC 8200, section 8.1). */
  #pseudoHeader(packet: Packet): number {
    const tail = packet.protocol + packet.datagramBytes;
    if (!packet.ipv6) {
      return tail + halves(this.#hosts.ipv4[packet.source]!) + halves(this.#hosts.ipv4[packet.destination]!);
    }
    const words = this.#hosts.ipv6;
    let sum = tail;
    for (let i = 0; i < 4; i++) {
      sum += halves(words[4 * packet.source + i]!) + halves(words[4 * packet.destination + i]!);
    }
    return sum;
  }
}
