/** What a session says of its sources of exported flows. */
import type { FlowSource, FlowSourceCounters } from '../../sources/flow-source.ts';
import type { ExporterTally } from '../recording/exporter-points.ts';

/** Counts of one source. */
export interface ExportCounts {
  readonly name: string;
  readonly counters: Omit<FlowSourceCounters, 'decoded' | 'topNotAllowed'>;
  readonly topNotAllowed: ReturnType<FlowSourceCounters['topNotAllowed']>;
  /** By name, as the decoder counts. */
  readonly decoded: Readonly<Record<string, number>>;
  /** Of live sources, in the order that they showed. */
  readonly exporters: readonly ExporterTally[];
}

export function exportCounts(
  { name, counters }: FlowSource,
  exporters: readonly ExporterTally[],
): ExportCounts {
  const { datagrams, bytes, notAllowed, lost, packets, rowBytes, rows } = counters;
  return {
    name,
    counters: { datagrams, bytes, notAllowed, lost, packets, rowBytes, rows },
    topNotAllowed: counters.topNotAllowed(),
    decoded: counters.decoded(),
    exporters,
  };
}
