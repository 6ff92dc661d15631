/**
 * Rows or lines that a call goes through. A loop over a whole window would be compiled while it runs, know nothing of what
 * comes behind it, and be thrown away there; functions that are called often are compiled once.
 */
const STRETCH = 256;

/** Goes through `from` to `to` (exclusive) in stretches, in order. What `go` calls has the loop. */
export function inStretches(from: number, to: number, go: (from: number, to: number) => void): void {
  for (let at = from; at < to; at += STRETCH) go(at, Math.min(to, at + STRETCH));
}
