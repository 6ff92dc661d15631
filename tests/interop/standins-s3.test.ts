import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openS3, OWNER, REGION, type S3Place } from '../standins/s3/support.ts';
import { debianCli, debianPython, lack, leftOut, pathOf } from './programs.ts';

/** The embedded S3 with the clients that people have. */

const run = promisify(execFile);
const python = debianPython();
const cli = debianCli();

let place: S3Place;
let folder: string;
beforeAll(async () => {
  place = await openS3();
  folder = mkdtempSync(join(tmpdir(), 'weir-s3-clients-'));
});
afterAll(async () => {
  await place.close();
  if (place.faults.length > 0) throw new AggregateError(place.faults, 'the service had faults');
  rmSync(folder, { recursive: true, force: true });
});

function environment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    LANG: 'C.UTF-8',
    AWS_ACCESS_KEY_ID: OWNER.id,
    AWS_SECRET_ACCESS_KEY: OWNER.secret,
    AWS_DEFAULT_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
    ENDPOINT: `http://127.0.0.1:${place.port}`,
  };
}

const SCRIPT = String.raw`
import hashlib, io, json, os, sys, urllib.request
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
s3 = boto3.client('s3', endpoint_url=os.environ['ENDPOINT'], config=Config(retries={'max_attempts': 0}))
s3.create_bucket(Bucket='from-boto3', CreateBucketConfiguration={'LocationConstraint': 'eu-central-1'})
keys = ['a', 'a/b', 'a b+c', '\u00fc/\u20ac', '../../x', 'a/../b', 'x//y', '%2e%2e', '<&>"', 'nul\u0000']
for key in keys:
    s3.put_object(Bucket='from-boto3', Key=key, Body=key.encode(), Metadata={'n': 'v'})
for key in keys:
    got = s3.get_object(Bucket='from-boto3', Key=key)
    assert got['Body'].read() == key.encode() and got['Metadata'] == {'n': 'v'}, key
listed = [o['Key'] for page in s3.get_paginator('list_objects_v2').paginate(Bucket='from-boto3', PaginationConfig={'PageSize': 3}) for o in page['Contents']]
assert listed == sorted(keys, key=lambda k: k.encode()), listed
old = [o['Key'] for page in s3.get_paginator('list_objects').paginate(Bucket='from-boto3', PaginationConfig={'PageSize': 3}) for o in page['Contents']]
assert old == listed, old
top = s3.list_objects_v2(Bucket='from-boto3', Delimiter='/')
assert [p['Prefix'] for p in top['CommonPrefixes']] == ['../', 'a/', 'x/', '\u00fc/'], top['CommonPrefixes']
big = os.urandom(20 * 1024 * 1024)
s3.upload_fileobj(io.BytesIO(big), 'from-boto3', 'big')
assert s3.head_object(Bucket='from-boto3', Key='big')['ETag'].endswith('-3"')
back = io.BytesIO()
s3.download_fileobj('from-boto3', 'big', back)
assert back.getvalue() == big
for algorithm in ['CRC32', 'SHA1', 'SHA256']:
    s3.put_object(Bucket='from-boto3', Key='sum', Body=b'x', ChecksumAlgorithm=algorithm)
url = s3.generate_presigned_url('get_object', Params={'Bucket': 'from-boto3', 'Key': '\u00fc/\u20ac', 'ResponseContentType': 'text/odd'}, ExpiresIn=60)
with urllib.request.urlopen(url) as response:
    assert response.headers['Content-Type'] == 'text/odd' and response.read() == '\u00fc/\u20ac'.encode()
try:
    s3.get_object(Bucket='from-boto3', Key='missing')
    raise AssertionError('not refused')
except ClientError as error:
    assert error.response['Error']['Code'] == 'NoSuchKey', error.response
for page in s3.get_paginator('list_objects_v2').paginate(Bucket='from-boto3'):
    done = s3.delete_objects(Bucket='from-boto3', Delete={'Objects': [{'Key': o['Key']} for o in page['Contents']]})
    assert 'Errors' not in done, done
s3.delete_bucket(Bucket='from-boto3')
print('done', boto3.__version__)
`;

describe.skipIf(leftOut(python))(`boto3 of Debian${lack(python)}`, () => {
  test('does all that it does with S3', async () => {
    const { stdout } = await run(pathOf(python), ['-c', SCRIPT], { env: environment() });
    expect(stdout).toMatch(/^done /);
  });
});

describe.skipIf(leftOut(cli))(`AWS CLI of Debian${lack(cli)}`, () => {
  const aws = async (...args: string[]): Promise<string> => {
    const { ENDPOINT } = environment();
    const { stdout } = await run(pathOf(cli), [...args, '--endpoint-url', ENDPOINT!], {
      env: environment(),
      maxBuffer: 64 << 20,
    });
    return stdout;
  };

  test('mb, cp both ways, ls, sync, rm, rb', async () => {
    await aws('s3', 'mb', 's3://from-cli');
    const source = join(folder, 'source');
    mkdirSync(join(source, 'sub'), { recursive: true });
    writeFileSync(join(source, 'a.txt'), 'a');
    writeFileSync(join(source, 'sub', 'b c'), 'b');
    const big = randomBytes(18 * 1024 * 1024);
    writeFileSync(join(source, 'big'), big);
    await aws('s3', 'sync', source, 's3://from-cli/p', '--no-progress');
    expect(await aws('s3', 'sync', source, 's3://from-cli/p', '--no-progress')).toBe('');
    expect(await aws('s3', 'ls', '--recursive', 's3://from-cli')).toMatch(
      / p\/a\.txt\n.* p\/big\n.* p\/sub\/b c\n$/s,
    );
    expect(await aws('s3', 'ls', 's3://from-cli/p/')).toMatch(/PRE sub\/\n/);
    expect(await aws('s3', 'cp', 's3://from-cli/p/sub/b c', '-')).toBe('b');
    await aws('s3', 'cp', 's3://from-cli/p/big', 's3://from-cli/copy', '--no-progress');
    const target = join(folder, 'target');
    await aws('s3', 'cp', 's3://from-cli/copy', target, '--no-progress');
    expect(readFileSync(target).equals(big)).toBe(true);
    const url = (await aws('s3', 'presign', 's3://from-cli/p/big')).trim();
    const { stdout } = await run('curl', ['-sSf', '-r', '5-8', '-D', '-', '-o', join(folder, 'range'), url]);
    expect(stdout).toContain(`Content-Range: bytes 5-8/${big.length}`);
    expect(readFileSync(join(folder, 'range')).equals(big.subarray(5, 9))).toBe(true);
    await expect(run('curl', ['-sSf', `${url}x`])).rejects.toThrow(/403/);
    await aws('s3', 'rm', '--recursive', 's3://from-cli/p', '--only-show-errors');
    expect(await aws('s3', 'ls', '--recursive', 's3://from-cli')).toMatch(/^[^\n]* copy\n$/);
    await aws('s3', 'rb', '--force', 's3://from-cli');
  });

  test('s3api', async () => {
    const json = async (...args: string[]): Promise<unknown> => JSON.parse(await aws('s3api', ...args));
    await aws(
      's3api',
      'create-bucket',
      '--bucket',
      'from-api',
      '--create-bucket-configuration',
      'LocationConstraint=eu-west-1',
    );
    expect(await json('get-bucket-location', '--bucket', 'from-api')).toEqual({
      LocationConstraint: 'eu-west-1',
    });
    const file = join(folder, 'object');
    writeFileSync(file, 'hello');
    expect(await json('put-object', '--bucket', 'from-api', '--key', 'k', '--body', file)).toMatchObject({
      ETag: `"${createHash('md5').update('hello').digest('hex')}"`,
    });
    expect(await json('head-object', '--bucket', 'from-api', '--key', 'k')).toMatchObject({
      ContentLength: 5,
    });
    expect(await json('list-objects-v2', '--bucket', 'from-api', '--query', 'Contents[].Key')).toEqual(['k']);
    await expect(aws('s3api', 'get-bucket-policy', '--bucket', 'from-api')).rejects.toThrow(
      /NoSuchBucketPolicy/,
    );
  });
});
