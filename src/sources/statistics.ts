/** The packet counts that tcpdump prints: on one line when asked by SIGUSR1, on several at its end. */

/** Cumulative since the child's start. Unsigned 32-bit counters that wrap. */
export interface Statistics {
  /** Written out by tcpdump. */
  captured: number;
  /** Passed the filter in the kernel, those dropped for want of buffer included. */
  received: number;
  /** Dropped because the buffer was full. */
  kernelDrops: number;
  /** Dropped by the interface or its driver. tcpdump leaves it out while it is 0. */
  interfaceDrops: number;
}

const COUNTS: readonly (readonly [keyof Statistics, RegExp])[] = [
  ['captured', /\b(\d+) packets? captured\b/],
  ['received', /\b(\d+) packets? received by filter\b/],
  ['kernelDrops', /\b(\d+) packets? dropped by kernel\b/],
  ['interfaceDrops', /\b(\d+) packets? dropped by interface\b/],
];

/** Takes what a line of tcpdump's says into `into`. Returns how many counts it named. */
export function readStatistics(line: string, into: Statistics): number {
  let found = 0;
  for (const [key, pattern] of COUNTS) {
    const digits = pattern.exec(line)?.[1];
    if (digits === undefined) continue;
    into[key] = Number(digits) >>> 0;
    found++;
  }
  return found;
}

/** All counts 0: those of a child that has just started. */
export function noStatistics(): Statistics {
  return { captured: 0, received: 0, kernelDrops: 0, interfaceDrops: 0 };
}

/** How far a wrapping counter went from `before` to `after`. */
export function advance(before: number, after: number): number {
  return (after - before) >>> 0;
}
