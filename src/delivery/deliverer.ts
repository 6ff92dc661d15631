/** The port of delivery: what the writing thread asks of spool, ledger, slots and destinations. */
import type { WindowCommit } from './chunk.ts';
import type { DeliveryTarget } from './target.ts';

/** How a destination takes a flow log's records: changes only, by `onState`. */
export type TargetState =
  | { readonly state: 'delivering' }
  | {
      readonly state: 'failing';
      /** What clients of the API are told. */
      readonly message: 'Access error' | 'Unknown error' | 'Rate limited';
      /** For operators. */
      readonly reason: string;
    };

/** Rows, packets and bytes, for the identity behind selection (S1.2): selected = delivered + spooled + given up. */
export interface Amount {
  rows: number;
  packets: number;
  bytes: number;
}

export interface FlowLogAmounts {
  readonly selected: Readonly<Amount>;
  readonly delivered: Readonly<Amount>;
  readonly spooled: Readonly<Amount>;
  readonly givenUp: Readonly<Amount>;
}

/** What was given up of a flow log and is not told by a SKIPDATA row yet. */
export interface GivenUp {
  readonly flowLog: string;
  readonly interfaces: readonly string[];
  readonly from: number;
  readonly to: number;
}

export interface Deliverer {
  /** Targets by flow log. Those no longer named are still served what is spooled for them. */
  setTargets(targets: readonly DeliveryTarget[]): void;
  /**
   * Begins a producer. Of a live one: what it, or the generation before it, committed last (its `note`), for the
   * gap (S5.2); slots of earlier live producers are complete and published. Of a replay: everything that is
   * spooled of an interrupted run and not in the ledger is dropped, to be recorded again; `end`ed replays start anew.
   */
  begin(producer: string, kind: 'live' | 'replay'): { readonly lastNote: unknown };
  /**
   * Commits a window: durable when it returns. Throws when the disk refuses (the caller waits and commits again)
   * and SpoolFull when the bound on disk is reached, once what the bound costs has been given up.
   */
  commit(commit: WindowCommit): void;
  /** Everything of a producer that ends by `upTo` (Unix seconds, a multiple of 60) is committed: what slots are
   * complete follows (S6.1). Log events do not wait for slots. */
  closed(producer: string, upTo: number): void;
  /** Publishes everything spooled now, whole slots or not (further rows make further parts); resolves when each
   * flow log is delivered or failing. Without a producer: of all. */
  flush(producer?: string): Promise<void>;
  /** A replay has been committed to its end. */
  end(producer: string): void;
  /** Of flow logs that have any. */
  amounts(): ReadonlyMap<string, FlowLogAmounts>;
  /** What was given up since the last call; the caller writes SKIPDATA rows for it. */
  takeGivenUp(): readonly GivenUp[];
  /** Stops publishing within `graceMs`; what is spooled stays. */
  close(graceMs: number): Promise<void>;
}
