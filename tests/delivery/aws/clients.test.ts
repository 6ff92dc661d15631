/** Whose credentials requests are signed with, and where they go. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { AwsClients } from '../../../src/delivery/aws/clients.ts';
import { profileEndpoint } from '../../../src/delivery/aws/profile-endpoint.ts';
import { REFRESH_BEFORE_MS, RECHECK_MS, refreshing } from '../../../src/delivery/aws/refreshing.ts';
import { credentialPlan, RoleNotMapped } from '../../../src/delivery/aws/roles.ts';
import type { AwsDestination } from '../../../src/delivery/aws/settings.ts';
import { failureOf } from '../../../src/delivery/failures.ts';
import type { Caller } from '../../../src/standins/storage/caller.ts';
import { type Answer, type FakeStore, fakeStore, KEY, type SeenRequest, thrownBy } from './s3-support.ts';

const ROLE = 'arn:aws:iam::111111111111:role/flow-logs';
const CROSS = 'arn:aws:iam::222222222222:role/AWSLogDeliveryFirehoseCrossAccountRole-1';
const AS: Caller = { account: '111111111111', region: 'eu-west-3' };
const WITH_ROLE: Caller = { ...AS, roles: { role: ROLE } };
const WITH_BOTH: Caller = { ...AS, roles: { role: ROLE, crossAccountRole: CROSS } };
const HOUR = 3_600_000;
const OTHER_KEY = { accessKeyId: 'AKIAOTHER00000000001', secretAccessKey: 'o'.repeat(40) };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-aws-'));
  // Nothing of the machine's own configuration.
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'));
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  for (const name of [
    'AWS_PROFILE',
    'AWS_REGION',
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
  ]) {
    vi.stubEnv(name, undefined);
  }
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function clientsFor(destination: AwsDestination, clock?: () => number): AwsClients {
  const clients = new AwsClients(destination, { connectMs: 1000, silentMs: 1000 }, clock);
  onTestFinished(() => clients.destroy());
  return clients;
}

/** Access key and region of a signature. */
function signerOf({ headers }: SeenRequest): string[] {
  const [, key, region] = /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
  return [key!, region!];
}

async function look(client: S3Client): Promise<void> {
  await client.send(new HeadBucketCommand({ Bucket: 'bucket' }));
}

/** S3 and STS in one: roles are assumed as ASSUMED-1, 2, …, for an hour. */
async function awsWithSts(clock = Date.now): Promise<FakeStore & { assumed: URLSearchParams[] }> {
  const assumed: URLSearchParams[] = [];
  const store = await fakeStore(({ method, body }): Answer => {
    if (method !== 'POST') return { status: 200 };
    assumed.push(new URLSearchParams(body.toString()));
    const key = `ASSUMED-${assumed.length}`;
    return {
      status: 200,
      headers: { 'content-type': 'text/xml' },
      body:
        `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>${key}</AccessKeyId>` +
        `<SecretAccessKey>secret</SecretAccessKey><SessionToken>token-of-${key}</SessionToken>` +
        `<Expiration>${new Date(clock() + HOUR).toISOString()}</Expiration></Credentials>` +
        '</AssumeRoleResult></AssumeRoleResponse>',
    };
  });
  return Object.assign(store, { assumed });
}

describe('clients', () => {
  test('are kept by service, region and credentials', async () => {
    const clients = clientsFor({ credentials: KEY, endpoint: 'http://127.0.0.1:1' });
    const one = await clients.s3(AS);
    expect(await clients.s3({ ...AS, account: '222222222222' })).toBe(one);
    expect(await clients.s3({ ...AS, region: 'eu-west-1' })).not.toBe(one);
    expect(await clients.s3(AS, 'eu-west-1')).toBe(await clients.s3({ ...AS, region: 'eu-west-1' }));
    expect(await clients.logs(AS)).toBe(await clients.logs(AS));
    expect(await clients.firehose(AS)).toBe(await clients.firehose(AS));
    expect(await (await clients.firehose(AS)).config.region()).toBe('eu-west-3');
  });

  test('name buckets in hosts or in paths', async () => {
    const hosts: [AwsDestination, string][] = [
      [{}, 'bucket.s3.eu-west-3.amazonaws.com/'],
      [{ pathStyle: true }, 's3.eu-west-3.amazonaws.com/bucket/'],
      [{ region: 'cn-north-1' }, 'bucket.s3.cn-north-1.amazonaws.com.cn/'],
      [{ endpoint: 'https://store.example:9000' }, 'store.example/bucket/'],
      [{ endpoint: 'https://store.example:9000', pathStyle: false }, 'bucket.store.example/'],
    ];
    for (const [destination, expected] of hosts) {
      const client = await clientsFor({ credentials: KEY, ...destination }).s3(AS);
      let seen = '';
      client.middlewareStack.add(
        () => (args) => {
          const { hostname, path } = args.request as { hostname: string; path: string };
          seen = `${hostname}${path}`;
          throw new Error('seen');
        },
        { step: 'finalizeRequest', priority: 'low' },
      );
      await expect(look(client)).rejects.toThrow('seen');
      expect(seen).toBe(expected);
    }
  });

  test('try once, and say no more of where they come from than what they are', async () => {
    const store = await fakeStore(() => ({ status: 500 }));
    const clients = clientsFor({ credentials: KEY, endpoint: store.url });
    await thrownBy(look(await clients.s3(AS)));
    expect(store.requests).toHaveLength(1);
    const { headers } = store.requests[0]!;
    expect(headers['user-agent']).toMatch(/^weir( m\/[\w,]+)?$/);
    expect(headers['x-amz-user-agent']).toBeUndefined();
  });
});

describe('credentials', () => {
  test('static ones sign, with their token', async () => {
    const store = await fakeStore(() => ({ status: 200 }));
    const clients = clientsFor({ credentials: { ...KEY, sessionToken: 'TOKEN' }, endpoint: store.url });
    await look(await clients.s3(AS));
    expect(signerOf(store.requests[0]!)).toEqual([KEY.accessKeyId, 'eu-west-3']);
    expect(store.requests[0]!.headers['x-amz-security-token']).toBe('TOKEN');
  });

  test('a profile’s, with its endpoint; a new key in the file is used soon', async () => {
    const store = await fakeStore(() => ({ status: 200 }));
    const write = (key: string): void =>
      writeFileSync(
        join(folder, 'credentials'),
        `[ops]\naws_access_key_id=${key}\naws_secret_access_key=s\n`,
      );
    write('AKIAPROFILE');
    writeFileSync(join(folder, 'config'), `[profile ops]\nregion=us-west-2\nendpoint_url=${store.url}\n`);
    // The profile is the destination's, whatever the environment has.
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAENVIRONMENT');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 's');
    let now = Date.now();
    const clients = clientsFor({ profile: 'ops' }, () => now);
    await look(await clients.s3(AS));
    write('AKIANEWER');
    await look(await clients.s3(AS));
    now += RECHECK_MS;
    await look(await clients.s3(AS));
    expect(store.requests.map(signerOf)).toEqual([
      ['AKIAPROFILE', 'eu-west-3'],
      ['AKIAPROFILE', 'eu-west-3'],
      ['AKIANEWER', 'eu-west-3'],
    ]);
  });

  test.each([
    ['its own', '[profile ops]\nendpoint_url = http://a # mine\n', 'a'],
    [
      'the default profile’s is not another’s',
      '[default]\nendpoint_url=http://a\n[profile ops]\nregion=r\n',
      undefined,
    ],
    [
      'one for the service',
      '[profile ops]\nendpoint_url=http://a\nservices = x\n[services x]\ns3 =\n  endpoint_url = http://b\nsts =\n  endpoint_url = http://c\n',
      'b',
    ],
    [
      'one for another service',
      '[profile ops]\nservices = x\nendpoint_url=http://a\n[services x]\nfirehose =\n\tendpoint_url = http://b\n',
      'a',
    ],
    ['within another block', '[profile ops]\ns3 =\n  endpoint_url = http://b\n', undefined],
    [
      'switched off',
      '[profile "ops"]\nignore_configured_endpoint_urls=true\nendpoint_url=http://a\n',
      undefined,
    ],
    ['quoted profile, odd lines', 'x = 1\n[ profile  "ops" ]\n; no\n=\nendpoint_url=http://a', 'a'],
    ['no file', undefined, undefined],
  ])('endpoint_url of a profile: %s', async (_, config, host) => {
    if (config !== undefined) writeFileSync(join(folder, 'config'), config);
    expect(await profileEndpoint('ops', 's3')).toBe(host === undefined ? undefined : `http://${host}`);
  });

  test('with neither: the default chain', async () => {
    const store = await fakeStore(() => ({ status: 200 }));
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAENVIRONMENT');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 's');
    await look(await clientsFor({ endpoint: store.url }).s3(AS));
    expect(signerOf(store.requests[0]!)).toEqual(['AKIAENVIRONMENT', 'eu-west-3']);
  });

  test('that cannot be had are an Access error, until they can', async () => {
    const store = await fakeStore(() => ({ status: 200 }));
    const clients = clientsFor({ profile: 'later', endpoint: store.url });
    const failure = failureOf(await thrownBy(look(await clients.s3(AS))));
    expect(failure).toMatchObject({
      message: 'Access error',
      reason: expect.stringMatching(/^no credentials: .*\[later\]/),
    });
    writeFileSync(
      join(folder, 'credentials'),
      '[later]\naws_access_key_id=AKIALATER\naws_secret_access_key=s\n',
    );
    await look(await clients.s3(AS));
    expect(store.requests.map(signerOf)).toEqual([['AKIALATER', 'eu-west-3']]);
  });
});

describe('roles', () => {
  test('of the flow log need a mapping, which names what stands for them', () => {
    const own = { credentials: KEY };
    expect(credentialPlan(own, AS)).toMatchObject({ from: 'key', key: KEY });
    expect(() => credentialPlan(own, WITH_ROLE)).toThrow(RoleNotMapped);
    expect(() => credentialPlan({ roles: [{ role: ROLE }] }, WITH_BOTH)).toThrow(CROSS);
    const roles = [
      { role: 'arn:aws:iam::111111111111:role/other', profile: 'no' },
      { role: 'arn:aws:iam::111111111111:role/*', profile: 'yes' },
      { role: '*', credentials: OTHER_KEY },
    ];
    expect(credentialPlan({ ...own, roles }, AS)).toMatchObject({ from: 'key', key: KEY });
    expect(credentialPlan({ ...own, roles }, WITH_ROLE)).toMatchObject({ from: 'profile', profile: 'yes' });
    expect(credentialPlan({ ...own, roles }, WITH_BOTH)).toMatchObject({ from: 'key', key: OTHER_KEY });
    expect(credentialPlan({ ...own, roles: [{ role: '*' }] }, WITH_BOTH)).toMatchObject({ key: KEY });
  });

  test('are assumed with a session’s name and an external id, and once for all clients of an account', async () => {
    const aws = await awsWithSts();
    const clients = clientsFor({
      credentials: KEY,
      endpoint: aws.url,
      stsEndpoint: aws.url,
      roles: [{ role: ROLE, assume: true, externalId: 'x-1' }],
    });
    await Promise.all([look(await clients.s3(WITH_ROLE)), look(await clients.s3(WITH_ROLE, 'sa-east-1'))]);
    await look(await clients.s3(WITH_ROLE));
    expect(aws.assumed.map((call) => Object.fromEntries(call))).toEqual([
      {
        Action: 'AssumeRole',
        Version: '2011-06-15',
        RoleArn: ROLE,
        RoleSessionName: 'weir-111111111111',
        ExternalId: 'x-1',
      },
    ]);
    const [sts, ...rest] = aws.requests;
    expect(signerOf(sts!)).toEqual([KEY.accessKeyId, 'eu-west-3']);
    expect(sts!.headers['user-agent']).toMatch(/^weir( m\/[\w,]+)?$/);
    expect(rest.map((it) => [signerOf(it)[0], it.headers['x-amz-security-token']])).toEqual(
      Array.from({ length: 3 }, () => ['ASSUMED-1', 'token-of-ASSUMED-1']),
    );
    await look(await clients.s3({ ...WITH_ROLE, account: '333333333333' }));
    expect(aws.assumed[1]!.get('RoleSessionName')).toBe('weir-333333333333');
  });

  test('the cross-account role is assumed by the first', async () => {
    const aws = await awsWithSts();
    // Both endpoints are the profile's.
    writeFileSync(join(folder, 'config'), `[profile ops]\nendpoint_url=${aws.url}\n`);
    const clients = clientsFor({
      credentials: KEY,
      profile: 'ops',
      roles: [{ role: 'arn:aws:iam::*:role/*', assume: true }],
    });
    await look(await clients.s3(WITH_BOTH));
    expect(aws.assumed.map((call) => call.get('RoleArn'))).toEqual([ROLE, CROSS]);
    expect(aws.requests.map((request) => signerOf(request)[0])).toEqual([
      KEY.accessKeyId,
      'ASSUMED-1',
      'ASSUMED-2',
    ]);
  });

  test('a mapping’s own key assumes its role', async () => {
    const aws = await awsWithSts();
    const clients = clientsFor({
      credentials: KEY,
      endpoint: aws.url,
      stsEndpoint: aws.url,
      roles: [{ role: ROLE, assume: true, credentials: OTHER_KEY }],
    });
    await look(await clients.s3(WITH_ROLE));
    expect(signerOf(aws.requests[0]!)[0]).toBe(OTHER_KEY.accessKeyId);
  });

  test('are assumed again before they expire', async () => {
    let now = Date.now();
    const aws = await awsWithSts(() => now);
    const clients = clientsFor(
      { credentials: KEY, endpoint: aws.url, stsEndpoint: aws.url, roles: [{ role: ROLE, assume: true }] },
      () => now,
    );
    await look(await clients.s3(WITH_ROLE));
    now += 50 * 60_000;
    await look(await clients.s3(WITH_ROLE));
    now += 6 * 60_000;
    await look(await clients.s3(WITH_ROLE));
    expect(aws.requests.filter(({ method }) => method === 'HEAD').map((it) => signerOf(it)[0])).toEqual([
      'ASSUMED-1',
      'ASSUMED-1',
      'ASSUMED-2',
    ]);
  });

  test('that may not be assumed are an Access error, with the service’s words', async () => {
    const store = await fakeStore(() => ({
      status: 403,
      headers: { 'content-type': 'text/xml', 'x-amzn-requestid': 'R-7' },
      body:
        '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: u is not authorized to perform: ' +
        'sts:AssumeRole</Message></Error></ErrorResponse>',
    }));
    const clients = clientsFor({
      credentials: KEY,
      stsEndpoint: store.url,
      roles: [{ role: '*', assume: true }],
    });
    expect(failureOf(await thrownBy(look(await clients.s3(WITH_ROLE))))).toMatchObject({
      message: 'Access error',
      reason: expect.stringMatching(
        /^AccessDenied \(HTTP 403, request R-7\): User: u is not authorized .*AssumeRole/,
      ),
    });
  });

  test('patterns: * is any text, everything else itself', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.', '/'), maxLength: 12 });
    const escaped = (pattern: string): RegExp =>
      new RegExp(
        `^${pattern
          .split('*')
          .map((piece) => piece.replace(/[./]/g, '\\$&'))
          .join('.*')}$`,
      );
    fc.assert(
      fc.property(text, text, (role, name) => {
        const isMapped = (): boolean => {
          try {
            credentialPlan({ roles: [{ role, profile: 'p' }] }, { ...AS, roles: { role: name } });
            return true;
          } catch (error) {
            if (error instanceof RoleNotMapped) return false;
            throw error;
          }
        };
        expect(isMapped()).toBe(escaped(role).test(name));
      }),
      { interruptAfterTimeLimit: 1000, numRuns: 20_000 },
    );
  });
});

describe('refreshing credentials', () => {
  const identity = (id: string, expires?: number) => ({
    accessKeyId: id,
    secretAccessKey: 's',
    ...(expires === undefined ? {} : { expiration: new Date(expires) }),
  });

  test('any number of callers share one load; one that failed is tried again', async () => {
    let loads = 0;
    const provider = refreshing(
      async () => {
        loads++;
        if (loads === 1) throw new Error('not yet');
        return identity(`k${loads}`);
      },
      () => 0,
    );
    const first = await Promise.allSettled([provider(), provider()]);
    expect(first.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await Promise.all([provider(), provider(), provider()])).toMatchObject([
      { accessKeyId: 'k2' },
      { accessKeyId: 'k2' },
      { accessKeyId: 'k2' },
    ]);
    expect(loads).toBe(2);
    expect(await provider({ forceRefresh: true })).toMatchObject({ accessKeyId: 'k3' });
  });

  test('those that are still good are used while no new ones can be had, but not beyond', async () => {
    let now = 0;
    let loads = 0;
    const provider = refreshing(
      async () => {
        if (++loads > 1) throw new Error('STS is down');
        return identity('k', HOUR);
      },
      () => now,
    );
    await provider();
    now = HOUR - REFRESH_BEFORE_MS;
    expect(await provider()).toMatchObject({ accessKeyId: 'k' });
    expect(await provider()).toMatchObject({ accessKeyId: 'k' });
    expect(loads).toBe(2);
    now = HOUR;
    await expect(provider()).rejects.toThrow('STS is down');
  });
});
