/** Why bytes of an exporter did not become rows. Each rejection is of the unit that its group names. */
export const EXPORT_REJECTIONS = [
  // datagrams (or messages)
  'datagram_short', // shorter than its header
  'version_unknown', // neither 5, 9 nor 10
  'count_malformed', // v5: more records than 30, or than there are bytes
  'length_malformed', // IPFIX: the message's length is not that of the datagram
  'exporters_full', // more exporters than ExportLimits.exporters
  'domains_full', // more observation domains than ExportLimits.domains
  // sets
  'set_malformed', // a length below 4 or beyond the datagram: the rest of the datagram is lost
  'set_reserved', // ids 2 to 255 in v9; 0, 1 and 4 to 255 in IPFIX
  'template_malformed', // the set's remaining templates are lost
  'template_limit', // no room for a template
  'withdrawal_ignored', // a withdrawal over UDP (RFC 7011, section 8.1)
  'template_missing', // data that waited for its template in vain
  // records
  'record_malformed', // a variable-length field beyond the set: the set's remaining records are lost
  'not_ip', // no IP addresses
  'no_counters', // neither packets nor bytes, and no event
] as const;
export type ExportRejection = (typeof EXPORT_REJECTIONS)[number];

export const REJECT_DATAGRAM_SHORT = 0;
export const REJECT_VERSION_UNKNOWN = 1;
export const REJECT_COUNT_MALFORMED = 2;
export const REJECT_LENGTH_MALFORMED = 3;
export const REJECT_EXPORTERS_FULL = 4;
export const REJECT_DOMAINS_FULL = 5;
export const REJECT_SET_MALFORMED = 6;
export const REJECT_SET_RESERVED = 7;
export const REJECT_TEMPLATE_MALFORMED = 8;
export const REJECT_TEMPLATE_LIMIT = 9;
export const REJECT_WITHDRAWAL_IGNORED = 10;
export const REJECT_TEMPLATE_MISSING = 11;
export const REJECT_RECORD_MALFORMED = 12;
export const REJECT_NOT_IP = 13;
export const REJECT_NO_COUNTERS = 14;

/** What was not as it should be in rows, and what was done about it. */
export const EXPORT_NOTES = [
  'time_clamped', // an end after the receive time (S7.4)
  'time_inverted', // a start after the end
  'time_unknown', // no times in the record: the export time
  'sampling_capped', // a rate above ExportLimits.samplingRate
  'unsampled_unknown', // a row that is not scaled, since its rate is not known (S7.3)
  'layer2_octets', // octets of layer 2, less the headers (S7.1)
  'packets_unknown', // octets, but no packets: counted as one
  'totals_reset', // a total counter that went back
  'totals_evicted', // a flow's total counter that made room for another's
  'template_evicted', // a template that made room for another
  'template_expired',
  'template_replaced', // the same id with other fields
  'template_stale', // records read by a template from before the exporter's restart
  'exporter_restart',
  'sampling_early', // sets that no longer waited for a sampling rate, for want of room
  'denied_uncounted', // a refusal without counts: counted as DENIED_EVENT_PACKETS
  'counts_capped', // packets or bytes above MAX_ROW_COUNT
] as const;

export const NOTE_TIME_CLAMPED = 0;
export const NOTE_TIME_INVERTED = 1;
export const NOTE_TIME_UNKNOWN = 2;
export const NOTE_SAMPLING_CAPPED = 3;
export const NOTE_UNSAMPLED_UNKNOWN = 4;
export const NOTE_LAYER2_OCTETS = 5;
export const NOTE_PACKETS_UNKNOWN = 6;
export const NOTE_TOTALS_RESET = 7;
export const NOTE_TOTALS_EVICTED = 8;
export const NOTE_TEMPLATE_EVICTED = 9;
export const NOTE_TEMPLATE_EXPIRED = 10;
export const NOTE_TEMPLATE_REPLACED = 11;
export const NOTE_TEMPLATE_STALE = 12;
export const NOTE_EXPORTER_RESTART = 13;
export const NOTE_SAMPLING_EARLY = 14;
export const NOTE_DENIED_UNCOUNTED = 15;
export const NOTE_COUNTS_CAPPED = 16;

/**
 * Counters of a NetFlow and IPFIX decoder. They add up:
 *
 *   datagrams = read to the end + rejected datagrams
 *   dataSets = decoded + waiting (held) + template_missing
 *   records = optionsRecords + rows - reverseRows + rejected records
 */
export class ExportCounters {
  datagrams = 0;
  /** Template and options template records that were taken. */
  templates = 0;
  withdrawals = 0;
  dataSets = 0;
  decodedSets = 0;
  /** Data sets that wait now for a template or a sampling rate. */
  heldSets = 0;
  /** Data records, those of options included. */
  records = 0;
  optionsRecords = 0;
  rows = 0;
  /** Second rows of records that tell both directions (RFC 5103; initiator and responder). */
  reverseRows = 0;
  /** Indexed as EXPORT_REJECTIONS and EXPORT_NOTES. */
  readonly rejected = new Float64Array(EXPORT_REJECTIONS.length);
  readonly notes = new Float64Array(EXPORT_NOTES.length);

  /** Rejections by reason, those that are not 0. */
  rejections(): Partial<Record<ExportRejection, number>> {
    return named(EXPORT_REJECTIONS, this.rejected);
  }

  /** Notes by name, those that are not 0. */
  noted(): Partial<Record<(typeof EXPORT_NOTES)[number], number>> {
    return named(EXPORT_NOTES, this.notes);
  }
}

function named<N extends string>(names: readonly N[], values: Float64Array): Partial<Record<N, number>> {
  const out: Partial<Record<N, number>> = {};
  for (const [index, name] of names.entries()) if (values[index] !== 0) out[name] = values[index]!;
  return out;
}
