/**
 * Tells when files have other content, however they were written: in place, by a rename over them (most editors, and
 * tools that write whole or not at all), through symbolic links that are switched (mounted configuration).
 *
 * Folders are watched, not files, since a file that was renamed over is another one. What a watch cannot see (network
 * file systems, a folder that is replaced, a limit on watches) is found by looking every few seconds.
 */
import { type FSWatcher, type Stats, statSync, watch } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { messageOf } from '../../base/errors.ts';

/** How long a folder is quiet, and a file stays the same, before that is a change: writing one takes several events. */
const QUIET_MS = 200;
/** How often files are looked at without any event. */
const LOOK_MS = 5_000;
/** How long a file may be missing before that is a change: some editors delete it before they write it anew. */
const MISSING_MS = 2_000;

export interface FileWatchOptions {
  /** Some of the files have changed. Called for one change at a time: awaited before the next. */
  readonly onChange: () => Promise<unknown>;
  /** A folder cannot be watched: changes are seen some seconds later. */
  readonly onTrouble: (message: string, error: string) => void;
  /** Pauses that tests change, in milliseconds. */
  readonly quietMs?: number;
  readonly lookMs?: number;
}

/** Knows files from `set` on, and tells of their changes from `start` until `close`. */
export class FileWatch {
  readonly #options: FileWatchOptions;
  /** Files, by path, and how each was when it was last told of. */
  #files = new Map<string, string>();
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #failed = new Set<string>();
  /** Changes that are told when they are still there at the next look. */
  #pending = new Map<string, string>();
  #missingSince: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;
  /** A look is under way: a disk that hangs holds up this and nothing else. */
  #busy = false;
  #again = false;
  #telling: Promise<void> = Promise.resolve();
  #state: 'new' | 'started' | 'closed' = 'new';

  constructor(options: FileWatchOptions) {
    this.#options = options;
  }

  /** Watches these files, and no others. What changes from now on is told: read them after it. */
  set(paths: readonly string[]): void {
    this.#files = new Map();
    this.keep(paths);
  }

  /** The same, but files that are watched already are not read now: what changed since they were is told. */
  keep(paths: readonly string[]): void {
    const before = this.#files;
    this.#files = new Map(
      paths.map((it) => resolve(it)).map((path) => [path, before.get(path) ?? stateNow(path)]),
    );
    this.#pending = new Map();
    this.#soon();
  }

  /** Begins to tell; also what changed since `set`. */
  start(): void {
    this.#state = 'started';
    this.#looking = setInterval(() => this.#look(), this.#options.lookMs ?? LOOK_MS);
    this.#looking.unref();
    this.#look();
  }

  /** Ends; resolves when no change is being told any more. */
  async close(): Promise<void> {
    this.#state = 'closed';
    clearTimeout(this.#timer);
    clearInterval(this.#looking);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    await this.#telling;
  }

  #soon(): void {
    clearTimeout(this.#timer);
    if (this.#state !== 'started') return;
    this.#timer = setTimeout(() => this.#look(), this.#options.quietMs ?? QUIET_MS);
  }

  #look(): void {
    if (this.#state !== 'started') return;
    if (this.#busy) {
      this.#again = true;
      return;
    }
    this.#busy = true;
    this.#again = false;
    void this.#lookNow().finally(() => {
      this.#busy = false;
      if (this.#again) this.#soon();
    });
  }

  async #lookNow(): Promise<void> {
    const paths = [...this.#files.keys()];
    await this.#follow(paths);
    const states = await Promise.all(paths.map(stateOf));
    if (this.#state !== 'started') return;
    const changed = new Map<string, string>();
    for (const [k, path] of paths.entries()) {
      const before = this.#files.get(path);
      if (before !== undefined && states[k] !== before) changed.set(path, states[k]!);
    }
    const settled = [...changed].every(([path, now]) => this.#pending.get(path) === now);
    this.#pending = changed;
    if (changed.size === 0) return;
    if (settled && !this.#isMissing([...changed.values()])) this.#tell(changed);
    else this.#soon();
  }

  #tell(changed: ReadonlyMap<string, string>): void {
    for (const [path, now] of changed) this.#files.set(path, now);
    const { onChange, onTrouble } = this.#options;
    this.#telling = this.#telling
      .then(() => (this.#state === 'started' ? onChange() : undefined))
      .then(
        () => {},
        (error: unknown) => onTrouble('changed files were not taken up', messageOf(error)),
      );
  }

  /** A file is not there, and not for long yet. */
  #isMissing(states: readonly string[]): boolean {
    if (!states.includes(MISSING)) {
      this.#missingSince = undefined;
      return false;
    }
    this.#missingSince ??= performance.now();
    if (performance.now() - this.#missingSince < MISSING_MS) return true;
    this.#missingSince = undefined;
    return false;
  }

  /** Watches the folders that the files, and what they are links to, lie in now. */
  async #follow(paths: readonly string[]): Promise<void> {
    const real = await Promise.all(paths.map((path) => realpath(path).catch(() => path)));
    if (this.#state !== 'started') return;
    const folders = new Set([...paths, ...real].map((path) => dirname(path)));
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of folders) if (!this.#watchers.has(folder)) this.#open(folder);
  }

  #open(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#soon());
      watcher.on('error', (error) => this.#lost(folder, error));
      this.#watchers.set(folder, watcher);
      this.#failed.delete(folder);
    } catch (error) {
      this.#lost(folder, error);
    }
  }

  #lost(folder: string, error: unknown): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
    if (this.#failed.has(folder)) return;
    this.#failed.add(folder);
    const seconds = (this.#options.lookMs ?? LOOK_MS) / 1000;
    const what = `${folder} cannot be watched: its files are looked at every ${seconds} s`;
    this.#options.onTrouble(what, messageOf(error));
  }
}

const MISSING = 'missing';

function stateNow(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? MISSING : textOf(stats);
}

function stateOf(path: string): Promise<string> {
  return stat(path).then(textOf, () => MISSING);
}

/** What is other when the content is. */
function textOf({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string {
  return `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}
