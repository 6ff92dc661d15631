/** The writing thread: windows, spool, destinations. */
import type { Metrics, Sample } from '../../base/reporter-metrics.ts';
import type { MetricsSnapshot } from '../serve/control.ts';
import type { WritingStats } from '../threads/messages.ts';

export function describeWriting(metrics: Metrics, snapshot: () => MetricsSnapshot): void {
  const read = (pick: (stats: WritingStats) => number): Sample[] => {
    const stats = snapshot().status.writing;
    return stats === undefined ? [] : [[pick(stats)]];
  };
  const counter = (name: string, help: string, pick: (stats: WritingStats) => number): void =>
    metrics.counter({ name, help }, () => read(pick));
  const gauge = (name: string, help: string, pick: (stats: WritingStats) => number): void =>
    metrics.gauge({ name, help }, () => read(pick));
  counter('written_windows_total', 'Windows that were written.', (it) => it.windows);
  counter('written_rows_total', 'Rows that were rendered.', (it) => it.lines);
  counter('flows_total', 'Flows of written windows.', (it) => it.account.flows);
  counter('unsubscribed_rows_total', 'Rows that no flow log selects.', (it) => it.unsubscribedRows);
  counter('unsubscribed_packets_total', 'Their packets.', (it) => it.unsubscribedPackets);
  counter('unsubscribed_bytes_total', 'Their bytes.', (it) => it.unsubscribedBytes);
  counter(
    'derived_rows_total',
    'Rows at transit gateway attachments that no source sees, by the routes.',
    (it) => it.account.derivedLines,
  );
  counter(
    'derived_packets_total',
    'Their packets, which are in other rows too.',
    (it) => it.account.derivedPackets,
  );
  counter('derived_bytes_total', 'Their bytes.', (it) => it.account.derivedBytes);
  counter(
    'translated_rows_total',
    'Second legs of translated flows: outside of the sum of outcomes.',
    (it) => it.account.translatedRows,
  );
  counter('translated_packets_total', 'Their packets.', (it) => it.account.translatedPackets);
  counter('translated_bytes_total', 'Their bytes.', (it) => it.account.translatedBytes);
  counter('spool_commits_total', 'Windows that are durable.', (it) => it.commits);
  counter('spool_commit_retries_total', 'Commits that the disk refused.', (it) => it.commitRetries);
  gauge('spool_bytes', 'What waits for destinations on disk.', (it) => it.spoolBytes);
  gauge(
    'spool_oldest_due_seconds',
    'Age of what could have been published first.',
    (it) => it.oldestDueSeconds,
  );
  counter('objects_total', 'S3 objects that were published.', (it) => it.objects);
  counter('events_total', 'Log events that were published.', (it) => it.events);
  counter('stream_records_total', 'Records that were put into Firehose streams.', (it) => it.records);
  counter('delivery_failures_total', 'Attempts that a destination refused.', (it) => it.failures);
  metrics.counter(
    { name: 'writing_thread_restarts_total', help: 'Times that the writing thread died.' },
    () => [[snapshot().writingRestarts]],
  );
  const freshness = (pick: (stats: WritingStats) => WritingStats['logsFreshness']): Sample[] => {
    const stats = snapshot().status.writing;
    if (stats === undefined) return [];
    const { last, worst } = pick(stats);
    return [
      [last, 'last'],
      [worst, 'worst'],
    ];
  };
  metrics.gauge(
    { name: 'logs_freshness_seconds', help: 'From a window’s close to its log events.', labels: ['of'] },
    () => freshness((stats) => stats.logsFreshness),
  );
  metrics.gauge(
    { name: 'object_freshness_seconds', help: 'From a slot’s close to its object.', labels: ['of'] },
    () => freshness((stats) => stats.objectFreshness),
  );
  metrics.gauge(
    {
      name: 'stream_freshness_seconds',
      help: 'From a window’s close to its records in streams.',
      labels: ['of'],
    },
    () => freshness((stats) => stats.streamsFreshness),
  );
  describeUpkeep(metrics, snapshot);
}

/** What is embedded is tidied on a thread of its own. */
function describeUpkeep(metrics: Metrics, snapshot: () => MetricsSnapshot): void {
  metrics.counter(
    { name: 'log_upkeep_runs_total', help: 'Looks at what is stored.', labels: ['result'] },
    () => [
      [snapshot().upkeep.runs, 'done'],
      [snapshot().upkeep.failures, 'failed'],
    ],
  );
  metrics.counter(
    { name: 'log_segments_removed_total', help: 'Files of log events by why they went.', labels: ['why'] },
    () => [
      [snapshot().upkeep.expired, 'expired'],
      [snapshot().upkeep.merged, 'merged'],
    ],
  );
  metrics.counter(
    {
      name: 'lifecycle_removed_total',
      help: 'What lifecycles of embedded buckets let go.',
      labels: ['what'],
    },
    () => [
      [snapshot().upkeep.objects, 'objects'],
      [snapshot().upkeep.uploads, 'uploads'],
    ],
  );
  // Since the data directory was made: they outlast the process.
  metrics.counter(
    {
      name: 'queue_messages_total',
      help: 'Messages of embedded queues, and events of new objects, by what became of them.',
      labels: ['what'],
    },
    () => Object.entries(snapshot().events?.tallies ?? {}).map(([what, count]): Sample => [count, what]),
  );
  metrics.counter(
    {
      name: 'embedded_stream_total',
      help: 'Records and bytes of embedded streams by what became of them.',
      labels: ['what'],
    },
    () => Object.entries(snapshot().events?.streams ?? {}).map(([what, count]): Sample => [count, what]),
  );
  metrics.gauge(
    { name: 'embedded_streams_failing', help: 'Embedded streams whose destination fails.' },
    () => {
      const { events } = snapshot();
      return events === undefined ? [] : [[events.failingStreams]];
    },
  );
  metrics.gauge(
    { name: 'webhook_waiting_events', help: 'Events that wait for a webhook.', labels: ['webhook'] },
    () => [...(snapshot().events?.waiting ?? [])].map(([webhook, count]): Sample => [count, webhook]),
  );
}
