/** TCP flag bits (RFC 9293, section 3.1). */
export const TCP_FIN = 1;
export const TCP_SYN = 2;
export const TCP_RST = 4;
export const TCP_PSH = 8;
export const TCP_ACK = 16;

/** Header bytes: TCP without options, TCP with the maximum segment size option (on SYN), UDP, ICMP echo. */
export const TCP_BYTES = 20;
export const TCP_SYN_BYTES = 24;
export const UDP_BYTES = 8;
export const ICMP_ECHO_BYTES = 8;
/** IPv6 fragment header (RFC 8200, section 4.5). */
export const IPV6_FRAGMENT_BYTES = 8;

/** The longest IP packet of the model, in bytes: an Ethernet's. */
export const MTU = 1500;

/** Types of echo messages (RFC 792, RFC 4443). */
export const ECHO_REQUEST = 8;
export const ECHO_REPLY = 0;
export const ECHO_REQUEST_V6 = 128;
export const ECHO_REPLY_V6 = 129;

/**
 * One packet of the traffic model: what an encoder needs to know. The model fills the same object again and
 * again. The payload of every packet is zero bytes.
 */
export class Packet {
  /** Whole seconds since the epoch, and the microseconds beyond them. */
  seconds = 0;
  micros = 0;
  /** Numbers of hosts. */
  source = 0;
  destination = 0;
  ipv6 = false;
  /** IP protocol number. */
  protocol = 0;
  /** TCP and UDP: ports. ICMP echo: identifier and sequence number. */
  sourcePort = 0;
  destinationPort = 0;
  icmpType = 0;
  tcpFlags = 0;
  sequence = 0;
  acknowledgement = 0;
  /** IP length in bytes, header included: 40 to MTU. */
  length = 0;
  /** Transport header and payload in bytes of the whole datagram, before fragmentation. */
  datagramBytes = 0;
  /** IPv4: 16 bits. IPv6: 32 bits, used in fragments only. */
  identification = 0;
  fragment = false;
  /** Of a fragment: where it begins in the datagram, in bytes, and whether others follow. */
  fragmentOffset = 0;
  moreFragments = false;
  /** VLAN id of the (inner) tag and of the service tag around it; 0 without one. */
  vlan = 0;
  serviceVlan = 0;
}
