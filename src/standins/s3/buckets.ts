import type { RawResponse } from '../../wire/endpoint.ts';
import { xmlElement } from '../../wire/xml.ts';
import { StorageError } from '../storage/object-storage.ts';
import { readXml, xmlText } from './body.ts';
import { type Call, emptyAnswer, isBucketName, isoTime, ownBucket, xmlAnswer } from './call.ts';
import { refuse } from './errors.ts';

/** Buckets of an account. */
const MOST_BUCKETS = 1000;
const REGION = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** The region whose location constraint is empty. */
const UNNAMED_REGION = 'us-east-1';

export async function listBuckets(call: Call): Promise<RawResponse> {
  const { account } = call.caller;
  const buckets = await call.storage.buckets.list(account);
  const members = buckets.map(
    ({ name, createdAt, region }) =>
      `<Bucket>${xmlElement('Name', name)}${xmlElement('CreationDate', isoTime(createdAt))}` +
      `${xmlElement('BucketRegion', region)}</Bucket>`,
  );
  return xmlAnswer('ListAllMyBucketsResult', `${ownerXml(account)}<Buckets>${members.join('')}</Buckets>`);
}

export function ownerXml(account: string, name = 'Owner'): string {
  return `<${name}>${xmlElement('ID', account)}${xmlElement('DisplayName', account)}</${name}>`;
}

/** The region is the location constraint, else the one that the request is signed for. */
export async function createBucket(call: Call): Promise<RawResponse> {
  const name = call.address.bucket!;
  if (!isBucketName(name)) throw refuse('InvalidBucketName');
  const wanted = await readXml(call, 'CreateBucketConfiguration');
  const constraint = wanted === undefined ? undefined : xmlText(wanted, 'LocationConstraint');
  if (constraint !== undefined && constraint !== 'EU' && !REGION.test(constraint)) {
    throw refuse('InvalidLocationConstraint');
  }
  const region = constraint === 'EU' ? 'eu-west-1' : (constraint ?? call.caller.region);
  const { account } = call.caller;
  const existing = await call.storage.bucket(name);
  if (existing !== undefined) throw taken(existing.account, account);
  if ((await call.storage.buckets.list(account)).length >= MOST_BUCKETS) throw refuse('TooManyBuckets');
  try {
    await call.storage.buckets.create({ name, account, region, createdAt: Date.now() });
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'BucketExists') throw error;
    throw taken((await call.storage.bucket(name))?.account, account);
  }
  call.onBucketChange(name);
  return emptyAnswer(200, [['Location', `/${name}`]]);
}

function taken(owner: string | undefined, account: string): Error {
  return refuse(owner === account ? 'BucketAlreadyOwnedByYou' : 'BucketAlreadyExists');
}

export async function deleteBucket(call: Call): Promise<RawResponse> {
  const { name } = await ownBucket(call);
  await call.storage.buckets.delete(name);
  call.onBucketChange(name);
  return emptyAnswer(204);
}

export async function headBucket(call: Call): Promise<RawResponse> {
  const { region } = await ownBucket(call);
  return emptyAnswer(200, [
    ['x-amz-bucket-region', region],
    ['x-amz-access-point-alias', 'false'],
    ['Content-Type', 'application/xml'],
  ]);
}

export async function getBucketLocation(call: Call): Promise<RawResponse> {
  const { region } = await ownBucket(call);
  const answer = xmlAnswer('LocationConstraint', region === UNNAMED_REGION ? '' : region);
  return answer;
}
