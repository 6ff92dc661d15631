import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { messageOf, UserError } from '../base/errors.ts';

/** The control state's file in the data directory. */
export const DATABASE_FILE = 'weir.db';
const LOCK_FILE = 'weir.lock';
const PID_FILE = 'weir.pid';

/** Keeps what holds a lock from being collected as garbage, which would end the lock unasked. */
const held = new Set<BetterSqlite.Database>();

/** The data directory is another process's (or another part of this one's). */
export class DataDirectoryInUse extends UserError {
  readonly directory: string;
  /** Of the process that holds it, where it could be read. */
  readonly pid: number | undefined;

  constructor(directory: string, pid: number | undefined) {
    const holder = pid === undefined ? 'another process' : `process ${pid}`;
    super(
      `the data directory ${directory} is in use by ${holder}: one weir at a time works on a data directory; ` +
        'stop that one, or give another directory',
    );
    this.name = 'DataDirectoryInUse';
    this.directory = directory;
    this.pid = pid;
  }
}

/** A held data directory. The lock ends with the process, however it ends. */
export interface DirectoryLock {
  /** The real path of the directory. */
  readonly directory: string;
  release(): void;
}

/**
 * Makes the data directory where it is missing, and sees to it that nobody else can look inside (0700). A
 * directory that others can reach and that holds something else (/tmp, a home directory) is refused, not closed
 * to them.
 * @returns its real path
 */
export function prepareDataDirectory(path: string): string {
  const directory = resolve(path);
  try {
    const made = mkdirSync(directory, { recursive: true, mode: 0o700 });
    const { mode } = statSync(directory);
    if ((mode & 0o077) !== 0) {
      const shared = (mode & 0o1000) !== 0;
      const names = readdirSync(directory);
      if (shared || (names.length > 0 && !names.includes(DATABASE_FILE))) {
        throw new UserError(
          `${directory} is not a data directory of weir and others may enter it: ` +
            'give a directory that does not exist yet or is empty',
        );
      }
      chmodSync(directory, 0o700);
    }
    if (made !== undefined) syncDirectory(dirname(made));
    return realpathSync(directory);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`the data directory ${directory} cannot be used: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/**
 * Takes a data directory for this process: an exclusive SQLite lock on a file of its own, which the kernel gives
 * back when the process ends, by kill -9 too.
 * @throws {DataDirectoryInUse} with the pid that holds it
 */
export function lockDataDirectory(path: string): DirectoryLock {
  const directory = prepareDataDirectory(path);
  const lockFile = join(directory, LOCK_FILE);
  const pidFile = join(directory, PID_FILE);
  createPrivateFile(lockFile);
  const lock = new BetterSqlite(lockFile, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { code?: string }).code !== 'SQLITE_BUSY') {
      throw new UserError(`${lockFile} cannot be locked: ${messageOf(error)}`, { cause: error });
    }
    throw new DataDirectoryInUse(directory, readPid(pidFile));
  }
  // The pid has a file of its own: opening and closing the lock file by other means would drop the lock (POSIX
  // locks belong to the process and the file, not to the descriptor).
  createPrivateFile(pidFile);
  writeFileSync(pidFile, `${process.pid}\n`);
  held.add(lock);
  return {
    directory,
    release() {
      if (!held.delete(lock)) return;
      rmSync(pidFile, { force: true });
      lock.close();
    },
  };
}

/** Makes an empty file with mode 0600 where there is none; never opens one that is there. */
export function createPrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
    syncDirectory(dirname(path));
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
    chmodSync(path, 0o600);
  }
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function readPid(pidFile: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8').trim());
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
