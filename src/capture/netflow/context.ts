import type { Domain } from './exporters.ts';

/** What the header of a message says of all its records. */
export interface ExportContext {
  readonly domain: Domain;
  /** Microseconds since the epoch. */
  readonly exportMicros: number;
  readonly receiveMicros: number;
  /** When the exporter booted, in microseconds since the epoch: sysUpTime counts from there. 0 (IPFIX): its header does
   * not tell; then systemInit of the domain does, once options have told it. */
  readonly bootMicros: number;
}
