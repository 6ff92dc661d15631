/** The demo's temporary folder: whose it is, and what becomes of a dead one's. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeFolder, removeFolder, removeLeftovers } from '../../src/service/demo/folder.ts';

const FOLDER = new URL('../../src/service/demo/folder.ts', import.meta.url).href;
let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'weir-test-demo-'));
});
afterEach(() => rmSync(parent, { recursive: true }));

/** A process that makes a folder in `parent`, and stays; its folder. */
async function owner(): Promise<{ folder: string; kill: () => Promise<void> }> {
  const script = `const { makeFolder } = await import(${JSON.stringify(FOLDER)});
    process.stdout.write(makeFolder(${JSON.stringify(parent)}));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
    '-e',
    script,
  ]);
  const [text] = (await once(child.stdout, 'data')) as [Buffer];
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await once(child, 'close');
  };
  return { folder: text.toString(), kill };
}

test('is for its owner alone, and is removed with all that is in it', () => {
  const folder = makeFolder(parent);
  expect(lstatSync(folder).mode & 0o777).toBe(0o700);
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data', 'file'), 'x');
  removeFolder(folder);
  expect(existsSync(folder)).toBe(false);
  removeFolder(folder);
});

test('stays while its process runs, and goes with the next demo after that was killed', async () => {
  const own = makeFolder(parent);
  const { folder, kill } = await owner();
  expect(removeLeftovers(parent)).toBe(0);
  await kill();
  writeFileSync(join(folder, 'wire.pcap'), 'x');
  expect(removeLeftovers(parent)).toBe(1);
  expect(readdirSync(parent)).toEqual([basename(own)]);
});

test('is a leftover when another process has the id by now', () => {
  const own = makeFolder(parent);
  const [weir, demo, pid, start, space] = basename(own).split('-') as [
    string,
    string,
    string,
    string,
    string,
  ];
  const earlier = (Number.parseInt(start, 36) - 1).toString(36);
  mkdirSync(join(parent, [weir, demo, pid, earlier, space, 'abcDEF'].join('-')));
  // Process ids of another PID namespace say nothing here.
  const elsewhere = [weir, demo, pid, earlier, '1', 'abcDEF'].join('-');
  mkdirSync(join(parent, elsewhere));
  expect(removeLeftovers(parent)).toBe(1);
  expect(readdirSync(parent).toSorted()).toEqual([basename(own), elsewhere].toSorted());
});

test('nothing else is touched: other names, files and links', async () => {
  const { folder, kill } = await owner();
  await kill();
  rmSync(folder, { recursive: true });
  const precious = join(parent, 'precious');
  mkdirSync(precious);
  writeFileSync(join(precious, 'file'), 'x');
  symlinkSync(precious, folder);
  writeFileSync(`${folder.slice(0, -6)}aaaaaa`, 'a file');
  mkdirSync(join(parent, 'weir-demo-mine'));
  mkdirSync(join(parent, `${basename(folder)}-copy`));
  const before = readdirSync(parent).toSorted();
  expect(removeLeftovers(parent)).toBe(0);
  expect(readdirSync(parent).toSorted()).toEqual(before);
  expect(readdirSync(precious)).toEqual(['file']);
});
