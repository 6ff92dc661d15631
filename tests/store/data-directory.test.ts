import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import {
  DataDirectoryInUse,
  lockDataDirectory,
  prepareDataDirectory,
} from '../../src/store/data-directory.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'weir-directory-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const mode = (path: string) => statSync(path).mode & 0o777;

describe('a data directory', () => {
  test('is made with its parents, for its owner only', () => {
    const path = join(root, 'a', 'b');
    expect(prepareDataDirectory(path)).toBe(path);
    expect(mode(path)).toBe(0o700);
  });

  test('that is empty, or is weir’s already, is closed to others', () => {
    chmodSync(root, 0o755);
    prepareDataDirectory(root);
    expect(mode(root)).toBe(0o700);
    writeFileSync(join(root, 'weir.db'), '');
    writeFileSync(join(root, 'other'), '');
    chmodSync(root, 0o770);
    prepareDataDirectory(root);
    expect(mode(root)).toBe(0o700);
  });

  test.each([
    ['holds other things', 0o755, true],
    ['is everyone’s to write', 0o1777, false],
  ])('that %s and is open to others is refused and left alone', (_, bits, filled) => {
    if (filled) writeFileSync(join(root, 'thesis.txt'), '');
    chmodSync(root, bits);
    expect(() => prepareDataDirectory(root)).toThrow(
      /is not a data directory of weir and others may enter it/,
    );
    expect(statSync(root).mode & 0o7777).toBe(bits);
  });

  test('that is a file is refused in words', () => {
    writeFileSync(join(root, 'file'), '');
    expect(() => prepareDataDirectory(join(root, 'file'))).toThrow(UserError);
    expect(() => prepareDataDirectory(join(root, 'file', 'below'))).toThrow(/cannot be used: .*ENOTDIR/);
  });
});

describe('the lock', () => {
  test('is held once in a process too, also under another name of the directory', () => {
    const lock = lockDataDirectory(root);
    const link = `${root}-link`;
    symlinkSync(root, link);
    try {
      for (const path of [root, link]) expect(() => lockDataDirectory(path)).toThrow(DataDirectoryInUse);
      // The refused attempts must not have dropped the lock that is held.
      expect(() => lockDataDirectory(root)).toThrow(DataDirectoryInUse);
      expect(() => lockDataDirectory(root)).toThrow(`${root} is in use by process ${process.pid}: `);
    } finally {
      rmSync(link);
      lock.release();
    }
    lock.release();
    const again = lockDataDirectory(root);
    expect(mode(join(root, 'weir.lock'))).toBe(0o600);
    expect(mode(join(root, 'weir.pid'))).toBe(0o600);
    again.release();
  });

  test('of another process is respected, names its pid, and ends with kill -9', async () => {
    const data = join(root, 'data');
    mkdirSync(data);
    const module = new URL('../../src/store/data-directory.ts', import.meta.url).href;
    const child = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import { lockDataDirectory } from '${module}';
       lockDataDirectory('${data}'); console.log('held'); setInterval(() => {}, 1000);`,
    ]);
    try {
      let complaint = '';
      child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
      await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
      expect(complaint).not.toContain('Error');
      expect(() => lockDataDirectory(data)).toThrow(`${data} is in use by process ${child.pid}: `);
      expect(readFileSync(join(data, 'weir.pid'), 'utf8')).toBe(`${child.pid}\n`);
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      lockDataDirectory(data).release();
    } finally {
      child.kill('SIGKILL');
    }
  });

  test('without a readable pid still says what is in use', () => {
    const lock = lockDataDirectory(root);
    writeFileSync(join(root, 'weir.pid'), 'nonsense');
    expect(() => lockDataDirectory(root)).toThrow(`${root} is in use by another process: `);
    lock.release();
  });
});
