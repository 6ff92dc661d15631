import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError, UserError } from '../../src/base/errors.ts';
import { generateKey, KeyRing } from '../../src/identity/keys.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { AccessKey, Store } from '../../src/store/store.ts';

const ACCOUNT = '123456789012';

let store: Store;
beforeEach(async () => {
  store = await openSqliteStore();
});
afterEach(async () => {
  await store.close();
});

describe('a generated key', () => {
  test('has an id of 20 letters in the service’s alphabet and a secret of 40', () => {
    const letters = new Set<string>();
    for (let i = 0; i < 500; i++) {
      const key = generateKey({ account: ACCOUNT });
      expect(key.id).toMatch(/^AKIA[A-Z2-7]{16}$/);
      expect(key.secret).toMatch(/^[A-Za-z0-9+/]{40}$/);
      for (const letter of key.id.slice(4)) letters.add(letter);
    }
    expect(letters.size).toBe(32);
    expect(new Set(Array.from({ length: 100 }, () => generateKey({ account: ACCOUNT }).secret)).size).toBe(
      100,
    );
  });

  test.each([
    [{ account: '12345678901' }, /12 digits/],
    [{ account: '12345678901x' }, /12 digits/],
    [{ account: ACCOUNT, label: 'x'.repeat(129) }, /at most 128 characters/],
    [{ account: ACCOUNT, label: 'red\u001b[31m' }, /no control characters/],
    [{ account: ACCOUNT, label: 'two\nlines' }, /no control characters/],
  ])('%j is wrong use', (request, message) => {
    expect(() => generateKey(request)).toThrow(UsageError);
    expect(() => generateKey(request)).toThrow(message);
  });
});

describe('the key ring', () => {
  test('knows a key at once, and no longer once it is deleted', async () => {
    const ring = await KeyRing.open(store);
    const key = await ring.create({ account: ACCOUNT, readOnly: true, label: 'CI' });
    expect(ring.find(key.id)).toEqual(key);
    expect(key).toMatchObject({ account: ACCOUNT, readOnly: true, label: 'CI' });
    await ring.delete(key.id);
    expect(ring.find(key.id)).toBeUndefined();
    await expect(ring.delete(key.id)).rejects.toThrow(UserError);
    await expect(ring.delete('AKIANOBODY')).rejects.toThrow('there is no access key AKIANOBODY');
  });

  test('is the same after a restart', async () => {
    const before = await KeyRing.open(store);
    const kept = await before.create({ account: ACCOUNT });
    const gone = await before.create({ account: ACCOUNT });
    await before.delete(gone.id);
    const after = await KeyRing.open(store);
    expect(after.find(kept.id)).toEqual(kept);
    expect(after.find(gone.id)).toBeUndefined();
    expect(after.size).toBe(1);
  });

  test('lists without secrets, by account', async () => {
    const ring = await KeyRing.open(store);
    const one = await ring.create({ account: ACCOUNT });
    const two = await ring.create({ account: '210987654321' });
    const all = await ring.list();
    expect(all.map((key) => key.id)).toEqual([one.id, two.id]);
    expect(JSON.stringify(all)).not.toContain(one.secret);
    expect((await ring.list({ account: two.account })).map((key) => key.id)).toEqual([two.id]);
  });

  test('holds a bootstrap key beside the stored ones, and never stores it', async () => {
    const bootstrap: AccessKey = {
      ...generateKey({ account: ACCOUNT }),
      id: 'test',
      secret: 'test',
      label: 'env',
    };
    const ring = await KeyRing.open(store, bootstrap);
    const stored = await ring.create({ account: ACCOUNT });
    expect(ring.find('test')).toEqual(bootstrap);
    expect((await ring.list()).map((key) => key.id)).toEqual(['test', stored.id]);
    expect((await ring.list({ account: '000000000000' })).map((key) => key.id)).toEqual([]);
    expect(JSON.stringify(await ring.list())).not.toContain('secret');
    await expect(ring.delete('test')).rejects.toThrow(/comes from the environment/);
    expect(ring.find('test')).toBeDefined();
    expect((await KeyRing.open(store)).find('test')).toBeUndefined();
  });

  test('does not know a key that could not be stored', async () => {
    const ring = await KeyRing.open(store);
    const key = generateKey({ account: ACCOUNT });
    await store.close();
    await expect(ring.add(key)).rejects.toThrow('the store is closed');
    expect(ring.find(key.id)).toBeUndefined();
  });
});
