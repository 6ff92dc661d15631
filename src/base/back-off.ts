/** How long to wait before something that failed is tried again. */

/**
 * Milliseconds after so many failures in a row (1 and more): doubled from the first to the most, and any part of its
 * upper half, so that those who failed together do not come again together.
 */
export function backOffMs(firstMs: number, mostMs: number, failures: number): number {
  const wait = Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return wait * (0.5 + Math.random() / 2);
}
