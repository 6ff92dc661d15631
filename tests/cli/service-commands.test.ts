import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { open, type Opened, FULL, recordingStats, serviceStatus } from '../service/endpoint/support.ts';
import { weir, WeirProcess } from '../service/support.ts';
import { MAIN } from '../program.ts';

/** `replay`, `flush` and `tail` as processes: what they refuse, and what they say of a service that tests script. */

const folder = mkdtempSync(join(tmpdir(), 'weir-commands-'));
const capture = join(folder, 'empty.pcap');
const NO_KEYS = {
  AWS_ACCESS_KEY_ID: '',
  AWS_SECRET_ACCESS_KEY: '',
  AWS_PROFILE: '',
  AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
  AWS_CONFIG_FILE: join(folder, 'none'),
};
const KEYS = { ...NO_KEYS, AWS_ACCESS_KEY_ID: FULL.id, AWS_SECRET_ACCESS_KEY: FULL.secret };

beforeAll(() => {
  // A pcap header of microseconds and Ethernet, without a packet.
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65_535, 16);
  head.writeUInt32LE(1, 20);
  writeFileSync(capture, head);
  writeFileSync(join(folder, 'text.pcap'), 'this is no capture');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('wrong use', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['replay without a file', ['replay'], /missing required argument 'file'/],
    ['replay of standard input twice', ['replay', '-', '-'], /standard input \(-\) can be read only once/],
    ['replay of a VPC that is none', ['replay', capture, '--vpc', 'lan'], /--vpc lan: write VPC ids/],
    ['replay of an empty list of VPCs', ['replay', capture, '--vpc', ''], /--vpc is empty/],
    [
      'replay with a broken pattern',
      ['replay', capture, '--reject-prefix', '('],
      /--reject-prefix \(: Invalid regular expression/,
    ],
    [
      'replay with an unknown summary',
      ['replay', capture, '--summary', 'xml'],
      /Allowed choices are text, json, none/,
    ],
    [
      'replay to what is no URL',
      ['replay', capture, '--to', 'localhost:4580'],
      /--to localhost:4580: write the URL/,
    ],
    [
      'replay to a URL with a path',
      ['replay', capture, '--to', 'http://h:1/weir'],
      /write no more than host and port, such as http:\/\/h:1/,
    ],
    [
      'replay into a service with a configuration',
      ['replay', capture, '--to', 'http://127.0.0.1:1', '--config', 'x'],
      /--config is for a replay without a service/,
    ],
    [
      'flush without a key',
      ['flush', '--to', 'http://127.0.0.1:1'],
      /--to needs an access key of the service: give --profile/,
    ],
    ['flush with an argument', ['flush', 'now'], /too many arguments/],
    ['tail without an id', ['tail'], /missing required argument/],
    ['tail of another id', ['tail', 'vpc-0a1b2c3d'], /vpc-0a1b2c3d is no flow log id: write one like fl-/],
  ])('%s is told, with exit code 2', async (_, args, message) => {
    const environment = args.includes('flush') ? NO_KEYS : KEYS;
    const { status, stdout, stderr } = await weir(args, environment);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at /);
  });
});

describe('what cannot be done', () => {
  test.each<[string, readonly string[], RegExp]>([
    [
      'a capture that is not there',
      ['replay', join(folder, 'none.pcap'), '--to', 'http://127.0.0.1:1'],
      /none\.pcap: there is no such file/,
    ],
    [
      'a file that is no capture',
      ['replay', join(folder, 'text.pcap'), '--to', 'http://127.0.0.1:1'],
      /is not a capture: it begins with 74 68/,
    ],
    [
      'no service at a URL',
      ['flush', '--to', 'http://127.0.0.1:1'],
      /cannot reach the service at http:\/\/127\.0\.0\.1:1: nothing listens there/,
    ],
    ['no data directory', ['flush', '--data', join(folder, 'none')], /there is no data directory/],
    ['a directory without credentials', ['tail', 'fl-0a1b2c3d', '--data', folder], /has no credentials file/],
    [
      'a profile that is not there',
      ['flush', '--to', 'http://127.0.0.1:1', '--profile', 'x'],
      /the profile x has no access key in/,
    ],
  ])('%s is told, with exit code 1', async (_, args, message) => {
    const { status, stdout, stderr } = await weir(args, KEYS);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at /);
  });
});

describe('with a service', () => {
  let it: Opened;
  beforeEach(async () => {
    it = await open();
  });
  afterEach(() => it.close());

  const ID = 'fl-0a1b2c3d4e5f60718';

  test('replay says what became of the capture, and of the flow logs that wait', async () => {
    let files = 0;
    it.control.onReplay = (paths) => {
      files = paths.length;
      return Promise.resolve({
        producer: 'replay-0123456789abcdef',
        packets: 1234,
        bytes: 567_890,
        windows: 1,
        rejected: { not_ip: 5, ip_truncated: 0 },
        discovered: 2,
        until: 1_700_000_000,
        aborted: false,
        faults: [],
        stats: recordingStats(),
      });
    };
    it.control.current = serviceStatus({
      flowLogs: [
        {
          flowLog: ID,
          account: FULL.account,
          region: 'eu-central-1',
          resourceId: 'vpc-0a1b2c3d',
          destination: 'arn:aws:s3:::gone/',
          state: { state: 'failing', message: 'Access error', reason: 'the bucket gone is not there' },
          amounts: undefined,
        },
      ],
    });
    const text = await weir(['replay', capture, capture, '--to', it.url], KEYS);
    expect(text).toEqual({
      status: 0,
      stdout: '',
      stderr:
        'weir: 1,234 packets, 567,890 bytes, 5 not ip; 1 window, 2 interfaces discovered\n' +
        `weir: ${ID} to arn:aws:s3:::gone/ waits: the bucket gone is not there\n`,
    });
    expect(files).toBe(2);
    const json = await weir(['replay', capture, '--to', it.url, '--summary', 'json'], KEYS);
    expect(JSON.parse(json.stderr)).toMatchObject({
      producer: 'replay-0123456789abcdef',
      packets: 1234,
      flowLogs: [{ flowLog: ID }],
    });
    const none = await weir(['replay', capture, '--to', it.url, '--summary', 'none'], KEYS);
    expect(none).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('replay ends with 1 and the place when a capture is cut off', async () => {
    it.control.onReplay = (_, { names }) =>
      Promise.resolve({
        producer: 'replay-0',
        packets: 0,
        bytes: 0,
        windows: 0,
        rejected: {},
        discovered: 0,
        until: 0,
        aborted: false,
        faults: [
          { file: names![0]!, message: 'truncated at byte 24: the file ends; what came before is recorded' },
        ],
        stats: recordingStats(),
      });
    const { status, stderr } = await weir(['replay', capture, '--to', it.url], KEYS);
    expect(status).toBe(1);
    expect(stderr).toContain('there is no flow log that shows it: create one');
    expect(stderr).toContain(`weir: ${capture}: truncated at byte 24: the file ends`);
  });

  test('a wrong key is told', async () => {
    const { status, stderr } = await weir(['flush', '--to', it.url], {
      ...KEYS,
      AWS_SECRET_ACCESS_KEY: 'wrong',
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^weir: http:\/\/127\.0\.0\.1:\d+ refused: The signature is not that of the request: check the secret/,
    );
  });

  test('flush, by a profile that names endpoint and region', async () => {
    const credentials = join(folder, 'credentials');
    const config = join(folder, 'config');
    writeFileSync(
      credentials,
      `[other]\naws_access_key_id = x\n\n[mine]\naws_access_key_id = ${FULL.id}\naws_secret_access_key=${FULL.secret}\n`,
    );
    writeFileSync(config, `[profile mine]\nregion = us-east-1\nendpoint_url = ${it.url}\n`);
    const environment = { ...NO_KEYS, AWS_SHARED_CREDENTIALS_FILE: credentials, AWS_CONFIG_FILE: config };
    const { status, stderr } = await weir(['flush', '--profile', 'mine'], environment);
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(/^Flushed/) });
    expect(it.control.asked).toEqual(['flush']);
  });

  test('tail prints records as they come, and Ctrl-C is no failure', async () => {
    it.control.knownFlowLogs.add(ID);
    const tail = new WeirProcess(['tail', ID, '--to', it.url], KEYS);
    const tell = setInterval(
      () => it.control.listeners.forEach((onLines) => onLines(ID, '2 a ACCEPT\n')),
      50,
    );
    expect(await tail.readyLine()).toBe('2 a ACCEPT\n');
    clearInterval(tell);
    tail.kill('SIGINT');
    const { status, stderr } = await tail.finished();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('tail ends well with its reader and with the service', async () => {
    it.control.knownFlowLogs.add(ID);
    const tell = setInterval(
      () => it.control.listeners.forEach((onLines) => onLines(ID, '2 a\n'.repeat(1000))),
      20,
    );
    const command = `"${process.execPath}" --disable-warning=ExperimentalWarning "${MAIN}" tail ${ID} --to ${it.url}`;
    const script = `{ ${command}; echo "status $?" >&2; } | head -n 3`;
    const piped = await promisify(execFile)('sh', ['-c', script], { env: { ...process.env, ...KEYS } });
    expect(piped).toEqual({ stdout: '2 a\n2 a\n2 a\n', stderr: 'status 0\n' });
    clearInterval(tell);
    const tail = new WeirProcess(['tail', ID, '--to', it.url], KEYS);
    const again = setInterval(() => it.control.listeners.forEach((onLines) => onLines(ID, '2 b\n')), 50);
    await tail.readyLine();
    clearInterval(again);
    it.own.close();
    expect((await tail.finished()).status).toBe(0);
  });
});

describe('what is no weir', () => {
  let other: Server;
  beforeEach(async () => {
    other = createServer((_, response) => response.writeHead(200).end('hello'));
    await new Promise<void>((resolve) => {
      other.listen(0, '127.0.0.1', resolve);
    });
  });
  afterEach(() => {
    other.closeAllConnections();
    other.close();
  });

  test('is told from one', async () => {
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const { status, stderr } = await weir(['flush', '--to', url], KEYS);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^weir: http\S+ answered 200, and not as weir does: is it a weir service\?\n$/);
    expect(stderr).not.toMatch(/\n {4}at /);
  });
});
