/** The demo's temporary folder: made with its owner's name on it, so that the next demo knows a dead one's. */
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * `weir-demo-PID-START-SPACE-` and six characters: process id, its start in clock ticks, its PID namespace, to the
 * base of 36.
 */
const NAME = /^weir-demo-([1-9a-z][0-9a-z]{0,9})-([0-9a-z]{1,12})-([0-9a-z]{1,12})-[A-Za-z0-9]{6}$/;

/** Makes a folder of this process (mode 0700). */
export function makeFolder(parent: string = tmpdir()): string {
  const owner = [process.pid, startOf(process.pid) ?? 0, processSpace()].map((part) => part.toString(36));
  return mkdtempSync(join(parent, `weir-demo-${owner.join('-')}-`));
}

/** Removes a folder with all that is in it; one that is gone is no failure. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/**
 * Removes the folders of demos that were killed: of this user and this PID namespace, whose process is gone.
 * @returns how many
 */
export function removeLeftovers(parent: string = tmpdir()): number {
  let removed = 0;
  for (const name of readdirSync(parent)) {
    const match = NAME.exec(name);
    if (match === null) continue;
    const [pid, start, space] = match.slice(1).map((part) => Number.parseInt(part, 36)) as [
      number,
      number,
      number,
    ];
    const path = join(parent, name);
    if (space !== processSpace() || !isOwnFolder(path) || isAlive(pid, start)) continue;
    try {
      removeFolder(path);
      removed++;
    } catch {
      // Somebody else is removing it as well.
    }
  }
  return removed;
}

function isOwnFolder(path: string): boolean {
  try {
    const it = lstatSync(path);
    return it.isDirectory() && it.uid === process.getuid?.();
  } catch {
    return false;
  }
}

function isAlive(pid: number, start: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  // Another process may have the id by now.
  const now = startOf(pid);
  return now === undefined || now === start;
}

/** Field 22 of /proc/PID/stat (proc(5)): when the process began, in clock ticks since boot. */
function startOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of the program, in brackets, may hold anything.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    return undefined;
  }
}

/** The number of the PID namespace that process ids are of; 0 where there is no such thing. */
function processSpace(): number {
  try {
    return Number(/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? 0);
  } catch {
    return 0;
  }
}
