import { type DecoderCounters, REJECTIONS } from '../../capture/decoder.ts';
import type { Recorder } from '../../flows/recorder.ts';
import type { Snapshot } from '../../network/snapshot.ts';
import { FLOW_LOSS_REASONS, type FlowSource } from '../../sources/flow-source.ts';
import type { Source } from '../../sources/source.ts';
import type { ExporterTally } from './exporter-points.ts';
import type { RecordingStats, SourceExports } from '../threads/messages.ts';
import type { SourceLosses } from './live-loop.ts';

type SourceStats = RecordingStats['sources'][number];

/** Exporters of a source that are told apart; further ones stand together. */
const MAX_EXPORTERS = 256;
const OTHER = 'other';

/** What main is told of a recording, every second and at its end. */
export function statsOf(
  recorder: Recorder,
  snapshot: Snapshot,
  sources: readonly SourceStats[],
): RecordingStats {
  const { attribution } = recorder;
  return {
    recorder: { ...recorder.counters },
    sources,
    openFlows: recorder.openFlows,
    time: recorder.time,
    refusedPackets: attribution.refusedPackets,
    refusedBytes: attribution.refusedBytes,
    timeOutliers: recorder.timeOutliers,
    discovered: snapshot.discoveredCount,
    discoveryFull: snapshot.discoveryFull,
  };
}

/** Of a source: `fault` is one clause, why it is unhealthy or stopped being readable. */
export function sourceStats(
  source: Source,
  losses: SourceLosses | undefined,
  health: { readonly healthy: boolean; readonly fault: string | undefined },
): SourceStats {
  const { counters } = source;
  return {
    name: source.name,
    packets: counters.packets,
    bytes: source.progress.read,
    rejected: rejectedOf(counters),
    lost: { ...losses?.byReason },
    restarts: losses?.restarts ?? 0,
    healthy: health.healthy,
    ...(health.fault === undefined ? {} : { fault: health.fault }),
  };
}

/** Of a source of exported flows: `packets` are those that its flows stand for, `bytes` those of its datagrams. */
export function flowSourceStats(
  source: FlowSource,
  exporters: readonly ExporterTally[],
  health: { readonly healthy: boolean; readonly fault: string | undefined },
): SourceStats {
  const { counters } = source;
  const lost = FLOW_LOSS_REASONS.filter((reason) => counters.lost[reason] > 0);
  return {
    name: source.name,
    packets: counters.packets,
    bytes: counters.bytes,
    rejected: {},
    lost: {},
    restarts: counters.lost.restart,
    healthy: health.healthy,
    ...(health.fault === undefined ? {} : { fault: health.fault }),
    exports: {
      datagrams: counters.datagrams,
      rows: counters.rows,
      notAllowed: counters.notAllowed,
      notAllowedFrom: counters.topNotAllowed(),
      lost: Object.fromEntries(lost.map((reason) => [reason, counters.lost[reason]])),
      decoded: counters.decoded(),
      exporters: shownExporters(exporters),
    },
  };
}

/** The first ones to show, whose names stay the same, and the sum of the others. */
function shownExporters(all: readonly ExporterTally[]): SourceExports['exporters'] {
  const shown = all
    .slice(0, MAX_EXPORTERS)
    .map(({ address, rows, lost }) => ({ address, rows, lost: { ...lost } }));
  if (all.length <= MAX_EXPORTERS) return shown;
  let rows = 0;
  const lost: Record<string, number> = {};
  for (const tally of all.slice(MAX_EXPORTERS)) {
    rows += tally.rows;
    for (const [reason, count] of Object.entries(tally.lost)) lost[reason] = (lost[reason] ?? 0) + count;
  }
  return [...shown, { address: OTHER, rows, lost }];
}

function rejectedOf(counters: DecoderCounters): Record<string, number> {
  return Object.fromEntries(
    REJECTIONS.flatMap((reason, k) => {
      const packets = counters.rejectedPackets[k]!;
      return packets === 0 ? [] : [[reason, packets] as const];
    }),
  );
}
