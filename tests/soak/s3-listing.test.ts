import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openObjectStorage } from '../../src/standins/storage/objects.ts';
import { checkListing } from '../standins/storage/listing.ts';

test('100,000 keys in the order of a plain sort, a page at the price of a page', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-listing-'));
  try {
    const root = join(folder, 's3');
    const storage = await openObjectStorage(root);
    await storage.buckets.create({ name: 'b', account: '1', region: 'r', createdAt: 1 });
    expect(await checkListing(root, storage, 100_000)).toBe(100_000);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
