import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KeyRing } from '../../src/identity/keys.ts';
import { ensureFirstKey, profileFiles, writeProfile } from '../../src/identity/profile.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'weir-profile-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const read = (name: string) => readFileSync(join(directory, name), 'utf8');

describe('the first key', () => {
  test('is made once, good, and in DIR/credentials for its owner only', async () => {
    const store = await openSqliteStore();
    const ring = await KeyRing.open(store);
    const key = await ensureFirstKey(ring, directory, '123456789012');
    expect(ring.find(key!.id)).toEqual(key);
    expect(read('credentials')).toBe(
      `[weir]\naws_access_key_id = ${key!.id}\naws_secret_access_key = ${key!.secret}\n`,
    );
    expect(statSync(join(directory, 'credentials')).mode & 0o777).toBe(0o600);
    expect(await ensureFirstKey(ring, directory, '123456789012')).toBeUndefined();
    expect(await ring.list()).toHaveLength(1);
    await store.close();
  });

  test('that could not be stored leaves no good key behind', async () => {
    const store = await openSqliteStore();
    const ring = await KeyRing.open(store);
    await store.close();
    await expect(ensureFirstKey(ring, directory, '123456789012')).rejects.toThrow('closed');
    expect(ring.size).toBe(0);
  });
});

describe('the profile', () => {
  test('has region and endpoint, those of the last start', () => {
    writeProfile(directory, 'eu-central-1', 'http://127.0.0.1:4580');
    writeProfile(directory, 'local', 'http://127.0.0.1:40001');
    expect(read('config')).toBe('[profile weir]\nregion = local\nendpoint_url = http://127.0.0.1:40001\n');
    expect(statSync(join(directory, 'config')).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['config']);
  });

  test('leaves what else is in the file', () => {
    const other = '# mine\n[profile weirdo]\nregion = us-east-1\n';
    writeFileSync(join(directory, 'config'), `[profile weir]\nregion = old\n\n${other}output = json`);
    writeProfile(directory, 'new', 'http://h');
    expect(read('config')).toBe(
      `${other}output = json\n[profile weir]\nregion = new\nendpoint_url = http://h\n`,
    );
  });

  test('replaces a link instead of writing through it', () => {
    const elsewhere = join(directory, 'elsewhere');
    writeFileSync(elsewhere, 'precious\n');
    symlinkSync(elsewhere, profileFiles(directory).config);
    writeProfile(directory, 'r', 'http://h');
    expect(readFileSync(elsewhere, 'utf8')).toBe('precious\n');
    expect(read('config')).toContain('endpoint_url = http://h\n');
  });
});
