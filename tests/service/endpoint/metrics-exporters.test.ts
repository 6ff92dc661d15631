/** What /metrics says of sources of exported flows, over recordings that are over and under way. */
import { describe, expect, test } from 'vitest';
import { Metrics } from '../../../src/base/reporter-metrics.ts';
import { describeRecordings } from '../../../src/service/endpoint/metrics-recordings.ts';
import { addPast } from '../../../src/service/recording/past.ts';
import type { RecordingStats, SourceExports } from '../../../src/service/threads/messages.ts';
import type { MetricsSnapshot } from '../../../src/service/serve/control.ts';
import { recordingStats, serviceStatus } from './support.ts';

function exports(given: Partial<SourceExports> = {}): SourceExports {
  return {
    datagrams: 10,
    rows: 20,
    notAllowed: 3,
    notAllowedFrom: [{ address: '203.0.113.9', datagrams: 3 }],
    lost: { sequence_gap: 4 },
    decoded: { templates: 2, heldSets: 1, rejected_not_ip: 5, noted_time_clamped: 6 },
    exporters: [{ address: '10.0.0.1', rows: 20, lost: { sequence_gap: 4 } }],
    ...given,
  };
}

function statsWith(given?: Partial<SourceExports>): RecordingStats {
  const none = { rejected: {}, lost: {}, restarts: 0, healthy: true };
  return recordingStats({
    sources: [{ name: 'routers', packets: 50, bytes: 900, ...none, exports: exports(given) }],
  });
}

async function page(live: RecordingStats, past: readonly RecordingStats[]): Promise<string[]> {
  const metrics = new Metrics();
  const status = serviceStatus({
    recordings: [
      { number: 1, mode: 'live', producer: 'p', state: 'recording', networkVersion: 1, stats: live },
    ],
  });
  const snapshot = { status, endedRecordings: past, replays: { done: 0, failed: 0, waiting: 0 } };
  describeRecordings(metrics, () => snapshot as unknown as MetricsSnapshot);
  const text = await metrics.text();
  return text
    .split('\n')
    .filter((line) =>
      /^weir_(?:exporter|source_(?:datagrams|flows|not|lost_exports|rej.*exports|noted|decoded|waiting))/.test(
        line,
      ),
    );
}

describe('exporters in /metrics', () => {
  test('are told by source, reason and address', async () => {
    expect(await page(statsWith(), [])).toEqual([
      'weir_source_datagrams_total{source="routers"} 10',
      'weir_source_flows_total{source="routers"} 20',
      'weir_source_not_allowed_datagrams_total{source="routers"} 3',
      'weir_source_lost_exports_total{source="routers",reason="sequence_gap"} 4',
      'weir_source_rejected_exports_total{source="routers",reason="not_ip"} 5',
      'weir_source_noted_exports_total{source="routers",kind="time_clamped"} 6',
      'weir_source_decoded_total{source="routers",kind="templates"} 2',
      'weir_source_waiting_data_sets{source="routers"} 1',
      'weir_exporter_flows_total{source="routers",exporter="10.0.0.1"} 20',
      'weir_exporter_lost_total{source="routers",exporter="10.0.0.1",reason="sequence_gap"} 4',
    ]);
  });

  test('never go down when a recording begins again, however often it does', async () => {
    const past: RecordingStats[] = [];
    for (let k = 0; k < 20; k++) addPast(past, statsWith());
    const lines = await page(statsWith({ exporters: [{ address: '10.0.0.2', rows: 1, lost: {} }] }), past);
    expect(lines).toContain('weir_source_flows_total{source="routers"} 420');
    expect(lines).toContain('weir_exporter_flows_total{source="routers",exporter="10.0.0.1"} 400');
    expect(lines).toContain('weir_exporter_flows_total{source="routers",exporter="10.0.0.2"} 1');
    expect(lines).toContain('weir_source_lost_exports_total{source="routers",reason="sequence_gap"} 84');
    // What waited of recordings that are over waits no longer.
    expect(lines).toContain('weir_source_waiting_data_sets{source="routers"} 1');
  });
});
