/** What object storage asks of the file system: temporary files, durable publishing, no symbolic links. */
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, realpath, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StorageError } from './object-storage.ts';
import { isThisProcess, processMark } from './process-mark.ts';

/** Files hold records of traffic: nobody else's business. */
export const FILE_MODE = 0o600;
export const DIRECTORY_MODE = 0o700;

/** What storage keeps below its root beside the buckets; no encoded name begins with a dot (paths.ts). */
const OWN = '.weir';
const OWN_DIRECTORIES = ['tmp', 'objects', 'uploads', 'deleting', 'settings'] as const;

/** When what a living process of another data directory's user left is taken for dead all the same, ms. */
const ABANDONED_MS = 24 * 3600 * 1000;
const OWNED = /^([0-9]+)-([0-9]+)-[0-9a-z]+/;

let made = 0;

/** The directory that all buckets are below. */
export class StorageRoot {
  /** Free of symbolic links. */
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  own(directory: (typeof OWN_DIRECTORIES)[number], ...rest: string[]): string {
    return join(this.path, OWN, directory, ...rest);
  }

  /** A name below `tmp` or `deleting` that no thread of this or any other process has. */
  unique(): string {
    const random = Math.floor(Math.random() * 2 ** 48).toString(36);
    return `${processMark()}-${random}x${(made++).toString(36)}`;
  }

  /** Throws what the system says when the root is gone: its buckets are then not known to be missing. */
  async check(): Promise<void> {
    await lstat(this.own('tmp'));
  }
}

/** Makes the root where it is missing, and removes what writers that died left there. */
export async function openRoot(directory: string): Promise<StorageRoot> {
  await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE });
  const root = new StorageRoot(await realpath(directory));
  for (const name of OWN_DIRECTORIES) await mkdir(root.own(name), { recursive: true, mode: DIRECTORY_MODE });
  for (const name of await readdir(root.own('tmp'))) {
    const path = root.own('tmp', name);
    if (await isOrphan(path, name)) await rm(path, { recursive: true, force: true });
  }
  return root;
}

/** Whether a file of `tmp` or `deleting` belongs to no writer that lives. */
export async function isOrphan(path: string, name: string): Promise<boolean> {
  const [, pid, start] = OWNED.exec(name) ?? [];
  if (pid === undefined) return true;
  if (Number(pid) === process.pid) return !isThisProcess(`${pid}-${start}`);
  if (!isAlive(Number(pid))) return true;
  const age = await lstat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0, // gone meanwhile
  );
  return age > ABANDONED_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** The code of a system error, as ENOENT; undefined for anything else. */
export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

/** Whether an error says that there is no such file: nothing there, something else in the way, or no name that
 * the file system could hold. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(codeOf(error) ?? '');
}

/** For catch(): undefined for what is missing. @throws any other error */
export function ignoreMissing(error: unknown): undefined {
  if (isMissing(error)) return undefined;
  throw error;
}

/** Makes what was renamed into or out of a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a directory, durably, in one that is there; one of that name may be there already. */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: DIRECTORY_MODE });
    await syncDirectory(dirname(path));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/** Writes all of a piece. */
export async function writeAll(handle: FileHandle, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.length;) at += (await handle.write(piece, at)).bytesWritten;
}

/** A small file, new, durable (unless told otherwise) but for its name. EEXIST when it is there; nothing is left when
 * it fails. */
export async function writeNew(path: string, text: string, durable = true): Promise<void> {
  const handle = await open(path, 'wx', FILE_MODE);
  try {
    await writeAll(handle, Buffer.from(text));
    if (durable) await handle.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/** A small file's text; undefined where there is none. A symbolic link is none. */
export async function readSmall(path: string): Promise<string | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/** Whether the way from a directory (itself without links) to one below it has no symbolic link and is there. */
export async function isReal(path: string): Promise<boolean> {
  try {
    return (await realpath(path)) === path;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/**
 * Makes the directories of a path below `base`, which is there and is never made. Durable.
 * @throws ENOENT when the base is gone; StorageError InvalidName for a link or a file on the way
 */
export async function makeDirectories(base: string, components: readonly string[]): Promise<void> {
  const whole = join(base, ...components);
  if (components.length === 0 || (await isReal(whole))) return;
  let path = base;
  for (const component of components) {
    const parent = path;
    path = join(parent, component);
    try {
      await mkdir(path, { mode: DIRECTORY_MODE });
      await syncDirectory(parent);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      const found = await lstat(path);
      if (!found.isDirectory()) {
        throw new StorageError('InvalidName', `${path} is in the way: it is no directory, move it elsewhere`);
      }
    }
  }
}

/** Removes the directories of a path below `base` that are empty, the innermost first. */
export async function pruneDirectories(base: string, components: readonly string[]): Promise<void> {
  for (let length = components.length; length > 0; length--) {
    try {
      await rmdir(join(base, ...components.slice(0, length)));
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') return; // mostly ENOTEMPTY; tidiness is worth no error
    }
  }
}

/** Removes every empty directory below one; says whether nothing but directories was there. */
export async function pruneTree(directory: string, keep: string): Promise<boolean> {
  let empty = true;
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.name === keep) continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory() && (await pruneTree(path, ''))) {
      await rmdir(path).catch((error: unknown) => {
        if (codeOf(error) !== 'ENOENT') empty = false;
      });
    } else empty = false;
  }
  return empty;
}
