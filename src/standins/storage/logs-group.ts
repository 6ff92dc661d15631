/** The directory of one log group: what is in it now. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readText, replaceText } from './logs-files.ts';
import { type JournalState, StreamJournal } from './logs-journal.ts';
import { DamagedSegment, ignoreMissing, readSegment, type Segment } from './logs-segment.ts';

/** What is kept of a group, beside its streams. */
export interface GroupRecord {
  /** Tells the group from one of the same name before or after it. */
  readonly id: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly retentionInDays?: number;
  readonly tags: Readonly<Record<string, string>>;
}

export const GROUP_FILE = 'group.json';
const JOURNAL_FILE = 'streams.log';
const SEGMENT = /^[bpm]-[A-Za-z0-9_.-]{1,200}\.seg$/;

/** A group at a moment. */
export interface GroupView {
  readonly record: GroupRecord;
  /** Segments that count. */
  readonly segments: readonly Segment[];
  /** Files that a merged segment has replaced, and that are still there. */
  readonly replaced: readonly string[];
  /** Files of a writer that is at work, or was when it crashed. */
  readonly temporary: readonly string[];
  readonly streams: JournalState;
}

export class GroupDirectory {
  readonly path: string;
  readonly journal: StreamJournal;
  readonly #onDamage: (error: DamagedSegment) => void;
  #id = '';
  /** Footers by file; null where the file is damaged. */
  #known = new Map<string, Segment | null>();

  constructor(path: string, onDamage: (error: DamagedSegment) => void) {
    this.path = path;
    this.journal = new StreamJournal(join(path, JOURNAL_FILE));
    this.#onDamage = onDamage;
  }

  /** undefined where there is no such group. */
  async record(): Promise<GroupRecord | undefined> {
    const text = await readText(join(this.path, GROUP_FILE));
    return text === undefined ? undefined : (JSON.parse(text) as GroupRecord);
  }

  async change(record: GroupRecord): Promise<void> {
    await replaceText(join(this.path, GROUP_FILE), JSON.stringify(record));
  }

  /** What there is now; undefined where there is no such group. */
  async view(): Promise<GroupView | undefined> {
    const record = await this.record();
    if (record === undefined) return undefined;
    if (record.id !== this.#id) {
      this.#known = new Map();
      this.#id = record.id;
    }
    const entries = await readdir(this.path).catch(ignoreMissing);
    if (entries === undefined) return undefined;
    const files = entries.filter((it) => SEGMENT.test(it));
    const all = await this.#segments(files);
    const gone = new Set(all.flatMap((it) => it.footer.replaces));
    return {
      record,
      segments: all.filter((it) => !gone.has(it.file)),
      replaced: files.filter((it) => gone.has(it)),
      temporary: entries.filter((it) => it.startsWith('.') && it.endsWith('.tmp')),
      streams: await this.journal.state(),
    };
  }

  /** A file is not what it was: the next view reads it anew, if it is there. */
  forget(file: string): void {
    this.#known.delete(file);
  }

  /** How many footers are held. */
  get held(): number {
    return this.#known.size;
  }

  async #segments(files: readonly string[]): Promise<Segment[]> {
    const known = new Map<string, Segment | null>();
    for (const file of files) {
      let segment = this.#known.get(file);
      if (segment === undefined) {
        segment = await readSegment(join(this.path, file), file).catch((error: unknown) => {
          if (!(error instanceof DamagedSegment)) return ignoreMissing(error);
          this.#onDamage(error);
          return null;
        });
      }
      if (segment !== undefined) known.set(file, segment);
    }
    this.#known = known;
    return [...known.values()].filter((it) => it !== null);
  }
}
