/** The destinations, embedded and others, and the writing thread that delivers into them. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TemplateStorage } from '../../flow-logs/template/storage.ts';
import type { FlowLogBook } from '../recording/flow-log-book.ts';
import { openRemoteDestinations } from '../writing/remote-destinations.ts';
import { remoteSettings } from './aws-settings.ts';
import { readWebhooks } from './config-webhooks.ts';
import type { ServiceConfig } from './config.ts';
import { openDestinations, type ServiceDestinations } from './destinations.ts';
import { type EmbeddedEndpoints, type EndpointOptions, type EventCounts, openEmbedded } from './embedded.ts';
import { log } from './log.ts';
import type { Steps } from './steps.ts';
import { Tails } from './tails.ts';
import { templateStorage } from './template-storage.ts';
import { Upkeep } from './upkeep.ts';
import { WritingKeeper } from './writing-keeper.ts';

/** How long upkeep that is under way may take to end. */
const UPKEEP_GRACE_MS = 500;

interface Folders {
  readonly spool: string;
  readonly s3: string;
  readonly logs: string;
  readonly queues: string;
  readonly streams: string;
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
  /** Of the embedded services. */
  endpoints(options: EndpointOptions): EmbeddedEndpoints;
  /** What became of messages and events since the data directory was made, and what waits for webhooks. */
  events(): EventCounts;
}

/** Opens the storages and starts the writing thread; `steps` take both down again, the thread within `graceMs`. */
export async function openBackends(
  config: ServiceConfig,
  directory: string | undefined,
  steps: Steps,
  { graceMs, environment, times = {} }: BackendOptions,
): Promise<Backends> {
  const folders = makeFolders(config, directory, steps);
  const remote = remoteSettings(config, environment);
  const { s3, logs, queues, streams } = folders;
  const storages = { objects: s3, logs, queues, streams };
  const embedded = await openEmbedded(storages, readWebhooks(config.webhooks, environment), steps);
  const { objects } = embedded;
  const upkeep = new Upkeep({
    directories: storages,
    log,
    ...(times.upkeepMs === undefined ? {} : { everyMs: times.upkeepMs }),
  });
  upkeep.start();
  steps.add('upkeep', () => upkeep.close(UPKEEP_GRACE_MS));
  let book: FlowLogBook | undefined;
  const looking = openRemoteDestinations(remote);
  steps.add('connections to destinations', async () => looking.close());
  const destinations = await openDestinations(
    {
      config,
      remote: looking,
      objects,
      streams: embedded.streams,
      againMs: times.placesMs,
      book: () => book,
    },
    steps,
  );
  const tails: Tails = new Tails((flowLogs) => writing.tail(flowLogs));
  const writing = new WritingKeeper({
    spool: { directory: folders.spool, ...config.spool },
    ...storages,
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
    endpoints: (options) => embedded.endpoints(options),
    events: () => embedded.events(),
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
  const { s3, logs, firehose } = config.destinations;
  const folder = (
    destination: { readonly type: string; readonly path?: string | undefined },
    name: string,
  ): string => destination.path ?? join(root, name);
  const folders: Folders = {
    spool: join(root, 'spool'),
    s3: folder(s3, 's3'),
    logs: folder(logs, 'logs'),
    queues: join(root, 'queues'),
    streams: folder(firehose, 'firehose'),
    uploads: join(root, 'uploads'),
  };
  mkdirSync(folders.spool, { recursive: true, mode: 0o700 });
  return folders;
}
