/** A datagram of flow exports on its way out, with what is in it. */
export interface ExportedDatagram {
  readonly bytes: Uint8Array;
  /** Which of the exporters sends it: 0 to exporters - 1. */
  readonly exporter: number;
  /** Flow records, or samples, in it. */
  readonly records: number;
  /** What they say they counted: not scaled by the sampling rate. */
  readonly packets: number;
  readonly octets: number;
  /** Whether templates, or options, are in it. */
  readonly templates: boolean;
}

/** How flows are exported: NetFlow version 5 or 9, IPFIX (10), sFlow version 5. */
export type ExportKind = 'netflow-v5' | 'netflow-v9' | 'ipfix' | 'sflow';

/** How an exporter is set up. Times in milliseconds. */
export interface ExporterOptions {
  readonly kind: ExportKind;
  /** So many exporters share the traffic, each with an observation domain (engine, sub-agent) of its own. */
  readonly exporters: number;
  /** One packet of so many is counted, or sampled; 1: all. */
  readonly sampling: number;
  /** A flow is reported when it has gone on for so long, and when it was silent for so long. */
  readonly activeTimeout: number;
  readonly inactiveTimeout: number;
  /** Templates and options are sent first, then again after so many datagrams, or so much time. */
  readonly refreshDatagrams: number;
  readonly refreshTime: number;
  /** VLAN ids in the records. */
  readonly vlans: boolean;
  /** The sequence number of each exporter's first datagram. */
  readonly sequence: number;
}

export const DEFAULT_EXPORTER_OPTIONS: ExporterOptions = {
  kind: 'netflow-v9',
  exporters: 1,
  sampling: 1,
  activeTimeout: 60_000,
  inactiveTimeout: 15_000,
  refreshDatagrams: 200,
  refreshTime: 30_000,
  vlans: false,
  sequence: 0,
};

/** What the header of version 5 has room for (14 bits), and what a receiver may take for an attack (S7.3). */
export const MAX_SAMPLING_V5 = 16_383;
export const MAX_SAMPLING = 1_000_000;
/** Loopback addresses 127.0.0.1 to 127.0.0.250. */
export const MAX_EXPORTERS = 250;

/** Where sFlow agents say that they are, and where they do send from on loopback: 127.0.0.1 and up. */
export function loopbackAddress(exporter: number): number {
  return 0x7f00_0001 + exporter;
}
