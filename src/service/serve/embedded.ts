/** The embedded services: their storages and their endpoints. */
import type { PageTokens } from '../../base/page-token.ts';
import { type KeySource, verifySignature } from '../../identity/sigv4.ts';
import type { SignedService } from '../../identity/signing-rules.ts';
import type { ServiceAnswer } from '../../standins/answering.ts';
import { createFirehoseEndpoint } from '../../standins/firehose/endpoint.ts';
import { StreamPump } from '../../standins/firehose/pump.ts';
import { createLogsEndpoint } from '../../standins/logs/endpoint.ts';
import { Webhooks } from '../../standins/notifications/webhooks.ts';
import { createS3Endpoint } from '../../standins/s3/endpoint.ts';
import { createSqsEndpoint } from '../../standins/sqs/endpoint.ts';
import { readTallies, type Tally } from '../../standins/storage/queues-database.ts';
import type { StreamTally } from '../../standins/storage/streams-database.ts';
import { openStreamStorage, type StreamStorage } from '../../standins/storage/streams.ts';
import { type LogStorage, openLogStorage } from '../../standins/storage/logs.ts';
import type { Endpoint, StreamingEndpoint } from '../../wire/endpoint.ts';
import type { AnsweredRequest } from '../endpoint/request-metrics.ts';
import { type EmbeddedObjects, openEmbeddedObjects } from '../writing/embedded-objects.ts';
import { log, logFault } from './log.ts';
import type { Steps } from './steps.ts';

/** Who may ask the endpoints, and who hears of their answers. */
export interface EndpointOptions {
  readonly keys: KeySource;
  readonly pageTokens: PageTokens;
  /** Of URLs that answers hold. */
  readonly scheme: 'http' | 'https';
  readonly onAnswer: (answer: AnsweredRequest) => void;
  /** A bucket was made or deleted. */
  readonly onBucketChange: (name: string) => void;
}

export interface EmbeddedEndpoints {
  readonly s3: StreamingEndpoint;
  readonly logs: Endpoint;
  readonly firehose: Endpoint;
  readonly sqs: Endpoint;
}

export interface Embedded extends EmbeddedObjects {
  readonly logs: LogStorage;
  readonly streams: StreamStorage;
  endpoints(options: EndpointOptions): EmbeddedEndpoints;
  events(): EventCounts;
}

/** What became of messages of queues, of events and of records of streams since the data directory was made, and what waits. */
export interface EventCounts {
  readonly tallies: Readonly<Record<Tally, number>>;
  /** The same of records in streams. */
  readonly streams: Readonly<Record<StreamTally, number>>;
  /** Streams that have failed since their last delivery. */
  readonly failingStreams: number;
  /** By webhook. */
  readonly waiting: ReadonlyMap<string, number>;
}

/** Directories of the storages. */
export interface EmbeddedFolders {
  readonly objects: string;
  readonly logs: string;
  readonly queues: string;
  readonly streams: string;
}

/** Opens the storages, settles what a crash left to tell, and begins to call the webhooks; `steps` end it. */
export async function openEmbedded(
  folders: EmbeddedFolders,
  webhooks: ConstructorParameters<typeof Webhooks>[0]['webhooks'],
  steps: Steps,
): Promise<Embedded> {
  const { objects, queues, journal } = await openEmbeddedObjects(folders, (error) =>
    logFault(error, { service: 's3', what: 'an event of a new object' }),
  );
  steps.add('queues', async () => queues.close());
  await journal.recover(
    ({ bucket, bucketId, key, identity }) => objects.holds(bucket, bucketId, key, identity),
    Date.now(),
  );
  const calls = new Webhooks({ journal, webhooks, onLog: log });
  calls.start();
  steps.add('webhooks', () => calls.close());
  const logs = openLogStorage(folders.logs);
  const streams = openStreamStorage(folders.streams);
  steps.add('streams', async () => streams.close());
  const pump = new StreamPump({ streams, objects, onLog: log });
  pump.start();
  steps.add('deliveries of streams', () => pump.close());
  const embedded = { objects, queues, journal, logs, streams };
  return {
    ...embedded,
    endpoints: (options) => endpointsOf(embedded, options),
    events: () => ({
      tallies: readTallies(queues.database),
      streams: streams.tallies,
      failingStreams: pump.failing,
      waiting: journal.waitingCounts(),
    }),
  };
}

function endpointsOf(
  { objects, queues, logs, streams }: Pick<Embedded, 'objects' | 'queues' | 'logs' | 'streams'>,
  { keys, pageTokens, scheme, onAnswer, onBucketChange }: EndpointOptions,
): EmbeddedEndpoints {
  const common = <Service extends SignedService>(service: Service) => ({
    authenticate: (request: Parameters<typeof verifySignature>[0], _: Service, now: Date) =>
      verifySignature(request, { service, keys, now: now.getTime() }),
    onAnswer: ({ operation, status, milliseconds }: ServiceAnswer) =>
      onAnswer({ service, action: operation === 'unknown' ? undefined : operation, status, milliseconds }),
    onFault: (error: unknown, requestId: string) => logFault(error, { requestId, service }),
  });
  return {
    s3: createS3Endpoint({
      storage: objects,
      queues,
      keys,
      pageTokens,
      onBucketChange,
      onAnswer,
      onFault: (error: unknown, requestId: string) => logFault(error, { requestId, service: 's3' }),
    }),
    logs: createLogsEndpoint({ storage: logs, pageTokens, ...common('logs') }),
    firehose: createFirehoseEndpoint({ storage: streams, ...common('firehose') }),
    sqs: createSqsEndpoint({ storage: queues, scheme, pageTokens, ...common('sqs') }),
  };
}
