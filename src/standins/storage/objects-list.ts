/**
 * Objects in S3's order, that of their keys' UTF-8, by a walk over directories: those of a page are read, not
 * the bucket. Keys and names are held as bytes (latin-1 text) meanwhile, whose order is the one wanted.
 */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectInfo } from './object-storage.ts';
import { isMissing } from './objects-files.ts';
import { bytesOf, continuedPart, entryToSegment, textOf } from './paths.ts';

export interface ListQuery {
  readonly prefix?: string;
  /** Keys with this behind the prefix are rolled up into one common prefix. */
  readonly delimiter?: string;
  /** Keys from here on, itself not included; a common prefix is left out with all of its keys. */
  readonly after?: string;
  /** Objects and common prefixes together; 0 is none. */
  readonly max: number;
}

export interface ListedPage {
  readonly objects: readonly ObjectInfo[];
  readonly prefixes: readonly string[];
  /** What `after` must be for the next page; undefined on the last one. */
  readonly next: string | undefined;
}

export interface FoundFile {
  readonly key: string;
  readonly path: string;
}

/** An entry of a directory that stands for a segment of keys. */
interface Item {
  /** The segment, with a slash behind it for a directory: as it stands in keys. */
  readonly name: string;
  readonly path: string;
}

/** Entries of directories that are held, all together. */
const MOST_CACHED_ITEMS = 400_000;
/** Smaller directories are read each time. */
const LEAST_CACHED_ITEMS = 500;
/** A directory changed so shortly ago might change again without another time of change, ms. */
const SETTLED_MS = 50;

interface CachedDirectory {
  readonly inode: bigint;
  readonly changed: bigint;
  readonly items: readonly Item[];
}

export class ObjectLister {
  /** The least recently used first. */
  readonly #cache = new Map<string, CachedDirectory>();
  #cachedItems = 0;

  async page(
    directory: string,
    query: ListQuery,
  ): Promise<{ files: FoundFile[]; prefixes: string[]; next: string | undefined }> {
    const files: FoundFile[] = [];
    const prefixes: string[] = [];
    const prefix = bytesOf(query.prefix ?? '');
    const delimiter = bytesOf(query.delimiter ?? '');
    const after = bytesOf(query.after ?? '');
    const walk = new Walk((path) => this.#items(path), prefix, after);
    let last: string | undefined;
    if (query.max === 0) return { files, prefixes, next: undefined };
    for await (const { key, path } of walk.files(directory, '')) {
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      const common = cut < 0 ? undefined : key.slice(0, cut + delimiter.length);
      if (common !== undefined && common === after) {
        walk.skip(common);
        continue;
      }
      if (files.length + prefixes.length === query.max) return { files, prefixes, next: textOf(last) };
      last = common ?? key;
      if (common === undefined) files.push({ key: textOf(key)!, path });
      else {
        // A delimiter may cut a character of the key in two; S3's answer is text all the same.
        prefixes.push(Buffer.from(common, 'latin1').toString('utf8'));
        walk.skip(common);
      }
    }
    return { files, prefixes, next: undefined };
  }

  /** The items of a directory in order; none where it is gone. */
  async #items(directory: string): Promise<readonly Item[]> {
    try {
      const before = Date.now();
      const stat = await lstat(directory, { bigint: true });
      if (!stat.isDirectory()) return [];
      const cached = this.#cache.get(directory);
      if (cached !== undefined) {
        this.#cache.delete(directory);
        if (cached.inode === stat.ino && cached.changed === stat.mtimeNs) {
          this.#cache.set(directory, cached);
          return cached.items;
        }
        this.#cachedItems -= cached.items.length;
      }
      const items: Item[] = [];
      const isFlat = await readItems(directory, '', '', items);
      items.sort((a, b) => (a.name < b.name ? -1 : 1));
      if (isFlat && before - Number(stat.mtimeNs / 1_000_000n) > SETTLED_MS) {
        this.#keep(directory, { inode: stat.ino, changed: stat.mtimeNs, items });
      }
      return items;
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  #keep(directory: string, read: CachedDirectory): void {
    const count = read.items.length;
    if (count < LEAST_CACHED_ITEMS || count > MOST_CACHED_ITEMS) return;
    const before = this.#cache.get(directory); // of a page that was read at the same time
    if (before !== undefined) this.#cachedItems -= before.items.length;
    this.#cache.delete(directory);
    this.#cache.set(directory, read);
    this.#cachedItems += count;
    for (const [oldest, { items }] of this.#cache) {
      if (this.#cachedItems <= MOST_CACHED_ITEMS) break;
      this.#cache.delete(oldest);
      this.#cachedItems -= items.length;
    }
  }
}

/** Collects the items of a directory; false when some are in directories below (names that are too long). */
async function readItems(
  directory: string,
  continued: string,
  below: string,
  items: Item[],
): Promise<boolean> {
  let isFlat = true;
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const isDirectory = entry.isDirectory();
    if (!isDirectory && !entry.isFile()) continue;
    const part = isDirectory ? continuedPart(entry.name) : undefined;
    if (part === undefined) {
      const segment = entryToSegment(entry.name, isDirectory, continued);
      if (segment === undefined) continue;
      items.push({ name: isDirectory ? `${segment}/` : segment, path: below + entry.name });
    } else {
      isFlat = false;
      const inner = join(directory, entry.name);
      await readItems(inner, continued + part, `${below}${entry.name}/`, items).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
    }
  }
  return isFlat;
}

/** One pass over a bucket from a key on, within a prefix; the reader may skip ahead. */
class Walk {
  readonly #itemsOf: (path: string) => Promise<readonly Item[]>;
  readonly #prefix: string;
  readonly #after: string;
  #skipped: string | undefined;

  constructor(itemsOf: (path: string) => Promise<readonly Item[]>, prefix: string, after: string) {
    this.#itemsOf = itemsOf;
    this.#prefix = prefix;
    this.#after = after;
  }

  /** Leaves out every further key that begins with this. */
  skip(prefix: string): void {
    this.#skipped = prefix;
  }

  /** Files below a directory whose keys begin with `base`. */
  async *files(directory: string, base: string): AsyncGenerator<{ key: string; path: string }> {
    const items = await this.#itemsOf(directory);
    for (let i = this.#first(items, base); i < items.length; i++) {
      const item = items[i]!;
      const key = base + item.name;
      if (this.#skipped !== undefined && key.startsWith(this.#skipped)) continue;
      const isDirectory = item.name.endsWith('/');
      if (!key.startsWith(this.#prefix) && !(isDirectory && this.#prefix.startsWith(key))) {
        if (key > this.#prefix) return;
        continue;
      }
      if (!isDirectory) {
        if (key > this.#after) yield { key, path: join(directory, item.path) };
      } else if (key > this.#after || this.#after.startsWith(key)) {
        yield* this.files(join(directory, item.path), key);
        if (this.#skipped !== undefined && base.startsWith(this.#skipped)) return;
      }
    }
  }

  /** The first item that may hold a key behind `after` and within the prefix. */
  #first(items: readonly Item[], base: string): number {
    const from = this.#after > this.#prefix ? this.#after : this.#prefix;
    if (!from.startsWith(base) || from.length === base.length) return 0;
    const rest = from.slice(base.length);
    let low = 0;
    let high = items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const { name } = items[middle]!;
      if (name < rest && !(name.endsWith('/') && rest.startsWith(name))) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
