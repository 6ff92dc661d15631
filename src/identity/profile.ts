import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { AccessKey } from '../store/store.ts';
import type { KeyRing } from './keys.ts';
import { generateKey } from './keys.ts';

/** The name of the profile in the AWS shared files of a data directory. */
export const PROFILE = 'weir';

/** The paths that AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE take. */
export function profileFiles(directory: string): { credentials: string; config: string } {
  return { credentials: join(directory, 'credentials'), config: join(directory, 'config') };
}

/**
 * Gives a service that has no key yet its first one, and its secret to DIR/credentials. The file is written
 * first: a crash between the two leaves a key that is not good, and the next start makes another.
 * @returns the key when it was made now
 */
export async function ensureFirstKey(
  ring: KeyRing,
  directory: string,
  account: string,
): Promise<AccessKey | undefined> {
  if (ring.size > 0) return undefined;
  const key = generateKey({ account, label: 'first key' });
  writeSection(profileFiles(directory).credentials, PROFILE, {
    aws_access_key_id: key.id,
    aws_secret_access_key: key.secret,
  });
  await ring.add(key);
  return key;
}

/**
 * Writes the profile's region and endpoint to DIR/config: at every start, as the port may be another. `caBundle` is the
 * file of certificates that the endpoint's is trusted by.
 */
export function writeProfile(
  directory: string,
  region: string,
  endpointUrl: string,
  caBundle?: string,
): void {
  writeSection(profileFiles(directory).config, `profile ${PROFILE}`, {
    region,
    endpoint_url: endpointUrl,
    ...(caBundle === undefined ? {} : { ca_bundle: caBundle }),
  });
}

/** Sets one section of an INI file, keeps what else is in it, and replaces the file whole (mode 0600). */
function writeSection(path: string, section: string, values: Readonly<Record<string, string>>): void {
  const kept = withoutSection(readIfThere(path), section);
  const lines = Object.entries(values).map(([name, value]) => `${name} = ${value}\n`);
  const text = `${kept}${kept === '' || kept.endsWith('\n') ? '' : '\n'}[${section}]\n${lines.join('')}`;
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  const file = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

function withoutSection(text: string, section: string): string {
  let inside = false;
  return text
    .split(/(?<=\n)/)
    .filter((line) => {
      const header = /^\s*\[(.*)\]\s*$/.exec(line);
      if (header !== null) inside = header[1]!.trim() === section;
      return !inside || /^\s*[#;]/.test(line);
    })
    .join('');
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return '';
    throw error;
  }
}
