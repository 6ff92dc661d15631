/**
 * What the threads of the service say to each other. Main: control plane and stand-ins. Recording threads:
 * sources and flow tables, one for all live sources and one for each replay. The writing thread: records,
 * spool, publishing. A recording talks to the writing thread by a port of its own, not through main.
 */
import type { MessagePort } from 'node:worker_threads';
import type { Account } from '../../flows/accounting.ts';
import type { RecorderCounters } from '../../flows/recorder-options.ts';
import type { ClosedWindow, NetworkVersion } from '../../flows/rows.ts';
import type { DeliveryTarget } from '../../delivery/target.ts';
import type { FlowLogAmounts, TargetState } from '../../delivery/deliverer.ts';
import type { ResourceType } from '../../flow-logs/model.ts';
import type { SnapshotHandle } from '../../network/snapshot.ts';
import type { TrafficType } from '../../records/select.ts';
import type { StoredTagField } from '../../store/store.ts';

/** A flow log as the writing thread records it. */
export interface Subscription {
  readonly flowLog: string;
  readonly account: string;
  readonly region: string;
  readonly resourceType: ResourceType;
  readonly resourceId: string;
  /** ALL where the resource type has no TrafficType. */
  readonly traffic: TrafficType;
  /** `${…}` tokens. */
  readonly logFormat: string;
  readonly tagFields: readonly StoredTagField[] | undefined;
  /** Milliseconds since the epoch: live records begin with the first window at or after it (S3.6). */
  readonly createdAt: number;
  /** Set when it has been deleted: windows that closed before are still its own. */
  readonly deletedAt?: number;
  readonly target: DeliveryTarget;
}

export type RecordingMode = 'live' | 'replay';

/** Interfaces whose traffic is missing from a time on, since the service was not there (S5.2). */
export interface Gap {
  /** Declared interfaces by id; discovered ones by VPC and address words (IPv4 in the last). */
  readonly declared: readonly string[];
  readonly discovered: readonly {
    readonly vpcId: string;
    readonly six: boolean;
    readonly words: readonly [number, number, number, number];
  }[];
  /** Unix seconds: where the 60 s windows, and the 600 s intervals, that were committed last end. */
  readonly from60: number;
  readonly from600: number;
}

/** Main to the writing thread. */
export type ToWriting =
  /** Flow logs that are new or have changed (deletedAt set). */
  | { readonly kind: 'subscribe'; readonly subscriptions: readonly Subscription[] }
  /** A recording begins; its windows come by the port. */
  | {
      readonly kind: 'recording';
      readonly recording: number;
      readonly producer: string;
      readonly mode: RecordingMode;
      readonly port: MessagePort;
    }
  /** A version of the network for a recording, sent before any window is recorded under it. */
  | {
      readonly kind: 'network';
      readonly recording: number;
      readonly version: number;
      readonly snapshot: SnapshotHandle;
    }
  /** Publish what is spooled; `producer` undefined: of all. Answered by `done`. */
  | { readonly kind: 'flush'; readonly id: number; readonly producer: string | undefined }
  /** What waits for its next attempt may go now (a bucket was made); `flowLog` undefined: of all. */
  | { readonly kind: 'retry'; readonly flowLog: string | undefined }
  /** Lines of these flow logs are told as they are committed. */
  | { readonly kind: 'tail'; readonly flowLogs: readonly string[] }
  /** Stop within so many milliseconds; answered by `done`. */
  | { readonly kind: 'close'; readonly id: number; readonly graceMs: number };

/** The writing thread to main. */
export type FromWriting =
  | { readonly kind: 'done'; readonly id: number; readonly error?: string }
  | { readonly kind: 'state'; readonly flowLog: string; readonly state: TargetState }
  | { readonly kind: 'lines'; readonly flowLog: string; readonly text: string }
  /** Every second or so. */
  | { readonly kind: 'stats'; readonly stats: WritingStats }
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly message: string;
      readonly fields?: Record<string, unknown>;
    };

export interface WritingStats {
  readonly windows: number;
  readonly lines: number;
  /** What became of the packets of closed windows, over all recordings (S1.2). */
  readonly account: Omit<Account, 'prefixes'>;
  /** Rows, packets and bytes that no flow log selects. */
  readonly unsubscribedRows: number;
  readonly unsubscribedPackets: number;
  readonly unsubscribedBytes: number;
  readonly commits: number;
  readonly commitRetries: number;
  readonly spoolBytes: number;
  /** Age of the oldest spooled chunk that could have been published by now, in seconds; 0 without one. */
  readonly oldestDueSeconds: number;
  /** From a window's close to its events, from a slot's to its object, in seconds: the last and the worst. */
  readonly logsFreshness: { readonly last: number; readonly worst: number };
  readonly objectFreshness: { readonly last: number; readonly worst: number };
  /** Of records in Firehose streams, as of log events. */
  readonly streamsFreshness: { readonly last: number; readonly worst: number };
  readonly objects: number;
  readonly events: number;
  /** In Firehose streams. */
  readonly records: number;
  readonly failures: number;
  readonly amounts: ReadonlyMap<string, FlowLogAmounts>;
}

/** A recording to the writing thread, by their port. */
export type WindowMessage =
  /** `closedAt`: the wall clock in milliseconds. The table is given back by `release` (never for -1). */
  | { readonly kind: 'window'; readonly window: ClosedWindow; readonly closedAt: number }
  /** The end of a 600 s interval, after its windows, with its NODATA and SKIPDATA. */
  | {
      readonly kind: 'interval';
      readonly start: number;
      readonly status: Int32Array;
      /** The version of its last window: RollUp.end takes it. */
      readonly at: NetworkVersion;
      readonly closedAt: number;
    }
  /** Everything that ends by then has been sent. */
  | { readonly kind: 'closed'; readonly upTo: number }
  /** What was open has been sent early: commit roll-ups so far, publish everything. Answered by `flushed`. */
  | { readonly kind: 'flush'; readonly id: number }
  /** The recording is over. Answered by `ended` when all is committed. */
  | { readonly kind: 'end' };

/** The writing thread to a recording, by their port. */
export type WindowAnswer =
  /** Sent once, at the beginning. */
  | { readonly kind: 'begun'; readonly gap: Gap | undefined }
  | { readonly kind: 'release'; readonly table: number }
  | { readonly kind: 'flushed'; readonly id: number }
  | { readonly kind: 'ended' };

/** Main to a recording thread. */
export type ToRecording =
  /** Takes effect with the first window that has not begun (live). Version 1 comes with the worker's data. */
  | { readonly kind: 'network'; readonly version: number; readonly snapshot: SnapshotHandle }
  /** Send what is open; answered by `done` when the writing thread has published it. */
  | { readonly kind: 'flush'; readonly id: number }
  /** Stop the sources, close what is open, end. The thread answers `ended`. */
  | { readonly kind: 'stop' };

/** A recording thread to main. */
export type FromRecording =
  | { readonly kind: 'done'; readonly id: number }
  | { readonly kind: 'stats'; readonly stats: RecordingStats }
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly message: string;
      readonly fields?: Record<string, unknown>;
    }
  /** All is recorded and committed; the last message. `error`: what the sources could not be read for. */
  | { readonly kind: 'ended'; readonly stats: RecordingStats; readonly error?: string };

/** What a source of exported flows counts beside its packets. */
export interface SourceExports {
  /** Datagrams, or messages of streams. */
  readonly datagrams: number;
  readonly rows: number;
  /** Datagrams of who may not send, and where most of them came from. */
  readonly notAllowed: number;
  readonly notAllowedFrom: readonly { readonly address: string; readonly datagrams: number }[];
  /** By reason, in its units (FlowLoss). */
  readonly lost: Readonly<Record<string, number>>;
  /** By name, as its decoder counts. */
  readonly decoded: Readonly<Record<string, number>>;
  /** By address, bounded in number. */
  readonly exporters: readonly {
    readonly address: string;
    readonly rows: number;
    readonly lost: Readonly<Record<string, number>>;
  }[];
}

export interface RecordingStats {
  readonly recorder: RecorderCounters;
  /** By source: what its decoder counted, what it lost, whether it is healthy. */
  readonly sources: readonly {
    readonly name: string;
    readonly packets: number;
    readonly bytes: number;
    readonly rejected: Readonly<Record<string, number>>;
    readonly lost: Readonly<Record<string, number>>;
    readonly restarts: number;
    readonly healthy: boolean;
    readonly fault?: string;
    /** Of sources of exported flows. */
    readonly exports?: SourceExports;
  }[];
  readonly openFlows: number;
  readonly time: number;
  readonly refusedPackets: number;
  readonly refusedBytes: number;
  readonly timeOutliers: number;
  readonly discovered: number;
  readonly discoveryFull: number;
}
