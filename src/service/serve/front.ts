import type { ActionTable } from '../../api/actions.ts';
import { createApiHandler } from '../../api/server.ts';
import type { PageTokens } from '../../base/page-token.ts';
import type { KeyRing } from '../../identity/keys.ts';
import { verifySignature } from '../../identity/sigv4.ts';
import { HttpListener, type TlsKey } from '../../wire/listener.ts';
import { OwnEndpoint } from '../endpoint/endpoint.ts';
import { describeService } from '../endpoint/metrics.ts';
import { createProbes } from '../endpoint/probes.ts';
import { countRequests } from '../endpoint/request-metrics.ts';
import type { UploadStore } from '../endpoint/uploads.ts';
import type { FlowLogBook } from '../recording/flow-log-book.ts';
import type { Backends } from './backends.ts';
import type { ServiceConfig } from './config.ts';
import type { EndpointOptions } from './embedded.ts';
import { createReporter, logFault } from './log.ts';
import { routeTo } from './routing.ts';
import type { RunningControl } from './running-control.ts';

export interface FrontParts {
  readonly config: ServiceConfig;
  /** undefined: plain HTTP. */
  readonly certificate: TlsKey | undefined;
  readonly keys: KeyRing;
  readonly pages: PageTokens;
  readonly actions: ActionTable;
  readonly control: RunningControl;
  readonly uploads: UploadStore;
  readonly backends: Backends;
  readonly book: FlowLogBook;
}

/** Every protocol on the one port, with its counters and probes. */
export function createFront(parts: FrontParts): { listener: HttpListener; own: OwnEndpoint } {
  const { config, certificate, keys, pages, actions, control, uploads, backends, book } = parts;
  const reporter = createReporter();
  const onAnswer = countRequests(reporter.metrics);
  reporter.addCheck('service', () => control.notReady());
  const api = createApiHandler({
    actions,
    authenticate: (request, service, now) => verifySignature(request, { service, keys, now: now.getTime() }),
    onAnswer,
    onFault: (error, requestId) => logFault(error, { requestId }),
  });
  const shared: EndpointOptions = {
    keys,
    pageTokens: pages,
    onAnswer,
    scheme: certificate === undefined ? 'http' : 'https',
    onBucketChange: (name) => void book.bucketChanged(name),
  };
  const own = new OwnEndpoint({ control, keys, uploads, onAnswer, onFault: logFault });
  const listener = new HttpListener({
    host: config.listen.host,
    port: config.listen.port,
    tls: certificate,
    routing: routeTo({
      api,
      ...backends.endpoints(shared),
      own,
      probes: createProbes(reporter),
    }),
    onFault: logFault,
  });
  describeService(reporter.metrics, { control: () => control.metrics(), listener: () => listener });
  return { listener, own };
}
