/** Numbers of NetFlow v5, v9 (RFC 3954) and IPFIX (RFC 7011) on the wire. */

export const VERSION_5 = 5;
export const VERSION_9 = 9;
export const VERSION_IPFIX = 10;

export const V5_HEADER_BYTES = 24;
export const V5_RECORD_BYTES = 48;
/** Records of a v5 datagram: what fits in an Ethernet frame. */
export const V5_MAX_RECORDS = 30;

export const V9_HEADER_BYTES = 20;
export const IPFIX_HEADER_BYTES = 16;
export const SET_HEADER_BYTES = 4;

/** Set ids (RFC 3954, section 5.1 and 6.1; RFC 7011, section 3.3.2). */
export const V9_TEMPLATE_SET = 0;
export const V9_OPTIONS_TEMPLATE_SET = 1;
export const IPFIX_TEMPLATE_SET = 2;
export const IPFIX_OPTIONS_TEMPLATE_SET = 3;
export const FIRST_DATA_SET = 256;

/** In a template: the field's length stands in each record (RFC 7011, section 7). */
export const VARIABLE_LENGTH = 0xffff;
/** In a record: a length of three bytes, this one and two more. */
export const LONG_LENGTH = 0xff;
export const ENTERPRISE_BIT = 0x8000;

/** Enterprise numbers: reverse elements of biflows (RFC 5103, section 6.1), and CERT, whose YAF tells the flags of
 * a flow's first packet from those of the others. */
export const REVERSE_ENTERPRISE = 29_305;
export const CERT_ENTERPRISE = 6871;
/** The bit that makes an element of CERT a reverse one (RFC 5103, section 6.2 lets enterprises do so). */
export const CERT_REVERSE_BIT = 0x4000;

/** Scope field types of v9 (RFC 3954, section 6.1). */
export const V9_SCOPE_INTERFACE = 2;
export const V9_SCOPE_LINE_CARD = 3;
export const V9_SCOPE_TEMPLATE = 5;
