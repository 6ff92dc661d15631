/** How every source ends, of packets and of flows: a part of what each has to do. */
import { expect, test } from 'vitest';
import type { SourceState } from '../../src/sources/source.ts';

interface Ending<B> {
  next(batch: B): SourceState;
  ready(): Promise<void>;
  close(): Promise<void>;
  readonly fault: unknown;
}

export interface Ends<B, S> {
  /** An empty batch. */
  batch(): B;
  /** A source that was read to its end. */
  ended(): Promise<S>;
  /** A source that has given some rows, and has more. */
  begun(): Promise<S>;
}

/** The tests. */
export function conformsAtItsEnd<B extends { count: number }, S extends Ending<B>>(of: Ends<B, S>): void {
  test('after the end it keeps answering end, with an empty batch, and ready resolves', async () => {
    const source = await of.ended();
    const batch = of.batch();
    batch.count = 7;
    for (let i = 0; i < 3; i++) {
      expect(source.next(batch)).toBe('end');
      expect(batch.count).toBe(0);
      await source.ready();
    }
    await source.close();
    expect(source.next(batch)).toBe('end');
  });

  test('closed in the middle, twice: the end, and no fault', async () => {
    const source = await of.begun();
    await source.close();
    await source.close();
    const batch = of.batch();
    expect(source.next(batch)).toBe('end');
    expect(batch.count).toBe(0);
    expect(source.fault).toBeUndefined();
    await source.ready();
  });
}
