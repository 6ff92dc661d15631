/** Where records go: the ARN forms of the three destination types, and the port that knows what is there. */
import { isAccountId, isRegion } from '../network/ids.ts';
import type { Scope } from '../store/store.ts';
import { fault, type Refused, refused } from './faults.ts';
import type { DestinationType } from './model.ts';

/** A destination, taken apart. */
export type Destination =
  | {
      readonly type: 'cloud-watch-logs';
      readonly region: string;
      readonly account: string;
      readonly logGroupName: string;
    }
  /** `folder` is what stands before `AWSLogs/` in keys: empty, or with a slash at its end. */
  | { readonly type: 's3'; readonly bucket: string; readonly folder: string }
  | {
      readonly type: 'kinesis-data-firehose';
      readonly region: string;
      readonly account: string;
      readonly stream: string;
    };

/**
 * What is known of a destination. `missing`: surely not there. `denied`: there or not, the account may not have
 * records delivered to it. `undeliverable`: nothing can be written (encrypted with a key that is not given as
 * an ARN). `unknown`: it cannot be asked now; accepted, and the status says that nothing is delivered.
 */
export type Presence = 'ready' | 'missing' | 'denied' | 'undeliverable' | 'unknown';

/** What a role is asked to do. */
export type RoleUse = 'deliver' | 'deliver across accounts';

/** Roles of a flow log, as ARNs. */
export interface DestinationRoles {
  readonly role?: string | undefined;
  readonly crossAccountRole?: string | undefined;
}

/** The destinations as this room asks for them. Both answer for a caller of the scope. */
export interface Destinations {
  presence(scope: Scope, destination: Destination, roles: DestinationRoles): Promise<Presence>;
  /** Whether the service may act as the role, which is well-formed, to deliver there. */
  assumable(scope: Scope, role: RoleArn, use: RoleUse, destination: Destination): Promise<boolean>;
}

const LOGS_ARN = /^arn:aws(?:-[a-z]+)*:logs:([^:]*):([^:]*):log-group:([^:]*)(?::\*)?$/;
const S3_ARN = /^arn:aws(?:-[a-z]+)*:s3:::([^/:]*)(?:\/(.*))?$/;
const FIREHOSE_ARN = /^arn:aws(?:-[a-z]+)*:firehose:([^:]*):([^:]*):deliverystream[:/]([^:/]*)$/;
const ROLE_ARN = /^arn:aws(?:-[a-z]+)*:iam::([0-9]{12}):role\/((?:[\x21-\x7e]{1,510}\/)?)([\w+=,.@-]{1,64})$/;

/** CloudWatch Logs: names of log groups. */
const LOG_GROUP_NAME = /^[A-Za-z0-9_\-/.#]{1,512}$/;
const STREAM_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const ADDRESS_LIKE = /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/;
/** The characters that S3's guidelines call safe, and those that prefixes of tables and users have. */
const FOLDER_PART = /^[A-Za-z0-9!_.*'()=+@,:$&;-]+$/;
/** Bytes of a sub-folder: S3 keys have 1024, and the longest key below it takes about 330. */
const MAX_FOLDER = 690;
const RESERVED_FOLDER = 'AWSLogs';
/** How an account that receives another's records names its role. */
const CROSS_ACCOUNT_ROLE_PREFIX = 'AWSLogDeliveryFirehoseCrossAccountRole';

/** A role's ARN, taken apart. */
export interface RoleArn {
  readonly arn: string;
  readonly account: string;
  /** Without its path. */
  readonly name: string;
}

/** Takes the ARN of an IAM role apart; undefined for other text. */
export function parseRoleArn(arn: string): RoleArn | undefined {
  const match = ROLE_ARN.exec(arn);
  return match === null ? undefined : { arn, account: match[1]!, name: match[3]! };
}

/** Whether a role can be the one that an account receives another's records with. */
export function isCrossAccountRole(role: RoleArn, account: string): boolean {
  return role.account === account && role.name.startsWith(CROSS_ACCOUNT_ROLE_PREFIX);
}

export function isLogGroupName(name: string): boolean {
  return LOG_GROUP_NAME.test(name);
}

/**
 * Takes the ARN of a destination apart. What lives in a region must live in the caller's (inferred).
 *
 * @throws FlowLogFault invalidDestination, reservedSubfolder
 */
export function parseDestination(scope: Scope, type: DestinationType, arn: string): Destination {
  const destination = parse(type, arn);
  const elsewhere = destination?.type !== 's3' && destination?.region !== scope.region;
  if (destination === undefined || elsewhere) {
    throw fault('invalidDestination', { destination: arn, destinationType: type });
  }
  return destination;
}

function parse(type: DestinationType, arn: string): Destination | undefined {
  if (type === 's3') return parseBucket(arn);
  if (type === 'cloud-watch-logs') {
    const [, region = '', account = '', logGroupName = ''] = LOGS_ARN.exec(arn) ?? [];
    if (!isRegion(region) || !isAccountId(account) || !isLogGroupName(logGroupName)) return undefined;
    return { type, region, account, logGroupName };
  }
  const [, region = '', account = '', stream = ''] = FIREHOSE_ARN.exec(arn) ?? [];
  if (!isRegion(region) || !isAccountId(account) || !STREAM_NAME.test(stream)) return undefined;
  return { type, region, account, stream };
}

function parseBucket(arn: string): Destination | undefined {
  const place = parseBucketArn(arn);
  if (place === undefined) return undefined;
  if (hasReservedFolder(place.folder)) throw fault('reservedSubfolder');
  return { type: 's3', ...place };
}

/** Takes the ARN of a bucket, or of a folder in one, apart; undefined for other text. `folder` is empty, or with a
 * slash at its end. */
export function parseBucketArn(
  arn: string,
): { readonly bucket: string; readonly folder: string } | undefined {
  const [, bucket = '', path = ''] = S3_ARN.exec(arn) ?? [];
  if (!BUCKET_NAME.test(bucket) || bucket.includes('..') || ADDRESS_LIKE.test(bucket)) return undefined;
  if (path === '') return { bucket, folder: '' };
  const folder = path.endsWith('/') ? path : `${path}/`;
  // `.` and `..` are names like any other to S3, but no reader of the objects needs to meet them.
  const sound = partsOf(folder).every((part) => FOLDER_PART.test(part) && part !== '.' && part !== '..');
  return sound && folder.length <= MAX_FOLDER ? { bucket, folder } : undefined;
}

/** Whether a folder lies in the one that is kept for records. */
export function hasReservedFolder(folder: string): boolean {
  return partsOf(folder).includes(RESERVED_FOLDER);
}

function partsOf(folder: string): string[] {
  return folder.slice(0, -1).split('/');
}

/** What a client calls the destination in errors: the name of the bucket, log group or stream. */
export function destinationName(destination: Destination): string {
  if (destination.type === 's3') return destination.bucket;
  return destination.type === 'cloud-watch-logs' ? destination.logGroupName : destination.stream;
}

/** One text for each destination, whatever form its ARN had. */
export function destinationKey(destination: Destination): string {
  if (destination.type === 's3') return `s3:${destination.bucket}/${destination.folder}`;
  return `${destination.type}:${destination.region}:${destination.account}:${destinationName(destination)}`;
}

/**
 * Why nothing can be delivered to a destination, or undefined. A log group may be missing: it is made when
 * there is traffic. Another account's log group is never asked for.
 */
export async function destinationFailure(
  destinations: Destinations,
  scope: Scope,
  destination: Destination,
  roles: DestinationRoles = {},
): Promise<Refused | undefined> {
  const name = destinationName(destination);
  const isLogGroup = destination.type === 'cloud-watch-logs';
  if (isLogGroup && destination.account !== scope.account) return refused('destinationDenied', { name });
  switch (await destinations.presence(scope, destination, roles)) {
    case 'missing':
      return isLogGroup ? undefined : refused('bucketMissing', { name });
    case 'denied':
      return refused('destinationDenied', { name });
    case 'undeliverable':
      return refused('destinationUndeliverable', { name });
    default:
      return undefined;
  }
}
