/** `./weir` in a checkout: what it runs, and when it builds it. In a copy, whose path has a space. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'weir launcher-'));
const BUILDS = join(folder, '.build');
/** Every command loads it. */
const MAIN = 'src/cli/main.ts';
const SOURCE = join(folder, MAIN);
const VERSION = `${(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version}\n`;
/** Root may write everywhere: it becomes somebody who may not. */
const NOBODY =
  process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];

beforeAll(() => {
  for (const name of ['src', 'scripts', 'weir', 'package.json', 'package-lock.json']) {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function weir(...before: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const [program, ...args] = [...before, join(folder, 'weir'), '--version'];
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

function builds(): string[] {
  return readdirSync(BUILDS).filter((name) => name !== 'current');
}

const WELL = { status: 0, stdout: VERSION, stderr: '' };

test('who may not write there runs the sources', () => {
  chmodSync(folder, 0o555);
  try {
    expect(weir(...NOBODY)).toEqual(WELL);
    expect(readdirSync(folder)).not.toContain('.build');
  } finally {
    chmodSync(folder, 0o755);
  }
});

test('several that start at once make one build', async () => {
  const running = [1, 2, 3].map(() => spawn(join(folder, 'weir'), ['--version'], { stdio: 'ignore' }));
  const ends = await Promise.all(running.map(async (child) => (await once(child, 'exit'))[0] as number));
  expect(ends).toEqual([0, 0, 0]);
  expect(builds()).toHaveLength(1);
  expect(readdirSync(join(BUILDS, 'current/cli'))).toEqual(['main.js']);
});

test('it is made again when a source has changed, was added or is gone, and else not', () => {
  expect(weir()).toEqual(WELL);
  expect(builds()).toHaveLength(1);
  appendFileSync(SOURCE, '\n');
  expect(weir()).toEqual(WELL);
  expect(builds()).toHaveLength(2);
  const added = join(folder, 'src/base/added.ts');
  writeFileSync(added, 'export {};\n');
  expect(weir()).toEqual(WELL);
  expect(builds()).toHaveLength(3);
  rmSync(added);
  expect(weir()).toEqual(WELL);
  expect(weir()).toEqual(WELL);
  expect(builds()).toHaveLength(4);
});

test('a program that runs keeps its build, and of old ones ten stay', () => {
  const first = realpathSync(join(BUILDS, 'current'));
  for (let i = 0; i < 10; i++) {
    appendFileSync(SOURCE, '\n');
    expect(weir()).toEqual(WELL);
    expect(builds().includes(first.split('/').at(-1)!)).toBe(i < 9);
  }
  expect(builds()).toHaveLength(10);
}, 60_000);

test('where it cannot be built, that is said, and nothing half stays', () => {
  const before = builds();
  appendFileSync(SOURCE, 'this is no TypeScript\n');
  const { status, stderr } = weir();
  expect(status).not.toBe(0);
  expect(stderr).toContain(MAIN);
  expect(stderr).toContain('weir: src/ could not be built (see above)');
  expect(builds()).toEqual(before);
});
