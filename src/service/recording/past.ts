import type { RecordingStats, SourceExports } from '../threads/messages.ts';

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
            ...sumExports(before.exports, source.exports),
          },
    );
  }
  return [...byName.values()];
}

/** Exporters stay in the order that they showed, so that those told apart stay the same. */
function sumExports(
  a: SourceExports | undefined,
  b: SourceExports | undefined,
): { readonly exports?: SourceExports } {
  if (a === undefined || b === undefined) {
    const one = a ?? b;
    return one === undefined ? {} : { exports: one };
  }
  const byAddress = new Map<string, SourceExports['exporters'][number]>();
  for (const { address, rows, lost } of [...a.exporters, ...b.exporters]) {
    const name = byAddress.has(address) || byAddress.size < MAX_NAMES ? address : OTHER;
    const before = byAddress.get(name) ?? { address: name, rows: 0, lost: {} };
    byAddress.set(name, { address: name, rows: before.rows + rows, lost: sumCounts(before.lost, lost) });
  }
  const exports = {
    datagrams: a.datagrams + b.datagrams,
    rows: a.rows + b.rows,
    notAllowed: a.notAllowed + b.notAllowed,
    notAllowedFrom: b.notAllowedFrom,
    lost: sumCounts(a.lost, b.lost),
    decoded: sumCounts(a.decoded, b.decoded),
    exporters: [...byAddress.values()],
  };
  return { exports };
}

function sumCounts(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Record<string, number> {
  const out = { ...a };
  for (const [key, count] of Object.entries(b)) out[key] = (out[key] ?? 0) + count;
  return out;
}
