/** ServiceControl of a running service. */
import { isDeepStrictEqual } from 'node:util';
import { messageOf, UserError } from '../../base/errors.ts';
import type { FlowLogBook } from '../recording/flow-log-book.ts';
import { networkDigest } from '../recording/producer.ts';
import { liveOf, type Recordings } from '../recording/recordings.ts';
import { destinationOf } from '../recording/subscriptions.ts';
import type { WritingStats } from '../threads/messages.ts';
import type { NetworkRegistry } from '../../network/registry.ts';
import type { Network } from '../../network/model.ts';
import type { ServiceRanges } from '../../network/service-ranges.ts';
import type { Scope } from '../../store/store.ts';
import type { Certificate } from './certificate.ts';
import { compareConfigs } from './config-change.ts';
import type { DestinationsConfig, ServiceConfig } from './config.ts';
import type {
  FlowLogStatus,
  MetricsSnapshot,
  ReloadResult,
  ReplayOptions,
  ReplaySummary,
  ServiceControl,
  ServiceStatus,
} from './control.ts';
import type { EventCounts } from './embedded.ts';
import { log } from './log.ts';
import type { UpkeepCounts } from './upkeep.ts';

/** How long the live recording may take to end when its sources change, in milliseconds. */
const REPLACE_GRACE_MS = 10_000;
/** The writing thread tells its numbers every second: after so many without any it is stuck. */
const SILENCE_MS = 15_000;
/** Seconds that a delivery may be due before the service is said not to be ready. */
const OVERDUE_SECONDS = 300;
/** A spool that is so full is said not to be ready: what comes next may be given up (S5.5). */
const SPOOL_SHARE = 0.9;

export interface ControlOptions {
  readonly generation: number;
  readonly config: ServiceConfig;
  readonly registry: NetworkRegistry;
  readonly book: FlowLogBook;
  readonly recordings: Recordings;
  readonly writing: {
    /** The last numbers, and when they came (milliseconds since the epoch; of the start before the first). */
    readonly last: { readonly stats: WritingStats | undefined; readonly at: number };
    /** Why there is no thread that works. */
    readonly failure: string | undefined;
    readonly restarts: number;
  };
  readonly tails: {
    add(flowLogs: readonly string[], onLines: (id: string, text: string) => void): () => void;
  };
  readonly upkeep: { readonly counts: UpkeepCounts };
  /** Reads them from disk. */
  readonly events: () => EventCounts;
  readonly uploads: { readonly bytes: number };
  /** Reads weir.yaml again; the configuration of the start where there is no file. */
  readonly readConfig: () => ServiceConfig;
  readonly readNetwork: (config: ServiceConfig) => Promise<Network>;
  readonly readServices: (config: ServiceConfig) => Promise<ServiceRanges | undefined>;
  readonly setServices: (services: ServiceRanges | undefined) => boolean;
  /** The files that the configuration names are read now: what changes from here on is read again. */
  readonly readingFiles: (config: ServiceConfig) => void;
  /** They were not taken up: those of this one are followed. */
  readonly keepFiles: (config: ServiceConfig) => void;
  readonly setQuota: (flowLogsPerResource: number) => void;
  /** The certificate of the port as its files are now; undefined: plain HTTP. */
  readonly readCertificate: (config: ServiceConfig) => Certificate | undefined;
  /** Who connects from here on sees this one. */
  readonly renewCertificate: (certificate: Certificate) => void;
  /** Of the start. */
  readonly certificate: Certificate | undefined;
}

export class RunningControl implements ServiceControl {
  readonly #options: ControlOptions;
  readonly #startedAt = Date.now();
  readonly #reloads = { done: 0, refused: 0 };
  #config: ServiceConfig;
  #certificate: Certificate | undefined;
  #reloading: Promise<unknown> = Promise.resolve();

  constructor(options: ControlOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#certificate = options.certificate;
  }

  async replay(files: readonly string[], options: ReplayOptions = {}): Promise<ReplaySummary> {
    const { vpcs, verdictOnly, names, acceptPrefix, rejectPrefix, flush = true, signal } = options;
    const wrong = verdictOnly?.find(
      (index) => !Number.isInteger(index) || index < 0 || index >= files.length,
    );
    if (wrong !== undefined) throw new UserError(`verdictOnly names capture ${wrong}: there is none`);
    checkPattern('acceptPrefix', acceptPrefix);
    checkPattern('rejectPrefix', rejectPrefix);
    const captures = files.map((path, index) => ({
      path,
      name: names?.[index] ?? path,
      vpcs,
      acceptPrefix,
      rejectPrefix,
    }));
    const summary = await this.#options.recordings.replays.run({ captures, verdictOnly, flush, signal });
    return summary!; // only replays of the configuration are left out
  }

  flush(): Promise<void> {
    return this.#options.recordings.flush();
  }

  async tail(
    scope: Scope,
    flowLogs: readonly string[],
    onLines: (flowLog: string, text: string) => void,
  ): Promise<() => void> {
    for (const id of flowLogs) {
      if (!this.#options.book.has(scope, id)) {
        throw new UserError(`there is no flow log ${id} in ${scope.account}, ${scope.region}`);
      }
    }
    return this.#options.tails.add(flowLogs, onLines);
  }

  status(scope?: Scope): ServiceStatus {
    const amounts = this.#options.writing.last.stats?.amounts;
    const flowLogs: FlowLogStatus[] = [];
    for (const { row, state } of this.#options.book.all()) {
      const { id, account, region, resourceId } = row;
      if (scope !== undefined && (account !== scope.account || region !== scope.region)) continue;
      const destination = destinationText(row);
      flowLogs.push({
        flowLog: id,
        account,
        region,
        resourceId,
        destination,
        state,
        amounts: amounts?.get(id),
      });
    }
    const status = { ...this.#summary(), flowLogs };
    // They name resources of every account: for the one that the service belongs to.
    const isOwner = scope === undefined || scope.account === this.#config.account;
    return isOwner ? status : { ...status, conflicts: [], setAside: [] };
  }

  metrics(): MetricsSnapshot {
    const flowLogsByState = { delivering: 0, failing: 0 };
    for (const { state } of this.#options.book.all()) flowLogsByState[state.state]++;
    const { recordings, upkeep, uploads, writing } = this.#options;
    const { replays, past } = recordings;
    return {
      status: this.#summary(),
      flowLogsByState,
      endedRecordings: past,
      replays: { ...replays.counts, waiting: replays.waiting },
      reloads: { ...this.#reloads },
      certificateValidTo: this.#certificate?.validTo,
      writingRestarts: writing.restarts,
      upkeep: upkeep.counts,
      events: this.#events(),
      uploadBytes: uploads.bytes,
    };
  }

  #events(): EventCounts | undefined {
    try {
      return this.#options.events();
    } catch (error) {
      log('warn', 'the counts of events cannot be read', { reason: messageOf(error) });
      return undefined;
    }
  }

  reload(): Promise<ReloadResult> {
    return this.#inTurn(() => this.#options.readConfig());
  }

  /** Reads the files again that the configuration names: they have changed, not it. */
  reloadFiles(): Promise<ReloadResult> {
    return this.#inTurn(() => this.#config);
  }

  /** One after the other: a signal may come while another is worked on. */
  #inTurn(readConfig: () => ServiceConfig): Promise<ReloadResult> {
    const mine = this.#reloading.then(() => this.#reload(readConfig));
    this.#reloading = mine.catch(() => {});
    return mine;
  }

  /** Why the service does not do all it should, a sentence each: from memory. */
  notReady(): string[] {
    const { recordings, writing } = this.#options;
    const reasons = recordings.notReady();
    const { failure } = writing;
    const { stats, at } = writing.last;
    const silence = Date.now() - at;
    if (failure !== undefined) reasons.push(`the writing thread failed, and is started anew: ${failure}`);
    else if (silence > SILENCE_MS) {
      reasons.push(`the writing thread has not answered for ${Math.round(silence / 1000)} s`);
    }
    if (stats !== undefined && stats.oldestDueSeconds > OVERDUE_SECONDS) {
      reasons.push(`deliveries have been due for ${Math.round(stats.oldestDueSeconds)} s`);
    }
    const { maxBytes } = this.#options.config.spool;
    if (stats !== undefined && stats.spoolBytes >= SPOOL_SHARE * maxBytes) {
      const percent = Math.floor((100 * stats.spoolBytes) / maxBytes);
      reasons.push(
        `the spool is ${percent} % full: what waits for destinations is given up beyond its bound`,
      );
    }
    return reasons;
  }

  #summary(): Omit<ServiceStatus, 'flowLogs'> {
    const { generation, registry, recordings, writing } = this.#options;
    return {
      generation,
      startedAt: this.#startedAt,
      networkVersion: registry.version,
      recordings: recordings.status(),
      writing: writing.last.stats,
      destinations: destinationsText(this.#config.destinations),
      conflicts: recordings.conflicts,
      setAside: registry.setAside,
      notReady: this.notReady(),
    };
  }

  /** A port begins or ends to speak TLS with a restart only, and shows the files of the start until then. */
  #readCertificate({ tls }: ServiceConfig): Certificate | undefined {
    const before = this.#config;
    if (before.tls === undefined || !isDeepStrictEqual(tls, before.tls)) return undefined;
    return this.#options.readCertificate(before);
  }

  /** Whether it is another. */
  #renew(certificate: Certificate | undefined): boolean {
    if (certificate === undefined || certificate.fingerprint === this.#certificate?.fingerprint) return false;
    this.#options.renewCertificate(certificate);
    this.#certificate = certificate;
    const { fingerprint, validTo } = certificate;
    log('info', 'the port has another certificate', { fingerprint, until: new Date(validTo).toISOString() });
    return true;
  }

  async #reload(readConfig: () => ServiceConfig): Promise<ReloadResult> {
    const { registry, recordings } = this.#options;
    let config: ServiceConfig;
    let otherServices: boolean;
    let otherCertificate: boolean;
    const digest = networkDigest(registry.network());
    try {
      config = readConfig();
      this.#options.readingFiles(config);
      const services = await this.#options.readServices(config);
      const certificate = this.#readCertificate(config);
      await registry.reload(await this.#options.readNetwork(config));
      otherServices = this.#options.setServices(services);
      otherCertificate = this.#renew(certificate);
    } catch (error) {
      this.#reloads.refused++;
      this.#options.keepFiles(this.#config);
      const refused = messageOf(error);
      log('error', 'the configuration cannot be taken up: the last good one goes on', { error: refused });
      return { applied: [], restartNeeded: [], refused };
    }
    const change = compareConfigs(this.#config, config);
    const before = this.#config;
    // What waits for a restart stays as it runs, so that it is told again by the next reload.
    const { network, ipRanges, watch, flowLogsPerResource, sources } = config;
    this.#config = { ...before, network, ipRanges, watch, flowLogsPerResource, sources };
    if (change.applied.includes('flowLogsPerResource')) this.#options.setQuota(flowLogsPerResource);
    if (change.applied.includes('sources')) {
      const live = liveOf(sources);
      const { added, removed, changed } = change.sources;
      if (
        liveOf([...added, ...removed, ...changed]).length > 0 ||
        live.length !== liveOf(before.sources).length
      ) {
        await recordings.live.replace(live, REPLACE_GRACE_MS);
      }
      recordings.replayConfigured([...added, ...changed]);
    }
    this.#reloads.done++;
    const networks = networkDigest(registry.network()) === digest ? [] : ['network'];
    const ranges = otherServices ? ['ipRanges'] : [];
    const certificates = otherCertificate ? ['tls'] : [];
    const applied = [...new Set<string>([...networks, ...ranges, ...certificates, ...change.applied])];
    log('info', 'the configuration is read again', { applied, restartNeeded: change.restartNeeded });
    return { applied, restartNeeded: change.restartNeeded, refused: undefined };
  }
}

function checkPattern(name: string, text: string | undefined): RegExp | undefined {
  try {
    return text === undefined ? undefined : new RegExp(text);
  } catch (error) {
    throw new UserError(`${name}: ${messageOf(error)}`);
  }
}

/** Where records go; no name, key or profile. */
function destinationsText({ s3, logs, firehose }: DestinationsConfig): ServiceStatus['destinations'] {
  return { s3: whereText(s3), logs: whereText(logs), firehose: whereText(firehose) };
}

function whereText({
  type,
  endpoint,
}: {
  readonly type: string;
  readonly endpoint?: string | undefined;
}): string {
  return endpoint === undefined ? type : `${type} ${endpoint}`;
}

function destinationText(row: Parameters<typeof destinationOf>[0]): string {
  const destination = destinationOf(row);
  if (destination?.type === 's3') return `arn:aws:s3:::${destination.bucket}/${destination.folder}`;
  if (destination?.type === 'cloud-watch-logs') return destination.logGroupName;
  return row.logDestination ?? row.logGroupName ?? '';
}
