/**
 * The streams of a group that clients made and deleted: a journal of JSON lines that is only appended to, each
 * with one write, so that several threads may. Streams that came with their events are not in it.
 */
import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { readText } from './logs-files.ts';
import { ignoreMissing } from './logs-segment.ts';

/** Most that a journal may weigh, bytes: some hundred thousand streams made. */
export const MAX_JOURNAL_BYTES = 64 * 1024 * 1024;

export interface JournalLine {
  readonly do: 'create' | 'delete';
  readonly stream: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Unique. */
  readonly id: string;
}

export interface JournalState {
  /** Streams made, and when. */
  readonly created: ReadonlyMap<string, { readonly at: number; readonly id: string }>;
  /** Events of a stream that came until then are deleted. */
  readonly deletedUpTo: ReadonlyMap<string, number>;
}

const NOTHING: JournalState = { created: new Map(), deletedUpTo: new Map() };

export class StreamJournal {
  readonly #path: string;
  #size = -1;
  #state: JournalState = NOTHING;

  constructor(path: string) {
    this.#path = path;
  }

  /** As it is on disk now. */
  async state(): Promise<JournalState> {
    const size = (await stat(this.#path).catch(ignoreMissing))?.size ?? 0;
    if (size === this.#size) return this.#state;
    const text = (await readText(this.#path)) ?? '';
    this.#state = parseJournal(text);
    this.#size = Buffer.byteLength(text);
    return this.#state;
  }

  get size(): number {
    return Math.max(0, this.#size);
  }

  /** Appends a line, flushed. A line that a crash cut short ends where this one begins. Rejects with ENOENT where
   * the group is gone. */
  async append(line: JournalLine): Promise<void> {
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
    const file = await open(this.#path, flags, 0o600);
    try {
      await file.write(Buffer.from(`\n${JSON.stringify(line)}\n`));
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

/** What a journal says; the first of several that create a stream made it. */
export function parseJournal(text: string): JournalState {
  const created = new Map<string, { at: number; id: string }>();
  const deletedUpTo = new Map<string, number>();
  for (const line of text.split('\n')) {
    const entry = parseLine(line);
    if (entry === undefined) continue;
    if (entry.do === 'delete') {
      created.delete(entry.stream);
      deletedUpTo.set(entry.stream, Math.max(entry.at, deletedUpTo.get(entry.stream) ?? 0));
    } else if (!created.has(entry.stream)) {
      created.set(entry.stream, { at: entry.at, id: entry.id });
    }
  }
  return { created, deletedUpTo };
}

/** undefined for an empty line, and for one that was cut short. */
function parseLine(line: string): JournalLine | undefined {
  if (line === '') return undefined;
  try {
    return JSON.parse(line) as JournalLine;
  } catch {
    return undefined;
  }
}
