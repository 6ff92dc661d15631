/** What is in log groups: streams, and pages of events. */
import type { LogGroupName } from './log-storage.ts';
import type { GroupDirectories } from './logs-directories.ts';
import type { GroupView } from './logs-group.ts';
import { cutoffOf } from './logs-maintenance.ts';
import { type EventPage, type PageRequest, readPage, type ReadPlace, SegmentGone } from './logs-read.ts';
import { type Extents, type StreamInfo, streamInfo, streamInfos } from './logs-streams.ts';
import { TableCache } from './logs-tables.ts';

/** Tables of streams that are held over all groups, bytes. */
const TABLE_CACHE_BYTES = 48 * 1024 * 1024;
/** How often a look begins anew when the group is deleted or merged under it. */
const ATTEMPTS = 8;

/** A group as it is looked at. */
interface Look {
  readonly view: GroupView;
  readonly path: string;
  /** Events before this time are too old to be shown. */
  readonly cutoff: number;
  readonly known: () => Promise<Extents>;
}

export class GroupReader {
  readonly #groups: GroupDirectories;
  readonly #tables = new TableCache(TABLE_CACHE_BYTES);

  constructor(groups: GroupDirectories) {
    this.#groups = groups;
  }

  /** Tables of a group's segments. */
  tablesOf(path: string): ReadPlace['table'] {
    return (segment, reader) => this.#tables.get(path, segment, reader);
  }

  /** All streams by name; undefined where there is no such group. */
  streams(group: LogGroupName, now: number): Promise<StreamInfo[] | undefined> {
    return this.#looking(group, now, async ({ view, cutoff, known }) =>
      streamInfos(view, await known(), cutoff),
    );
  }

  /** A stream: undefined where there is none, null where there is no such group. */
  async stream(group: LogGroupName, name: string, now: number): Promise<StreamInfo | undefined | null> {
    const found = await this.#looking(group, now, async ({ view, cutoff, known }) => ({
      info: streamInfo(view, await known(), name, cutoff),
    }));
    return found === undefined ? null : found.info;
  }

  /** A page of events; undefined where there is no such group. */
  page(group: LogGroupName, request: PageRequest, now: number): Promise<EventPage | undefined> {
    return this.#looking(group, now, ({ view, path, cutoff }) => {
      const { segments, streams } = view;
      const place = { path, segments, deletedUpTo: streams.deletedUpTo, table: this.tablesOf(path) };
      return readPage(place, { ...request, from: Math.max(request.from, cutoff) });
    });
  }

  /** Looks at a group until nothing is merged or deleted under it. */
  async #looking<T>(
    group: LogGroupName,
    now: number,
    look: (at: Look) => Promise<T>,
  ): Promise<T | undefined> {
    for (let attempt = 0; ; attempt++) {
      const { directory, extents } = this.#groups.open(group);
      const { path } = directory;
      const view = await directory.view();
      if (view === undefined) return undefined;
      const cutoff = cutoffOf(view.record.retentionInDays, now);
      const known = (): Promise<Extents> => extents.update(path, view, this.tablesOf(path));
      try {
        return await look({ view, path, cutoff, known });
      } catch (error) {
        if (!(error instanceof SegmentGone) || attempt === ATTEMPTS) throw error;
        directory.forget(error.file);
      }
    }
  }
}
