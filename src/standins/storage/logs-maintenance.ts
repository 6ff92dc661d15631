/** What keeps a group small: old segments removed, small ones merged, leftovers of a crash cleared away. */
import { randomBytes } from 'node:crypto';
import { stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { storedColumns } from './logs-columns.ts';
import { checkFolder, flush, publish, temporaryName } from './logs-files.ts';
import type { SegmentFooter, StreamTable } from './logs-format.ts';
import type { GroupDirectory, GroupView } from './logs-group.ts';
import { type PageRequest, readPage, type ReadPlace, SegmentGone } from './logs-read.ts';
import {
  type EncodedSlice,
  ignoreMissing,
  type Segment,
  SegmentReader,
  writeSegment,
} from './logs-segment.ts';
import { cutSlices, SLICE_BYTES, TableBuilder } from './logs-slices.ts';

export interface MaintenanceOptions {
  /** Small segments that a group may have before the oldest are merged. */
  readonly maxSmall: number;
  /** A segment below this is small; a merged one has no more than twice as much, bytes of messages. */
  readonly smallBytes: number;
  /** How long replaced files stay for reads under way, and temporary files for writers, ms. */
  readonly replacedGraceMs: number;
  readonly temporaryGraceMs: number;
}

export const MAINTENANCE: MaintenanceOptions = {
  maxSmall: 256,
  smallBytes: 32 * 1024 * 1024,
  replacedGraceMs: 30_000,
  temporaryGraceMs: 600_000,
};

export interface MaintenanceCounts {
  /** Segments that were removed because all of their events are too old. */
  expired: number;
  /** Segments that were merged, and into how many. */
  merged: number;
  merges: number;
  /** Files of crashed writers. */
  leftovers: number;
}

/** Batches that came longer ago are not remembered by merged segments, ms: no retry takes that long. */
const REMEMBERED_MS = 30 * 24 * 3_600_000;
export const DAY_MS = 24 * 3_600_000;

/** Events before this time are too old to be shown. */
export function cutoffOf(retentionInDays: number | undefined, now: number): number {
  return retentionInDays === undefined ? 0 : now - retentionInDays * DAY_MS;
}

/** What a group is kept small with. */
export interface MaintenanceTools {
  readonly now: number;
  readonly options: MaintenanceOptions;
  /** Added to. */
  readonly counts: MaintenanceCounts;
  readonly table: (segment: Segment, reader: SegmentReader) => Promise<StreamTable>;
  /** Says that it goes on; false where another does it now. */
  readonly renew: () => Promise<boolean>;
}

export async function maintainGroup(directory: GroupDirectory, tools: MaintenanceTools): Promise<void> {
  const { now, options, counts, table, renew } = tools;
  const view = await directory.view();
  if (view === undefined) return;
  await removeOld(directory, view, now, options, counts);
  const fresh = await directory.view();
  if (fresh === undefined) return;
  for (const run of planMerges(fresh, options)) {
    const merged = await mergeSegments(directory, fresh, run, now, table, renew).catch(
      async (error: unknown) => {
        // Deleted under it, or merged by another whose turn it is by now: nothing is left to merge. Else the disk
        // refuses, which is for the caller to tell.
        if (error instanceof SegmentGone) directory.forget(error.file);
        else if ((await directory.record())?.id === fresh.record.id) throw error;
        return false;
      },
    );
    if (!merged) return;
    counts.merges++;
    counts.merged += run.length;
  }
}

/** Removes what is replaced, expired or left over. What merged segments replace goes before them, so that it can
 * never count again. */
async function removeOld(
  group: GroupDirectory,
  view: GroupView,
  now: number,
  options: MaintenanceOptions,
  counts: MaintenanceCounts,
): Promise<void> {
  const cutoff = cutoffOf(view.record.retentionInDays, now);
  const present = new Set(view.replaced);
  for (const { footer, made } of view.segments) {
    if (now - made < options.replacedGraceMs) continue;
    for (const file of footer.replaces) {
      if (present.has(file)) await unlink(join(group.path, file)).catch(ignoreMissing);
    }
  }
  for (const { file, footer } of view.segments) {
    if (footer.max >= cutoff || footer.replaces.some((it) => present.has(it))) continue;
    await unlink(join(group.path, file)).catch(ignoreMissing);
    counts.expired++;
  }
  for (const file of view.temporary) {
    const path = join(group.path, file);
    const made = (await stat(path).catch(ignoreMissing))?.mtimeMs ?? now;
    if (now - made < options.temporaryGraceMs) continue;
    await unlink(path).catch(ignoreMissing);
    counts.leftovers++;
  }
}

/** Runs of small segments to merge: none while there are few. */
function planMerges(view: GroupView, options: MaintenanceOptions): Segment[][] {
  const present = new Set(view.replaced);
  const small = view.segments
    .filter(
      ({ footer }) => footer.bytes < options.smallBytes && !footer.replaces.some((it) => present.has(it)),
    )
    .sort((a, b) => a.footer.min - b.footer.min || (a.file < b.file ? -1 : 1));
  if (small.length <= options.maxSmall) return [];
  const runs: Segment[][] = [];
  let run: Segment[] = [];
  let weight = 0;
  for (const segment of small.slice(0, small.length - Math.floor(options.maxSmall / 2))) {
    if (weight + segment.footer.bytes > 2 * options.smallBytes) {
      runs.push(run);
      run = [];
      weight = 0;
    }
    run.push(segment);
    weight += segment.footer.bytes;
  }
  runs.push(run);
  return runs.filter((it) => it.length > 1);
}

/**
 * Writes one segment with the events of several, and makes it visible, from when they no longer count.
 * @param mayPublish asked at the end whether it still may
 */
async function mergeSegments(
  group: GroupDirectory,
  view: GroupView,
  segments: readonly Segment[],
  now: number,
  tableOf: ReadPlace['table'],
  mayPublish: () => Promise<boolean>,
): Promise<boolean> {
  const { deletedUpTo } = view.streams;
  const place: ReadPlace = { path: group.path, segments, deletedUpTo, table: tableOf };
  const names = await namesOf(place);
  const table = new TableBuilder(names);
  const batches = segments
    .flatMap((it) => it.footer.batches)
    .filter(([, ingested]) => ingested > now - REMEMBERED_MS);
  const rest: Pick<SegmentFooter, 'replaces' | 'batches'> = {
    replaces: segments.map((it) => it.file),
    batches,
  };
  const temporary = join(group.path, temporaryName());
  try {
    const cutoff = cutoffOf(view.record.retentionInDays, now);
    await writeSegment(temporary, slicesOf(place, cutoff, table), () => table.table(), rest);
    await checkFolder(group.path);
    if (!(await mayPublish())) return false;
    const file = `m-${randomBytes(12).toString('hex')}.seg`;
    const done = (await publish(temporary, join(group.path, file))) === 'published';
    await flush(group.path);
    return done;
  } finally {
    await unlink(temporary).catch(ignoreMissing);
  }
}

async function namesOf(place: ReadPlace): Promise<string[]> {
  const names = new Set<string>();
  for (const segment of place.segments) {
    const reader = await SegmentReader.open(join(place.path, segment.file), segment);
    if (reader === undefined) throw new SegmentGone(segment.file);
    let table: StreamTable;
    try {
      table = await place.table(segment, reader);
    } finally {
      await reader.close();
    }
    for (const name of table.names) names.add(name);
  }
  return [...names].sort((a, b) => (a < b ? -1 : 1));
}

async function* slicesOf(
  place: ReadPlace,
  cutoff: number,
  table: TableBuilder,
): AsyncGenerator<EncodedSlice> {
  let request: PageRequest = {
    from: cutoff,
    to: Infinity,
    limit: Infinity,
    maxBytes: SLICE_BYTES,
    budget: Infinity,
  };
  for (;;) {
    const { events, resume } = await readPage(place, request);
    const columns = storedColumns(events);
    for (const stream of columns) table.add(stream);
    if (columns.length > 0) yield* cutSlices(columns, (stream) => table.numberOf(stream.name));
    if (resume === undefined) return;
    request = { ...request, after: resume };
  }
}
