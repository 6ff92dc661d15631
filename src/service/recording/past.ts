import type { RecordingStats } from '../threads/messages.ts';

/** Recordings whose last stats are kept apart; older ones are summed up. */
const KEPT = 16;
/** Sources that a sum tells apart by name; those beyond stand together. */
const MAX_NAMES = 256;
const OTHER = 'other';

type SourceStats = RecordingStats['sources'][number];

/** Adds the last stats of a recording to a list that stays short: sums over it never go down. */
export function addPast(past: RecordingStats[], stats: RecordingStats): void {
  past.push({ ...stats, openFlows: 0 });
  if (past.length > KEPT) past.splice(0, 2, sum(past[0]!, past[1]!));
}

function sum(a: RecordingStats, b: RecordingStats): RecordingStats {
  const recorder = { ...a.recorder };
  for (const key of Object.keys(recorder) as (keyof typeof recorder)[]) recorder[key] += b.recorder[key];
  return {
    recorder,
    sources: sumSources([...a.sources, ...b.sources]),
    openFlows: 0,
    time: Math.max(a.time, b.time),
    refusedPackets: a.refusedPackets + b.refusedPackets,
    refusedBytes: a.refusedBytes + b.refusedBytes,
    timeOutliers: a.timeOutliers + b.timeOutliers,
    discovered: a.discovered + b.discovered,
    discoveryFull: a.discoveryFull + b.discoveryFull,
  };
}

function sumSources(sources: readonly SourceStats[]): SourceStats[] {
  const byName = new Map<string, SourceStats>();
  for (const source of sources) {
    const name = byName.has(source.name) || byName.size < MAX_NAMES ? source.name : OTHER;
    const before = byName.get(name);
    byName.set(
      name,
      before === undefined
        ? { ...source, name }
        : {
            name,
            packets: before.packets + source.packets,
            bytes: before.bytes + source.bytes,
            rejected: sumCounts(before.rejected, source.rejected),
            lost: sumCounts(before.lost, source.lost),
            restarts: before.restarts + source.restarts,
            healthy: source.healthy,
          },
    );
  }
  return [...byName.values()];
}

function sumCounts(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Record<string, number> {
  const out = { ...a };
  for (const [key, count] of Object.entries(b)) out[key] = (out[key] ?? 0) + count;
  return out;
}
