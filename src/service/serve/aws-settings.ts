/** Destinations of other programs as delivery takes them: plain data with keys in it, for the writing thread. */
import type {
  AwsDestination,
  AwsKey,
  RoleMapping,
  S3Encryption,
  S3Options,
} from '../../delivery/aws/settings.ts';
import type { RemoteSettings } from '../writing/remote-destinations.ts';
import { type CredentialsConfig, readCredentials } from './config-credentials.ts';
import type { DestinationsConfig, RemoteDestination, S3Destination } from './config-destinations.ts';
import type { RoleConfig } from './config-roles.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the keys that a configuration names.
 * @throws {UserError} for one that is not there
 */
export function remoteSettings(
  {
    destinations,
    roles,
  }: { readonly destinations: DestinationsConfig; readonly roles: readonly RoleConfig[] },
  environment: Environment,
): RemoteSettings {
  const { s3, logs, firehose } = destinations;
  if ([s3, logs, firehose].every(({ type }) => type === 'filesystem')) return {};
  const mappings = roles.map((role, index) => mappingOf(role, `roles[${index}]`, environment));
  const of = (config: RemoteDestination, name: string): AwsDestination =>
    destinationOf(config, `destinations.${name}`, mappings, environment);
  return {
    ...(s3.type === 's3' ? { s3: { destination: s3Of(s3, of(s3, 's3')), options: optionsOf(s3) } } : {}),
    ...(logs.type === 'cloudwatch-logs' ? { logs: { destination: of(logs, 'logs') } } : {}),
    ...(firehose.type === 'firehose' ? { firehose: { destination: of(firehose, 'firehose') } } : {}),
  };
}

function destinationOf(
  config: RemoteDestination,
  where: string,
  roles: readonly RoleMapping[],
  environment: Environment,
): AwsDestination {
  const { endpoint, stsEndpoint, region, profile } = config;
  return {
    ...given({ endpoint, stsEndpoint, region, profile }),
    ...given({ credentials: keyOf(config.credentials, where, environment) }),
    roles,
  };
}

function s3Of({ pathStyle }: S3Destination, destination: AwsDestination): AwsDestination {
  return { ...destination, ...given({ pathStyle }) };
}

function optionsOf({ sse, kmsKey, bucketKey, acl, conditional, partSize }: S3Destination): S3Options {
  const encryption: S3Encryption | undefined =
    sse === 'aws:kms' ? { type: sse, ...given({ key: kmsKey, bucketKey }) } : sse && { type: sse };
  return given({ encryption, acl, conditional, partBytes: partSize });
}

function mappingOf(config: RoleConfig, where: string, environment: Environment): RoleMapping {
  const { role, profile, assume, externalId } = config;
  const credentials = keyOf(config.credentials, where, environment);
  return { role, assume, ...given({ profile, credentials, externalId }) };
}

function keyOf(
  config: CredentialsConfig | undefined,
  where: string,
  environment: Environment,
): AwsKey | undefined {
  return config && readCredentials(config, `${where}.credentials`, environment);
}

/** The members that have a value. */
function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
