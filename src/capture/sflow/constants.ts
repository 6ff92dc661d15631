/** Numbers of sFlow version 5 (https://sflow.org/sflow_version_5.txt) on the wire. */

export const SFLOW_VERSION = 5;
export const SFLOW_ADDRESS_IPV4 = 1;
export const SFLOW_ADDRESS_IPV6 = 2;

/** Formats of samples, enterprise 0. */
export const SAMPLE_FLOW = 1;
export const SAMPLE_COUNTERS = 2;
export const SAMPLE_FLOW_EXPANDED = 3;
export const SAMPLE_COUNTERS_EXPANDED = 4;
/** Discarded packets (https://sflow.org/sflow_drops.txt). */
export const SAMPLE_DISCARDED = 5;

/** Formats of records in a flow sample, enterprise 0. */
export const RECORD_HEADER = 1;
export const RECORD_IPV4 = 3;
export const RECORD_IPV6 = 4;
export const RECORD_SWITCH = 1001;
export const RECORD_NAT = 1007;
export const RECORD_NAT_PORT = 1020;

/** Protocols of a sampled header. */
export const HEADER_ETHERNET = 1;
export const HEADER_IPV4 = 11;
export const HEADER_IPV6 = 12;

/** How the two high bits of a compact interface number, and the format of an expanded one, are to be read. */
export const INTERFACE_INDEX = 0;
export const INTERFACE_DISCARDED = 1;
/** The agent itself: it sent or received the packet. */
export const INTERFACE_INTERNAL = 0x3fff_ffff;
