/**
 * Stored log events in a directory, for the API of the embedded CloudWatch Logs and for delivery:
 *
 *   ROOT/ACCOUNT/REGION/GROUP/group.json    what is kept of the group
 *                             streams.log   streams that clients made or deleted
 *                             b-BATCH.seg   events of a batch, p-….seg of a client, m-….seg merged ones
 *   ROOT/.trash/…                           groups on their way out
 *
 * A segment is immutable; reads list the directory and hold footers only.
 */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Caller } from './caller.ts';
import { NoSuchLogGroup } from './log-storage.ts';
import type { AppendOptions, LogGroupName, LogSink, StreamEvents } from './log-storage.ts';
import { GroupDirectories, type OpenGroup } from './logs-directories.ts';
import { flush } from './logs-files.ts';
import { EVENT_OVERHEAD } from './logs-format.ts';
import type { GroupDirectory, GroupRecord } from './logs-group.ts';
import { MAX_JOURNAL_BYTES } from './logs-journal.ts';
import { Lease } from './logs-lease.ts';
import {
  maintainGroup,
  MAINTENANCE,
  type MaintenanceCounts,
  type MaintenanceOptions,
} from './logs-maintenance.ts';
import type { EventPage, PageRequest } from './logs-read.ts';
import { GroupReader } from './logs-reader.ts';
import { ignoreMissing } from './logs-segment.ts';
import type { StreamInfo } from './logs-streams.ts';
import { type NewSegment, writeEvents, type Written } from './logs-write.ts';

export type { EventPage, PageRequest } from './logs-read.ts';
export type { GroupRecord } from './logs-group.ts';
export type { MaintenanceCounts } from './logs-maintenance.ts';
export type { StreamInfo } from './logs-streams.ts';
export type { EventKey, StoredEvent } from './logs-events.ts';

/** How often an append begins anew when its group is deleted under it. */
const ATTEMPTS = 8;
const LEASE = '.maintenance';
const BATCH = /^[A-Za-z0-9_.-]{1,200}$/;

/** What has happened since the storage was opened. */
export interface LogStorageCounters {
  readonly appends: number;
  /** Batches that were there already. */
  readonly repeated: number;
  readonly events: number;
  /** Of messages. */
  readonly bytes: number;
  /** Segments that could not be read: their events are missing from answers. */
  readonly damaged: number;
}

export class LogStorage implements LogSink {
  readonly #root: string;
  readonly #options: MaintenanceOptions;
  readonly #groups: GroupDirectories;
  readonly #reader: GroupReader;
  readonly #counters = { appends: 0, repeated: 0, events: 0, bytes: 0, damaged: 0 };
  /** Changes of a group's record and journal, one after the other. */
  #changes: Promise<unknown> = Promise.resolve();

  constructor(root: string, options: Partial<MaintenanceOptions> = {}) {
    this.#root = root;
    this.#groups = new GroupDirectories(root, () => this.#counters.damaged++);
    this.#reader = new GroupReader(this.#groups);
    this.#options = { ...MAINTENANCE, ...options };
  }

  get counters(): LogStorageCounters {
    return { ...this.#counters };
  }

  async append(
    group: LogGroupName,
    batch: string,
    events: readonly StreamEvents[],
    now: number,
    _?: Caller,
    { create = true }: AppendOptions = {},
  ): Promise<void> {
    if (!BATCH.test(batch)) throw new RangeError(`batch ${batch} is no name for a batch`);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { directory } = this.#open(group);
      const view = await directory.view();
      if (view === undefined) {
        if (!create) throw new NoSuchLogGroup(group);
        await this.createGroup(group, now);
        continue;
      }
      if (view.segments.some(({ footer }) => footer.batches.some(([id]) => id === batch))) {
        await flush(directory.path); // a first try may have ended before it did
        this.#counters.repeated++;
        return;
      }
      const segment: NewSegment = { file: `b-${batch}.seg`, seed: crc32(batch), batches: [[batch, now]] };
      const done = await this.#write(directory, segment, events, now);
      if (done === 'gone') continue;
      if (done === 'taken') this.#counters.repeated++;
      return;
    }
    throw new Error(`log group ${group.name} is deleted and made again all the time`);
  }

  /** Appends a client's events to a group that is there; false where it is not. */
  async put(group: LogGroupName, events: readonly StreamEvents[], now: number): Promise<boolean> {
    const { directory } = this.#open(group);
    if ((await directory.record()) === undefined) return false;
    const id = randomBytes(16);
    const segment = { file: `p-${id.toString('hex')}.seg`, seed: id.readUInt32LE(), batches: [] };
    return (await this.#write(directory, segment, events, now)) === 'published';
  }

  async #write(
    { path }: GroupDirectory,
    segment: NewSegment,
    given: readonly StreamEvents[],
    now: number,
  ): Promise<Written['done']> {
    const { done, events, bytes } = await writeEvents(path, segment, given, now);
    if (events > 0) this.#counters.appends++;
    this.#counters.events += events;
    this.#counters.bytes += bytes;
    return done;
  }

  /** False where it is there already. */
  createGroup(
    group: LogGroupName,
    now: number,
    tags: Readonly<Record<string, string>> = {},
  ): Promise<boolean> {
    const id = randomBytes(8).toString('hex');
    return this.#groups.make(group, { id, name: group.name, createdAt: Math.floor(now), tags });
  }

  /** False where there is none. */
  deleteGroup(group: LogGroupName): Promise<boolean> {
    return this.#groups.delete(group);
  }

  /** Names of the groups of an account and region, sorted. */
  groupNames(account: string, region: string): Promise<string[]> {
    return this.#groups.names(account, region);
  }

  async group(group: LogGroupName): Promise<GroupRecord | undefined> {
    return this.#open(group).directory.record();
  }

  /** What a group's events weigh, as the service counts, bytes. */
  async storedBytes(group: LogGroupName): Promise<number> {
    const view = await this.#open(group).directory.view();
    return (view?.segments ?? []).reduce(
      (sum, { footer }) => sum + footer.bytes + footer.events * EVENT_OVERHEAD,
      0,
    );
  }

  /** Changes what is kept of a group; false where there is none. */
  changeGroup(
    group: LogGroupName,
    change: (record: GroupRecord) => Pick<GroupRecord, 'retentionInDays' | 'tags'>,
  ): Promise<boolean> {
    return this.#inTurn(async () => {
      const { directory } = this.#open(group);
      const record = await directory.record();
      if (record === undefined) return false;
      const { id, name, createdAt } = record;
      await directory.change({ id, name, createdAt, ...change(record) });
      return true;
    });
  }

  createStream(
    group: LogGroupName,
    stream: string,
    now: number,
  ): Promise<'created' | 'exists' | 'no group' | 'full'> {
    return this.#inTurn(async () => {
      const there = await this.stream(group, stream, now);
      if (there === null) return 'no group';
      if (there !== undefined) return 'exists';
      const { journal } = this.#open(group).directory;
      if (journal.size > MAX_JOURNAL_BYTES) return 'full';
      const id = randomBytes(8).toString('hex');
      const line = { do: 'create', stream, at: Math.floor(now), id } as const;
      if ((await journal.append(line).then(() => true, ignoreMissing)) === undefined) return 'no group';
      // Another thread may have been quicker.
      return (await journal.state()).created.get(stream)?.id === id ? 'created' : 'exists';
    });
  }

  /** Deletes a stream and its events; false where there is none, undefined where there is no group. */
  deleteStream(group: LogGroupName, stream: string, now: number): Promise<boolean | undefined> {
    return this.#inTurn(async () => {
      const there = await this.stream(group, stream, now);
      if (there === null) return undefined;
      if (there === undefined) return false;
      const { journal } = this.#open(group).directory;
      const at = Math.max(Math.floor(now), there.events?.lastIngested ?? 0);
      const line = { do: 'delete', stream, at, id: randomBytes(8).toString('hex') } as const;
      return journal.append(line).then(() => true, ignoreMissing);
    });
  }

  /** All streams by name; undefined where there is no such group. */
  streams(group: LogGroupName, now: number): Promise<StreamInfo[] | undefined> {
    return this.#reader.streams(group, now);
  }

  /** A stream: undefined where there is none, null where there is no such group. */
  stream(group: LogGroupName, name: string, now: number): Promise<StreamInfo | undefined | null> {
    return this.#reader.stream(group, name, now);
  }

  /** A page of events; undefined where there is no such group. */
  read(group: LogGroupName, request: PageRequest, now: number): Promise<EventPage | undefined> {
    return this.#reader.page(group, request, now);
  }

  /**
   * Removes what retention lets go, merges small segments, clears leftovers away, in all groups. To be called now
   * and then (every minute or so); does nothing while another does it. `signal` ends it between two groups.
   */
  async maintain(now: number, signal?: AbortSignal): Promise<MaintenanceCounts> {
    const counts: MaintenanceCounts = { expired: 0, merged: 0, merges: 0, leftovers: 0 };
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    const lease = await Lease.take(join(this.#root, LEASE));
    if (lease === undefined) return counts;
    try {
      await this.#groups.emptyTrash();
      for await (const directory of this.#groups.all()) {
        if (signal?.aborted === true || !(await lease.renew())) break;
        await maintainGroup(directory, {
          now,
          options: this.#options,
          counts,
          table: this.#reader.tablesOf(directory.path),
          renew: () => lease.renew(),
        });
      }
    } finally {
      await lease.release();
    }
    return counts;
  }

  #open(group: LogGroupName): OpenGroup {
    return this.#groups.open(group);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changes.then(work, work);
    this.#changes = done.catch(() => undefined);
    return done;
  }
}

/** Opens the log storage of a directory, which is made with the first group. */
export function openLogStorage(root: string, options: Partial<MaintenanceOptions> = {}): LogStorage {
  return new LogStorage(root, options);
}
