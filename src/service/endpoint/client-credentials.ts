/** Where a command finds the service and the key that it signs with. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { messageOf, UsageError, UserError } from '../../base/errors.ts';
import { PROFILE, profileFiles } from '../../identity/profile.ts';
import { DEFAULT_REGION } from '../../network/defaults.ts';
import { readSection } from './shared-files.ts';

/** A service to talk to. */
export interface Place {
  /** `http://HOST:PORT` without a path. */
  readonly url: URL;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Certificates, in PEM, that the service's is trusted by besides the well-known ones. */
  readonly ca?: string | undefined;
}

export interface PlaceFlags {
  readonly to?: string | undefined;
  readonly data?: string | undefined;
  readonly profile?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The service that flags and environment name. The key is that of `--profile`, else of `--data`'s files, else of
 * AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, else of AWS_PROFILE.
 * @throws {UserError} when one of the two is not to be found
 */
export function findPlace(flags: PlaceFlags, environment: Environment): Place {
  const { to, data, profile } = flags;
  if (to === undefined && data === undefined && profile === undefined) {
    throw new UsageError('name the service: --to URL or --data DIR');
  }
  if (profile !== undefined) return withUrl(ofProfile(profile, sharedFiles(environment)), to, environment);
  if (data !== undefined) return withUrl(ofDirectory(data), to, environment);
  const { AWS_ACCESS_KEY_ID: id = '', AWS_SECRET_ACCESS_KEY: secret = '' } = environment;
  if (id !== '' && secret !== '') {
    return withUrl(
      { accessKeyId: id, secretAccessKey: secret, region: undefined, url: undefined, caBundle: undefined },
      to,
      environment,
    );
  }
  const named = environment['AWS_PROFILE'] ?? '';
  if (named !== '') return withUrl(ofProfile(named, sharedFiles(environment)), to, environment);
  throw new UsageError(
    '--to needs an access key of the service: give --profile NAME, --data DIR with its files, or ' +
      'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  );
}

interface Found {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string | undefined;
  readonly url: string | undefined;
  /** A file. */
  readonly caBundle: string | undefined;
}

interface Files {
  readonly credentials: string;
  readonly config: string;
}

function withUrl(found: Found, to: string | undefined, environment: Environment): Place {
  const text = to ?? found.url;
  if (text === undefined) throw new UsageError('the profile names no endpoint_url: give --to URL');
  const url = parseUrl(text);
  return {
    url,
    ca: url.protocol === 'https:' ? caOf([environment['AWS_CA_BUNDLE'], found.caBundle]) : undefined,
    region: found.region ?? environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'] ?? DEFAULT_REGION,
    accessKeyId: found.accessKeyId,
    secretAccessKey: found.secretAccessKey,
  };
}

function caOf(files: readonly (string | undefined)[]): string | undefined {
  const named = files.filter((file) => file !== undefined && file !== '');
  const texts = named.map((file) => {
    try {
      return readFileSync(file!, 'utf8');
    } catch (error) {
      throw new UserError(`the certificates in ${file} cannot be read: ${messageOf(error)}`, {
        cause: error,
      });
    }
  });
  return texts.length === 0 ? undefined : texts.join('\n');
}

/** The URL of a service. @throws {UsageError} for one that is none, or has more than host and port */
export function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new UsageError(`--to ${text}: write the URL of the service, such as http://127.0.0.1:4580`);
  }
  if (
    url.pathname !== '/' ||
    url.search !== '' ||
    url.hash !== '' ||
    url.username !== '' ||
    url.password !== ''
  ) {
    throw new UsageError(`--to ${text}: write no more than host and port, such as ${url.origin}`);
  }
  return url;
}

function ofDirectory(data: string): Found {
  const files = profileFiles(data);
  if (!existsSync(data))
    throw new UserError(`there is no data directory ${resolve(data)}: give it with --data`);
  if (!existsSync(files.credentials)) {
    throw new UserError(
      `${resolve(data)} has no credentials file: give the key with --to URL and --profile NAME`,
    );
  }
  return ofProfile(PROFILE, files);
}

function sharedFiles(environment: Environment): Files {
  const folder = join(homedir(), '.aws');
  return {
    credentials: environment['AWS_SHARED_CREDENTIALS_FILE'] || join(folder, 'credentials'),
    config: environment['AWS_CONFIG_FILE'] || join(folder, 'config'),
  };
}

function ofProfile(name: string, files: Files): Found {
  const section = name === 'default' ? name : `profile ${name}`;
  const keys = sectionOf(files.credentials, name);
  const settings = sectionOf(files.config, section);
  const accessKeyId = keys.get('aws_access_key_id') ?? settings.get('aws_access_key_id');
  const secretAccessKey = keys.get('aws_secret_access_key') ?? settings.get('aws_secret_access_key');
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new UserError(`the profile ${name} has no access key in ${files.credentials}`);
  }
  return {
    accessKeyId,
    secretAccessKey,
    region: settings.get('region'),
    url: settings.get('endpoint_url'),
    caBundle: settings.get('ca_bundle'),
  };
}

/** Names and values of a section of a file; none where the file or the section is not there. */
function sectionOf(file: string, section: string): Map<string, string> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return new Map();
    throw new UserError(`${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  return readSection(text, section);
}
