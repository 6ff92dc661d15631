import { beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { HERE, sampleFlowLog } from './samples.ts';

/** How databases say that a key is there already. */
export const TAKEN = /unique|duplicate/i;

/** What transactions and reads must do on every store; a part of the suite in conformance.ts. `opened` gives the
 * store of the test that runs. */
export function transactionConformance(opened: () => Store): void {
  describe('transactions', () => {
    let store: Store;
    beforeEach(() => {
      store = opened();
    });

    test('give back what the work gives', async () => {
      expect(await store.transaction(async () => 42)).toBe(42);
      expect(await store.read(async () => 'x')).toBe('x');
    });

    test('undo everything when the work throws, and throw it on', async () => {
      const mistake = new Error('changed my mind');
      const attempt = store.transaction(async (on) => {
        await on.settings.set('a', '1');
        await on.flowLogs.insert([sampleFlowLog('fl-1')]);
        throw mistake;
      });
      await expect(attempt).rejects.toBe(mistake);
      expect(await store.read((from) => from.settings.get('a'))).toBeUndefined();
      expect(await store.read((from) => from.flowLogs.count(HERE))).toBe(0);
    });

    test('that wait together stand and fall each by itself', async () => {
      const results = await Promise.allSettled(
        Array.from({ length: 40 }, (_, i) =>
          store.transaction(async (on) => {
            await on.settings.set(`key-${i}`, String(i));
            if (i % 3 === 0) throw new RangeError(`no ${i}`);
            return i;
          }),
        ),
      );
      for (const [i, result] of results.entries()) {
        const kept = await store.read((from) => from.settings.get(`key-${i}`));
        expect(result.status).toBe(i % 3 === 0 ? 'rejected' : 'fulfilled');
        expect(kept).toBe(i % 3 === 0 ? undefined : String(i));
      }
    });

    test('never interleave, though their work waits', async () => {
      await store.transaction((on) => on.settings.set('n', '0'));
      const add = () =>
        store.transaction(async (on) => {
          const n = Number(await on.settings.get('n'));
          await new Promise((resolve) => setImmediate(resolve));
          await on.settings.set('n', String(n + 1));
        });
      await Promise.all(Array.from({ length: 20 }, add));
      expect(await store.read((from) => from.settings.get('n'))).toBe('20');
    });

    test('a read sees every write that was answered before it, and one moment only', async () => {
      for (let i = 1; i <= 10; i++) {
        await store.transaction((on) => on.settings.set('x', String(i)));
        expect(await store.read((from) => from.settings.get('x'))).toBe(String(i));
      }
      const reading = store.read(async (from) => {
        const first = await from.settings.get('x');
        await new Promise((resolve) => setImmediate(resolve));
        return [first, await from.settings.get('x')];
      });
      const writing = store.transaction((on) => on.settings.set('x', 'later'));
      const [first, second] = await reading;
      expect(second).toBe(first);
      await writing;
    });

    test('a statement that fails leaves its transaction to be undone, not the next one', async () => {
      const attempt = store.transaction(async (on) => {
        await on.settings.set('before', '1');
        await on.flowLogs.insert([sampleFlowLog('fl-1'), sampleFlowLog('fl-1')]);
      });
      const next = store.transaction((on) => on.settings.set('after', '1'));
      await expect(attempt).rejects.toThrow(TAKEN);
      await next;
      expect(await store.read((from) => from.settings.get('before'))).toBeUndefined();
      expect(await store.read((from) => from.settings.get('after'))).toBe('1');
    });

    test('asking the store itself inside a transaction is refused instead of waiting for ever', async () => {
      const nested = store.transaction(() => store.read((from) => from.settings.get('x')));
      await expect(nested).rejects.toMatchObject({ name: 'StoreFault', reason: 'misuse' });
      const inRead = store.read(() => store.transaction((on) => on.settings.set('x', '1')));
      await expect(inRead).rejects.toMatchObject({ reason: 'misuse' });
      expect(await store.transaction((on) => on.settings.increment('still-works'))).toBe(1);
    });

    test('a read that tries to write is refused', async () => {
      const attempt = store.read((from) =>
        (from as unknown as { settings: { set(a: string, b: string): Promise<void> } }).settings.set(
          'a',
          'b',
        ),
      );
      await expect(attempt).rejects.toThrow(/read-?only/i);
      expect(await store.read((from) => from.settings.get('a'))).toBeUndefined();
      await store.transaction((on) => on.settings.set('a', 'c'));
      expect(await store.read((from) => from.settings.get('a'))).toBe('c');
    });

    test('close waits for what was asked, refuses what comes later, and may be called twice', async () => {
      const asked = store.transaction((on) => on.settings.increment('n'));
      const closing = Promise.all([store.close(), store.close()]);
      await expect(asked).resolves.toBe(1);
      await closing;
      await expect(store.read(async () => 1)).rejects.toMatchObject({ reason: 'closed' });
    });
  });
}
