/** `destinations` of weir.yaml: where records go, by the type of the flow log's destination. */
import { z } from 'zod';
import { type Fault, type Path, schemaFaults } from '../../base/yaml-file.ts';
import { LEAST_PART_BYTES, MOST_PART_BYTES } from '../../delivery/aws/settings.ts';
import { isRegion } from '../../network/ids.ts';
import {
  CREDENTIALS_KEYS,
  type CredentialsConfig,
  credentialsIn,
  credentialsSchema,
  PROFILE_TOO,
} from './config-credentials.ts';
import { measure, parseSize } from './config-units.ts';

/** What is embedded: a folder of this machine; undefined: one of that name in the data directory. */
export interface FilesystemDestination {
  readonly type: 'filesystem';
  readonly path: string | undefined;
}

/** How a destination of another program is reached. */
export interface RemoteDestination {
  readonly endpoint: string | undefined;
  readonly stsEndpoint: string | undefined;
  readonly region: string | undefined;
  readonly profile: string | undefined;
  readonly credentials: CredentialsConfig | undefined;
}

export interface S3Destination extends RemoteDestination {
  readonly type: 's3';
  readonly pathStyle: boolean | undefined;
  readonly sse: 'AES256' | 'aws:kms' | undefined;
  /** ARN of a key; only with `aws:kms`. */
  readonly kmsKey: string | undefined;
  readonly bucketKey: boolean | undefined;
  readonly acl: boolean | undefined;
  readonly conditional: boolean | undefined;
  /** Bytes. */
  readonly partSize: number | undefined;
}

export interface CloudWatchLogsDestination extends RemoteDestination {
  readonly type: 'cloudwatch-logs';
}

export interface FirehoseDestination extends RemoteDestination {
  readonly type: 'firehose';
}

export interface DestinationsConfig {
  readonly s3: FilesystemDestination | S3Destination;
  readonly logs: FilesystemDestination | CloudWatchLogsDestination;
  readonly firehose: FilesystemDestination | FirehoseDestination;
}

const EMBEDDED: FilesystemDestination = { type: 'filesystem', path: undefined };
export const DEFAULT_DESTINATIONS: DestinationsConfig = { s3: EMBEDDED, logs: EMBEDDED, firehose: EMBEDDED };

const KMS_KEY = /^arn:aws(?:-[a-z]+)*:kms:[a-z0-9-]+:[0-9]{12}:(?:key|alias)\/[A-Za-z0-9/_-]{1,256}$/;

const url = z
  .string()
  // Not begun with `is`, which would show what stands there.
  .refine((text) => !text.includes('@'), { error: 'write the URL without a name and password' })
  .refine((text) => text.includes('@') || isServiceUrl(text), {
    error: 'is no URL of a service: write one such as https://minio.example.net:9000',
  });
const remote = {
  endpoint: url.optional(),
  stsEndpoint: url.optional(),
  region: z.string().refine(isRegion, { error: 'is no region name: write one like eu-central-1' }).optional(),
  profile: z.string().min(1).max(255).optional(),
  credentials: credentialsSchema.optional(),
};

const filesystem = z.strictObject({ type: z.literal('filesystem'), path: z.string().min(1).optional() });
const s3 = z.strictObject({
  type: z.literal('s3'),
  ...remote,
  pathStyle: z.boolean().optional(),
  sse: z.enum(['AES256', 'aws:kms']).optional(),
  kmsKey: z
    .string()
    .refine((text) => KMS_KEY.test(text), {
      error: 'is no ARN of a KMS key: write one like arn:aws:kms:eu-central-1:123456789012:key/…',
    })
    .optional(),
  bucketKey: z.boolean().optional(),
  acl: z.boolean().optional(),
  conditional: z.boolean().optional(),
  partSize: measure(
    parseSize,
    LEAST_PART_BYTES,
    MOST_PART_BYTES,
    'a size from 5MiB to 512MiB, such as 8MiB',
  ).optional(),
});
const logs = z.strictObject({ type: z.literal('cloudwatch-logs'), ...remote });
const firehose = z.strictObject({ type: z.literal('firehose'), ...remote });

const outer = z.strictObject({
  s3: z.unknown().optional(),
  logs: z.unknown().optional(),
  firehose: z.unknown().optional(),
});
type Name = keyof z.output<typeof outer>;
const NAMES: readonly Name[] = ['s3', 'logs', 'firehose'];
const REMOTE = { s3, logs, firehose } as const;

type Parsed = z.output<typeof filesystem | (typeof REMOTE)[Name]>;

/** Reads the mapping of `destinations`; what is wrong is added to `faults`. */
export function parseDestinations(
  data: unknown,
  at: Path,
  beside: (path: string) => string,
  faults: Fault[],
): DestinationsConfig {
  const result = outer.safeParse(data, { reportInput: true });
  if (!result.success) {
    faults.push(...schemaFaults(outer, result.error.issues, at, { destinations: NAMES }, 'destinations'));
    return DEFAULT_DESTINATIONS;
  }
  const one = (name: Name): Parsed | undefined => parseOne(result.data[name], name, [...at, name], faults);
  const context: Context = { beside, faults, at };
  const config = {
    s3: s3Of(one('s3'), context),
    logs: simpleOf(one('logs'), 'logs', context) as DestinationsConfig['logs'],
    firehose: simpleOf(one('firehose'), 'firehose', context) as DestinationsConfig['firehose'],
  };
  refuseShared(config, at, faults);
  return config;
}

interface Context {
  readonly beside: (path: string) => string;
  readonly faults: Fault[];
  readonly at: Path;
}

function parseOne(data: unknown, name: Name, path: Path, faults: Fault[]): Parsed | undefined {
  if (data === undefined) return undefined;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    faults.push({ path, message: `${name} is no destination: write { type: filesystem }, or take it out` });
    return undefined;
  }
  const { type: own } = REMOTE[name].shape;
  const kind = z.looseObject({ type: z.enum(['filesystem', own.value]) });
  const typed = kind.safeParse(data, { reportInput: true });
  if (!typed.success) {
    faults.push(...schemaFaults(filesystem, typed.error.issues, path, {}, name));
    return undefined;
  }
  const schema = typed.data.type === 'filesystem' ? filesystem : REMOTE[name];
  const result = schema.safeParse(data, { reportInput: true });
  if (result.success) return result.data;
  const keys = { [name]: Object.keys(schema.shape), credentials: CREDENTIALS_KEYS };
  faults.push(...schemaFaults(schema, result.error.issues, path, keys, name));
  return undefined;
}

function s3Of(data: Parsed | undefined, context: Context): DestinationsConfig['s3'] {
  if (data?.type !== 's3') return folderOf(data, context);
  const { pathStyle, sse, kmsKey, bucketKey, acl, conditional, partSize } = data;
  const path = [...context.at, 's3'];
  for (const [key, value] of Object.entries({ kmsKey, bucketKey })) {
    if (value === undefined || sse === 'aws:kms') continue;
    context.faults.push({
      path,
      key,
      message: `${key} goes with sse: aws:kms: write that too, or take it out`,
    });
  }
  return {
    type: 's3',
    ...remoteOf(data, path, context),
    pathStyle,
    sse,
    kmsKey,
    bucketKey,
    acl,
    conditional,
    partSize,
  };
}

function simpleOf(
  data: Parsed | undefined,
  name: Name,
  context: Context,
): DestinationsConfig['logs' | 'firehose'] {
  if (data?.type !== 'cloudwatch-logs' && data?.type !== 'firehose') return folderOf(data, context);
  return { type: data.type, ...remoteOf(data, [...context.at, name], context) };
}

function folderOf(data: Parsed | undefined, { beside }: Context): FilesystemDestination {
  if (data?.type !== 'filesystem' || data.path === undefined) return EMBEDDED;
  return { type: 'filesystem', path: beside(data.path) };
}

function remoteOf(
  data: Exclude<Parsed, { type: 'filesystem' }>,
  path: Path,
  { beside, faults }: Context,
): RemoteDestination {
  const { endpoint, stsEndpoint, region, profile } = data;
  if (profile !== undefined && data.credentials !== undefined) {
    faults.push({ path: [...path, 'profile'], message: PROFILE_TOO });
  }
  const credentials = credentialsIn(data.credentials, path, beside, faults);
  return { endpoint, stsEndpoint, region, profile, credentials };
}

/** Each embedded storage takes every file in its folder for its own. */
function refuseShared(config: DestinationsConfig, at: Path, faults: Fault[]): void {
  const seen = new Map<string, Name>();
  for (const name of NAMES) {
    const destination = config[name];
    if (destination.type !== 'filesystem' || destination.path === undefined) continue;
    const other = seen.get(destination.path);
    if (other !== undefined) {
      const message = `path: ${other} and ${name} each need a folder of their own`;
      faults.push({ path: [...at, name, 'path'], message });
    }
    seen.set(destination.path, name);
  }
}

/** Scheme, host, port and path; no name or password, which would be shown. */
function isServiceUrl(text: string): boolean {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false;
  const { username, password, search, hash } = new URL(text);
  return `${username}${password}${search}${hash}` === '';
}
