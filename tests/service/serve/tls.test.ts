/** The service's port over TLS: with certificates of files, and with one that it makes. */
import { execFile, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateBucketCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { startWeir } from '../../../src/service/library/start-weir.ts';
import { openCertificate } from '../../../src/service/serve/certificate.ts';
import { makeSelfSigned, type SelfSigned } from '../../../src/wire/tls/self-signed.ts';
import { type Folder, openService, temporaryFolder, weir, WeirProcess } from '../support.ts';

let folder: Folder;
let data: string;
const running: WeirProcess[] = [];

beforeEach(() => {
  folder = temporaryFolder();
  data = join(folder.path, 'data');
});
afterEach(async () => {
  for (const it of running.splice(0)) {
    it.kill('SIGKILL');
    await it.finished();
  }
  folder.remove();
});

interface Ready {
  readonly url: string;
  readonly port: number;
  readonly certificate: string;
  readonly caBundle: string | null;
}

async function serve(...args: string[]): Promise<{ process: WeirProcess; ready: Ready }> {
  const all = ['serve', '--data', data, '--listen', '127.0.0.1:0', '--output', 'json', ...args];
  const process = new WeirProcess(all);
  running.push(process);
  return { process, ready: JSON.parse(await process.readyLine()) as Ready };
}

async function stop(process: WeirProcess): Promise<string> {
  process.kill('SIGTERM');
  return (await process.finished()).stderr;
}

function keyOf(directory: string): { accessKeyId: string; secretAccessKey: string } {
  const text = readFileSync(join(directory, 'credentials'), 'utf8');
  const of = (name: string): string => new RegExp(`^${name} = (.+)$`, 'm').exec(text)![1]!;
  return { accessKeyId: of('aws_access_key_id'), secretAccessKey: of('aws_secret_access_key') };
}

/** What the SDK's clients are made with, for a service that they trust by `ca`. */
function trusting(url: string, ca: string, credentials: ReturnType<typeof keyOf>): object {
  return {
    region: 'eu-central-1',
    endpoint: url,
    credentials,
    maxAttempts: 1,
    requestHandler: { httpsAgent: new Agent({ ca }) },
  };
}

/** Certificate and key as files; everybody may read the first. */
function files(name: string, { certificate, key }: SelfSigned): { certificate: string; key: string } {
  const paths = {
    certificate: folder.file(`${name}.crt`, certificate),
    key: folder.file(`${name}.key`, key),
  };
  chmodSync(paths.key, 0o600);
  return paths;
}

/** The fingerprint of what a port shows. */
async function shown(port: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

function mode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

function refusal(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  throw new RangeError('it was taken');
}

describe('a certificate that is made', () => {
  test('serves every protocol to those who trust it, is in the profile, and stays over restarts', async () => {
    const first = await serve('--tls');
    const bundle = join(data, 'tls', 'certificate.pem');
    expect(first.ready.url).toBe(`https://127.0.0.1:${first.ready.port}`);
    expect(first.ready.caBundle).toBe(bundle);
    expect([join(data, 'tls'), bundle, join(data, 'tls', 'key.pem')].map(mode)).toEqual([
      '700',
      '600',
      '600',
    ]);
    expect(readFileSync(join(data, 'config'), 'utf8')).toBe(
      `[profile weir]\nregion = eu-central-1\nendpoint_url = ${first.ready.url}\nca_bundle = ${bundle}\n`,
    );
    const ca = readFileSync(bundle, 'utf8');
    expect(first.ready.certificate).toBe(new X509Certificate(ca).fingerprint256);

    const settings = trusting(first.ready.url, ca, keyOf(data));
    expect((await new EC2Client(settings).send(new DescribeVpcsCommand({}))).Vpcs).toHaveLength(1);
    const s3 = new S3Client({ ...settings, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'over-tls' }));
    expect((await s3.send(new ListBucketsCommand({}))).Buckets).toMatchObject([{ Name: 'over-tls' }]);
    const untrusting = new EC2Client({ ...settings, requestHandler: { httpsAgent: new Agent() } });
    await expect(untrusting.send(new DescribeVpcsCommand({}))).rejects.toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });

    // Weir's own client finds address, key and certificate in the directory.
    expect(await weir(['flush', '--data', data])).toMatchObject({ status: 0 });
    const distrusted = await weir(['flush', '--to', first.ready.url], {
      AWS_ACCESS_KEY_ID: 'AKIAZ2X3C4V5B6N7M2QW',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_CA_BUNDLE: '',
    });
    expect(distrusted.status).toBe(1);
    expect(distrusted.stderr).toContain('its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)');
    expect(await stop(first.process)).toContain(first.ready.certificate);

    const second = await serve('--tls');
    expect(second.ready.certificate).toBe(first.ready.certificate);
    expect(await shown(second.ready.port)).toBe(first.ready.certificate);
  });

  test('is trusted by boto3, by the profile alone', async ({ skip }) => {
    const python = '/usr/bin/python3';
    if (spawnSync(python, ['-c', 'import boto3']).status !== 0) skip('there is no boto3 of Debian');
    const { ready } = await serve('--tls');
    const script =
      'import boto3, sys\n' +
      's = boto3.Session(profile_name="weir")\n' +
      'print(len(s.client("ec2", endpoint_url=sys.argv[1]).describe_vpcs()["Vpcs"]))\n' +
      's3 = s.client("s3", endpoint_url=sys.argv[1])\n' +
      's3.create_bucket(Bucket="over-tls", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})\n' +
      's3.put_object(Bucket="over-tls", Key="k", Body=b"whole")\n' +
      'print(s3.get_object(Bucket="over-tls", Key="k")["Body"].read().decode())\n';
    const run = promisify(execFile);
    const environment = {
      PATH: process.env['PATH'],
      AWS_SHARED_CREDENTIALS_FILE: join(data, 'credentials'),
      AWS_CONFIG_FILE: join(data, 'config'),
    };
    const { stdout } = await run(python, ['-c', script, ready.url], { env: environment });
    expect(stdout).toBe('1\nwhole\n');
  });

  test('is made anew when it is damaged, is for other names, or will soon be past its time', () => {
    const at = (days: number): Date => new Date(Date.UTC(2026, 10, 21) + days * 86_400_000);
    const open = (host: string, now = at(0)): ReturnType<typeof openCertificate> =>
      openCertificate({ type: 'generated' }, { directory: data, host }, now);
    const first = open('127.0.0.1');
    expect(first.isNew).toBe(true);
    expect(open('localhost')).toEqual({ ...first, isNew: false });
    expect(open('127.0.0.1', at(794))).toEqual({ ...first, isNew: false });
    expect(open('127.0.0.1', at(796)).isNew).toBe(true);
    const named = open('flow-logs.example.net');
    expect(named.isNew).toBe(true);
    expect(new X509Certificate(named.certificate).checkHost('flow-logs.example.net')).toBeDefined();
    expect(open('::').isNew).toBe(false); // what it is called from outside comes and goes
    writeFileSync(join(data, 'tls', 'key.pem'), makeSelfSigned(['localhost'], at(0)).key);
    expect(open('127.0.0.1').isNew).toBe(true);
    rmSync(join(data, 'tls', 'certificate.pem'));
    expect(open('127.0.0.1').isNew).toBe(true);
  });

  test('of a service in a program is not kept', async () => {
    const service = await startWeir({ config: { tls: 'generated' } });
    try {
      expect(service.url).toMatch(/^https:\/\/127\.0\.0\.1:/);
      const ec2 = new EC2Client(trusting(service.url, service.ca!, service.credentials));
      expect((await ec2.send(new DescribeVpcsCommand({}))).Vpcs).toHaveLength(1);
    } finally {
      await service.close();
    }
  });
});

describe('a certificate of files', () => {
  test('is read again at SIGHUP; a broken one is refused, and the last good one stays', async () => {
    const one = makeSelfSigned(['127.0.0.1'], new Date());
    const two = makeSelfSigned(['127.0.0.1'], new Date());
    const paths = files('port', one);
    const { process, ready } = await serve('--tls-cert', paths.certificate, '--tls-key', paths.key);
    const fingerprints = [one, two].map((it) => new X509Certificate(it.certificate).fingerprint256);
    expect(ready.certificate).toBe(fingerprints[0]);
    expect(ready.caBundle).toBe(paths.certificate); // it vouches for itself
    const until = async (wanted: string): Promise<string> => {
      const end = Date.now() + 10_000;
      let now = await shown(ready.port);
      while (now !== wanted && Date.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        now = await shown(ready.port);
      }
      return now;
    };
    files('port', two);
    process.kill('SIGHUP');
    expect(await until(fingerprints[1]!)).toBe(fingerprints[1]);
    writeFileSync(paths.certificate, one.certificate); // of another key
    process.kill('SIGHUP');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await shown(ready.port)).toBe(fingerprints[1]);
    expect(await stop(process)).toMatch(/"error":"tls: \S+ and \S+ are no certificate and its key in PEM/);
  });

  test('with a root of its own, names it to clients', () => {
    const pair = files('port', makeSelfSigned(['localhost'], new Date()));
    const ca = folder.file('ca.pem', makeSelfSigned(['ca'], new Date()).certificate);
    expect(openCertificate({ type: 'files', ...pair, ca }, { directory: data, host: '::1' }).caBundle).toBe(
      ca,
    );
  });

  test.each<[string, () => { certificate: string; key: string }, RegExp]>([
    [
      'that is not there',
      () => ({ certificate: '/none', key: '/none' }),
      /^tls: \/none cannot be read: ENOENT/,
    ],
    [
      'whose key everybody can read',
      () => {
        const paths = files('open', makeSelfSigned(['localhost'], new Date()));
        chmodSync(paths.key, 0o644);
        return paths;
      },
      /^tls: everybody on this machine can read \S+open\.key: chmod 600 it$/,
    ],
    [
      'of another key',
      () => ({
        certificate: files('a', makeSelfSigned(['localhost'], new Date())).certificate,
        key: files('b', makeSelfSigned(['localhost'], new Date())).key,
      }),
      /^tls: \S+a\.crt and \S+b\.key are no certificate and its key in PEM: /,
    ],
    [
      'past its time',
      () => files('old', makeSelfSigned(['localhost'], new Date('2020-01-01T00:00:00Z'))),
      /^tls: the certificate in \S+old\.crt is past its time \(.*2022.*\): renew it$/,
    ],
  ])('%s is refused', (_, make, message) => {
    const paths = make();
    expect(
      refusal(() =>
        openCertificate({ type: 'files', ...paths, ca: undefined }, { directory: data, host: '::1' }),
      ),
    ).toMatch(message);
  });
});

describe('beyond this machine', () => {
  test('nothing listens without an access key', async () => {
    const message = await openService({ listen: '0.0.0.0:0' }).then(
      () => 'it started',
      (error: unknown) => (error as Error).message,
    );
    expect(message).toMatch(/^there is no access key, and 0\.0\.0\.0 is not loopback: /);
  });

  test('plain HTTP is warned of, TLS is not', async () => {
    const open = async (...flags: string[]): Promise<string> => {
      const process = new WeirProcess(['serve', '--data', data, '--listen', '0.0.0.0:0', ...flags]);
      running.push(process);
      await process.readyLine();
      return stop(process);
    };
    const warning = 'listening beyond this machine without TLS';
    expect(await open()).toContain(warning);
    expect(await open('--tls')).not.toContain(warning);
  });
});
