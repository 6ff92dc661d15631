import type { Batch } from './batch.ts';

/** Why a packet did not become a row. The order is the order of `Outcomes` columns. */
export const REJECTIONS = [
  'not_ip', // ARP, LLDP, STP and whatever else is no IPv4 or IPv6: not an error
  'unknown_link_type', // the interface's link type is not decoded
  'link_truncated', // the capture ends inside the link header
  'link_malformed', // nesting too deep, a length that points outside
  'ip_truncated', // the capture ends inside the IP header (or before the extension header that is needed)
  'ip_bad_version', // the link layer says IP, the version field says neither 4 nor 6
  'ip_bad_header_length', // IHL below 5
  'ip_bad_total_length', // total length below the header length
  'ip_bad_extension', // an IPv6 extension chain too long
  'tunnel_truncated', // the capture ends inside the header of a tunnel that is to be opened
] as const;
export type Rejection = (typeof REJECTIONS)[number];

/** Counters of a decoder, in packets and in bytes of the original frame (S1.2). */
export interface DecoderCounters {
  /** Packets that the file held, decoded to a row or not. */
  packets: number;
  /** Rows whose length came from the frame (S1.1). */
  offloaded: number;
  /** Indexed as REJECTIONS. */
  readonly rejectedPackets: Float64Array;
  readonly rejectedBytes: Float64Array;
}

/** Where and why a capture stopped being readable. */
export interface CaptureFault {
  /** Byte offset in the (decompressed) capture of the block or packet header that could not be read. */
  offset: number;
  /** One clause without a full stop: "packet length 4294967295 is larger than 262144". */
  reason: string;
  /** Truncated: the capture ends in the middle of something that was good so far. */
  kind: 'truncated' | 'corrupt';
}

/**
 * Decodes one capture, pushed to it in pieces. Pure: no I/O, never throws on bad input.
 *
 * The caller keeps the undecoded rest of a piece and presents it again, followed by more bytes, at the next
 * call. A piece of MAX_RECORD_BYTES always allows progress.
 */
export interface CaptureDecoder {
  /**
   * Decodes packets from bytes[from, to) and appends rows to `batch` until the batch is full or no whole
   * packet is left. Returns the offset of the first byte not consumed. After a fault all bytes are consumed
   * and ignored.
   */
  decode(bytes: Uint8Array, from: number, to: number, batch: Batch): number;
  /** The input has ended; `rest` bytes were left unconsumed. A rest makes a truncation fault. */
  end(rest: number): void;
  readonly counters: DecoderCounters;
  readonly fault: CaptureFault | undefined;
  /** Names of the interfaces that the capture declares, by ifIndex (pcapng if_name); empty otherwise. */
  readonly interfaceNames: readonly string[];
  /** An NFLOG link type was declared: rows may carry verdicts (S4.1). False until the header is read. */
  readonly reportsVerdicts: boolean;
}

/** Longest packet record or block that a decoder accepts, in bytes, headers included. */
export const MAX_RECORD_BYTES = 1 << 20;
