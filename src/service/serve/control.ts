/**
 * What a running service is asked by its own endpoint, by `startWeir` and by signals: everything that the APIs
 * of Amazon have no word for.
 */
import type { FlowLogAmounts, TargetState } from '../../delivery/deliverer.ts';
import type { EventCounts } from './embedded.ts';
import type { UpkeepCounts } from './upkeep.ts';
import type { RecordingMode, RecordingStats, WritingStats } from '../threads/messages.ts';

export interface ReplayOptions {
  /** Which address space the captures see (S2.1): VPC ids; undefined: every VPC. */
  readonly vpcs?: readonly string[];
  /** Indexes of the files that only report verdicts (S2.8); undefined: NFLOG beside captures of other kinds. */
  readonly verdictOnly?: readonly number[];
  /** What faults and bindings of the network call the files; their paths without it. */
  readonly names?: readonly string[];
  /** NFLOG prefixes that mean ACCEPT and REJECT, as regular expressions. */
  readonly acceptPrefix?: string;
  readonly rejectPrefix?: string;
  /** Publishes what the replay brought, whole slots or not, before it resolves. Otherwise slots are published as they
   * complete, and the rest when the replay has ended. Default true. */
  readonly flush?: boolean;
  /** Ends the replay early: what is recorded by then is delivered. */
  readonly signal?: AbortSignal;
}

/** What a replay did. It resolves when all of it is committed (and published, with `flush`). */
export interface ReplaySummary {
  /** `replay-<digest>`: the same for the same captures, network and options (S6.2). */
  readonly producer: string;
  readonly packets: number;
  readonly bytes: number;
  readonly windows: number;
  /** Packets that made no row, by reason (S1.2). */
  readonly rejected: Readonly<Record<string, number>>;
  readonly discovered: number;
  /** Unix seconds of the latest packet; 0 without one. */
  readonly until: number;
  /** It was ended by `signal`. */
  readonly aborted: boolean;
  /** What could not be read, by file: what was readable before it is recorded. */
  readonly faults: readonly { readonly file: string; readonly message: string }[];
  readonly stats: RecordingStats;
}

/** A recording as the status shows it. */
export interface RecordingStatus {
  readonly number: number;
  readonly mode: RecordingMode;
  readonly producer: string;
  readonly state: 'starting' | 'recording' | 'ending' | 'waiting' | 'failed';
  readonly networkVersion: number;
  readonly stats: RecordingStats | undefined;
}

/** How one flow log is delivered, with the full reason that clients of the API do not get (S8.4). */
export interface FlowLogStatus {
  readonly flowLog: string;
  readonly account: string;
  readonly region: string;
  readonly resourceId: string;
  /** `arn:aws:s3:::bucket/folder/` or a log group's name. */
  readonly destination: string;
  readonly state: TargetState;
  readonly amounts: FlowLogAmounts | undefined;
}

export interface ServiceStatus {
  readonly generation: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly networkVersion: number;
  readonly recordings: readonly RecordingStatus[];
  readonly flowLogs: readonly FlowLogStatus[];
  readonly writing: WritingStats | undefined;
  /** By kind: `filesystem`, or the type of a destination outside and its endpoint. */
  readonly destinations: Readonly<Record<'s3' | 'logs' | 'firehose', string>>;
  /** Subnets and interfaces that overlaps leave out of what recordings see (S2.1), and VPCs that sources name and that
   * are not there: a sentence each. */
  readonly conflicts: readonly string[];
  /** What was made over the API and has no place in the network as it is declared now. */
  readonly setAside: readonly { readonly id: string; readonly reason: string }[];
  /** Empty: ready. Else what is not, each a sentence: /readyz answers 503 with them. */
  readonly notReady: readonly string[];
}

/** What /metrics prints: the last stats of each thread, from memory. */
export interface MetricsSnapshot {
  readonly status: Omit<ServiceStatus, 'flowLogs'>;
  readonly flowLogsByState: Readonly<Record<'delivering' | 'failing', number>>;
  /** Live recordings that ended since the start and replays, added up, so that counters never go down. */
  readonly endedRecordings: readonly RecordingStats[];
  readonly replays: { readonly done: number; readonly failed: number; readonly waiting: number };
  /** Reads of weir.yaml and network.yaml by `reload`. */
  readonly reloads: { readonly done: number; readonly refused: number };
  /** Milliseconds since the epoch; undefined: the port speaks plain HTTP. */
  readonly certificateValidTo: number | undefined;
  /** How often the writing thread died and was started anew. */
  readonly writingRestarts: number;
  readonly upkeep: Readonly<UpkeepCounts>;
  /** undefined: they could not be read now. */
  readonly events: EventCounts | undefined;
  /** Captures that clients have sent up and that wait for their replay, or are replayed. */
  readonly uploadBytes: number;
}

/** What a reload did. */
export interface ReloadResult {
  /** `network`, `sources`, `flowLogsPerResource`, … that took effect now. */
  readonly applied: readonly string[];
  /** Keys that are other than what runs, and take a restart. */
  readonly restartNeeded: readonly string[];
  /** What is wrong with the files; then nothing was applied, and the last good state goes on. */
  readonly refused: string | undefined;
}

export interface ServiceControl {
  /** Records captures in event time, merged by time (S3.5), and delivers them to every flow log there is (S3.6). Throws a
   * UserError when a file cannot be opened, or too many replays wait. */
  replay(files: readonly string[], options?: ReplayOptions): Promise<ReplaySummary>;
  /** Closes what is open and publishes everything; resolves when each flow log is delivered or failing. */
  flush(): Promise<void>;
  /**
   * Lines of flow logs as they are committed (whole lines with their ends, no header). Throws a UserError for an id
   * that no flow log has. Returns how to stop.
   */
  tail(
    scope: { readonly account: string; readonly region: string },
    flowLogs: readonly string[],
    onLines: (flowLog: string, text: string) => void,
  ): Promise<() => void>;
  /** Of one account and region, or of all. */
  status(scope?: { readonly account: string; readonly region: string }): ServiceStatus;
  metrics(): MetricsSnapshot;
  /** Reads weir.yaml and network.yaml again (SIGHUP). Never throws: a broken file keeps the last good state. */
  reload(): Promise<ReloadResult>;
}
