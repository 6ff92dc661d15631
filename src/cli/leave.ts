/** Ends the process though a thread of it hangs in a call of the system, as at a file system that does not answer:
 * `process.exit` waits for such calls, for ever. */
import { existsSync } from 'node:fs';

/** What a process that hangs becomes, to end with a code of its own. */
const SHELL = '/bin/sh';

/** Ends at once: nothing more is written, no handler runs. */
export function endNow(code: number): never {
  // There since Node 22.15; the threads of the process are gone with its program.
  if (typeof process.execve === 'function' && existsSync(SHELL)) {
    process.execve(SHELL, ['sh', '-c', `exit ${code}`], {});
  }
  return process.exit(code);
}

/** Ends when there is nothing left to do, or after so many milliseconds. */
export function endWithin(ms: number, code: number): void {
  process.exitCode = code;
  // Does not keep the process; a call that hangs does, and a thread that is in one.
  setTimeout(() => endNow(code), ms).unref();
}
