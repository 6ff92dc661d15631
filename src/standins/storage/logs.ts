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
import { mkdir, readdir, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Caller } from './caller.ts';
import { NoSuchLogGroup } from './log-storage.ts';
import type { AppendOptions, LogGroupName, LogSink, StreamEvents } from './log-storage.ts';
import { appendColumns } from './logs-columns.ts';
import { EVENT_OVERHEAD } from './logs-format.ts';
import {
  checkFolder,
  flush,
  makeFolders,
  publish,
  removeAll,
  temporaryName,
  writeText,
} from './logs-files.ts';
import { GROUP_FILE, GroupDirectory, type GroupRecord, type GroupView } from './logs-group.ts';
import { MAX_JOURNAL_BYTES } from './logs-journal.ts';
import { Lease } from './logs-lease.ts';
import {
  cutoffOf,
  MAINTENANCE,
  type MaintenanceCounts,
  type MaintenanceOptions,
  mergeSegments,
  planMerges,
  removeOld,
} from './logs-maintenance.ts';
import { type EventPage, type PageRequest, readPage, SegmentGone } from './logs-read.ts';
import { ignoreMissing, type Segment, type SegmentReader, writeSegment } from './logs-segment.ts';
import { cutSlices, TableBuilder } from './logs-slices.ts';
import { type StreamInfo, StreamExtents, streamInfo, streamInfos } from './logs-streams.ts';
import { TableCache } from './logs-tables.ts';
import { continuedPart, nameToPath, pathToName } from './paths.ts';

export type { EventPage, PageRequest } from './logs-read.ts';
export type { GroupRecord } from './logs-group.ts';
export type { MaintenanceCounts } from './logs-maintenance.ts';
export type { StreamInfo } from './logs-streams.ts';
export type { EventKey, StoredEvent } from './logs-events.ts';

/** Tables of streams that are held over all groups, bytes. */
const TABLE_CACHE_BYTES = 48 * 1024 * 1024;
/** Groups whose footers are held, and streams whose extents are, over all groups. */
const MAX_HELD_GROUPS = 1_000;
const MAX_HELD_STREAMS = 200_000;
/** How often an operation begins anew when a group is deleted or merged under it. */
const ATTEMPTS = 8;
const TRASH = '.trash';
const LEASE = '.maintenance';
const BATCH = /^[A-Za-z0-9_.-]{1,200}$/;
const ACCOUNT = /^[0-9]{12}$/;
const REGION = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

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
  readonly #groups = new Map<
    string,
    { readonly directory: GroupDirectory; readonly extents: StreamExtents }
  >();
  readonly #tables = new TableCache(TABLE_CACHE_BYTES);
  readonly #counters = { appends: 0, repeated: 0, events: 0, bytes: 0, damaged: 0 };
  /** Changes of a group's record and journal, one after the other. */
  #changes: Promise<unknown> = Promise.resolve();

  constructor(root: string, options: Partial<MaintenanceOptions> = {}) {
    this.#root = root;
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
      const done = await this.#write(directory, `b-${batch}.seg`, events, now, crc32(batch), [[batch, now]]);
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
    const done = await this.#write(
      directory,
      `p-${id.toString('hex')}.seg`,
      events,
      now,
      id.readUInt32LE(),
      [],
    );
    return done === 'published';
  }

  async #write(
    directory: GroupDirectory,
    file: string,
    events: readonly StreamEvents[],
    now: number,
    seed: number,
    batches: [string, number][],
  ): Promise<'published' | 'taken' | 'gone'> {
    const columns = appendColumns(events);
    if (columns.length === 0) return 'published';
    const ingested = Math.floor(now);
    const table = new TableBuilder(columns.map((it) => it.name));
    for (const stream of columns) table.add(stream, ingested);
    const temporary = join(directory.path, temporaryName());
    const rest = { origin: { ingested, seed }, replaces: [], batches };
    try {
      await writeSegment(temporary, cutSlices(columns), () => table.table(), rest);
    } catch (error) {
      await unlink(temporary).catch(() => undefined);
      return ignoreMissing(error) ?? 'gone';
    }
    const done = await publish(temporary, join(directory.path, file));
    if (done === 'gone') return done;
    await flush(directory.path);
    if (done === 'taken') return done;
    this.#counters.appends++;
    for (const { bounds } of columns) {
      this.#counters.events += bounds.length - 1;
      this.#counters.bytes += bounds.at(-1)!;
    }
    return done;
  }

  /** False where it is there already. */
  async createGroup(
    group: LogGroupName,
    now: number,
    tags: Readonly<Record<string, string>> = {},
  ): Promise<boolean> {
    const path = this.#pathOf(group);
    if ((await this.#open(group).directory.record()) !== undefined) return false;
    const record: GroupRecord = {
      id: randomBytes(8).toString('hex'),
      name: group.name,
      createdAt: Math.floor(now),
      tags,
    };
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    const parent = await makeFolders(this.#root, path.slice(0, -1));
    const made = join(parent, temporaryName());
    await mkdir(made, { mode: 0o700 });
    await writeText(join(made, GROUP_FILE), JSON.stringify(record));
    await flush(made);
    try {
      await rename(made, join(parent, path.at(-1)!));
    } catch (error) {
      await removeAll(made);
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
      throw error;
    }
    await flush(parent);
    return true;
  }

  /** False where there is none. */
  async deleteGroup(group: LogGroupName): Promise<boolean> {
    const { directory } = this.#open(group);
    if ((await directory.record()) === undefined) return false;
    const trash = await makeFolders(this.#root, [TRASH]);
    const away = join(trash, randomBytes(12).toString('hex'));
    const moved = await rename(directory.path, away).then(() => true, ignoreMissing);
    if (moved === undefined) return false;
    await flush(dirname(directory.path));
    this.#groups.delete(directory.path);
    await removeAll(away);
    return true;
  }

  async group(group: LogGroupName): Promise<GroupRecord | undefined> {
    return this.#open(group).directory.record();
  }

  /** Names of the groups of an account and region, sorted. */
  async groupNames(account: string, region: string): Promise<string[]> {
    const names: string[] = [];
    const walk = async (folder: string, parts: readonly string[]): Promise<void> => {
      await checkFolder(folder);
      const entries = (await readdir(folder, { withFileTypes: true }).catch(ignoreMissing)) ?? [];
      for (const entry of entries) {
        if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
        const path = [...parts, entry.name];
        if (continuedPart(entry.name) !== undefined) await walk(join(folder, entry.name), path);
        else {
          const name = pathToName(path);
          if (name !== undefined) names.push(name);
        }
      }
    };
    await walk(join(this.#root, checked(account, ACCOUNT), checked(region, REGION)), []);
    return names.sort((a, b) => (a < b ? -1 : 1));
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
    return this.#looking(group, async (view, path, extents) => {
      const known = await extents.update(path, view, (segment, reader) =>
        this.#tables.get(path, segment, reader),
      );
      return streamInfos(view, known, cutoffOf(view.record.retentionInDays, now));
    });
  }

  /** A stream: undefined where there is none, null where there is no such group. */
  async stream(group: LogGroupName, name: string, now: number): Promise<StreamInfo | undefined | null> {
    const found = await this.#looking(group, async (view, path, extents) => {
      const known = await extents.update(path, view, (segment, reader) =>
        this.#tables.get(path, segment, reader),
      );
      return { info: streamInfo(view, known, name, cutoffOf(view.record.retentionInDays, now)) };
    });
    return found === undefined ? null : found.info;
  }

  /** A page of events; undefined where there is no such group. */
  read(group: LogGroupName, request: PageRequest, now: number): Promise<EventPage | undefined> {
    return this.#looking(group, (view, path) => {
      const from = Math.max(request.from, cutoffOf(view.record.retentionInDays, now));
      const place = {
        path,
        segments: view.segments,
        deletedUpTo: view.streams.deletedUpTo,
        table: (segment: Segment, reader: SegmentReader) => this.#tables.get(path, segment, reader),
      };
      return readPage(place, { ...request, from });
    });
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
      await removeAll(join(this.#root, TRASH));
      for await (const directory of this.#allGroups()) {
        if (signal?.aborted === true || !(await lease.renew())) break;
        await this.#maintainGroup(directory, now, lease, counts);
      }
    } finally {
      await lease.release();
    }
    return counts;
  }

  async #maintainGroup(
    directory: GroupDirectory,
    now: number,
    lease: Lease,
    counts: MaintenanceCounts,
  ): Promise<void> {
    const view = await directory.view();
    if (view === undefined) return;
    await removeOld(directory, view, now, this.#options, counts);
    const fresh = await directory.view();
    if (fresh === undefined) return;
    for (const run of planMerges(fresh, this.#options)) {
      const merged = await mergeSegments(
        directory,
        fresh,
        run,
        now,
        (segment, reader) => this.#tables.get(directory.path, segment, reader),
        () => lease.renew(),
      ).catch(async (error: unknown) => {
        // Deleted under it: nothing is left to merge. Else the disk refuses, which is for the caller to tell.
        if ((await directory.record())?.id === fresh.record.id) throw error;
        return false;
      });
      if (!merged) return;
      counts.merges++;
      counts.merged += run.length;
    }
  }

  async *#allGroups(): AsyncGenerator<GroupDirectory> {
    for (const account of (await readdir(this.#root)).filter((it) => ACCOUNT.test(it))) {
      for (const region of (await readdir(join(this.#root, account))).filter((it) => REGION.test(it))) {
        for (const name of await this.groupNames(account, region)) {
          yield this.#open({ account, region, name }).directory;
        }
      }
    }
  }

  /** Looks at a group until nothing is merged or deleted under it. */
  async #looking<T>(
    group: LogGroupName,
    look: (view: GroupView, path: string, extents: StreamExtents) => Promise<T>,
  ): Promise<T | undefined> {
    for (let attempt = 0; ; attempt++) {
      const { directory, extents } = this.#open(group);
      const view = await directory.view();
      if (view === undefined) return undefined;
      try {
        return await look(view, directory.path, extents);
      } catch (error) {
        if (!(error instanceof SegmentGone) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changes.then(work, work);
    this.#changes = done.catch(() => undefined);
    return done;
  }

  #pathOf({ account, region, name }: LogGroupName): string[] {
    return [checked(account, ACCOUNT), checked(region, REGION), ...nameToPath(name)];
  }

  #open(group: LogGroupName): { readonly directory: GroupDirectory; readonly extents: StreamExtents } {
    const path = join(this.#root, ...this.#pathOf(group));
    const held = this.#groups.get(path);
    const opened = held ?? {
      directory: new GroupDirectory(path, () => this.#counters.damaged++),
      extents: new StreamExtents(),
    };
    this.#groups.delete(path);
    this.#groups.set(path, opened); // the youngest
    if (held === undefined) this.#forget();
    return opened;
  }

  /** Lets go of the groups that were not asked for the longest. */
  #forget(): void {
    let streams = [...this.#groups.values()].reduce((sum, { extents }) => sum + extents.size, 0);
    for (const [path, { extents }] of this.#groups) {
      if (this.#groups.size <= MAX_HELD_GROUPS && streams <= MAX_HELD_STREAMS) return;
      this.#groups.delete(path);
      streams -= extents.size;
    }
  }
}

/** Opens the log storage of a directory, which is made with the first group. */
export function openLogStorage(root: string, options: Partial<MaintenanceOptions> = {}): LogStorage {
  return new LogStorage(root, options);
}

function checked(part: string, pattern: RegExp): string {
  if (!pattern.test(part))
    throw new RangeError(`${JSON.stringify(part)} is no part of a path of log storage`);
  return part;
}
