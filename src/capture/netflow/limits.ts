/** What a decoder keeps at most, whatever is sent to it. Every limit counts what it turns away. */
export interface ExportLimits {
  /** Exporters that are known at a time; idle ones make room. */
  readonly exporters: number;
  /** Observation domains of one exporter. */
  readonly domains: number;
  /** Templates of one exporter, over all its domains; the least recently used makes room. */
  readonly templates: number;
  /** Templates of all exporters; then an exporter has to give up one of its own for a new one. */
  readonly templatesInAll: number;
  /** Fields of one template. */
  readonly fields: number;
  /** Samplers (or interfaces, or templates) with a sampling rate of their own in one domain. */
  readonly samplers: number;
  /** Bytes of data sets that wait for a template or a sampling rate. */
  readonly heldBytes: number;
  readonly heldBytesInAll: number;
  /** How long data waits for its template, and for a sampling rate (S7.3), in milliseconds. */
  readonly holdForTemplate: number;
  readonly holdForSampling: number;
  /** A template that was not sent again for so long is dropped, in milliseconds (RFC 7011, section 8.4). */
  readonly templateLifetime: number;
  /** An exporter or domain that was silent for so long may make room for another, in milliseconds. */
  readonly idle: number;
  /** The highest sampling rate that counts are scaled by (S7.3). */
  readonly samplingRate: number;
  /** Flows whose total counters are remembered, of all exporters. */
  readonly totals: number;
}

export const DEFAULT_EXPORT_LIMITS: ExportLimits = {
  exporters: 4096,
  domains: 64,
  templates: 1024,
  templatesInAll: 65_536,
  fields: 512,
  samplers: 1024,
  heldBytes: 8 << 20,
  heldBytesInAll: 32 << 20,
  holdForTemplate: 120_000,
  holdForSampling: 5000,
  templateLifetime: 86_400_000,
  idle: 3_600_000,
  samplingRate: 1_000_000,
  totals: 1 << 16,
};
