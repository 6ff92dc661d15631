/** Destination configurations, checked; and the descriptions that come back. */
import type { JsonMembers } from '../../wire/json-members.ts';
import type {
  BucketDelivery,
  Buffering,
  HttpDelivery,
  StreamDestination,
} from '../storage/streams-config.ts';
import { prefixFault } from '../storage/streams-keys.ts';
import { invalid } from './refusals.ts';

const MB = 1024 * 1024;
const DEFAULTS = { SizeInMBs: 5, IntervalInSeconds: 300 } as const;
const MAX_SECONDS = 900;
const MAX_MB = { bucket: 128, http: 64 } as const;
const RETRY_SECONDS = { default: 300, max: 7200 } as const;
const ROLE = { min: 1, max: 512, pattern: 'arn:aws[a-z-]*:iam::\\d{12}:role/[a-zA-Z_0-9+=,.@\\-_/]+' };
const BUCKET = { min: 1, max: 2048, pattern: 'arn:aws[a-z-]*:s3:::[\\w.\\-]{1,255}' };
const PREFIX = { max: 1024 };
const EXTENSION = { max: 128, pattern: "(?:\\.[0-9a-z!\\-_.*'()]+)?" };
const COMPRESSIONS = ['UNCOMPRESSED', 'GZIP', 'ZIP', 'Snappy', 'HADOOP_SNAPPY'];
const ATTRIBUTES = 50;

/** The destinations that Firehose has beside those offered here. */
const OTHERS = [
  'RedshiftDestinationConfiguration',
  'ElasticsearchDestinationConfiguration',
  'AmazonopensearchserviceDestinationConfiguration',
  'AmazonOpenSearchServerlessDestinationConfiguration',
  'SplunkDestinationConfiguration',
  'SnowflakeDestinationConfiguration',
  'IcebergDestinationConfiguration',
] as const;

/** What to check when all members' own bounds are: what they say together. */
export type Late = () => void;

/** The one destination of a request. `late` gathers what is checked behind the members. */
export function destinationOf(members: JsonMembers, late: Late[]): StreamDestination | undefined {
  const s3 = members.structure('S3DestinationConfiguration');
  const extended = members.structure('ExtendedS3DestinationConfiguration');
  const http = members.structure('HttpEndpointDestinationConfiguration');
  const others = OTHERS.filter((name) => members.structure(name) !== undefined);
  const given = [s3, extended, http].filter((it) => it !== undefined).length + others.length;
  late.push(() => {
    if (others[0] !== undefined) {
      throw invalid(`${others[0]} is not offered: streams deliver to S3 and to HTTP endpoints.`);
    }
    if (given !== 1) throw invalid('Exactly one destination configuration is supported for a Firehose.');
  });
  const bucket = extended ?? s3;
  if (http !== undefined) return { kind: 'HttpEndpoint', http: httpOf(http, late) };
  return bucket === undefined
    ? undefined
    : {
        kind: bucket === extended ? 'ExtendedS3' : 'S3',
        bucket: bucketOf(bucket, bucket === extended, late),
      };
}

function bucketOf(members: JsonMembers, isExtended: boolean, late: Late[]): BucketDelivery {
  const arn = members.requiredText('BucketARN', BUCKET);
  const compression = members.text('CompressionFormat', { oneOf: COMPRESSIONS }) ?? 'UNCOMPRESSED';
  const prefix = members.text('Prefix', PREFIX) ?? '';
  const errorPrefix = members.text('ErrorOutputPrefix', PREFIX) ?? '';
  late.push(() => {
    if (compression !== 'UNCOMPRESSED' && compression !== 'GZIP') {
      throw invalid(`CompressionFormat ${compression} is not offered: UNCOMPRESSED and GZIP are.`);
    }
    const fault = prefixFault(prefix, false) ?? prefixFault(errorPrefix, true);
    if (fault !== undefined) throw invalid(`The prefix is not valid: ${fault}`);
    if (prefix.includes('!{') && errorPrefix === '') {
      throw invalid('ErrorOutputPrefix cannot be null or empty when Prefix contains expressions.');
    }
  });
  const encryption = members.structure('EncryptionConfiguration');
  const key = encryption?.structure('KMSEncryptionConfig');
  refuseIf(late, key !== undefined, 'KMSEncryptionConfig is not offered: objects are stored as they come.');
  if (isExtended) {
    for (const name of [
      'ProcessingConfiguration',
      'DataFormatConversionConfiguration',
      'DynamicPartitioningConfiguration',
    ]) {
      const isOn = members.structure(name)?.boolean('Enabled') ?? false;
      refuseIf(late, isOn, `${name} is not offered: records are delivered as they come.`);
    }
    const backup = members.text('S3BackupMode', { oneOf: ['Disabled', 'Enabled'] });
    refuseIf(
      late,
      backup === 'Enabled',
      'S3BackupMode Enabled is not offered: nothing is changed on the way.',
    );
  }
  return {
    bucket: arn.slice(arn.lastIndexOf(':') + 1),
    roleArn: members.requiredText('RoleARN', ROLE),
    prefix,
    errorPrefix,
    gzip: compression === 'GZIP',
    extension: (isExtended ? members.text('FileExtension', EXTENSION) : undefined) ?? '',
    ...bufferingOf(members, MAX_MB.bucket, late),
  };
}

function httpOf(members: JsonMembers, late: Late[]): HttpDelivery {
  const endpoint = members.requiredStructure('EndpointConfiguration');
  const url = endpoint.requiredText('Url', { min: 1, max: 1000 });
  late.push(() => {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.username !== '') {
      throw invalid('The Url of an HTTP endpoint is http(s)://HOST[:PORT]/PATH.');
    }
  });
  const request = members.structure('RequestConfiguration');
  const encoding = request?.text('ContentEncoding', { oneOf: ['NONE', 'GZIP'] });
  const attributes = request?.structures('CommonAttributes', { min: 0, max: ATTRIBUTES }) ?? [];
  const backupMode = members.text('S3BackupMode', { oneOf: ['FailedDataOnly', 'AllData'] });
  refuseIf(late, backupMode === 'AllData', 'S3BackupMode AllData is not offered: FailedDataOnly is.');
  const isProcessing = members.structure('ProcessingConfiguration')?.boolean('Enabled') ?? false;
  refuseIf(late, isProcessing, 'ProcessingConfiguration is not offered: records are delivered as they come.');
  return {
    url,
    name: endpoint.text('Name', { min: 1, max: 256 }) ?? '',
    accessKey: endpoint.text('AccessKey', { max: 4096 }),
    roleArn: members.text('RoleARN', ROLE),
    gzip: encoding === 'GZIP',
    attributes: Object.fromEntries(
      attributes.map((it) => [
        it.requiredText('AttributeName', { min: 1, max: 256 }),
        it.requiredText('AttributeValue', { max: 1024 }),
      ]),
    ),
    retrySeconds:
      members.structure('RetryOptions')?.integer('DurationInSeconds', { min: 0, max: RETRY_SECONDS.max }) ??
      RETRY_SECONDS.default,
    backup: bucketOf(members.requiredStructure('S3Configuration'), false, late),
    ...bufferingOf(members, MAX_MB.http, late),
  };
}

function bufferingOf(members: JsonMembers, maxMb: number, late: Late[]): Buffering {
  const hints = members.structure('BufferingHints');
  const size = hints?.integer('SizeInMBs', { min: 1, max: maxMb });
  const seconds = hints?.integer('IntervalInSeconds', { min: 0, max: MAX_SECONDS });
  refuseIf(
    late,
    (size === undefined) !== (seconds === undefined),
    'BufferingHints need both of SizeInMBs and IntervalInSeconds, or neither.',
  );
  return { bytes: (size ?? DEFAULTS.SizeInMBs) * MB, seconds: seconds ?? DEFAULTS.IntervalInSeconds };
}

function refuseIf(late: Late[], isSo: boolean, text: string): void {
  late.push(() => {
    if (isSo) throw invalid(text);
  });
}

/** The description of a stream's one destination. */
export function describedDestination(destination: StreamDestination): object {
  const DestinationId = 'destinationId-000000000001';
  if (destination.kind === 'HttpEndpoint') {
    return { DestinationId, HttpEndpointDestinationDescription: describedHttp(destination.http) };
  }
  const described = describedBucket(destination.bucket);
  return {
    DestinationId,
    S3DestinationDescription: described,
    ...(destination.kind === 'ExtendedS3'
      ? {
          ExtendedS3DestinationDescription: {
            ...described,
            S3BackupMode: 'Disabled',
            ...(destination.bucket.extension === '' ? {} : { FileExtension: destination.bucket.extension }),
          },
        }
      : {}),
  };
}

function describedBucket({
  bucket,
  roleArn,
  prefix,
  errorPrefix,
  gzip,
  bytes,
  seconds,
}: BucketDelivery): object {
  return {
    RoleARN: roleArn,
    BucketARN: `arn:aws:s3:::${bucket}`,
    ...(prefix === '' ? {} : { Prefix: prefix }),
    ...(errorPrefix === '' ? {} : { ErrorOutputPrefix: errorPrefix }),
    BufferingHints: { SizeInMBs: bytes / MB, IntervalInSeconds: seconds },
    CompressionFormat: gzip ? 'GZIP' : 'UNCOMPRESSED',
    EncryptionConfiguration: { NoEncryptionConfig: 'NoEncryption' },
    CloudWatchLoggingOptions: { Enabled: false },
  };
}

/** Without the access key: it is not told again. */
function describedHttp(http: HttpDelivery): object {
  return {
    EndpointConfiguration: { Url: http.url, ...(http.name === '' ? {} : { Name: http.name }) },
    BufferingHints: { SizeInMBs: http.bytes / MB, IntervalInSeconds: http.seconds },
    RequestConfiguration: {
      ContentEncoding: http.gzip ? 'GZIP' : 'NONE',
      CommonAttributes: Object.entries(http.attributes).map(([AttributeName, AttributeValue]) => ({
        AttributeName,
        AttributeValue,
      })),
    },
    ...(http.roleArn === undefined ? {} : { RoleARN: http.roleArn }),
    RetryOptions: { DurationInSeconds: http.retrySeconds },
    S3BackupMode: 'FailedDataOnly',
    S3DestinationDescription: describedBucket(http.backup),
    CloudWatchLoggingOptions: { Enabled: false },
  };
}
