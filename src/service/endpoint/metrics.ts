/** What /metrics says of a service: what its threads count, by names that do not change. */
import type { Metrics, Sample } from '../../base/reporter-metrics.ts';
import type { ListenerCounters } from '../../wire/listener.ts';
import type { MetricsSnapshot } from '../serve/control.ts';
import { describeFlowLogs } from './metrics-flow-logs.ts';
import { describeProcess } from './metrics-process.ts';
import { describeRecordings } from './metrics-recordings.ts';
import { describeWriting } from './metrics-writing.ts';

/** Where the numbers are; all answer from memory. */
export interface MetricSources {
  readonly control: () => MetricsSnapshot;
  readonly listener: () => { readonly counters: ListenerCounters; readonly bufferedBytes: number };
}

/** Gives a service's registry all that is known of it. Call once for each registry. */
export function describeService(metrics: Metrics, sources: MetricSources): void {
  // One snapshot for all metrics of a page: they are read one after the other in one turn.
  let page: MetricsSnapshot | undefined;
  const snapshot = (): MetricsSnapshot => {
    if (page === undefined) {
      page = sources.control();
      queueMicrotask(() => (page = undefined));
    }
    return page;
  };
  describeRecordings(metrics, snapshot);
  describeWriting(metrics, snapshot);
  describeFlowLogs(metrics, snapshot);
  describeListener(metrics, sources.listener);
  describeProcess(metrics);
  metrics.gauge({ name: 'network_version', help: 'Version of the network that is in force.' }, () => [
    [snapshot().status.networkVersion],
  ]);
  metrics.gauge({ name: 'generation', help: 'How often the data directory has been started.' }, () => [
    [snapshot().status.generation],
  ]);
  metrics.counter(
    { name: 'reloads_total', help: 'Reads of the configuration while running.', labels: ['result'] },
    () => Object.entries(snapshot().reloads).map(([result, count]): Sample => [count, result]),
  );
  metrics.gauge(
    {
      name: 'tls_certificate_end_seconds',
      help: 'Until when the port’s certificate is good, Unix time; 0 without TLS.',
    },
    () => {
      const { certificateValidTo: end } = snapshot();
      return end === undefined ? [] : [[Math.floor(end / 1000)]];
    },
  );
  metrics.gauge({ name: 'upload_bytes', help: 'Captures that clients have sent up.' }, () => [
    [snapshot().uploadBytes],
  ]);
  metrics.gauge({ name: 'ready', help: '1 when /readyz answers 200.' }, () => [
    [snapshot().status.notReady.length === 0 ? 1 : 0],
  ]);
}

function describeListener(metrics: Metrics, read: MetricSources['listener']): void {
  const counter = (name: string, help: string, pick: (counters: ListenerCounters) => number): void =>
    metrics.counter({ name, help }, () => [[pick(read().counters)]]);
  counter('http_connections_total', 'Connections taken.', (it) => it.connections);
  counter('http_evicted_connections_total', 'Closed to make room for others.', (it) => it.evicted);
  counter('http_tls_failures_total', 'Connections that did not agree on TLS.', (it) => it.tlsFailures);
  counter('http_requests_total', 'Requests of every protocol.', (it) => it.requests);
  counter('http_faults_total', 'Requests that a fault of the program ended.', (it) => it.faults);
  metrics.counter(
    { name: 'http_refused_requests_total', help: 'Refused before any protocol.', labels: ['status'] },
    () => [...read().counters.refused].map(([status, requests]): Sample => [requests, String(status)]),
  );
  metrics.gauge({ name: 'http_buffered_bytes', help: 'Bodies that are held now.' }, () => [
    [read().bufferedBytes],
  ]);
}
