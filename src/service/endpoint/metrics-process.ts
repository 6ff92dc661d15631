/** The process itself. */
import { memoryUsage, cpuUsage, version } from 'node:process';
import type { Metrics } from '../../base/reporter-metrics.ts';

/** Unix seconds at which this process began. */
const STARTED = performance.timeOrigin / 1000;

export function describeProcess(metrics: Metrics): void {
  metrics.counter({ name: 'process_cpu_seconds_total', help: 'Of all threads.' }, () => {
    const { user, system } = cpuUsage();
    return [[(user + system) / 1e6]];
  });
  metrics.gauge({ name: 'process_resident_memory_bytes', help: 'Of all threads.' }, () => [
    [memoryUsage.rss()],
  ]);
  metrics.gauge({ name: 'process_heap_bytes', help: 'Heap in use of the main thread.' }, () => [
    [memoryUsage().heapUsed],
  ]);
  metrics.gauge({ name: 'process_start_time_seconds', help: 'Since the epoch.' }, () => [[STARTED]]);
  metrics.gauge({ name: 'build_info', help: '1, with versions.', labels: ['node'] }, () => [[1, version]]);
}
