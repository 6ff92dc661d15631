/** Files that change in all the ways that files are changed. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileWatch } from '../../../src/service/serve/file-watch.ts';

let folder: string;
const seen = { told: 0, troubles: [] as string[] };
const watches: FileWatch[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-watch-'));
  seen.told = 0;
  seen.troubles = [];
});
afterEach(async () => {
  for (const watch of watches.splice(0)) await watch.close();
  rmSync(folder, { recursive: true });
});

function watching(paths: readonly string[], lookMs = 60_000): FileWatch {
  const watch = new FileWatch({
    onChange: async () => {
      seen.told++;
    },
    onTrouble: (message) => seen.troubles.push(message),
    quietMs: 20,
    lookMs,
  });
  watches.push(watch);
  watch.set(paths);
  watch.start();
  return watch;
}

/** How often changes were told, when it was so often or some seconds have passed. */
async function toldBy(count: number): Promise<number> {
  const deadline = performance.now() + 4_000;
  while (seen.told < count && performance.now() < deadline) await sleep(10);
  return seen.told;
}

/** The same after as long as any change would take. */
async function toldInAll(): Promise<number> {
  await sleep(150);
  return seen.told;
}

function at(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

test('written in place, renamed over, and again: once for each change', async () => {
  const file = at('network.yaml', 'one');
  watching([file]);
  expect(await toldInAll()).toBe(0);
  writeFileSync(file, 'other');
  expect(await toldBy(1)).toBe(1);
  for (const [k, text] of ['a', 'b', 'c'].entries()) {
    renameSync(at('network.yaml.tmp', text), file);
    expect(await toldBy(2 + k)).toBe(2 + k);
  }
  expect(await toldInAll()).toBe(4);
});

test('other files of the folder are nobody’s business', async () => {
  const file = at('network.yaml', 'one');
  watching([file]);
  expect(await toldInAll()).toBe(0);
  at('other.yaml', 'text');
  unlinkSync(join(folder, 'other.yaml'));
  expect(await toldInAll()).toBe(0);
});

test('written in several pieces: told when it is whole', async () => {
  const file = at('network.yaml', 'one');
  watching([file]);
  expect(await toldInAll()).toBe(0);
  for (let k = 0; k < 10; k++) {
    writeFileSync(file, `piece ${k}`, { flag: 'a' });
    await sleep(5);
  }
  expect(await toldBy(1)).toBe(1);
  expect(await toldInAll()).toBe(1);
});

test('deleted and written anew is one change; gone for good is told, too', async () => {
  const file = at('network.yaml', 'one');
  watching([file]);
  expect(await toldInAll()).toBe(0);
  unlinkSync(file);
  await sleep(100);
  at('network.yaml', 'two');
  expect(await toldBy(1)).toBe(1);
  unlinkSync(file);
  expect(await toldInAll()).toBe(1);
  expect(await toldBy(2)).toBe(2);
});

test('a link that is switched, as mounted configuration is', async () => {
  for (const name of ['v1', 'v2']) mkdirSync(join(folder, name));
  at('v1/network.yaml', 'one');
  at('v2/network.yaml', 'two');
  symlinkSync('v1', join(folder, 'current'));
  symlinkSync('current/network.yaml', join(folder, 'network.yaml'));
  watching([join(folder, 'network.yaml')]);
  expect(await toldInAll()).toBe(0);
  symlinkSync('v2', join(folder, 'next'));
  renameSync(join(folder, 'next'), join(folder, 'current'));
  expect(await toldBy(1)).toBe(1);
  at('v2/network.yaml', 'in place, behind the links');
  expect(await toldBy(2)).toBe(2);
});

test('what changed between set and start is told', async () => {
  const file = at('network.yaml', 'one');
  const watch = new FileWatch({
    onChange: async () => {
      seen.told++;
    },
    onTrouble: (message) => seen.troubles.push(message),
    quietMs: 20,
  });
  watches.push(watch);
  watch.set([file]);
  writeFileSync(file, 'two, and longer');
  expect(await toldInAll()).toBe(0);
  watch.start();
  expect(await toldBy(1)).toBe(1);
});

test('other files from now on', async () => {
  const [one, two] = [at('one', '1'), at('two', '2')];
  const watch = watching([one]);
  expect(await toldInAll()).toBe(0);
  watch.set([two]);
  writeFileSync(one, 'not watched any more');
  expect(await toldInAll()).toBe(0);
  writeFileSync(two, 'watched');
  expect(await toldBy(1)).toBe(1);
  watch.set([]);
  writeFileSync(two, 'neither');
  expect(await toldInAll()).toBe(1);
});

test('a folder that is not there is told once, and looked at still', async () => {
  const file = join(folder, 'later', 'network.yaml');
  watching([file], 50);
  await sleep(200);
  expect(seen.troubles).toEqual([expect.stringContaining(`${join(folder, 'later')} cannot be watched`)]);
  mkdirSync(join(folder, 'later'));
  writeFileSync(file, 'here');
  expect(await toldBy(1)).toBe(1);
});

test('nothing after close', async () => {
  const file = at('network.yaml', 'one');
  const watch = watching([file]);
  expect(await toldInAll()).toBe(0);
  writeFileSync(file, 'two');
  await watch.close();
  expect(await toldInAll()).toBe(0);
});
