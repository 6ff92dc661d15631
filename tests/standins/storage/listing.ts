import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ObjectStorage } from '../../../src/standins/storage/objects.ts';
import { ObjectLister } from '../../../src/standins/storage/objects-list.ts';
import { keyToPath } from '../../../src/standins/storage/paths.ts';

/** Fills the bucket `b` of a root with that many keys, most of them in one directory, and pages through them: how
 * many it found. */
export async function checkListing(root: string, storage: ObjectStorage, count: number): Promise<number> {
  const all: string[] = [];
  const directories = new Set<string>();
  for (let i = 0; i < count; i++) {
    const hash = createHash('sha1').update(String(i)).digest('hex');
    all.push(i % 4 === 0 ? `${hash.slice(0, 2)}/${hash}.gz` : i % 4 === 1 ? `${hash}-x` : `flat/${hash}.gz`);
  }
  // Files by hand: durable puts would take minutes.
  for (const key of all) {
    const path = join(root, 'b', ...keyToPath(key));
    const directory = join(path, '..');
    if (!directories.has(directory)) mkdirSync(directory, { recursive: true });
    directories.add(directory);
    writeFileSync(path, '');
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  const sorted = all.toSorted();
  const lister = new ObjectLister();
  const found: string[] = [];
  const took: number[] = [];
  for (let after = ''; ;) {
    const started = performance.now();
    const page = await lister.page(join(root, 'b'), { max: 1000, after });
    took.push(performance.now() - started);
    found.push(...page.files.map(({ key }) => key));
    if (page.next === undefined) break;
    after = page.next;
  }
  expect(found.length).toBe(sorted.length);
  expect(found.every((key, i) => key === sorted[i])).toBe(true);
  // Most pages read no large directory anew.
  expect(took.toSorted((a, b) => a - b)[took.length >> 1]).toBeLessThan(40);
  const page = await storage.list('b', { max: 1000, after: 'flat/8' });
  const from = sorted.findIndex((key) => key > 'flat/8');
  expect(page.objects.map(({ key }) => key)).toEqual(sorted.slice(from, from + 1000));
  return found.length;
}
