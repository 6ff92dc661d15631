/** Weir's own part of the listener, put together: probes, signed endpoint, metrics. For service.ts. */
import type { Reporter } from '../../base/reporter.ts';
import type { KeySource } from '../../identity/sigv4.ts';
import type { Endpoint, RequestHead } from '../../wire/endpoint.ts';
import type { ServiceControl } from '../serve/control.ts';
import { isOwn, OwnEndpoint } from './endpoint.ts';
import { describeService, type MetricSources } from './metrics.ts';
import { createProbes, isProbe } from './probes.ts';
import { type AnsweredRequest, countRequests } from './request-metrics.ts';
import { UploadStore } from './uploads.ts';

export interface OwnPartsOptions {
  readonly control: ServiceControl;
  readonly keys: KeySource;
  /** One for each service: its registry is filled here. */
  readonly reporter: Reporter;
  /** Where captures wait that were sent up: a folder of their own, emptied now. */
  readonly uploadDirectory: string;
  readonly listener: MetricSources['listener'];
}

export interface OwnParts {
  /** The endpoint of a request that is Weir's own; undefined: another protocol's. Ask before all others. */
  endpointFor(head: RequestHead): Endpoint | undefined;
  /** To be told of the answers of all other protocols (`weir_api_requests_total`). */
  readonly onAnswer: (answer: AnsweredRequest) => void;
  /** Ends open tails, and removes uploads. Call before the listener stops, or it waits for them. */
  close(): void;
}

export function openOwnParts(options: OwnPartsOptions): OwnParts {
  const { control, keys, reporter, uploadDirectory, listener } = options;
  const uploads = new UploadStore(uploadDirectory);
  uploads.start();
  describeService(reporter.metrics, { control: () => control.metrics(), listener });
  reporter.metrics.gauge({ name: 'upload_bytes', help: 'Captures that wait for their replay.' }, () => [
    [uploads.bytes],
  ]);
  reporter.addCheck('service', () => control.status().notReady);
  const onAnswer = countRequests(reporter.metrics);
  const onFault = (error: unknown): void => reporter.fault(error);
  const own = new OwnEndpoint({ control, keys, uploads, onAnswer, onFault });
  const probes = createProbes(reporter);
  return {
    endpointFor: (head) => (isProbe(head) ? probes : isOwn(head) ? own : undefined),
    onAnswer,
    close: () => {
      own.close();
      uploads.close();
    },
  };
}
