import { StatusTracker } from '../../../src/flows/status.ts';
import { Recorder } from '../../../src/flows/recorder.ts';
import type { Chunk, WindowCommit } from '../../../src/delivery/chunk.ts';
import type { Deliverer, DeliveryStats, FlowLogAmounts, GivenUp } from '../../../src/delivery/deliverer.ts';
import type { ObjectLayout } from '../../../src/delivery/target.ts';
import type { Snapshot } from '../../../src/network/snapshot.ts';
import { parseLogFormat } from '../../../src/records/formats.ts';
import { type ColumnField, parquetColumnsOf } from '../../../src/records/parquet/schema.ts';
import type { TrafficType } from '../../../src/records/select.ts';
import { FileLoop } from '../../../src/service/recording/file-loop.ts';
import type { Subscription, WindowMessage } from '../../../src/service/threads/messages.ts';
import { FlowLogs } from '../../../src/service/writing/flow-logs.ts';
import { RecordingWriter, type WriterInput } from '../../../src/service/writing/recording-writer.ts';
import { textOf } from '../../../src/service/writing/tail.ts';
import { linesIn } from '../../records/parquet/lines-in.ts';
import { openFile } from '../../../src/sources/file.ts';

export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';
export const DEFAULT_FORMAT =
  '${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}';
export const SHORT_FORMAT =
  '${interface-id} ${vpc-id} ${subnet-id} ${flow-direction} ${pkt-srcaddr} ${packets} ${end}';

let made = 0;

export interface Wanted {
  readonly id?: string;
  readonly on: string;
  readonly account?: string;
  readonly region?: string;
  readonly traffic?: TrafficType;
  readonly interval?: 60 | 600;
  readonly format?: string;
  readonly to?: 's3' | 'parquet' | 'cloud-watch-logs';
  readonly createdAt?: number;
  readonly deletedAt?: number;
}

/** A flow log as main tells of it. */
export function subscription(wanted: Wanted): Subscription {
  const flowLog = wanted.id ?? `fl-${(made++).toString(16).padStart(17, '0')}`;
  const { on, account = ACCOUNT, region = REGION } = wanted;
  const resourceType = on.startsWith('vpc-')
    ? 'VPC'
    : on.startsWith('subnet-')
      ? 'Subnet'
      : 'NetworkInterface';
  return {
    flowLog,
    account,
    region,
    resourceType,
    resourceId: on,
    traffic: wanted.traffic ?? 'ALL',
    logFormat: wanted.format ?? DEFAULT_FORMAT,
    tagFields: undefined,
    createdAt: wanted.createdAt ?? 0,
    ...(wanted.deletedAt === undefined ? {} : { deletedAt: wanted.deletedAt }),
    target: {
      flowLog,
      account,
      region,
      interval: wanted.interval ?? 60,
      to:
        wanted.to === 'cloud-watch-logs'
          ? { type: 'cloud-watch-logs', account, region, group: 'flows' }
          : { type: 's3', bucket: 'flows', folder: '', header: '', ...layoutOf(wanted) },
    },
  };
}

function layoutOf({ to, format = DEFAULT_FORMAT }: Wanted): { readonly layout?: ObjectLayout } {
  if (to !== 'parquet') return {};
  return { layout: { format: 'parquet', hive: false, perHour: false, columns: columnsOf(format) } };
}

function columnsOf(text: string): readonly ColumnField[] {
  const parsed = parseLogFormat(text, { kind: 'vpc' });
  if (!parsed.ok) throw new Error(parsed.message);
  return parquetColumnsOf(parsed.format);
}

/** Everything that a recording of a capture sends. Rows are copied by nobody: write them once. */
export async function messagesOf(
  capture: string,
  snapshot: Snapshot,
  tableRows = 1 << 12,
): Promise<WindowMessage[]> {
  const messages: WindowMessage[] = [];
  const source = await openFile(capture, { macs: snapshot.needsLink });
  const recorder: Recorder = new Recorder({
    lookup: snapshot,
    live: false,
    tableRows,
    tables: 256,
    discoverDestinations: true,
    trackers: [60, 600].map((seconds) => new StatusTracker(seconds, snapshot.declaredCount, () => true)),
    onWindow: (window) => messages.push({ kind: 'window', window, closedAt: closedAt(window.start + 60) }),
    onInterval: (start, _seconds, status, at) =>
      messages.push({ kind: 'interval', start, status, at, closedAt: closedAt(start + 600) }),
    onClosed: (upTo) => messages.push({ kind: 'closed', upTo }),
  });
  await new FileLoop({
    sources: [source],
    recorder,
    scopeOf: () => 0,
    verdictOnly: () => new Set(),
    room: () => Promise.reject(new Error('no table is free')),
  }).run();
  recorder.finish();
  await source.close();
  return [...messages, { kind: 'end' }];
}

/** A window closes two seconds after its end. */
export function closedAt(end: number): number {
  return 1000 * (end + 2);
}

export interface Run {
  readonly writer: RecordingWriter;
  readonly commits: WindowCommit[];
  readonly released: number[];
}

/** A writer over these flow logs, with the first version of a network. */
export function writerOf(
  snapshot: Snapshot,
  subscriptions: readonly Subscription[],
  mode: 'live' | 'replay' = 'replay',
): { writer: RecordingWriter; flowLogs: FlowLogs } {
  const flowLogs = new FlowLogs();
  const refused = flowLogs.take(subscriptions);
  if (refused.length > 0) throw new Error(JSON.stringify(refused));
  const writer = new RecordingWriter({
    producer: `${mode}-1`,
    mode,
    flowLogs,
    rollUps: { rows: 1 << 14, partRows: 1 << 14 },
  });
  writer.addVersion(snapshot.version, snapshot.handle());
  return { writer, flowLogs };
}

/** Runs messages through a writer as its queue does, with nothing between. */
export function feed(run: Run, messages: Iterable<WriterInput>, givenUp: readonly GivenUp[] = []): Run {
  for (const message of messages) {
    if (!finish(run.writer.take(message))) continue;
    const commit = finish(run.writer.commit(givenUp));
    if (commit !== undefined) run.commits.push(commit);
    run.released.push(...run.writer.committed(commit));
  }
  return run;
}

export function runOf(writer: RecordingWriter): Run {
  return { writer, commits: [], released: [] };
}

function finish<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

export function chunksOf(commits: readonly WindowCommit[], flowLog: string): Chunk[] {
  return commits.flatMap((it) => it.chunks).filter((it) => it.flowLogs.includes(flowLog));
}

/** The lines of a chunk; the columns of a Parquet one are those of a log format. */
export function chunkLines(chunk: Chunk, format: string = DEFAULT_FORMAT): string[] {
  if (chunk.body.form === 'parquet') return linesIn(columnsOf(format), chunk.body.groups);
  const { text, whole } = textOf(chunk, Number.MAX_SAFE_INTEGER);
  if (!whole || !text.endsWith('\n')) throw new Error('not whole lines');
  return text.slice(0, -1).split('\n');
}

/** The lines of a flow log, in the order of its chunks. */
export function linesOf(commits: readonly WindowCommit[], flowLog: string, format?: string): string[] {
  return chunksOf(commits, flowLog).flatMap((chunk) => chunkLines(chunk, format));
}

const NO_FRESHNESS = { last: 0, worst: 0 };

/** A deliverer that keeps commits in memory, and refuses them when told so. */
export class FakeDeliverer implements Deliverer {
  readonly commits: WindowCommit[] = [];
  readonly calls: string[] = [];
  lastNote: unknown;
  refusals = 0;
  givenUp: GivenUp[] = [];

  setTargets(): void {}

  begin(producer: string, kind: string): { lastNote: unknown } {
    this.calls.push(`begin ${producer} ${kind}`);
    return { lastNote: this.lastNote };
  }

  commit(commit: WindowCommit): void {
    if (this.refusals > 0) {
      this.refusals--;
      throw new Error('no space left on device');
    }
    this.commits.push(commit);
    this.calls.push(`commit ${commit.sequence}`);
  }

  closed(_producer: string, upTo: number): void {
    this.calls.push(`closed ${upTo}`);
  }

  retry(): void {}

  async flush(): Promise<void> {
    this.calls.push('flush');
  }

  end(producer: string): void {
    this.calls.push(`end ${producer}`);
  }

  amounts(): ReadonlyMap<string, FlowLogAmounts> {
    return new Map();
  }

  takeGivenUp(): readonly GivenUp[] {
    return this.givenUp.splice(0);
  }

  stats(): DeliveryStats {
    return {
      commits: this.commits.length,
      spoolBytes: 0,
      spoolSegments: 0,
      tornSegments: 0,
      damaged: 0,
      oldestDueSeconds: 0,
      objectFreshness: NO_FRESHNESS,
      logsFreshness: NO_FRESHNESS,
      streamsFreshness: NO_FRESHNESS,
      objects: 0,
      events: 0,
      records: 0,
      failures: 0,
      failing: 0,
    };
  }

  async close(): Promise<void> {
    this.calls.push('close');
  }
}
