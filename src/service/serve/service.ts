import { createApiHandler } from '../../api/server.ts';
import type { ActionTable } from '../../api/actions.ts';
import { flowLogActions } from '../../api/actions/flow-logs/flow-log-actions.ts';
import { getCallerIdentity } from '../../api/actions/identity/get-caller-identity.ts';
import { networkActions } from '../../api/actions/network/actions.ts';
import { PageTokens } from '../../base/page-token.ts';
import { UNKNOWN_DESTINATIONS, type Destinations } from '../../flow-logs/destinations.ts';
import { FlowLogService } from '../../flow-logs/service.ts';
import { type Delivery, NO_DELIVERY, refreshStatuses } from '../../flow-logs/status.ts';
import { type AdminServer, createAdminServer } from '../../identity/admin.ts';
import { bootstrapKey, checkBootstrapKey, isLoopback } from '../../identity/bootstrap.ts';
import { keyCommandHandlers } from '../../identity/key-commands.ts';
import { KeyRing } from '../../identity/keys.ts';
import { ensureFirstKey, writeProfile } from '../../identity/profile.ts';
import { verifySignature } from '../../identity/sigv4.ts';
import { discoveringNetwork } from '../../network/defaults.ts';
import { flowLogTypes } from '../../network/flow-log-types.ts';
import type { Network } from '../../network/model.ts';
import { NetworkRegistry } from '../../network/registry.ts';
import { pageTokenSecret, raiseGeneration } from '../../store/service-state.ts';
import { openSqliteStore, type SqliteStore } from '../../store/sqlite.ts';
import { HttpListener, type ListenAddress } from '../../wire/listener.ts';
import { type ServiceConfig, urlHost } from './config.ts';
import { log, logFault } from './log.ts';

export interface ServiceOptions {
  readonly config: ServiceConfig;
  /** The data directory; undefined keeps everything in memory. */
  readonly directory: string | undefined;
  /** Where a bootstrap key may stand. */
  readonly environment?: NodeJS.ProcessEnv;
  /** The backends: without any, flow logs are FAILED (S8.4). Tests script their own. */
  readonly destinations?: Destinations;
  readonly delivery?: Delivery;
}

/** A service that answers. */
export interface RunningService {
  readonly address: ListenAddress;
  /** `http://HOST:PORT`, for --endpoint-url. */
  readonly url: string;
  readonly keys: KeyRing;
  /** Raised at each start of the data directory. */
  readonly generation: number;
  /** The access key id that was made at this start, if any. */
  readonly firstKey: string | undefined;
  close(): Promise<void>;
}

/** How long answers under way may take at the end, in milliseconds. */
const CLOSE_GRACE_MS = 5_000;

/**
 * Starts the control plane: store, keys, network, flow logs, API, admin socket, in this order, and undoes it
 * in reverse when a step fails.
 */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const undo: (() => Promise<void>)[] = [];
  try {
    return await start(options, undo);
  } catch (error) {
    for (const step of undo.toReversed()) await step();
    throw error;
  }
}

async function start(options: ServiceOptions, undo: (() => Promise<void>)[]): Promise<RunningService> {
  const { config, directory } = options;
  const store = await openSqliteStore(directory === undefined ? {} : { directory });
  undo.push(() => store.close());
  const generation = await raiseGeneration(store);
  const bootstrap = bootstrapKey(options.environment ?? {}, config.account);
  if (bootstrap !== undefined) checkBootstrapKey(bootstrap, config.listen.host);
  const keys = await KeyRing.open(store, bootstrap);
  const first =
    store.directory === undefined ? undefined : await ensureFirstKey(keys, store.directory, config.account);
  const registry = await openNetwork(store, config);
  const pages = new PageTokens(await pageTokenSecret(store));
  const flowLogs = await openFlowLogs(options, store, registry, pages);
  const actions: ActionTable = {
    ec2: { ...networkActions({ network: registry, pages }), ...flowLogActions(flowLogs) },
    sts: { GetCallerIdentity: getCallerIdentity },
  };
  const listener = createListener(config, keys, actions);
  undo.push(() => listener.stop(CLOSE_GRACE_MS));
  const address = await listener.start();
  const url = `http://${urlHost(address.host)}:${address.port}`;
  if (store.directory !== undefined) {
    writeProfile(store.directory, config.region, url);
    const admin = await startAdmin(store.directory, keys, config.account);
    undo.push(() => admin.close());
  }
  if (!isLoopback(address.host)) {
    log('warn', 'listening beyond this machine without TLS: requests can be read on the way', { url });
  }
  let closed: Promise<void> | undefined;
  return {
    address,
    url,
    keys,
    generation,
    firstKey: first?.id,
    close: () => (closed ??= closeAll(undo)),
  };
}

async function closeAll(undo: readonly (() => Promise<void>)[]): Promise<void> {
  for (const step of undo.toReversed()) await step();
}

async function openNetwork(store: SqliteStore, config: ServiceConfig): Promise<NetworkRegistry> {
  const owner = { account: config.account, region: config.region };
  const declared: Network =
    config.network === undefined
      ? discoveringNetwork(owner)
      : (await import('../../network/yaml.ts')).readNetworkFile(config.network, owner);
  const registry = await NetworkRegistry.open(store, declared);
  for (const { id, reason } of registry.setAside) {
    log('warn', 'a resource made over the API has no place in the network as it is declared now', {
      id,
      reason,
    });
  }
  return registry;
}

async function openFlowLogs(
  options: ServiceOptions,
  store: SqliteStore,
  registry: NetworkRegistry,
  pageTokens: PageTokens,
): Promise<FlowLogService> {
  const delivery = options.delivery ?? NO_DELIVERY;
  const changed = await refreshStatuses(store, delivery);
  if (changed > 0) log('info', 'flow logs have another delivery status than before', { changed });
  return new FlowLogService({
    store,
    resources: { typesOf: async (scope, ids) => flowLogTypes(registry, scope, ids) },
    destinations: options.destinations ?? UNKNOWN_DESTINATIONS,
    delivery,
    pageTokens,
    quota: options.config.flowLogsPerResource,
  });
}

function createListener(config: ServiceConfig, keys: KeyRing, actions: ActionTable): HttpListener {
  const api = createApiHandler({
    actions,
    authenticate: (request, service, now) => verifySignature(request, { service, keys, now: now.getTime() }),
    onFault: (error, requestId) => logFault(error, { requestId }),
  });
  return new HttpListener({
    host: config.listen.host,
    port: config.listen.port,
    // One protocol so far: what claims another service is refused by its signature's scope.
    routing: () => api,
    onFault: logFault,
  });
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
