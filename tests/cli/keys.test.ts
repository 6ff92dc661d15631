import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { keysCommand } from '../../src/cli/keys.ts';
import { createAdminServer } from '../../src/identity/admin.ts';
import type { KeyShown } from '../../src/identity/key-commands.ts';
import { keyCommandHandlers } from '../../src/identity/key-commands.ts';
import { KeyRing } from '../../src/identity/keys.ts';
import { lockDataDirectory } from '../../src/store/data-directory.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';

let root: string;
let data: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'weir-keys-'));
  data = join(root, 'data');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

/** Runs `weir keys …` in this process; what it wrote to stdout. */
async function keys(...words: string[]): Promise<string> {
  let out = '';
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    out += String(chunk);
    return true;
  });
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    await keysCommand().parseAsync(words, { from: 'user' });
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
  return out;
}

const json = async <T>(...words: string[]) =>
  JSON.parse(await keys(...words, '--data', data, '--output', 'json')) as T;

describe('weir keys without a service', () => {
  test('creates, lists and deletes under the lock, and leaves the directory free', async () => {
    const made = await json<KeyShown>(
      'create',
      '--read-only',
      '--label',
      'for CI',
      '--account',
      '111122223333',
    );
    expect(made).toMatchObject({ account: '111122223333', readOnly: true, label: 'for CI' });
    expect(made.secret).toHaveLength(40);
    const second = await json<KeyShown>('create');
    expect(second.account).toBe('111122223333'); // that of the keys there are
    const list = await json<KeyShown[]>('list');
    expect(list.map((key) => key.id)).toEqual([made.id, second.id]);
    expect(JSON.stringify(list)).not.toContain(made.secret!);
    expect(await json('delete', made.id)).toEqual({ id: made.id });
    expect((await json<KeyShown[]>('list')).map((key) => key.id)).toEqual([second.id]);
    lockDataDirectory(data).release();
  });

  test('prints tables', async () => {
    const created = await keys('create', '--data', data, '--label', 'laptop');
    const id = /^access key id {6}(AKIA\w{16})$/m.exec(created)![1]!;
    expect(created).toMatch(/^secret access key {2}\S{40}$/m);
    const list = await keys('list', '--data', data);
    expect(list.split('\n')[0]).toMatch(/^ACCESS KEY ID +ACCOUNT +MAY +CREATED +LABEL$/);
    expect(list.split('\n')[1]).toMatch(
      new RegExp(`^${id}  123456789012  everything  20\\d\\d-.*Z  laptop$`),
    );
    expect(await keys('delete', id, '--data', data)).toBe('');
  });

  test('names a directory that is not there instead of making it', async () => {
    await expect(keys('list', '--data', data)).rejects.toThrow(`there is no data directory ${data}`);
    await expect(keys('delete', 'AKIAX', '--data', data)).rejects.toThrow(UserError);
    expect(existsSync(data)).toBe(false);
  });

  test('says what is wrong with an account', async () => {
    await expect(keys('create', '--data', data, '--account', 'me')).rejects.toMatchObject({ exitCode: 2 });
  });

  test('waits for who holds the directory only for a moment', async () => {
    const lock = lockDataDirectory(data);
    const waiting = json<KeyShown>('create');
    setTimeout(() => lock.release(), 300);
    expect((await waiting).id).toMatch(/^AKIA/);
  });
});

describe('weir keys with a service', () => {
  test('goes through it, from another process, effective at once', async () => {
    const store = await openSqliteStore({ directory: data });
    const ring = await KeyRing.open(store);
    const server = createAdminServer({ directory: data, handlers: keyCommandHandlers(ring, '444455556666') });
    await server.start();
    try {
      const module = new URL('../../src/cli/keys.ts', import.meta.url).href;
      const script = `import { keysCommand } from '${module}';
        await keysCommand().parseAsync(process.argv.slice(1), { from: 'user' });`;
      const run = (...words: string[]) =>
        new Promise<string>((resolve, reject) => {
          const all = [
            '--input-type=module',
            '-e',
            script,
            '--',
            ...words,
            '--data',
            data,
            '--output',
            'json',
          ];
          execFile(process.execPath, all, (error, stdout) => {
            if (error) reject(error);
            else resolve(stdout);
          });
        });
      const made = JSON.parse(await run('create', '--label', 'remote')) as KeyShown;
      expect(ring.find(made.id)).toMatchObject({
        secret: made.secret,
        account: '444455556666',
        label: 'remote',
      });
      await run('delete', made.id);
      expect(ring.find(made.id)).toBeUndefined();
    } finally {
      await server.close();
      await store.close();
    }
  });
});
