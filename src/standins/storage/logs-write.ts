/** Events become a segment of a group: written aside, then published under its name. */
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { StreamEvents } from './log-storage.ts';
import { appendColumns } from './logs-columns.ts';
import { flush, publish, temporaryName } from './logs-files.ts';
import { ignoreMissing, writeSegment } from './logs-segment.ts';
import { cutSlices, TableBuilder } from './logs-slices.ts';

export interface NewSegment {
  readonly file: string;
  readonly seed: number;
  /** Ids of delivery's batches that it holds, and when they came. */
  readonly batches: [string, number][];
}

export interface Written {
  /** `taken`: there is one of that name; `gone`: the group is not there any more. */
  readonly done: 'published' | 'taken' | 'gone';
  readonly events: number;
  /** Of messages. */
  readonly bytes: number;
}

/** Durable when it resolves. Without events nothing is written. */
export async function writeEvents(
  directory: string,
  { file, seed, batches }: NewSegment,
  events: readonly StreamEvents[],
  now: number,
): Promise<Written> {
  const columns = appendColumns(events);
  if (columns.length === 0) return nothing('published');
  const ingested = Math.floor(now);
  const table = new TableBuilder(columns.map((it) => it.name));
  for (const stream of columns) table.add(stream, ingested);
  const temporary = join(directory, temporaryName());
  const rest = { origin: { ingested, seed }, replaces: [], batches };
  try {
    await writeSegment(temporary, cutSlices(columns), () => table.table(), rest);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    ignoreMissing(error);
    return nothing('gone');
  }
  const done = await publish(temporary, join(directory, file));
  if (done !== 'gone') await flush(directory);
  if (done !== 'published') return nothing(done);
  return {
    done,
    events: columns.reduce((sum, { bounds }) => sum + bounds.length - 1, 0),
    bytes: columns.reduce((sum, { bounds }) => sum + bounds.at(-1)!, 0),
  };
}

function nothing(done: Written['done']): Written {
  return { done, events: 0, bytes: 0 };
}
