/** The service: control plane, embedded storages, recordings and delivery, put together and taken down in order. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionTable } from '../../api/actions.ts';
import { flowLogActions } from '../../api/actions/flow-logs/flow-log-actions.ts';
import { getCallerIdentity } from '../../api/actions/identity/get-caller-identity.ts';
import { networkActions } from '../../api/actions/network/actions.ts';
import { UserError } from '../../base/errors.ts';
import { PageTokens } from '../../base/page-token.ts';
import type { Destinations } from '../../flow-logs/destinations.ts';
import type { ResourceType } from '../../flow-logs/model.ts';
import { FlowLogService } from '../../flow-logs/service.ts';
import { type Delivery, refreshStatuses } from '../../flow-logs/status.ts';
import { type AdminServer, createAdminServer } from '../../identity/admin.ts';
import { bootstrapKey, checkBootstrapKey, isLoopback } from '../../identity/bootstrap.ts';
import { keyCommandHandlers } from '../../identity/key-commands.ts';
import { KeyRing } from '../../identity/keys.ts';
import { ensureFirstKey, writeProfile } from '../../identity/profile.ts';
import { discoveringNetwork } from '../../network/defaults.ts';
import { flowLogTypes } from '../../network/flow-log-types.ts';
import type { Network } from '../../network/model.ts';
import type { ServiceRanges } from '../../network/service-ranges.ts';
import { NetworkRegistry } from '../../network/registry.ts';
import { pageTokenSecret, raiseGeneration } from '../../store/service-state.ts';
import { openSqliteStore, type SqliteStore } from '../../store/sqlite.ts';
import type { Scope } from '../../store/store.ts';
import type { ListenAddress } from '../../wire/listener.ts';
import { UploadStore } from '../endpoint/uploads.ts';
import { FlowLogBook } from '../recording/flow-log-book.ts';
import { Recordings } from '../recording/recordings.ts';
import { type BackendTimes, openBackends } from './backends.ts';
import { type Certificate, openCertificate } from './certificate.ts';
import { type ServiceConfig, urlHost } from './config.ts';
import type { ServiceControl } from './control.ts';
import { FileWatch } from './file-watch.ts';
import { createFront } from './front.ts';
import { log, logFault } from './log.ts';
import { NetworkFeed } from './network-feed.ts';
import { RunningControl } from './running-control.ts';
import { Steps } from './steps.ts';

export interface ServiceOptions {
  readonly config: ServiceConfig;
  /** The data directory; undefined keeps the control state in memory, and the rest in a private temporary directory
   * that `close` removes. */
  readonly directory: string | undefined;
  /** Where a bootstrap key may stand. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Reads the configuration again (SIGHUP), with flags above it; without it only the network file is read again. */
  readonly readConfig?: () => ServiceConfig;
  /** What answers for destinations and their delivery in place of the embedded storages: tests script their own. */
  readonly destinations?: Destinations;
  readonly delivery?: Delivery;
  /** Pauses that tests shorten. */
  readonly times?: BackendTimes;
}

/** A service that answers. */
export interface RunningService {
  readonly address: ListenAddress;
  /** `http://HOST:PORT` or `https://HOST:PORT`, for --endpoint-url. */
  readonly url: string;
  /** What the port shows; undefined: plain HTTP. */
  readonly certificate: Certificate | undefined;
  readonly keys: KeyRing;
  /** Raised at each start of the data directory. */
  readonly generation: number;
  /** The access key id that was made at this start, if any. */
  readonly firstKey: string | undefined;
  /** Replays, flush, tails, status, reload. */
  readonly control: ServiceControl;
  /** Ends within 10 s whatever destinations do: open windows are closed and committed. */
  close(): Promise<void>;
}

/** Deadlines of the steps of `close`, in milliseconds: together below 10 s. */
const CLOSE_GRACE_MS = { requests: 1_500, live: 3_500, writing: 2_500 } as const;

/**
 * Starts everything in order: store, keys, storages, the writing thread, flow logs, recordings, listener. When a step
 * fails, those before it are undone.
 */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const steps = new Steps();
  try {
    return await start(options, steps);
  } catch (error) {
    await steps.undo();
    throw error;
  }
}

async function start(options: ServiceOptions, steps: Steps): Promise<RunningService> {
  const { config, directory } = options;
  const store = await openSqliteStore(directory === undefined ? {} : { directory });
  steps.add('the store', () => store.close());
  const generation = await raiseGeneration(store);
  const bootstrap = bootstrapKey(options.environment ?? {}, config.account);
  if (bootstrap !== undefined) checkBootstrapKey(bootstrap, config.listen.host);
  const keys = await KeyRing.open(store, bootstrap);
  const first =
    store.directory === undefined ? undefined : await ensureFirstKey(keys, store.directory, config.account);
  if (keys.size === 0 && !isLoopback(config.listen.host)) {
    throw new UserError(
      `there is no access key, and ${config.listen.host} is not loopback: nobody could ask, and nobody should: ` +
        'give a data directory, or WEIR_ACCESS_KEY_ID and WEIR_SECRET_ACCESS_KEY',
    );
  }
  const readCertificate = (now: ServiceConfig): Certificate | undefined =>
    now.tls && openCertificate(now.tls, { directory: store.directory, host: config.listen.host });
  const certificate = readCertificate(config);
  // Before they are read: what changes from here on is read again.
  const files = new FileWatch({
    onChange: () => control.reloadFiles(),
    onTrouble: (message, error) => log('warn', message, { error }),
  });
  files.set(watchedFiles(config));
  const registry = await openNetwork(store, config);
  const backends = await openBackends(config, store.directory, steps, {
    graceMs: CLOSE_GRACE_MS.writing,
    environment: { ...process.env, ...options.environment },
    times: options.times,
  });
  const book = new FlowLogBook({
    store,
    places: backends.destinations.places,
    roles: backends.destinations.roles,
    log,
    subscribe: (subscriptions) => backends.writing.subscribe(subscriptions),
    retry: (flowLog) => backends.writing.retry(flowLog),
  });
  backends.follow(book);
  const delivery = options.delivery ?? book.delivery;
  const changed = await refreshStatuses(store, delivery);
  if (changed > 0) log('info', 'flow logs have another delivery status than before', { changed });
  // Scripted backends have the last word on statuses: nothing is delivered beside them.
  if (options.delivery === undefined) await book.open();
  steps.add('statuses of flow logs', () => book.close());

  let isFirst = true;
  const feed = new NetworkFeed(registry, await readServices(config));
  const recordings = new Recordings({
    network: feed,
    writing: backends.writing,
    log,
    nextGeneration: async () => {
      if (!isFirst) return raiseGeneration(store);
      isFirst = false;
      return generation;
    },
    graceSeconds: config.grace,
    templateDirectory: exportersIn(store.directory),
    maxFlows: config.maxFlows,
    replayed: replayedOf(store),
  });
  const settings = { quota: config.flowLogsPerResource };
  const uploads = new UploadStore(backends.uploadsDirectory);
  uploads.start();
  steps.add('uploads', async () => uploads.close());
  const control = new RunningControl({
    generation,
    config,
    registry,
    book,
    recordings,
    writing: backends.writing,
    tails: backends.tails,
    upkeep: backends.upkeep,
    events: () => backends.events(),
    uploads,
    readConfig: options.readConfig ?? (() => config),
    readNetwork,
    readServices,
    setServices: (services) => feed.setServices(services),
    readingFiles: (now) => files.set(watchedFiles(now)),
    keepFiles: (now) => files.keep(watchedFiles(now)),
    setQuota: (quota) => (settings.quota = quota),
    readCertificate,
    renewCertificate: (next) => listener.renewTls(next),
    certificate,
  });
  const pages = new PageTokens(await pageTokenSecret(store));
  const flowLogs = new FlowLogService({
    store,
    resources: { typesOf: async (scope, ids) => typesOf(registry, recordings, scope, ids) },
    destinations: options.destinations ?? book.destinations,
    delivery,
    templates: backends.templates,
    pageTokens: pages,
    get quota() {
      return settings.quota;
    },
    onChange: (change) => {
      if (options.delivery === undefined) book.changed(change);
    },
  });
  steps.add('recordings', () => recordings.stop(CLOSE_GRACE_MS.live));
  await recordings.start(config.sources);
  steps.add('the watch of files', () => files.close());
  files.start();

  const actions: ActionTable = {
    ec2: { ...networkActions({ network: registry, pages }), ...flowLogActions(flowLogs) },
    sts: { GetCallerIdentity: getCallerIdentity },
  };
  const { listener, own } = createFront({
    config,
    certificate,
    keys,
    pages,
    actions,
    control,
    uploads,
    backends,
    book,
  });
  steps.add('requests', async () => {
    own.close();
    // Replays end at once, and with them the requests that wait for them.
    const ended = recordings.replays.stop();
    await listener.stop(CLOSE_GRACE_MS.requests);
    await ended;
  });
  const address = await listener.start();
  const scheme = certificate === undefined ? 'http' : 'https';
  const url = `${scheme}://${urlHost(address.host)}:${address.port}`;
  if (store.directory !== undefined) {
    writeProfile(store.directory, config.region, url, certificate?.caBundle);
    const admin = await startAdmin(store.directory, keys, config.account);
    steps.add('the admin socket', () => admin.close());
  }
  if (certificate !== undefined) tellCertificate(certificate);
  else if (!isLoopback(address.host)) {
    log(
      'warn',
      'listening beyond this machine without TLS: requests and records can be read on the way; give --tls, or tls in weir.yaml',
      { url },
    );
  }
  return {
    address,
    url,
    certificate,
    keys,
    generation,
    firstKey: first?.id,
    control,
    close: () => steps.undo(),
  };
}

/** Clients that were told to trust another certificate have to be told of this one. */
function tellCertificate({ fingerprint, validTo, caBundle, isNew }: Certificate): void {
  log('info', isNew ? 'a certificate was made for the port' : 'the port speaks TLS', {
    fingerprint,
    until: new Date(validTo).toISOString(),
    ...(caBundle === undefined ? {} : { trustedBy: caBundle }),
  });
}

/** Where templates of exporters are kept over a restart. */
function exportersIn(directory: string | undefined): string | undefined {
  if (directory === undefined) return undefined;
  const exporters = join(directory, 'exporters');
  mkdirSync(exporters, { recursive: true, mode: 0o700 });
  return exporters;
}

/** The network that a configuration names. @throws {UserError} with every fault of the file */
async function readNetwork(config: ServiceConfig): Promise<Network> {
  const owner = { account: config.account, region: config.region };
  return config.network === undefined
    ? discoveringNetwork(owner)
    : (await import('../../network/yaml.ts')).readNetworkFile(config.network, owner);
}

/** Whose addresses are whose. @throws {UserError} with every fault of the file */
async function readServices({ ipRanges }: ServiceConfig): Promise<ServiceRanges | undefined> {
  if (ipRanges === undefined) return undefined;
  return (await import('../../rules/read-service-ranges.ts')).readServiceRanges(ipRanges);
}

/** The files that take effect when they change. */
function watchedFiles({ watch, network, ipRanges }: ServiceConfig): string[] {
  return watch ? [network, ipRanges].filter((path) => path !== undefined) : [];
}

async function openNetwork(store: SqliteStore, config: ServiceConfig): Promise<NetworkRegistry> {
  const registry = await NetworkRegistry.open(store, await readNetwork(config));
  for (const { id, reason } of registry.setAside) {
    log('warn', 'a resource made over the API has no place in the network as it is declared now', {
      id,
      reason,
    });
  }
  return registry;
}

/** What flow logs can be made for: the network's resources, and discovered interfaces (S2.6). */
function typesOf(
  registry: NetworkRegistry,
  recordings: Recordings,
  scope: Scope,
  ids: readonly string[],
): ReadonlyMap<string, ResourceType | 'other'> {
  const types: Map<string, ResourceType | 'other'> = flowLogTypes(registry, scope, ids);
  const unknown = ids.filter((id) => !types.has(id));
  for (const id of recordings.discovered(scope, unknown)) types.set(id, 'NetworkInterface');
  return types;
}

/** Which replays of the configuration are done, kept in the store. */
function replayedOf(store: SqliteStore): {
  has(producer: string): Promise<boolean>;
  add(producer: string): Promise<void>;
} {
  return {
    has: async (producer) =>
      (await store.read((from) => from.settings.get(replayedName(producer)))) !== undefined,
    add: (producer) =>
      store.transaction((on) => on.settings.set(replayedName(producer), new Date().toISOString())),
  };
}

function replayedName(producer: string): string {
  return `replayed ${producer}`;
}

async function startAdmin(directory: string, keys: KeyRing, account: string): Promise<AdminServer> {
  const admin = createAdminServer({
    directory,
    handlers: keyCommandHandlers(keys, account),
    onFault: logFault,
  });
  await admin.start();
  return admin;
}
