/** Tells what this process left from what processes before it left, whatever their ids: in a container every one is
 * the first. */

/** How far two readings of one process's start may lie apart, ms. */
const SAME_START_MS = 500;

/** A text that names this process: its id, and when it began by the system's monotonic clock. */
export function processMark(): string {
  return `${process.pid}-${processStart()}`;
}

/** Whether a mark is of this process. */
export function isThisProcess(mark: string): boolean {
  const [pid, start] = mark.split('-').map(Number);
  return pid === process.pid && Math.abs(start! - processStart()) <= SAME_START_MS;
}

/** The same on all threads, ms. */
function processStart(): number {
  return Math.round(Number(process.hrtime.bigint()) / 1e6 - process.uptime() * 1000);
}
