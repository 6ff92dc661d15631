/**
 * The endpoint_url of a profile of the AWS tools' shared files. The SDK looks for it in the profile that AWS_PROFILE names only,
 * and would take a destination's own profile to Amazon.
 *
 *     [profile ops]                  [services stores]
 *     endpoint_url = http://…        s3 =
 *     services = stores                endpoint_url = http://…
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** As sections of shared files name it. */
export type ServiceId = 's3' | 'cloudwatch_logs' | 'firehose' | 'sts';

/** Largest file that is read, bytes. */
const MOST_BYTES = 4 * 1024 * 1024;

/** The profile's own for the service, else for all. undefined: it has none, or there is no such file. */
export async function profileEndpoint(profile: string, service: ServiceId): Promise<string | undefined> {
  if (process.env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] === 'true') return undefined;
  const { AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE } = process.env;
  const folder = join(homedir(), '.aws');
  const config = sectionsOf(await textOf(AWS_CONFIG_FILE ?? join(folder, 'config')));
  const credentials = sectionsOf(await textOf(AWS_SHARED_CREDENTIALS_FILE ?? join(folder, 'credentials')));
  const own = config.get(`profile ${profile}`) ?? (profile === 'default' ? config.get(profile) : undefined);
  const value = (key: string): string | undefined => own?.get(key) ?? credentials.get(profile)?.get(key);
  if (value('ignore_configured_endpoint_urls') === 'true') return undefined;
  const services = value('services');
  const of = services === undefined ? undefined : config.get(`services ${services}`);
  return of?.get(`${service}.endpoint_url`) ?? value('endpoint_url');
}

async function textOf(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.length > MOST_BYTES ? '' : text;
}

/** Values by section and key; those of an indented block by `block.key`. */
function sectionsOf(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  let block = '';
  for (const line of text.split(/\r?\n/)) {
    const trimmed = line.replace(/(?:^|\s)[#;].*$/, '').trim();
    const name = /^\[\s*(.*?)\s*\]$/
      .exec(trimmed)?.[1]
      ?.replace(/\s+/, ' ')
      .replace(/(["'])(.*)\1$/, '$2');
    const at = trimmed.indexOf('=');
    if (name !== undefined) {
      section = sections.get(name) ?? new Map<string, string>();
      sections.set(name, section);
      block = '';
    } else if (section !== undefined && at > 0) {
      const key = trimmed.slice(0, at).trim();
      const value = trimmed.slice(at + 1).trim();
      if (/^\s/.test(line) && block !== '') section.set(`${block}.${key}`, value);
      else {
        section.set(key, value);
        block = value === '' ? key : '';
      }
    }
  }
  return sections;
}
