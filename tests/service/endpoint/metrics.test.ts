import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAX_FLOW_LOG_LABELS } from '../../../src/service/endpoint/metrics-flow-logs.ts';
import type { RecordingStatus } from '../../../src/service/serve/control.ts';
import { STREAM_TALLIES } from '../../../src/standins/storage/streams-database.ts';
import { TALLIES } from '../../../src/standins/storage/queues-database.ts';
import type { RecordingStats } from '../../../src/service/threads/messages.ts';
import {
  FULL,
  open,
  type Opened,
  recordingStats,
  serviceStatus,
  amountsOf,
  writingStats,
} from './support.ts';

let it: Opened;
beforeEach(async () => {
  it = await open();
});
afterEach(() => it.close());

/** Samples of /metrics by name and labels; those of the process and of log lines, which move by themselves, aside. */
async function metrics(): Promise<Record<string, number>> {
  const text = await (await fetch(`${it.url}/metrics`)).text();
  const samples = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .filter((line) => !/^weir_(?:process_|build_info|http_|log_lines|api_request_seconds)/.test(line))
    .map((line): [string, number] => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space).replace(/^weir_/, ''), Number(line.slice(space + 1))];
    });
  return Object.fromEntries(samples);
}

function source(
  name: string,
  given: Partial<RecordingStats['sources'][number]> = {},
): RecordingStats['sources'][number] {
  return { name, packets: 0, bytes: 0, rejected: {}, lost: {}, restarts: 0, healthy: true, ...given };
}

function recording(mode: 'live' | 'replay', stats: RecordingStats | undefined): RecordingStatus {
  return { number: 1, mode, producer: 'p', state: 'recording', networkVersion: 1, stats };
}

describe('/metrics', () => {
  test('names everything that moves', async () => {
    const live = recordingStats({
      recorder: {
        rows: 0,
        packets: 0,
        bytes: 0,
        eventRows: 10,
        latePackets: 1,
        lateBytes: 2,
        duplicatePackets: 3,
        duplicateBytes: 4,
        verdictOnlyPackets: 5,
        verdictOnlyBytes: 6,
        verdictLate: 7,
        verdictOverflow: 12,
        contextOverflow: 46,
        earlyWrites: 8,
        windows: 9,
      },
      sources: [
        source('lan', {
          packets: 100,
          bytes: 2000,
          rejected: { not_ip: 3, ip_truncated: 4 },
          lost: { kernel_drop: 5 },
          restarts: 6,
        }),
        source('firewall', { packets: 7, healthy: false, fault: 'gone' }),
      ],
      openFlows: 40,
      refusedPackets: 41,
      refusedBytes: 42,
      timeOutliers: 43,
      discovered: 44,
      discoveryFull: 45,
    });
    const replayed = recordingStats({
      sources: [source('/home/me/secret name.pcap', { packets: 50 })],
      openFlows: 2,
    });
    it.control.current = serviceStatus({
      recordings: [recording('live', live), recording('replay', replayed)],
      writing: writingStats(new Map([['fl-0a1b2c3d', amountsOf(1)]])),
    });
    it.control.ended = [
      recordingStats({ sources: [source('lan', { packets: 1000 }), source('other.pcap', { packets: 8 })] }),
    ];
    it.onAnswer({ service: 'ec2', action: 'CreateFlowLogs', status: 200, milliseconds: 3 });
    it.onAnswer({ service: 'ec2', status: 403, milliseconds: 3 });
    await it.client(FULL).status();
    expect(await metrics()).toEqual({
      'source_packets_total{source="lan"}': 1100,
      'source_packets_total{source="firewall"}': 7,
      'source_packets_total{source="replay"}': 58,
      'source_bytes_total{source="lan"}': 2000,
      'source_bytes_total{source="firewall"}': 0,
      'source_bytes_total{source="replay"}': 0,
      'source_rejected_packets_total{source="lan",reason="not_ip"}': 3,
      'source_rejected_packets_total{source="lan",reason="ip_truncated"}': 4,
      'source_lost_packets_total{source="lan",reason="kernel_drop"}': 5,
      'source_restarts_total{source="lan"}': 6,
      'source_restarts_total{source="firewall"}': 0,
      'source_restarts_total{source="replay"}': 0,
      'source_healthy{source="lan"}': 1,
      'source_healthy{source="firewall"}': 0,
      'packets_total{outcome="recorded"}': 14,
      'packets_total{outcome="excluded"}': 18,
      'packets_total{outcome="unattributed"}': 16,
      'packets_total{outcome="duplicate"}': 23,
      'packets_total{outcome="verdict_only"}': 5,
      'packets_total{outcome="refused"}': 41,
      'bytes_total{outcome="recorded"}': 15,
      'bytes_total{outcome="excluded"}': 19,
      'bytes_total{outcome="unattributed"}': 17,
      'bytes_total{outcome="duplicate"}': 25,
      'bytes_total{outcome="verdict_only"}': 6,
      'bytes_total{outcome="refused"}': 42,
      late_packets_total: 1,
      late_bytes_total: 2,
      late_verdicts_total: 7,
      overflowed_verdicts_total: 12,
      overflowed_contexts_total: 46,
      early_windows_total: 8,
      event_rows_total: 10,
      recorded_windows_total: 9,
      time_outlier_packets_total: 43,
      discovered_interfaces_total: 44,
      discovery_full_total: 45,
      'open_flows{mode="live"}': 40,
      'open_flows{mode="replay"}': 2,
      'recordings{mode="live",state="recording"}': 1,
      'recordings{mode="replay",state="recording"}': 1,
      'replays_total{result="done"}': 2,
      'replays_total{result="failed"}': 1,
      waiting_replays: 3,
      written_windows_total: 11,
      written_rows_total: 12,
      flows_total: 13,
      unsubscribed_rows_total: 22,
      unsubscribed_packets_total: 23,
      unsubscribed_bytes_total: 24,
      spool_commits_total: 25,
      spool_commit_retries_total: 26,
      spool_bytes: 27,
      spool_oldest_due_seconds: 28,
      objects_total: 29,
      events_total: 30,
      stream_records_total: 32,
      delivery_failures_total: 31,
      derived_rows_total: 32,
      translated_rows_total: 35,
      translated_packets_total: 36,
      translated_bytes_total: 37,
      derived_packets_total: 33,
      derived_bytes_total: 34,
      'logs_freshness_seconds{of="last"}': 1.5,
      'logs_freshness_seconds{of="worst"}': 3.5,
      'object_freshness_seconds{of="last"}': 2.5,
      'object_freshness_seconds{of="worst"}': 4.5,
      'stream_freshness_seconds{of="last"}': 5.5,
      'stream_freshness_seconds{of="worst"}': 6.5,
      'flow_log_rows_total{flow_log="fl-0a1b2c3d",stage="selected"}': 10,
      'flow_log_rows_total{flow_log="fl-0a1b2c3d",stage="delivered"}': 6,
      'flow_log_rows_total{flow_log="fl-0a1b2c3d",stage="given_up"}': 1,
      'flow_log_packets_total{flow_log="fl-0a1b2c3d",stage="selected"}': 100,
      'flow_log_packets_total{flow_log="fl-0a1b2c3d",stage="delivered"}': 60,
      'flow_log_packets_total{flow_log="fl-0a1b2c3d",stage="given_up"}': 10,
      'flow_log_bytes_total{flow_log="fl-0a1b2c3d",stage="selected"}': 1000,
      'flow_log_bytes_total{flow_log="fl-0a1b2c3d",stage="delivered"}': 600,
      'flow_log_bytes_total{flow_log="fl-0a1b2c3d",stage="given_up"}': 100,
      'flow_log_spooled_rows{flow_log="fl-0a1b2c3d"}': 3,
      'flow_log_spooled_packets{flow_log="fl-0a1b2c3d"}': 30,
      'flow_log_spooled_bytes{flow_log="fl-0a1b2c3d"}': 300,
      'flow_logs{state="delivering"}': 4,
      'flow_logs{state="failing"}': 1,
      writing_thread_restarts_total: 7,
      'log_upkeep_runs_total{result="done"}': 8,
      'log_upkeep_runs_total{result="failed"}': 9,
      'log_segments_removed_total{why="expired"}': 10,
      'log_segments_removed_total{why="merged"}': 11,
      'lifecycle_removed_total{what="objects"}': 33,
      'lifecycle_removed_total{what="uploads"}': 34,
      ...Object.fromEntries(TALLIES.map((name) => [`queue_messages_total{what="${name}"}`, 0])),
      'queue_messages_total{what="messages_sent"}': 36,
      ...Object.fromEntries(STREAM_TALLIES.map((name) => [`embedded_stream_total{what="${name}"}`, 0])),
      'embedded_stream_total{what="records_taken"}': 38,
      embedded_streams_failing: 39,
      'webhook_waiting_events{webhook="siem"}': 37,
      upload_bytes: 14,
      tls_certificate_end_seconds: 1_800_000_000,
      'reloads_total{result="done"}': 5,
      'reloads_total{result="refused"}': 6,
      network_version: 7,
      generation: 3,
      ready: 1,
      'api_requests_total{service="ec2",action="CreateFlowLogs",status="200"}': 1,
      'api_requests_total{service="ec2",action="unknown",status="403"}': 1,
      'api_requests_total{service="weir",action="GetStatus",status="200"}': 1,
    });
  });

  test('has a page before the threads have told anything', async () => {
    expect(await metrics()).toMatchObject({
      'packets_total{outcome="recorded"}': 0,
      spool_bytes: 0,
      ready: 1,
    });
  });

  test('tells so many flow logs apart, and sums up the others', async () => {
    const ids = Array.from(
      { length: MAX_FLOW_LOG_LABELS + 50 },
      (_, n) => `fl-${n.toString(16).padStart(8, '0')}`,
    );
    it.control.current = serviceStatus({
      writing: writingStats(new Map(ids.map((id) => [id, amountsOf(1)]))),
    });
    for (let k = 0; k < 2; k++) {
      const rows = Object.entries(await metrics()).filter(([name]) =>
        /^flow_log_rows_total.*selected/.test(name),
      );
      expect(rows).toHaveLength(MAX_FLOW_LOG_LABELS + 1);
      expect(rows.reduce((sum, [, value]) => sum + value, 0)).toBe(10 * ids.length);
      expect(Object.fromEntries(rows)['flow_log_rows_total{flow_log="other",stage="selected"}']).toBe(500);
    }
  });

  test('has a bound on what clients can make it hold', async () => {
    for (let n = 0; n < 5000; n++)
      it.onAnswer({ service: 's3', action: `A${n}`, status: 200, milliseconds: 1 });
    const series = Object.entries(await metrics()).filter(([name]) => name.startsWith('api_requests_total'));
    expect(series.length).toBeLessThanOrEqual(2001);
    expect(series.reduce((sum, [, value]) => sum + value, 0)).toBe(5000);
  });

  test('counts connections, requests, durations and the process', async () => {
    it.onAnswer({ service: 'ec2', action: 'DescribeVpcs', status: 200, milliseconds: 30 });
    const text = await (await fetch(`${it.url}/metrics`)).text();
    expect(text).toMatch(/^weir_http_requests_total [1-9]/m);
    expect(text).toMatch(/^weir_http_connections_total [1-9]/m);
    expect(text).toContain('weir_api_request_seconds_bucket{le="0.02",service="ec2"} 0\n');
    expect(text).toContain('weir_api_request_seconds_bucket{le="0.1",service="ec2"} 1\n');
    expect(text).toContain('weir_api_request_seconds_count{service="ec2"} 1\n');
    expect(text).toMatch(/^weir_process_resident_memory_bytes \d{7}/m);
    expect(text).toMatch(/^weir_process_cpu_seconds_total \d/m);
  });
});

describe('/healthz and /readyz', () => {
  const get = async (path: string): Promise<[number, unknown]> => {
    const response = await fetch(it.url + path);
    return [response.status, await response.json()];
  };

  test('say that all is well', async () => {
    expect(await get('/healthz')).toEqual([200, { healthy: true }]);
    expect(await get('/readyz')).toEqual([200, { ready: true, reasons: {} }]);
  });

  test('say what is stuck, while the process answers', async () => {
    it.control.current = serviceStatus({ notReady: ['deliveries have been due for 400 s'] });
    expect(await get('/readyz')).toEqual([
      503,
      { ready: false, reasons: { service: ['deliveries have been due for 400 s'] } },
    ]);
    expect(await get('/healthz')).toEqual([200, { healthy: true }]);
    expect(await metrics()).toMatchObject({ ready: 0 });
  });

  test('are not ready when a check fails itself', async () => {
    it.reporter.addCheck('broken', () => {
      throw new RangeError('oops');
    });
    expect(await get('/readyz')).toEqual([
      503,
      { ready: false, reasons: { broken: ['the check failed: oops'] } },
    ]);
  });

  test.each([
    ['POST', '/healthz'],
    ['GET', '/healthz/'],
    ['GET', '/metrics2'],
  ])('%s %s is another protocol’s', async (method, path) => {
    expect((await fetch(it.url + path, { method })).status).toBe(418);
  });

  test('answer HEAD, and a signed GET is a bucket’s', async () => {
    expect((await fetch(`${it.url}/readyz`, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(`${it.url}/metrics`, { headers: { authorization: 'AWS4' } })).status).toBe(418);
    expect((await fetch(`${it.url}/metrics?X-Amz-Algorithm=AWS4`)).status).toBe(418);
  });
});
