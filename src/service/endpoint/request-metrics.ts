/** Requests by service, action and status, and how long they took. */
import type { Metrics, Sample } from '../../base/reporter-metrics.ts';

/** One answered request, as the endpoints tell it. */
export interface AnsweredRequest {
  /** ec2, sts, s3, logs, weir. */
  readonly service: string;
  /** Only of a known action: a client's own words are no label. */
  readonly action?: string | undefined;
  readonly status: number;
  readonly milliseconds: number;
}

/** Seconds: answers from memory take a millisecond, transactions some, flushes minutes. */
const BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300];
/** Most combinations of service, action and status that are told apart. */
const MAX_SERIES = 2000;
const UNKNOWN = 'unknown';

/** Gives a registry `weir_api_requests_total` and `weir_api_request_seconds`; returns what to tell answers to. */
export function countRequests(metrics: Metrics): (answer: AnsweredRequest) => void {
  const counts = new Map<string, { count: number; labels: string[] }>();
  metrics.counter(
    {
      name: 'api_requests_total',
      help: 'Requests that were answered.',
      labels: ['service', 'action', 'status'],
    },
    () => [...counts.values()].map(({ count, labels }): Sample => [count, ...labels]),
  );
  const observe = metrics.histogram(
    { name: 'api_request_seconds', help: 'From the whole request to its answer.', labels: ['service'] },
    BUCKETS,
  );
  return ({ service, action = UNKNOWN, status, milliseconds }) => {
    observe(milliseconds / 1000, service);
    let labels = [service, action, String(status)];
    if (counts.size >= MAX_SERIES && !counts.has(labels.join(' ')))
      labels = [service, 'other', String(status)];
    const key = labels.join(' ');
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { count: 1, labels });
    else known.count++;
  };
}
