/** /metrics, /healthz and /readyz: unsigned GETs, for what watches a service. They tell amounts and states, no
 * record and no name of an account. */
import type { Reporter } from '../../base/reporter.ts';
import { headerValues } from '../../base/raw-request.ts';
import type { Endpoint, RawResponse, RequestHead } from '../../wire/endpoint.ts';
import { splitTarget } from '../../identity/canonical.ts';
import { jsonAnswer } from './answers.ts';

const PATHS: ReadonlySet<string> = new Set(['/metrics', '/healthz', '/readyz']);

/** Whether a request is for the probes: unsigned, since a signed GET of such a path is for a bucket of that name. */
export function isProbe(head: RequestHead): boolean {
  if (head.method !== 'GET' && head.method !== 'HEAD') return false;
  const { path, query } = splitTarget(head.target);
  return PATHS.has(path) && headerValues(head, 'authorization').length === 0 && !/(?:^|&)X-Amz-/.test(query);
}

/** The endpoint of what `isProbe` says yes to. */
export function createProbes(reporter: Reporter): Endpoint {
  async function answer(path: string): Promise<RawResponse> {
    switch (path) {
      case '/metrics': {
        const text = await reporter.metrics.text();
        return { status: 200, headers: [['Content-Type', reporter.metrics.contentType]], body: text };
      }
      case '/healthz':
        return jsonAnswer(200, { healthy: true });
      default: {
        const unwell = reporter.unwell();
        const ready = Object.keys(unwell).length === 0;
        return jsonAnswer(ready ? 200 : 503, { ready, reasons: unwell });
      }
    }
  }
  return {
    maxBodyBytes: 0,
    handle: ({ target }) => answer(splitTarget(target).path),
    refuse: (_, { status, code, message }) => jsonAnswer(status, { code, message }),
  };
}
