/** What a recording thread is started with: plain data, its memory shared. */
import type { MessagePort } from 'node:worker_threads';
import type { SnapshotHandle } from '../../network/snapshot.ts';
import type { RecordingMode } from '../threads/messages.ts';
import type { TunnelKind } from '../../capture/open.ts';
import type { ExporterSourceConfig, LiveSourceConfig, NflogSourceConfig } from '../serve/config.ts';

/** A source, with the scope of the snapshots that it sees. */
export interface LiveSourceSetup {
  readonly config: LiveSourceConfig | NflogSourceConfig;
  readonly scope: number;
}

/** A source of exported flows, likewise. */
export interface ExporterSetup {
  readonly config: ExporterSourceConfig;
  readonly scope: number;
  /** Of each entry of its allow-list. */
  readonly exporterScopes: readonly number[];
  /** Where its templates are kept over a restart; undefined: nowhere. */
  readonly state: string | undefined;
}

/** A capture to be replayed. */
export interface CaptureSetup {
  /** What messages call it, and what `source` of a network file binds to. */
  readonly name: string;
  readonly path: string;
  readonly scope: number;
  readonly acceptPrefix?: string | undefined;
  readonly rejectPrefix?: string | undefined;
  readonly tunnels?: readonly TunnelKind[] | undefined;
}

interface AnySetup {
  readonly mode: RecordingMode;
  /** To the writing thread; transferred. */
  readonly port: MessagePort;
  /** Version 1 of the network, as the writing thread has it. */
  readonly snapshot: SnapshotHandle;
  readonly graceSeconds: number;
  /** Rows of a flow table. */
  readonly maxFlows: number;
}

export interface LiveSetup extends AnySetup {
  readonly mode: 'live';
  readonly sources: readonly LiveSourceSetup[];
  readonly exporters: readonly ExporterSetup[];
}

export interface ReplaySetup extends AnySetup {
  readonly mode: 'replay';
  readonly captures: readonly CaptureSetup[];
  /** Indexes of captures that only report verdicts (S2.8); undefined: NFLOG beside captures of other kinds. */
  readonly verdictOnly: readonly number[] | undefined;
}

export type RecordingSetup = LiveSetup | ReplaySetup;
