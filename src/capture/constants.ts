/** Numbers of the capture formats and link layers on the wire: what decoders and encoders share. */

// pcap (draft-ietf-opsawg-pcap). The magic number is written in the byte order of the file.
export const PCAP_MAGIC_MICROS = 0xa1b2c3d4;
export const PCAP_MAGIC_NANOS = 0xa1b23c4d;
/** Kuznetsov's patched libpcap of old Linux distributions: microseconds, 8 more bytes in a record header. */
export const PCAP_MAGIC_MODIFIED = 0xa1b2cd34;
export const PCAP_VERSION_MAJOR = 2;
export const PCAP_VERSION_MINOR = 4;
export const PCAP_HEADER_BYTES = 24;
export const PCAP_RECORD_BYTES = 16;
export const PCAP_MODIFIED_RECORD_BYTES = 24;
/** Longest packet that a capture may hold: libpcap's MAXIMUM_SNAPLEN. */
export const MAX_CAPTURED_BYTES = 262_144;
/** The link type of a file header's last word; the bits above say how long the frame check sequence is. */
export const PCAP_LINK_TYPE_MASK = 0xffff;

// pcapng (draft-ietf-opsawg-pcapng).
/** The same in both byte orders, so that a section's byte order need not be known before it begins. */
export const BLOCK_SECTION_HEADER = 0x0a0d0d0a;
export const BLOCK_INTERFACE = 1;
/** Obsolete, but still found in files. */
export const BLOCK_PACKET = 2;
export const BLOCK_SIMPLE_PACKET = 3;
export const BLOCK_ENHANCED_PACKET = 6;
export const PCAPNG_BYTE_ORDER_MAGIC = 0x1a2b3c4d;
export const PCAPNG_VERSION_MAJOR = 1;
export const OPTION_END = 0;
export const OPTION_IF_NAME = 2;
export const OPTION_IF_TSRESOL = 9;
export const OPTION_IF_TSOFFSET = 14;

// Link types (https://www.tcpdump.org/linktypes.html).
export const LINK_NULL = 0;
export const LINK_ETHERNET = 1;
/** DLT_RAW as BSDs and Linux, and as OpenBSD number it: not link types, but written as such by some. */
export const LINK_RAW_DLT = 12;
export const LINK_RAW_OPENBSD = 14;
export const LINK_RAW = 101;
export const LINK_LOOP = 108;
export const LINK_LINUX_COOKED = 113;
export const LINK_IPV4 = 228;
export const LINK_IPV6 = 229;
export const LINK_NFLOG = 239;
export const LINK_LINUX_COOKED_V2 = 276;

// EtherTypes (IANA "IEEE 802 Numbers").
export const ETHER_IPV4 = 0x0800;
export const ETHER_VLAN = 0x8100;
export const ETHER_IPV6 = 0x86dd;
export const ETHER_MPLS = 0x8847;
export const ETHER_MPLS_UPSTREAM = 0x8848;
export const ETHER_PPPOE_SESSION = 0x8864;
/** 802.1ad service tag, and the value that switches used before there was a standard. */
export const ETHER_QINQ = 0x88a8;
export const ETHER_QINQ_OLD = 0x9100;
/** Below this the type field is a length, and an LLC header follows (IEEE 802.3, clause 3.2.6). */
export const SMALLEST_ETHER_TYPE = 0x0600;
/** In GRE and Geneve: an Ethernet frame; ERSPAN types I and II, and III (draft-foschiano-erspan-03). */
export const ETHER_TRANSPARENT = 0x6558;
export const ETHER_ERSPAN = 0x88be;
export const ETHER_ERSPAN_III = 0x22eb;

// Header sizes in bytes.
export const ETHERNET_BYTES = 14;
export const VLAN_BYTES = 4;
export const MPLS_BYTES = 4;
export const PPPOE_BYTES = 6;
export const LINUX_COOKED_BYTES = 16;
export const LINUX_COOKED_V2_BYTES = 20;
export const NULL_BYTES = 4;
export const NFLOG_BYTES = 4;
export const IPV4_BYTES = 20;
export const IPV6_BYTES = 40;
export const UDP_BYTES = 8;
export const VXLAN_BYTES = 8;
export const GENEVE_BYTES = 8;
export const ERSPAN_II_BYTES = 8;
export const ERSPAN_III_BYTES = 12;
export const ERSPAN_PLATFORM_BYTES = 8;

// UDP ports of tunnels: of VXLAN by RFC 7348, and as Linux had it before and some overlays still do.
export const PORT_VXLAN = 4789;
export const PORT_VXLAN_LINUX = 8472;
export const PORT_GENEVE = 6081;

// PPP protocol numbers.
export const PPP_IPV4 = 0x0021;
export const PPP_IPV6 = 0x0057;
export const PPP_MPLS = 0x0281;

// Linux cooked captures: packet types (linux/if_packet.h).
export const COOKED_TO_US = 0;
export const COOKED_OTHER_HOST = 3;
export const COOKED_OUTGOING = 4;

// NFLOG attributes (linux/netfilter/nfnetlink_log.h).
export const NFLOG_PACKET_HEADER = 1;
export const NFLOG_TIMESTAMP = 3;
export const NFLOG_INPUT_INDEX = 4;
export const NFLOG_OUTPUT_INDEX = 5;
export const NFLOG_HARDWARE_ADDRESS = 8;
export const NFLOG_PAYLOAD = 9;
export const NFLOG_PREFIX = 10;
export const NFLOG_HARDWARE_HEADER = 16;

// Address families: the same number everywhere for IPv4, one for IPv6 on each system.
export const AF_INET = 2;
export const AF_INET6_LINUX = 10;
export const AF_INET6_WINDOWS = 23;
/** NetBSD, OpenBSD, BSD/OS. */
export const AF_INET6_BSD = 24;
export const AF_INET6_FREEBSD = 28;
export const AF_INET6_DARWIN = 30;

// IP protocol numbers (IANA "Protocol Numbers").
export const IP_HOP_BY_HOP = 0;
export const IP_ICMP = 1;
export const IP_TCP = 6;
export const IP_UDP = 17;
export const IP_DCCP = 33;
export const IP_ROUTING = 43;
export const IP_FRAGMENT = 44;
export const IP_GRE = 47;
export const IP_AH = 51;
export const IP_ICMPV6 = 58;
export const IP_NO_NEXT = 59;
export const IP_DESTINATION = 60;
export const IP_SCTP = 132;
export const IP_MOBILITY = 135;
export const IP_UDP_LITE = 136;
export const IP_HIP = 139;
export const IP_SHIM6 = 140;
