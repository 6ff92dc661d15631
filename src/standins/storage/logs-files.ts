/** Files of log storage: atomic, flushed, without following symbolic links (S8.5). */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, mkdir, open, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ignoreMissing } from './logs-segment.ts';

const READ = constants.O_RDONLY | constants.O_NOFOLLOW;

/** A name for a file that is not to be seen yet. */
export function temporaryName(): string {
  return `.${randomBytes(8).toString('hex')}.tmp`;
}

/** Text of a file; undefined where there is none. */
export async function readText(path: string): Promise<string | undefined> {
  const file = await open(path, READ).catch(ignoreMissing);
  if (file === undefined) return undefined;
  try {
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** Puts a file with this text in the place of one that may be there. */
export async function replaceText(path: string, text: string): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, temporaryName());
  await writeText(temporary, text);
  await rename(temporary, path);
  await flush(folder);
}

export async function writeText(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Gives a finished file its name, unless the name is taken. */
export async function publish(temporary: string, path: string): Promise<'published' | 'taken' | 'gone'> {
  try {
    await link(temporary, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST' && code !== 'ENOENT') throw error;
    await unlink(temporary).catch(ignoreMissing);
    return code === 'EEXIST' ? 'taken' : 'gone';
  }
  await unlink(temporary).catch(ignoreMissing);
  return 'published';
}

/** Makes what was done in a directory outlive a loss of power. */
export async function flush(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY).catch(ignoreMissing);
  if (handle === undefined) return;
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the directories of a path below a root; refuses one that is a symbolic link. */
export async function makeFolders(root: string, parts: readonly string[]): Promise<string> {
  let path = root;
  for (const part of parts) {
    const parent = path;
    path = join(path, part);
    const made = await mkdir(path, { mode: 0o700 }).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
        return false;
      },
    );
    if (made) await flush(parent);
    else await checkFolder(path);
  }
  return path;
}

/** Throws for anything but a directory, or nothing at all. */
export async function checkFolder(path: string): Promise<void> {
  const stat = await lstat(path).catch(ignoreMissing);
  if (stat !== undefined && !stat.isDirectory()) throw new Error(`${path} is no directory`);
}

export async function removeAll(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}
