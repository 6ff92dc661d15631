/** Sources and flow tables: what came in, and what became of it before it was written. */
import type { Metrics, Sample } from '../../base/reporter-metrics.ts';
import type { MetricsSnapshot } from '../serve/control.ts';
import type { RecordingStats } from '../threads/messages.ts';
import { describeExporters } from './metrics-exporters.ts';

type SourceStats = RecordingStats['sources'][number];

/** Names of live sources that have a label of their own; further ones share `other`. */
const MAX_SOURCES = 256;
/** What all captures of replays are counted under: their paths are anyone's. */
const REPLAY = 'replay';

/** Samples summed up by source, and by the labels in what is picked: of a source that has none, nothing. */
export type BySource = (
  pick: (source: SourceStats) => Readonly<Record<string, number>> | number | readonly Sample[],
) => Sample[];

export function describeRecordings(metrics: Metrics, snapshot: () => MetricsSnapshot): void {
  const live = new Set<string>();
  const bySource: BySource = (pick) => sourceSamples(snapshot(), live, pick);
  metrics.counter(
    { name: 'source_packets_total', help: 'Packets read from a source.', labels: ['source'] },
    () => bySource((source) => source.packets),
  );
  metrics.counter({ name: 'source_bytes_total', help: 'Bytes of packets read.', labels: ['source'] }, () =>
    bySource((source) => source.bytes),
  );
  metrics.counter(
    {
      name: 'source_rejected_packets_total',
      help: 'Packets that made no row, by reason.',
      labels: ['source', 'reason'],
    },
    () => bySource((source) => source.rejected),
  );
  metrics.counter(
    {
      name: 'source_lost_packets_total',
      help: 'Packets lost before they were read, by reason.',
      labels: ['source', 'reason'],
    },
    () => bySource((source) => source.lost),
  );
  metrics.counter(
    { name: 'source_restarts_total', help: 'Starts anew of a source.', labels: ['source'] },
    () => bySource((source) => source.restarts),
  );
  metrics.gauge(
    { name: 'source_healthy', help: '1 for a live source that captures.', labels: ['source'] },
    () => liveSources(snapshot()).map(({ name, healthy }): Sample => [healthy ? 1 : 0, labelOf(name, live)]),
  );
  describeExporters(metrics, bySource, (pick) => summed(liveSources(snapshot()), live, pick));
  describeOutcomes(metrics, snapshot);
  describeState(metrics, snapshot);
}

/** The identity's terms (S1.2) but for those of `source_rejected_packets_total`. */
function describeOutcomes(metrics: Metrics, snapshot: () => MetricsSnapshot): void {
  const outcomes = (unit: 'Packets' | 'Bytes'): Sample[] => {
    const recorder = (name: 'duplicate' | 'verdictOnly'): number =>
      total(snapshot(), (stats) => stats.recorder[`${name}${unit}`]);
    const account = snapshot().status.writing?.account;
    const written = (name: 'recorded' | 'excluded' | 'unattributed' | 'duplicate'): number =>
      account?.[`${name}${unit}`] ?? 0;
    return [
      [written('recorded'), 'recorded'],
      [written('excluded'), 'excluded'],
      [written('unattributed'), 'unattributed'],
      [recorder('duplicate') + written('duplicate'), 'duplicate'],
      [recorder('verdictOnly'), 'verdict_only'],
      [total(snapshot(), (stats) => stats[`refused${unit}`]), 'refused'],
    ];
  };
  const labels = ['outcome'];
  metrics.counter({ name: 'packets_total', help: 'Packets by what became of them.', labels }, () =>
    outcomes('Packets'),
  );
  metrics.counter({ name: 'bytes_total', help: 'Their bytes.', labels }, () => outcomes('Bytes'));
}

function describeState(metrics: Metrics, snapshot: () => MetricsSnapshot): void {
  const counter = (name: string, help: string, pick: (stats: RecordingStats) => number): void =>
    metrics.counter({ name, help }, () => [[total(snapshot(), pick)]]);
  counter(
    'late_packets_total',
    'Packets that came after their window had closed.',
    (it) => it.recorder.latePackets,
  );
  counter('late_bytes_total', 'Their bytes.', (it) => it.recorder.lateBytes);
  counter('event_rows_total', 'Flows that only tell an event: no record.', (it) => it.recorder.eventRows);
  counter('late_verdicts_total', 'Verdicts that came after the close.', (it) => it.recorder.verdictLate);
  counter(
    'overflowed_verdicts_total',
    'Verdicts not remembered for their connections, for want of room.',
    (it) => it.recorder.verdictOverflow,
  );
  counter(
    'overflowed_contexts_total',
    'Packets and legs of flows whose bindings and MAC addresses were ignored, for want of room.',
    (it) => it.recorder.contextOverflow,
  );
  counter('early_windows_total', 'Windows written early, for want of room.', (it) => it.recorder.earlyWrites);
  counter('recorded_windows_total', 'Windows that have closed.', (it) => it.recorder.windows);
  counter('time_outlier_packets_total', 'Packets with times that cannot be.', (it) => it.timeOutliers);
  counter('discovered_interfaces_total', 'Interfaces found by their addresses.', (it) => it.discovered);
  counter('discovery_full_total', 'Addresses that found no room.', (it) => it.discoveryFull);
  metrics.gauge({ name: 'open_flows', help: 'Flows of windows that are open.', labels: ['mode'] }, () =>
    byMode(snapshot(), ({ stats }) => stats?.openFlows ?? 0),
  );
  metrics.gauge(
    { name: 'recordings', help: 'Recordings by mode and state.', labels: ['mode', 'state'] },
    () => recordingStates(snapshot()),
  );
  metrics.counter({ name: 'replays_total', help: 'Replays that have ended.', labels: ['result'] }, () => {
    const { done, failed } = snapshot().replays;
    return [
      [done, 'done'],
      [failed, 'failed'],
    ];
  });
  metrics.gauge({ name: 'waiting_replays', help: 'Replays that wait for their turn.' }, () => [
    [snapshot().replays.waiting],
  ]);
}

function statsOf({ status, endedRecordings }: MetricsSnapshot): RecordingStats[] {
  return [...endedRecordings, ...status.recordings.flatMap(({ stats }) => stats ?? [])];
}

function total(snapshot: MetricsSnapshot, pick: (stats: RecordingStats) => number): number {
  return statsOf(snapshot).reduce((sum, stats) => sum + pick(stats), 0);
}

function liveSources({ status }: MetricsSnapshot): SourceStats[] {
  return status.recordings.flatMap(({ mode, stats }) => (mode === 'live' ? (stats?.sources ?? []) : []));
}

function labelOf(name: string, live: Set<string>): string {
  if (!live.has(name) && live.size >= MAX_SOURCES) return 'other';
  live.add(name);
  return name;
}

/** Samples summed up by source, and by the names in what is picked where that is a record. `live` remembers the live
 * sources' names, by which those of ended recordings are known. */
function sourceSamples(
  snapshot: MetricsSnapshot,
  live: Set<string>,
  pick: Parameters<BySource>[0],
): Sample[] {
  for (const { name } of liveSources(snapshot)) labelOf(name, live);
  return summed(
    statsOf(snapshot).flatMap((stats) => stats.sources),
    live,
    pick,
  );
}

function summed(
  sources: readonly SourceStats[],
  live: ReadonlySet<string>,
  pick: Parameters<BySource>[0],
): Sample[] {
  const sums = new Map<string, { value: number; labels: string[] }>();
  for (const source of sources) {
    const label = live.has(source.name) ? source.name : REPLAY;
    const picked = pick(source);
    const entries: readonly Sample[] =
      typeof picked === 'number'
        ? [[picked]]
        : isSamples(picked)
          ? picked
          : Object.entries(picked).map(([name, value]) => [value, name]);
    for (const [value, ...more] of entries) {
      const labels = [label, ...more];
      const key = labels.join('\0');
      const sum = sums.get(key);
      if (sum === undefined) sums.set(key, { value, labels });
      else sum.value += value;
    }
  }
  return [...sums.values()].map(({ value, labels }): Sample => [value, ...labels]);
}

function isSamples(
  picked: Readonly<Record<string, number>> | readonly Sample[],
): picked is readonly Sample[] {
  return Array.isArray(picked);
}

type Recording = MetricsSnapshot['status']['recordings'][number];

function byMode(snapshot: MetricsSnapshot, pick: (recording: Recording) => number): Sample[] {
  return (['live', 'replay'] as const).map((mode): Sample => {
    const those = snapshot.status.recordings.filter((recording) => recording.mode === mode);
    return [those.reduce((sum, recording) => sum + pick(recording), 0), mode];
  });
}

function recordingStates({ status }: MetricsSnapshot): Sample[] {
  const counts = new Map<string, number>();
  for (const { mode, state } of status.recordings) {
    const key = `${mode} ${state}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]): Sample => [count, ...key.split(' ')]);
}
