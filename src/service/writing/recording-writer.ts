import type { Chunk, WindowCommit } from '../../delivery/chunk.ts';
import type { GivenUp } from '../../delivery/deliverer.ts';
import { type Account, account, emptyAccount } from '../../flows/accounting.ts';
import { type ClosedWindow, type NetworkVersion, STATUS_WORDS, NO_LOST } from '../../flows/rows.ts';
import { transitWindow } from '../../flows/transit.ts';
import type { SnapshotHandle } from '../../network/snapshot.ts';
import type { RecordingMode, WindowMessage } from '../threads/messages.ts';
import type { Facts } from './facts.ts';
import { type FlowLog, type FlowLogs, leftBefore, recordsWindow } from './flow-logs.ts';
import { GapNote } from './gap-note.ts';
import { GivenUpRows } from './given-up-rows.ts';
import { InterfaceNames } from './interface-names.ts';
import { Renderer } from './render.ts';
import { owns, RollUps, type RollUpLimits, soFar, statusFrom, type Sum } from './roll-ups.ts';
import { countUnsubscribed, type Unsubscribed } from './unsubscribed.ts';
import { Versions } from './versions.ts';
import { type Part, ViewOfOne, Views } from './views.ts';

/** Tables that wait for a commit: one more is committed with them, so that the recorder gets them back. */
const MAX_HELD_TABLES = 2;

export interface RecordingWriterOptions {
  readonly producer: string;
  readonly mode: RecordingMode;
  readonly flowLogs: FlowLogs;
  readonly rollUps: RollUpLimits;
}

/** What happened to a recording's windows so far. */
export interface WriterCounters {
  windows: number;
  readonly account: Account;
  readonly unsubscribed: Unsubscribed;
}

/** What a recording has sent, or main has asked of it. */
export type WriterInput =
  | WindowMessage
  /** Flow logs have been deleted: what they have summed up is theirs (S3.6). `at` in milliseconds. */
  | { readonly kind: 'leave'; readonly at: number };

/**
 * The windows of one recording to commits (S6.5), free of threads and I/O. Feed it with `take`; when that asks
 * for it, commit what `commit` gives, and tell by `committed`. `take` and `commit` are generators, to be run on
 * one after another: they yield for turns of the event loop.
 *
 * Window, late windows and 600 s interval that close together are one commit, at `closed`. A window that is
 * written early is committed with the next one. Where commits begin and end, and what is in them, follows from
 * the messages alone: the same for the same input of a replay.
 */
export class RecordingWriter {
  readonly counters: WriterCounters = {
    windows: 0,
    account: emptyAccount(),
    unsubscribed: { rows: 0, packets: 0, bytes: 0 },
  };
  readonly producer: string;
  readonly mode: RecordingMode;
  readonly renderer: Renderer;
  readonly gap = new GapNote();
  readonly givenUp = new GivenUpRows();
  readonly #flowLogs: () => Iterable<FlowLog>;
  readonly #names = new InterfaceNames();
  readonly #versions: Versions;
  readonly #rollUps: RollUps;
  /** Deleted flow logs whose sums are committed. */
  readonly #left = new WeakSet<FlowLog>();
  #chunks: Chunk[] = [];
  #tables: number[] = [];
  #sequence = 0;

  constructor(options: RecordingWriterOptions) {
    const { producer, mode, flowLogs, rollUps } = options;
    this.producer = producer;
    this.mode = mode;
    this.renderer = new Renderer(this.#names, () => flowLogs.followed);
    this.#versions = new Versions(this.#names);
    this.#rollUps = new RollUps(rollUps);
    // A replay's flow logs are those at its begin (S3.6).
    const atBegin = Array.from(flowLogs.all()).filter((it) => it.deletedAt === undefined);
    this.#flowLogs = mode === 'replay' ? () => atBegin : () => flowLogs.all();
  }

  addVersion(version: number, handle: SnapshotHandle): void {
    this.#versions.add(version, handle);
  }

  /** Versions of the network that are held. */
  get versions(): number {
    return this.#versions.size;
  }

  /** Deleted flow logs have sums that are not committed: send `leave`. */
  mustLeave(at: number): boolean {
    return this.mode === 'live' && [...this.#summing()].some((it) => leftBefore(it, at));
  }

  /** Takes a message in. True when what has come so far is to be committed now. */
  *take(message: WriterInput): Generator<void, boolean> {
    switch (message.kind) {
      case 'window':
        yield* this.#leave(message.closedAt);
        yield* this.#window(message.window, message.closedAt);
        return this.#tables.length >= MAX_HELD_TABLES;
      case 'interval':
        yield* this.#leave(message.closedAt);
        yield* this.#endInterval(message.start, message.status, message.at);
        return false;
      case 'leave':
        yield* this.#leave(message.at);
        break;
      case 'closed':
        this.gap.closed(message.upTo);
        this.#versions.closed();
        break;
      case 'flush':
      case 'end':
        yield* this.#sumsSoFar();
        if (message.kind === 'end') this.gap.end();
        break;
    }
    return true;
  }

  /** What waits to be committed, with the SKIPDATA of what was given up; undefined when there is nothing. */
  *commit(givenUp: readonly GivenUp[]): Generator<void, WindowCommit | undefined> {
    this.givenUp.add(givenUp);
    yield* this.#tellGivenUp();
    const note = this.mode === 'live' ? this.gap.note() : undefined;
    if (this.#chunks.length === 0 && !(note !== undefined && this.gap.moved)) return undefined;
    return {
      producer: this.producer,
      sequence: this.#sequence,
      chunks: this.#chunks,
      ...(note === undefined ? {} : { note }),
    };
  }

  /** The commit is durable, or there was none to make. Returns the tables that can be given back. */
  committed(commit: WindowCommit | undefined): readonly number[] {
    if (commit !== undefined) {
      this.#sequence++;
      this.#chunks = [];
      if (commit.note !== undefined) this.gap.committed(commit.note);
    }
    const tables = this.#tables;
    this.#tables = [];
    return tables;
  }

  *#window(window: ClosedWindow, closedAt: number): Generator<void, void> {
    account(window, this.counters.account);
    this.counters.windows++;
    if (window.table >= 0) this.#tables.push(window.table);
    const recording = [...this.#flowLogs()].filter((it) =>
      recordsWindow(it, this.mode, window.start, closedAt),
    );
    // Before anything merges rows: what is summed up does not depend on who records windows.
    if (!window.late) yield* this.#sumUp(window, recording);
    const facts = this.#versions.factsAt(window);
    const transit = this.#transitWindow(window, recording, facts);
    const selecting = viewsOf(recording, facts, () => 'all');
    const live = this.mode === 'live' && !window.late;
    const seen = live ? this.gap.window(window.start, (number) => facts.facts(number)) : () => {};
    countUnsubscribed(window, (number) => selecting.wanted(number), this.counters.unsubscribed, seen);
    // Late rows are not summed up (S3.4); nor are interfaces of nitro instances (S3.2).
    const nitro = facts.hasNitro ? 'nitro' : undefined;
    const views = viewsOf(recording, facts, ({ interval, transit }) => {
      if (transit) return undefined;
      return interval === 600 && !window.late ? nitro : 'all';
    });
    yield* this.#write(window, views, facts);
    if (transit === undefined) return;
    const crossing = viewsOf(recording, facts, (it) => (it.transit ? 'all' : undefined));
    yield* this.#write(transit, crossing, facts);
  }

  /** What transit gateway flow logs record of a window: made once for all of them, and not without one. */
  #transitWindow(
    window: ClosedWindow,
    recording: readonly FlowLog[],
    facts: Facts,
  ): ClosedWindow | undefined {
    if (!recording.some((it) => it.transit)) return undefined;
    facts.version = window.version;
    return transitWindow(window, facts.transit, this.counters.account);
  }

  *#sumUp(window: ClosedWindow, recording: readonly FlowLog[]): Generator<void, void> {
    const summing = recording.filter((it) => it.interval === 600);
    for (const sum of this.#rollUps.sumsFor(window.start, summing, this.mode === 'live')) {
      for (let from = 0; from < window.count;) {
        from = sum.rollUp.add(window, from);
        if (from < window.count) yield* this.#writeSum(sum, sum.rollUp.takeEarly());
        yield;
      }
    }
  }

  *#endInterval(start: number, status: Int32Array, at: NetworkVersion): Generator<void, void> {
    // Flow logs that had no window with rows have NODATA all the same.
    const windows = [...this.#summing()].filter(
      (it) => this.mode === 'replay' || it.firstWindow <= start + 540,
    );
    this.#rollUps.sumsFor(start, windows, this.mode === 'live');
    for (const sum of this.#rollUps.all()) {
      if (sum.from >= start + 600) continue;
      for (const part of sum.rollUp.end(start, statusFrom(status, sum.from), at)) {
        yield* this.#writeSum(sum, part);
      }
    }
    this.#rollUps.endInterval(start);
  }

  /** Flow logs are deleted: what they summed up until then is committed (S3.6), the sums go on without them. */
  *#leave(at: number): Generator<void, void> {
    if (this.mode === 'replay') return;
    const leaving = [...this.#summing()].filter((it) => leftBefore(it, at));
    if (leaving.length === 0) return;
    for (const sum of this.#rollUps.all()) {
      const part = soFar(sum.rollUp);
      if (part !== undefined) yield* this.#writeSum(sum, part, leaving);
    }
    for (const flowLog of leaving) this.#left.add(flowLog);
  }

  *#sumsSoFar(): Generator<void, void> {
    for (const sum of this.#rollUps.all()) yield* this.#writeSum(sum, sum.rollUp.takeEarly());
  }

  /** Flow logs of 600 s that have sums. */
  *#summing(): Generator<FlowLog> {
    for (const flowLog of this.#flowLogs()) {
      if (flowLog.interval !== 600 || this.#left.has(flowLog)) continue;
      if (this.mode === 'live' || flowLog.deletedAt === undefined) yield flowLog;
    }
  }

  *#writeSum(
    { from }: Sum,
    part: ClosedWindow,
    whose: Iterable<FlowLog> = this.#summing(),
  ): Generator<void, void> {
    if (part.count === 0 && part.status.length === 0) return;
    const live = this.mode === 'live';
    const owners = [...whose].filter((it) => owns(it, from, part.start, live));
    if (owners.length === 0) return;
    const facts = this.#versions.factsAt(part);
    yield* this.#write(
      part,
      viewsOf(owners, facts, () => (facts.hasNitro ? 'rest' : 'all')),
      facts,
    );
  }

  *#write(window: ClosedWindow, views: Views, facts: Facts): Generator<void, void> {
    if (views.empty || (window.count === 0 && window.status.length === 0)) return;
    facts.version = window.version;
    const expanded = facts.expander.expand(window, (number) => views.wanted(number) !== 0);
    this.#chunks.push(...(yield* this.renderer.render(expanded, views, facts)));
  }

  *#tellGivenUp(): Generator<void, void> {
    const waiting = this.givenUp.flowLogs;
    if (waiting.length === 0) return;
    const facts = this.#versions.latest();
    if (facts === undefined) return;
    const byId = new Map(Array.from(this.#flowLogs(), (it) => [it.id, it]));
    for (const id of waiting) {
      const flowLog = byId.get(id);
      if (flowLog !== undefined && flowLog.deletedAt === undefined) {
        const status = this.givenUp.status(id, (it) => facts.membership.numberById(it));
        yield* this.#tellSkipped(flowLog, status, facts);
      }
      this.givenUp.drop(id);
    }
  }

  *#tellSkipped(flowLog: FlowLog, status: Int32Array, facts: Facts): Generator<void, void> {
    if (status.length === 0) return;
    const { version, factsVersion, membership } = facts;
    const window = { ...NO_ROWS, ...spanOf(status), version, factsVersion, status };
    const expanded = facts.expander.expand(window);
    this.#chunks.push(
      ...(yield* this.renderer.render(expanded, [new ViewOfOne(flowLog, membership)], facts)),
    );
  }
}

const NO_MEMORY = new SharedArrayBuffer(0);
const NO_ROWS = {
  late: true,
  table: -1,
  rows: NO_MEMORY,
  addresses: NO_MEMORY,
  count: 0,
  packets: 0,
  bytes: 0,
  lost: NO_LOST,
} as const;

function viewsOf(
  flowLogs: Iterable<FlowLog>,
  facts: Facts,
  partOf: (flowLog: FlowLog) => Part | undefined,
): Views {
  const views = new Views(facts.membership);
  for (const flowLog of flowLogs) {
    const part = partOf(flowLog);
    if (part !== undefined) views.add(flowLog, part);
  }
  return views;
}

/** The time that status entries cover. */
function spanOf(status: Int32Array): { readonly start: number; readonly seconds: number } {
  let start = Number.POSITIVE_INFINITY;
  let end = 0;
  for (let i = 0; i < status.length; i += STATUS_WORDS) {
    start = Math.min(start, status[i + 2]! >>> 0);
    end = Math.max(end, status[i + 3]! >>> 0);
  }
  return { start, seconds: end - start + 1 };
}
