/** boto3 and the AWS CLI with the embedded CloudWatch Logs. */
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LogsServer, openLogsServer, OWNER } from '../standins/logs/server.ts';
import { streamEvents, temporaryRoot } from '../standins/logs/support.ts';
import { debianCli, debianPython, lack, leftOut, pathOf, pypiPython } from './programs.ts';

const run = promisify(execFile);
const GROUP = { account: '123456789012', region: 'eu-central-1', name: '/vpc/flow-logs' };
const environment = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  LANG: 'C.UTF-8',
  AWS_ACCESS_KEY_ID: OWNER.id,
  AWS_SECRET_ACCESS_KEY: OWNER.secret,
  AWS_REGION: GROUP.region,
  AWS_DEFAULT_REGION: GROUP.region,
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_MAX_ATTEMPTS: '1',
  AWS_PAGER: '',
  PYTHONUNBUFFERED: '1', // the CLI writes into a pipe here
};

let server: LogsServer;
beforeEach(async () => {
  server = await openLogsServer(temporaryRoot());
});
afterEach(async () => {
  await server.close();
  if (server.faults.length > 0) throw new Error(`faults: ${server.faults.join('; ')}`);
});

const pythons = [
  ['Debian', debianPython()],
  ['PyPI', await pypiPython()],
] as const;
describe.each(pythons)('boto3 of %s', (name, python) => {
  test.skipIf(leftOut(python))(`makes, writes, pages and is refused${lack(python)}, ${name}`, async () => {
    const script = new URL('standins-logs.py', import.meta.url).pathname;
    const args = [script, server.url, String(Date.now() - 1000)];
    const { stdout } = await run(pathOf(python), args, { env: environment });
    const messages = Array.from({ length: 30 }, (_, i) => `m${i} é`);
    expect(JSON.parse(stdout)).toEqual({
      filtered: messages,
      got: messages,
      retention: 30,
      tags: { team: 'net' },
      refusal: 'The specified log group does not exist.',
    });
  });
});

const cli = debianCli();
describe.skipIf(leftOut(cli))(`the AWS CLI${lack(cli)}`, () => {
  const append = (batch: string, ...lines: [number, string][]): Promise<void> =>
    server.storage.append(GROUP, batch, [streamEvents('eni-1-all', ...lines)], Date.now());

  test('describes and filters', async () => {
    await append('one', [Date.now(), 'a REJECT OK'], [Date.now(), 'b ACCEPT OK']);
    const aws = async (...args: string[]): Promise<unknown> => {
      const all = ['logs', ...args, '--endpoint-url', server.url, '--output', 'json'];
      return JSON.parse((await run(pathOf(cli), all, { env: environment })).stdout) as unknown;
    };
    expect(await aws('describe-log-streams', '--log-group-name', GROUP.name)).toMatchObject({
      logStreams: [{ logStreamName: 'eni-1-all' }],
    });
    expect(
      await aws(
        'filter-log-events',
        '--log-group-name',
        GROUP.name,
        '--filter-pattern',
        '[name, action=REJECT, status]',
      ),
    ).toMatchObject({ events: [{ message: 'a REJECT OK' }] });
  });

  test('logs tail --follow prints each event once while the group grows', async () => {
    const start = Date.now() - 5_000;
    await append('w-0', [start, 'line 0']);
    const tail = spawn(
      pathOf(cli),
      [
        'logs',
        'tail',
        GROUP.name,
        '--follow',
        '--since',
        '10m',
        '--format',
        'short',
        '--endpoint-url',
        server.url,
      ],
      { env: environment },
    );
    let printed = '';
    let errors = '';
    tail.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    tail.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const seen = (): string[] => [...printed.matchAll(/line \d+/g)].map(([line]) => line);
    try {
      await expect.poll(seen, { timeout: 20_000, interval: 100 }).toEqual(['line 0']);
      for (let i = 1; i <= 3; i++) await append(`w-${i}`, [start + i, `line ${i}`]);
      await expect.poll(() => seen().length, { timeout: 20_000, interval: 100 }).toBeGreaterThanOrEqual(4);
      await append('w-4', [start + 4, 'line 4']);
      await expect.poll(() => seen().length, { timeout: 20_000, interval: 100 }).toBeGreaterThanOrEqual(5);
      await new Promise((resolve) => void setTimeout(resolve, 6_000)); // one poll more: no repeats
      expect(seen()).toEqual(['line 0', 'line 1', 'line 2', 'line 3', 'line 4']);
      expect(errors).toBe('');
    } finally {
      const closed = new Promise((resolve) => tail.on('close', resolve));
      tail.kill('SIGINT');
      await closed;
    }
  });
});
