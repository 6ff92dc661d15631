/** What Weir's own endpoint and its client say to each other. */
import type { FlowLogAmounts, TargetState } from '../../delivery/deliverer.ts';
import type { ReplaySummary, ServiceStatus } from '../serve/control.ts';
import type { SourceExports } from '../threads/messages.ts';

/** The service in the credential scope, and what all paths begin with. */
export const OWN_SERVICE = 'weir';
export const OWN_PATH = '/_weir/';

/** Longest body, bytes: captures are sent up in pieces of at most this. */
export const MAX_PIECE = 8 * 2 ** 20;
/** Most captures of one replay. */
export const MAX_REPLAY_FILES = 1000;
/** What names an upload: it is a file name. */
export const UPLOAD_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** Most conflicts, and most resources set aside, that a status lists. */
const MAX_SHOWN = 100;

/** The answer to `PUT /_weir/uploads/NAME?offset=BYTES`, with a piece of a capture as its body. */
export interface Uploaded {
  readonly name: string;
  /** How much of the capture is there. */
  readonly bytes: number;
}

/** The body of `POST /_weir/replay`. Uploads are removed when the replay has ended, whatever became of it. */
export interface ReplayRequest {
  readonly uploads: readonly string[];
  /** What the captures are called in the answer, in the same order; else the uploads' names. */
  readonly names?: readonly string[];
  readonly vpcs?: readonly string[];
  readonly verdictOnly?: readonly number[];
  readonly acceptPrefix?: string;
  readonly rejectPrefix?: string;
  readonly flush?: boolean;
}

/** What a replay's client gets to know of its end; the stats of its thread stay in the service. */
export type ReplayDone = Omit<ReplaySummary, 'stats'>;

/** Lines of the answer to a replay; the last is `done` or `failed`. */
export type ReplayLine =
  | { readonly kind: 'progress'; readonly packets: number; readonly waiting: boolean }
  | { readonly kind: 'done'; readonly summary: ReplayDone }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

/** Lines of the answer to `POST /_weir/flush`; the last is `done` or `failed`. */
export type FlushLine =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

/** Lines of the answer to `GET /_weir/tail?flow-log=ID`. */
export type TailLine =
  /** Whole records with their line ends, no header. */
  | { readonly kind: 'lines'; readonly flowLog: string; readonly text: string }
  /** The reader is slower than the records come: so many bytes are left out here. */
  | { readonly kind: 'left-out'; readonly bytes: number }
  /** Nothing new; so that a connection that is gone is seen. */
  | { readonly kind: 'alive' }
  /** The service ends. */
  | { readonly kind: 'end' };

/** The answer to `GET /_weir/status`: of the caller's account and region. */
export interface StatusAnswer {
  readonly ready: boolean;
  readonly notReady: readonly string[];
  readonly generation: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly networkVersion: number;
  readonly sources: readonly SourceShown[];
  readonly recordings: readonly {
    readonly number: number;
    readonly mode: 'live' | 'replay';
    readonly producer: string;
    readonly state: string;
    readonly networkVersion: number;
    readonly openFlows: number;
  }[];
  readonly flowLogs: readonly FlowLogShown[];
  /** Parts of the network that sources do not see, since VPCs overlap or are not there. */
  readonly conflicts: readonly string[];
  /** How many more conflicts there are. */
  readonly moreConflicts: number;
  /** Resources that have no place in the network as it is declared now. */
  readonly setAside: readonly { readonly id: string; readonly reason: string }[];
  readonly moreSetAside: number;
  readonly spoolBytes: number;
  readonly oldestDueSeconds: number;
  readonly freshness: {
    readonly logs: { readonly last: number; readonly worst: number };
    readonly objects: { readonly last: number; readonly worst: number };
    readonly streams: { readonly last: number; readonly worst: number };
  };
  /** Where records go, by kind: `filesystem`, or the type of a destination outside with its endpoint. */
  readonly destinations: ServiceStatus['destinations'];
}

/** A live source and how it is. */
export interface SourceShown {
  readonly name: string;
  readonly healthy: boolean;
  readonly fault?: string;
  readonly packets: number;
  readonly bytes: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly lost: Readonly<Record<string, number>>;
  readonly restarts: number;
  /** Of sources of exported flows. */
  readonly exports?: SourceExports;
}

/** A flow log and how it is delivered, with the full reason (S8.4). */
export interface FlowLogShown {
  readonly flowLog: string;
  readonly resourceId: string;
  readonly destination: string;
  readonly state: TargetState['state'];
  readonly message?: string;
  readonly reason?: string;
  readonly amounts?: FlowLogAmounts;
}

/** What the status of a service shows to the callers of one account. */
export function shownStatus(status: ServiceStatus): StatusAnswer {
  const { writing, conflicts, setAside } = status;
  const none = { last: 0, worst: 0 };
  return {
    ready: status.notReady.length === 0,
    notReady: status.notReady,
    generation: status.generation,
    startedAt: new Date(status.startedAt).toISOString(),
    networkVersion: status.networkVersion,
    sources: status.recordings.flatMap(({ mode, stats }) => (mode === 'live' ? (stats?.sources ?? []) : [])),
    recordings: status.recordings.map(({ number, mode, producer, state, networkVersion, stats }) => ({
      number,
      mode,
      producer,
      state,
      networkVersion,
      openFlows: stats?.openFlows ?? 0,
    })),
    flowLogs: status.flowLogs.map(({ flowLog, resourceId, destination, state, amounts }) => ({
      flowLog,
      resourceId,
      destination,
      ...state,
      ...(amounts === undefined ? {} : { amounts }),
    })),
    conflicts: conflicts.slice(0, MAX_SHOWN),
    moreConflicts: Math.max(0, conflicts.length - MAX_SHOWN),
    setAside: setAside.slice(0, MAX_SHOWN),
    moreSetAside: Math.max(0, setAside.length - MAX_SHOWN),
    spoolBytes: writing?.spoolBytes ?? 0,
    oldestDueSeconds: writing?.oldestDueSeconds ?? 0,
    freshness: {
      logs: writing?.logsFreshness ?? none,
      objects: writing?.objectFreshness ?? none,
      streams: writing?.streamsFreshness ?? none,
    },
    destinations: status.destinations,
  };
}
