import { type DecoderCounters, REJECTIONS } from '../../capture/decoder.ts';
import type { Recorder } from '../../flows/recorder.ts';
import type { Snapshot } from '../../network/snapshot.ts';
import type { Source } from '../../sources/source.ts';
import type { RecordingStats } from '../threads/messages.ts';
import type { SourceLosses } from './live-loop.ts';

type SourceStats = RecordingStats['sources'][number];

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

function rejectedOf(counters: DecoderCounters): Record<string, number> {
  return Object.fromEntries(
    REJECTIONS.flatMap((reason, k) => {
      const packets = counters.rejectedPackets[k]!;
      return packets === 0 ? [] : [[reason, packets] as const];
    }),
  );
}
