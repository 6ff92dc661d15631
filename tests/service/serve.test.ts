import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DescribeFlowLogsCommand, DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Folder, temporaryFolder, weir, WeirProcess } from './support.ts';

/** `weir serve` and `weir keys` as processes of their own. */

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

function serve(args: readonly string[], environment?: NodeJS.ProcessEnv): WeirProcess {
  const started = new WeirProcess(['serve', ...args], environment);
  running.push(started);
  return started;
}

interface Ready {
  readonly url: string;
  readonly port: number;
  readonly firstKey: string | null;
  readonly credentials: string;
  readonly config: string;
}

async function serveJson(...args: string[]): Promise<{ process: WeirProcess; ready: Ready }> {
  const process = serve(['--data', data, '--listen', '127.0.0.1:0', '--output', 'json', ...args]);
  return { process, ready: JSON.parse(await process.readyLine()) as Ready };
}

/** A client that knows only the two files, as any AWS tool would. */
async function byFiles<Output>(use: (client: EC2Client) => Promise<Output>): Promise<Output> {
  const names = ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE', 'AWS_PROFILE'] as const;
  const before = names.map((name) => process.env[name]);
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = join(data, 'credentials');
  process.env['AWS_CONFIG_FILE'] = join(data, 'config');
  process.env['AWS_PROFILE'] = 'weir';
  try {
    return await use(new EC2Client({ maxAttempts: 1 }));
  } finally {
    for (const [n, name] of names.entries()) {
      if (before[n] === undefined) delete process.env[name];
      else process.env[name] = before[n];
    }
  }
}

function mode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

/** What a request that a key signs gets: `answered`, or the code of the refusal. */
async function withKey(url: string, id: string, secret: string): Promise<string> {
  const client = new EC2Client({
    region: 'eu-central-1',
    endpoint: url,
    credentials: { accessKeyId: id, secretAccessKey: secret },
    maxAttempts: 1,
  });
  try {
    await client.send(new DescribeFlowLogsCommand({}));
    return 'answered';
  } catch (error) {
    return (error as Error).name;
  }
}

describe('a first start', () => {
  test('says in one line of JSON where it is, and makes files that a client needs nothing besides', async () => {
    const { process, ready } = await serveJson();
    expect(ready).toEqual({
      ready: true,
      url: `http://127.0.0.1:${ready.port}`,
      host: '127.0.0.1',
      port: ready.port,
      account: '123456789012',
      region: 'eu-central-1',
      firstKey: ready.firstKey,
      profile: 'weir',
      credentials: join(data, 'credentials'),
      config: join(data, 'config'),
    });
    expect(ready.port).toBeGreaterThan(0);
    expect(ready.firstKey).toMatch(/^AKIA[A-Z2-7]{16}$/);
    expect([data, ready.credentials, ready.config, join(data, 'admin.sock')].map(mode)).toEqual([
      '700',
      '600',
      '600',
      '600',
    ]);
    expect(readFileSync(ready.credentials, 'utf8')).toMatch(
      new RegExp(`^\\[weir\\]\naws_access_key_id = ${ready.firstKey}\naws_secret_access_key = \\S{40}\n$`),
    );
    expect(readFileSync(ready.config, 'utf8')).toBe(
      `[profile weir]\nregion = eu-central-1\nendpoint_url = ${ready.url}\n`,
    );
    const { Vpcs } = await byFiles((client) => client.send(new DescribeVpcsCommand({})));
    expect(Vpcs).toHaveLength(1);
    process.kill('SIGTERM');
    const { status, stdout, stderr } = await process.finished();
    expect({ status, lines: stdout.split('\n').length }).toEqual({ status: 0, lines: 2 });
    const secret = /secret_access_key = (\S+)/.exec(readFileSync(ready.credentials, 'utf8'))![1]!;
    expect(stdout + stderr).not.toContain(secret);
    expect(existsSync(join(data, 'admin.sock'))).toBe(false);
  });

  test('says in one line of text what to try', async () => {
    const process = serve(['--data', data, '--listen', '127.0.0.1:0']);
    const line = await process.readyLine();
    const key = /aws_access_key_id = (\S+)/.exec(readFileSync(join(data, 'credentials'), 'utf8'))![1];
    expect(line).toMatch(
      new RegExp(`^weir: ready at http://127\\.0\\.0\\.1:\\d+; the first access key, ${key}, is in `),
    );
    expect(line).toContain(`AWS_CONFIG_FILE=${join(data, 'config')}`);
    expect(line).toContain('--endpoint-url http://127.0.0.1:');
    process.kill('SIGINT');
    expect((await process.finished()).status).toBe(0);
  });
});

describe('a data directory', () => {
  test('is one process’s: a second one is refused, and names the first', async () => {
    const { ready } = await serveJson();
    const { status, stdout, stderr } = await weir(['serve', '--data', data, '--listen', '127.0.0.1:0']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^weir: the data directory \S+ is in use by process \d+: one weir at a time/);
    expect(await byFiles((client) => client.send(new DescribeFlowLogsCommand({})))).toMatchObject({
      FlowLogs: [],
    });
    expect(readFileSync(ready.config, 'utf8')).toContain(ready.url);
  });

  test('keeps its key over restarts, and learns the new port', async () => {
    const first = await serveJson();
    first.process.kill('SIGTERM');
    await first.process.finished();
    const credentials = readFileSync(first.ready.credentials, 'utf8');
    const second = await serveJson();
    expect(second.ready.firstKey).toBeNull();
    expect(readFileSync(second.ready.credentials, 'utf8')).toBe(credentials);
    expect(readFileSync(second.ready.config, 'utf8')).toContain(second.ready.url);
    await byFiles((client) => client.send(new DescribeFlowLogsCommand({})));
  });
});

describe('weir keys, beside a service and without one', () => {
  const keys = async (...args: string[]): Promise<unknown> => {
    const { status, stdout, stderr } = await weir(['keys', ...args, '--data', data, '--output', 'json']);
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    return JSON.parse(stdout) as unknown;
  };
  interface Key {
    readonly id: string;
    readonly secret: string;
  }

  test('what is created is good at once, what is deleted is not', async () => {
    const { process, ready } = await serveJson();
    const made = (await keys('create', '--label', 'laptop')) as Key;
    expect(await withKey(ready.url, made.id, made.secret)).toBe('answered');
    const list = (await keys('list')) as Key[];
    expect(list.map((key) => key.id)).toEqual([ready.firstKey, made.id]);
    expect(JSON.stringify(list)).not.toContain(made.secret);
    await keys('delete', made.id);
    expect(await withKey(ready.url, made.id, made.secret)).toBe('AuthFailure');

    process.kill('SIGTERM');
    await process.finished();
    const alone = (await keys('create', '--account', '210987654321')) as Key;
    await keys('delete', ready.firstKey!);
    const again = await serveJson();
    expect(await withKey(again.ready.url, alone.id, alone.secret)).toBe('answered');
    await expect(byFiles((client) => client.send(new DescribeFlowLogsCommand({})))).rejects.toMatchObject({
      name: 'AuthFailure',
    });
  });
});

describe('what is refused before anything listens', () => {
  test.each<[string, readonly string[], NodeJS.ProcessEnv, number, RegExp]>([
    [
      'a port that is none',
      ['--listen', '127.0.0.1:65536'],
      {},
      2,
      /--listen 127\.0\.0\.1:65536: write HOST:PORT/,
    ],
    ['a host without a port', ['--listen', 'localhost'], {}, 2, /--listen localhost: write HOST:PORT/],
    ['an unknown output', ['--output', 'yaml'], {}, 2, /yaml/],
    ['a configuration that is not there', ['--config', 'no-such.yaml'], {}, 1, /no-such\.yaml/],
    [
      'half a bootstrap key',
      [],
      { WEIR_ACCESS_KEY_ID: 'AKIAMINE' },
      2,
      /WEIR_ACCESS_KEY_ID is set and WEIR_SECRET_ACCESS_KEY is not/,
    ],
    [
      'a well-known key beyond loopback',
      ['--listen', '0.0.0.0:0'],
      { WEIR_ACCESS_KEY_ID: 'test', WEIR_SECRET_ACCESS_KEY: 'test' },
      1,
      /well-known or short one, and 0\.0\.0\.0 is not loopback/,
    ],
  ])('%s', async (_, args, environment, status, message) => {
    const ended = await weir(['serve', '--data', data, ...args], environment);
    expect(ended).toMatchObject({ status, stdout: '' });
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toMatch(/\n {4}at /);
  });

  test('a port that is taken, and the directory is free again', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => {
      other.listen(0, '127.0.0.1', resolve);
    });
    const { port } = other.address() as AddressInfo;
    const taken = await weir(['serve', '--data', data, '--listen', `127.0.0.1:${port}`]);
    other.close();
    expect(taken).toMatchObject({ status: 1, stdout: '' });
    expect(taken.stderr).toContain(String(port));
    expect(taken.stderr).not.toMatch(/\n {4}at /);
    await serveJson();
  });
});
