/** Weir's own part of a listener on a socket, before a control that tests script. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../../src/base/errors.ts';
import { Log } from '../../../src/base/reporter-log.ts';
import { Reporter } from '../../../src/base/reporter.ts';
import type { FlowLogAmounts } from '../../../src/delivery/deliverer.ts';
import { WeirClient } from '../../../src/service/endpoint/client.ts';
import type { Place } from '../../../src/service/endpoint/client-credentials.ts';
import { isOwn, OwnEndpoint } from '../../../src/service/endpoint/endpoint.ts';
import { describeService } from '../../../src/service/endpoint/metrics.ts';
import { createProbes, isProbe } from '../../../src/service/endpoint/probes.ts';
import { type AnsweredRequest, countRequests } from '../../../src/service/endpoint/request-metrics.ts';
import { UploadStore } from '../../../src/service/endpoint/uploads.ts';
import type {
  MetricsSnapshot,
  ReplayOptions,
  ReplaySummary,
  ServiceControl,
  ServiceStatus,
} from '../../../src/service/serve/control.ts';
import type { RecordingStats, WritingStats } from '../../../src/service/threads/messages.ts';
import { STREAM_TALLIES, type StreamTally } from '../../../src/standins/storage/streams-database.ts';
import { TALLIES, type Tally } from '../../../src/standins/storage/queues-database.ts';
import type { AccessKey } from '../../../src/store/store.ts';
import { noCounters } from '../../../src/flows/recorder-options.ts';
import { genericRefusal } from '../../../src/wire/endpoint.ts';
import { HttpListener } from '../../../src/wire/listener.ts';

const NO_STREAM_TALLIES = Object.fromEntries(STREAM_TALLIES.map((name) => [name, 0])) as Record<
  StreamTally,
  number
>;
const NO_TALLIES = Object.fromEntries(TALLIES.map((name) => [name, 0])) as Record<Tally, number>;

export const ACCOUNT = '123456789012';
export const OTHER_ACCOUNT = '210987654321';

export function keyOf(id: string, given: Partial<AccessKey> = {}): AccessKey {
  const secret = `secret-of-${id}-0123456789abcdef`;
  return { id, secret, account: ACCOUNT, readOnly: false, label: '', createdAt: 0, ...given };
}

export const FULL = keyOf('AKIAFULL');
export const READER = keyOf('AKIAREADER', { readOnly: true });
export const STRANGER = keyOf('AKIASTRANGER', { account: OTHER_ACCOUNT });

export function recordingStats(given: Partial<RecordingStats> = {}): RecordingStats {
  return {
    recorder: noCounters(),
    sources: [],
    openFlows: 0,
    time: 0,
    refusedPackets: 0,
    refusedBytes: 0,
    timeOutliers: 0,
    discovered: 0,
    discoveryFull: 0,
    ...given,
  };
}

export function writingStats(amounts: ReadonlyMap<string, FlowLogAmounts>): WritingStats {
  return {
    windows: 11,
    lines: 12,
    account: {
      flows: 13,
      recordedPackets: 14,
      recordedBytes: 15,
      unattributedPackets: 16,
      unattributedBytes: 17,
      excludedPackets: 18,
      excludedBytes: 19,
      duplicatePackets: 20,
      duplicateBytes: 21,
      translatedRows: 35,
      translatedPackets: 36,
      translatedBytes: 37,
      derivedLines: 32,
      derivedPackets: 33,
      derivedBytes: 34,
    },
    unsubscribedRows: 22,
    unsubscribedPackets: 23,
    unsubscribedBytes: 24,
    commits: 25,
    commitRetries: 26,
    spoolBytes: 27,
    oldestDueSeconds: 28,
    logsFreshness: { last: 1.5, worst: 3.5 },
    objectFreshness: { last: 2.5, worst: 4.5 },
    streamsFreshness: { last: 5.5, worst: 6.5 },
    objects: 29,
    events: 30,
    records: 32,
    failures: 31,
    amounts,
  };
}

export function amountsOf(n: number): FlowLogAmounts {
  const of = (k: number) => ({ rows: k * n, packets: k * 10 * n, bytes: k * 100 * n });
  return { selected: of(10), delivered: of(6), spooled: of(3), givenUp: of(1) };
}

export function serviceStatus(given: Partial<ServiceStatus> = {}): ServiceStatus {
  return {
    generation: 3,
    startedAt: Date.UTC(2026, 0, 2),
    networkVersion: 7,
    recordings: [],
    flowLogs: [],
    writing: undefined,
    destinations: { s3: 's3 http://127.0.0.1:9000', logs: 'filesystem', firehose: 'filesystem' },
    conflicts: [],
    setAside: [],
    notReady: [],
    ...given,
  };
}

/** A control whose answers a test sets, and that remembers what it was asked. */
export class ScriptedControl implements ServiceControl {
  current = serviceStatus();
  ended: RecordingStats[] = [];
  readonly asked: unknown[] = [];
  onReplay: (files: readonly string[], options: ReplayOptions) => Promise<ReplaySummary> = () =>
    Promise.reject(new UserError('nothing is scripted'));
  onFlush: () => Promise<void> = () => Promise.resolve();
  readonly listeners = new Set<(flowLog: string, text: string) => void>();
  knownFlowLogs = new Set<string>();

  replay(files: readonly string[], options: ReplayOptions = {}): Promise<ReplaySummary> {
    return this.onReplay(files, options);
  }

  flush(): Promise<void> {
    this.asked.push('flush');
    return this.onFlush();
  }

  tail(
    scope: { readonly account: string; readonly region: string },
    flowLogs: readonly string[],
    onLines: (flowLog: string, text: string) => void,
  ): Promise<() => void> {
    this.asked.push(scope, flowLogs);
    const unknown = flowLogs.find((id) => !this.knownFlowLogs.has(id));
    if (unknown !== undefined) return Promise.reject(new UserError(`there is no flow log ${unknown}`));
    this.listeners.add(onLines);
    return Promise.resolve(() => this.listeners.delete(onLines));
  }

  status(scope?: { readonly account: string; readonly region: string }): ServiceStatus {
    if (scope === undefined) return this.current;
    const flowLogs = this.current.flowLogs.filter(
      ({ account, region }) => account === scope.account && region === scope.region,
    );
    return { ...this.current, flowLogs };
  }

  metrics(): MetricsSnapshot {
    const { flowLogs: _, ...status } = this.current;
    return {
      status,
      flowLogsByState: { delivering: 4, failing: 1 },
      endedRecordings: this.ended,
      replays: { done: 2, failed: 1, waiting: 3 },
      reloads: { done: 5, refused: 6 },
      writingRestarts: 7,
      upkeep: {
        runs: 8,
        failures: 9,
        expired: 10,
        merged: 11,
        merges: 12,
        leftovers: 13,
        objects: 33,
        uploads: 34,
        messages: 35,
      },
      events: {
        tallies: { ...NO_TALLIES, messages_sent: 36 },
        streams: { ...NO_STREAM_TALLIES, records_taken: 38 },
        failingStreams: 39,
        waiting: new Map([['siem', 37]]),
      },
      uploadBytes: 14,
      certificateValidTo: 1_800_000_000_900,
    };
  }

  reload(): Promise<never> {
    return Promise.reject(new RangeError('not by the endpoint'));
  }
}

export interface Opened {
  readonly url: string;
  readonly port: number;
  readonly own: OwnEndpoint;
  readonly uploads: UploadStore;
  readonly reporter: Reporter;
  readonly onAnswer: (answer: AnsweredRequest) => void;
  readonly control: ScriptedControl;
  readonly listener: HttpListener;
  readonly uploadDirectory: string;
  readonly log: string[];
  place(key: AccessKey, given?: Partial<Place>): Place;
  client(key?: AccessKey, given?: Partial<Place>): WeirClient;
  close(): Promise<void>;
}

/** Starts it on any port of loopback. */
export async function open(): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-endpoint-'));
  const control = new ScriptedControl();
  const log: string[] = [];
  const keys = new Map([FULL, READER, STRANGER].map((key) => [key.id, key]));
  const uploadDirectory = join(folder, 'uploads');
  const keySource = { find: (id: string) => keys.get(id) };
  const reporter = new Reporter(new Log((line) => log.push(line)));
  const uploads = new UploadStore(uploadDirectory);
  uploads.start();
  const onAnswer = countRequests(reporter.metrics);
  const onFault = (error: unknown): void => reporter.fault(error);
  reporter.addCheck('service', () => control.status().notReady);
  const own = new OwnEndpoint({ control, keys: keySource, uploads, onAnswer, onFault });
  const probes = createProbes(reporter);
  const nobody = {
    maxBodyBytes: 1000,
    handle: () =>
      Promise.resolve(genericRefusal({ code: 'Other', message: 'another protocol', status: 418 }, '-')),
    refuse: () => genericRefusal({ code: 'Other', message: 'another protocol', status: 418 }, '-'),
  };
  const listener = new HttpListener({
    host: '127.0.0.1',
    port: 0,
    routing: (head) => (isProbe(head) ? probes : isOwn(head) ? own : nobody),
    onFault: (error) => log.push(String(error)),
  });
  describeService(reporter.metrics, { control: () => control.metrics(), listener: () => listener });
  const { port } = await listener.start();
  const url = `http://127.0.0.1:${port}`;
  const place = (key: AccessKey, given: Partial<Place> = {}): Place => ({
    url: new URL(url),
    region: 'eu-central-1',
    accessKeyId: key.id,
    secretAccessKey: key.secret,
    ...given,
  });
  return {
    url,
    port,
    own,
    uploads,
    reporter,
    onAnswer,
    control,
    listener,
    uploadDirectory,
    log,
    place,
    client: (key = FULL, given = {}) => new WeirClient(place(key, given)),
    close: async () => {
      own.close();
      await listener.stop(100);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
