/** The embedded storages with their endpoints, and the writing thread that delivers into them. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PageTokens } from '../../base/page-token.ts';
import type { TemplateStorage } from '../../flow-logs/template/storage.ts';
import { type KeySource, verifySignature } from '../../identity/sigv4.ts';
import { createLogsEndpoint } from '../../standins/logs/endpoint.ts';
import { createS3Endpoint } from '../../standins/s3/endpoint.ts';
import { type LogStorage, openLogStorage } from '../../standins/storage/logs.ts';
import { type ObjectStorage, openObjectStorage } from '../../standins/storage/objects.ts';
import { NoSuchStream, type StreamSink } from '../../standins/storage/stream-storage.ts';
import type { Endpoint, StreamingEndpoint } from '../../wire/endpoint.ts';
import type { AnsweredRequest } from '../endpoint/request-metrics.ts';
import type { FlowLogBook } from '../recording/flow-log-book.ts';
import { openRemoteDestinations } from '../writing/remote-destinations.ts';
import { remoteSettings } from './aws-settings.ts';
import type { ServiceConfig } from './config.ts';
import { openDestinations, type ServiceDestinations } from './destinations.ts';
import { log, logFault } from './log.ts';
import type { Steps } from './steps.ts';
import { Tails } from './tails.ts';
import { templateStorage } from './template-storage.ts';
import { Upkeep } from './upkeep.ts';
import { WritingKeeper } from './writing-keeper.ts';

/** Who may ask the endpoints, and who hears of their answers. */
export interface EndpointOptions {
  readonly keys: KeySource;
  readonly pageTokens: PageTokens;
  readonly onAnswer: (answer: AnsweredRequest) => void;
  /** A bucket was made or deleted. */
  readonly onBucketChange: (name: string) => void;
}

/** How long upkeep that is under way may take to end. */
const UPKEEP_GRACE_MS = 500;

const NO_STREAMS: StreamSink = {
  put: (name) => Promise.reject(new NoSuchStream(name)),
  stream: () => Promise.resolve(undefined),
};

interface Folders {
  readonly spool: string;
  readonly s3: string;
  readonly logs: string;
  readonly uploads: string;
}

/** Pauses that tests shorten. */
export interface BackendTimes {
  readonly upkeepMs?: number;
  /** First and last pause before a writing thread that died is started anew. */
  readonly restartMs?: readonly [number, number];
  /** Before a bucket or stream outside that was not there is asked for again. */
  readonly placesMs?: number;
}

export interface BackendOptions {
  /** How long the writing thread may take to end. */
  readonly graceMs: number;
  /** Where keys of destinations may stand. */
  readonly environment: NodeJS.ProcessEnv;
  readonly times?: BackendTimes | undefined;
}

export interface Backends {
  readonly writing: WritingKeeper;
  readonly upkeep: Upkeep;
  readonly destinations: ServiceDestinations;
  readonly tails: Tails;
  readonly templates: TemplateStorage;
  /** Captures that clients send up, for one run of the service. */
  readonly uploadsDirectory: string;
  /** Tells the flow logs how they are delivered. */
  follow(book: FlowLogBook): void;
  s3Endpoint(options: EndpointOptions): StreamingEndpoint;
  logsEndpoint(options: EndpointOptions): Endpoint;
}

/** Opens the storages and starts the writing thread; `steps` take both down again, the thread within `graceMs`. */
export async function openBackends(
  config: ServiceConfig,
  directory: string | undefined,
  steps: Steps,
  { graceMs, environment, times = {} }: BackendOptions,
): Promise<Backends> {
  const folders = makeFolders(config, directory, steps);
  const objects = await openObjectStorage(folders.s3);
  const logs = openLogStorage(folders.logs);
  const remote = remoteSettings(config, environment);
  const upkeep = new Upkeep({
    directory: folders.logs,
    log,
    ...(times.upkeepMs === undefined ? {} : { everyMs: times.upkeepMs }),
  });
  upkeep.start();
  steps.add('upkeep of log events', () => upkeep.close(UPKEEP_GRACE_MS));
  let book: FlowLogBook | undefined;
  const looking = openRemoteDestinations(remote);
  steps.add('connections to destinations', async () => looking.close());
  const destinations = await openDestinations(
    { config, remote: looking, objects, streams: NO_STREAMS, againMs: times.placesMs, book: () => book },
    steps,
  );
  const tails: Tails = new Tails((flowLogs) => writing.tail(flowLogs));
  const writing = new WritingKeeper({
    spool: { directory: folders.spool, ...config.spool },
    objects: folders.s3,
    logs: folders.logs,
    remote,
    renew: () => book?.renew() ?? [],
    onState: (flowLog, state) => book?.told(flowLog, state),
    onLines: (flowLog, text) => tails.lines(flowLog, text),
    onLog: log,
    ...(times.restartMs === undefined ? {} : { delaysMs: times.restartMs }),
  });
  steps.add('the writing thread', () => writing.close(graceMs));
  return {
    writing,
    upkeep,
    destinations,
    tails,
    templates: templateStorage(destinations.objects),
    uploadsDirectory: folders.uploads,
    follow: (followed) => (book = followed),
    s3Endpoint: (options) => s3Endpoint(objects, options),
    logsEndpoint: (options) => logsEndpoint(logs, options),
  };
}

/** In the data directory unless the configuration says otherwise; without one, in a private directory of this run. */
function makeFolders(config: ServiceConfig, directory: string | undefined, steps: Steps): Folders {
  let root = directory;
  if (root === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'weir-'));
    chmodSync(made, 0o700);
    steps.add('temporary files', async () => rmSync(made, { recursive: true, force: true }));
    root = made;
  }
  const { s3, logs } = config.destinations;
  const folder = (
    destination: { readonly type: string; readonly path?: string | undefined },
    name: string,
  ): string => destination.path ?? join(root, name);
  const folders: Folders = {
    spool: join(root, 'spool'),
    s3: folder(s3, 's3'),
    logs: folder(logs, 'logs'),
    uploads: join(root, 'uploads'),
  };
  mkdirSync(folders.spool, { recursive: true, mode: 0o700 });
  return folders;
}

function s3Endpoint(storage: ObjectStorage, options: EndpointOptions): StreamingEndpoint {
  const { keys, pageTokens, onAnswer, onBucketChange } = options;
  return createS3Endpoint({
    storage,
    keys,
    pageTokens,
    onBucketChange,
    onAnswer,
    onFault: (error: unknown, requestId: string) => logFault(error, { requestId, service: 's3' }),
  });
}

function logsEndpoint(storage: LogStorage, { keys, pageTokens, onAnswer }: EndpointOptions): Endpoint {
  return createLogsEndpoint({
    storage,
    pageTokens,
    authenticate: (request, service, now) => verifySignature(request, { service, keys, now: now.getTime() }),
    onAnswer: ({ operation, status, milliseconds }) =>
      onAnswer({
        service: 'logs',
        action: operation === 'unknown' ? undefined : operation,
        status,
        milliseconds,
      }),
    onFault: (error, requestId) => logFault(error, { requestId, service: 'logs' }),
  });
}
