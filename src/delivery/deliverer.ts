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

/** The spool is at its bound, and destinations that do not fail are about to take what is in it. Wait and commit again. */
export class SpoolFull extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SpoolFull';
  }
}

/** Seconds from when a unit became due to when it could be read at its destination. */
export interface Freshness {
  readonly last: number;
  readonly worst: number;
}

/** Counters since the start, and what is there now. */
export interface DeliveryStats {
  readonly commits: number;
  readonly spoolBytes: number;
  readonly spoolSegments: number;
  /** Segments that a crash left half written: dropped, as they were never committed. */
  readonly tornSegments: number;
  /** What was found damaged in the spool or the ledger when it was to be sent, and was given up. */
  readonly damaged: number;
  /** Age of the oldest unit that is due and not delivered, in seconds; 0 without one. */
  readonly oldestDueSeconds: number;
  /** From the completion of a slot (S6.1), or the commit of a late part, to its object. */
  readonly objectFreshness: Freshness;
  /** From a commit to its events. */
  readonly logsFreshness: Freshness;
  /** From a commit to its records in Firehose streams. */
  readonly streamsFreshness: Freshness;
  readonly objects: number;
  /** Log events, and records of streams. */
  readonly events: number;
  readonly records: number;
  /** Attempts that failed. */
  readonly failures: number;
  /** Flow logs whose deliveries fail now. */
  readonly failing: number;
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
   * and SpoolFull when the spool is at its bound and what is in it will be delivered. What is in it of destinations that
   * fail stays; new rows for them are given up then, and those for others are committed.
   */
  commit(commit: WindowCommit): void;
  /** Everything of a producer that ends by `upTo` (Unix seconds, a multiple of 60) is committed: what slots are
   * complete follows (S6.1). Log events do not wait for slots. */
  closed(producer: string, upTo: number): void;
  /** Tries at once what waits for its next attempt: of a flow log, or of all (a bucket was created). */
  retry(flowLog?: string): void;
  /** Publishes everything spooled now, whole slots or not (further rows make further parts); resolves when each
   * flow log is delivered or failing. Without a producer: of all. */
  flush(producer?: string): Promise<void>;
  /** A replay has been committed to its end. */
  end(producer: string): void;
  /** Of flow logs that have any. */
  amounts(): ReadonlyMap<string, FlowLogAmounts>;
  /** What was given up since the last call, of flow logs that do not fail (any more): the caller writes SKIPDATA rows for
   * it. Of those that fail it is kept until they are delivered again. */
  takeGivenUp(): readonly GivenUp[];
  stats(): DeliveryStats;
  /** Stops publishing within `graceMs`; what is spooled stays. */
  close(graceMs: number): Promise<void>;
}
