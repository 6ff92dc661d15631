import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { parse } from 'yaml';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startWeir, UserError, type Weir, type WeirOptions } from '../../../src/index.ts';
import { eventsOf, intoBucket, intoLogGroup, recordsOf } from './flow-logs.ts';

const EXAMPLE = new URL('../../../examples/ssh/', import.meta.url).pathname;
const NETWORK = join(EXAMPLE, 'network.yaml');
const CAPTURE = join(EXAMPLE, 'ssh.pcap');
/** What `weir record --interval 60` makes of the capture. */
const EXPECTED = readFileSync(join(EXAMPLE, 'expected.txt'), 'utf8').trimEnd().split('\n').sort();

let folder: string;
const started: Weir[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-library-test-'));
});
afterEach(async () => {
  for (const weir of started.splice(0)) await weir.close();
  rmSync(folder, { recursive: true });
});

async function start(options: WeirOptions = {}): Promise<Weir> {
  const weir = await startWeir(options);
  started.push(weir);
  return weir;
}

/** Records as they were expected: without NODATA and SKIPDATA. */
function flows(records: readonly string[]): string[] {
  return records.filter((record) => record.endsWith(' OK'));
}

describe('the loop of a consumer’s developer', () => {
  test('start, create, replay, read by S3 and by CloudWatch Logs', async () => {
    const weir = await start({ network: NETWORK });
    await intoBucket(weir, 'flow-logs');
    await intoLogGroup(weir, '/flow/logs');
    const summary = await weir.replay(CAPTURE);
    expect(summary).toMatchObject({ faults: [], aborted: false });
    expect(summary.packets).toBeGreaterThan(50);
    expect(flows(await recordsOf(weir, 'flow-logs'))).toEqual(EXPECTED);
    expect(flows(await eventsOf(weir, '/flow/logs'))).toEqual(EXPECTED);
    expect(weir.status().flowLogs.map(({ state }) => state)).toEqual(['delivering', 'delivering']);
  });

  test('the bytes of a capture do as well as its path', async () => {
    const weir = await start({ network: parse(readFileSync(NETWORK, 'utf8')) as Record<string, unknown> });
    await intoBucket(weir, 'flow-logs');
    await weir.replay([readFileSync(CAPTURE)], { flush: false });
    await weir.flush();
    expect(flows(await recordsOf(weir, 'flow-logs'))).toEqual(EXPECTED);
  });

  test('records can be followed', async () => {
    const weir = await start({ network: readFileSync(NETWORK, 'utf8') });
    const id = await intoBucket(weir, 'flow-logs');
    const stop = new AbortController();
    const lines = await weir.tail(id, { signal: stop.signal });
    await weir.replay(CAPTURE);
    stop.abort();
    let text = '';
    for await (const piece of lines) text += piece;
    expect(flows(text.trimEnd().split('\n').sort())).toEqual(EXPECTED);
    await expect(weir.tail('fl-00000000')).rejects.toThrow(/there is no flow log fl-00000000/);
  });
});

describe('a service in a program', () => {
  test('leaves nothing behind, and two do not meet', async () => {
    const scratch = (): string[] =>
      readdirSync(tmpdir()).filter((name) => /^weir-[A-Za-z0-9]{6}$/.test(name));
    const before = new Set(scratch());
    const [one, two] = [await start({ network: NETWORK }), await start()];
    expect(one.url).not.toBe(two.url);
    expect(one.credentials.accessKeyId).not.toBe(two.credentials.accessKeyId);
    const stranger = new EC2Client({
      endpoint: two.url,
      region: two.region,
      credentials: one.credentials,
      maxAttempts: 1,
    });
    await expect(stranger.send(new DescribeVpcsCommand({}))).rejects.toMatchObject({ name: 'AuthFailure' });
    await one.close();
    await one.close();
    await two.close();
    expect(scratch().filter((name) => !before.has(name))).toEqual([]);
    await expect(fetch(one.url)).rejects.toThrow(/fetch failed/);
  });

  test('keeps its state in a directory when it is given one', async () => {
    const directory = join(folder, 'data');
    const first = await start({ directory, network: NETWORK });
    const id = await intoBucket(first, 'flow-logs');
    await first.close();
    expect(existsSync(join(directory, 'weir.db'))).toBe(true);
    const second = await start({ directory, network: NETWORK });
    expect(second.status().flowLogs.map(({ flowLog }) => flowLog)).toEqual([id]);
    await second.replay(CAPTURE);
    expect(flows(await recordsOf(second, 'flow-logs'))).toEqual(EXPECTED);
    await expect(startWeir({ directory })).rejects.toThrow(/is in use by process/);
  });

  test('is configured as weir.yaml is, and refuses what that refuses', async () => {
    const weir = await start({ config: { account: '210987654321', region: 'us-east-1' } });
    expect([weir.account, weir.region]).toEqual(['210987654321', 'us-east-1']);
    await expect(startWeir({ config: { regoin: 'x' } })).rejects.toThrow(
      /unknown key "regoin".*did you mean region/,
    );
    await expect(startWeir({ network: join(folder, 'none.yaml') })).rejects.toThrow(
      /none\.yaml: the network file cannot be read/,
    );
    await expect(startWeir({ network: '{ "vpcs": [{}] }' })).rejects.toThrow(UserError);
  });

  test('says what is wrong with a capture', async () => {
    const weir = await start({ network: NETWORK });
    await expect(weir.replay(join(folder, 'none.pcap'))).rejects.toThrow(/none\.pcap: there is no such file/);
    await expect(weir.replay(Buffer.from('no capture'))).rejects.toThrow(/capture 1.* is not a capture/);
    await expect(weir.replay([])).rejects.toThrow(/nothing to replay/);
    const cut = await weir.replay(readFileSync(CAPTURE).subarray(0, -10));
    expect(cut.faults).toEqual([
      { file: 'capture 1', message: expect.stringContaining('what came before is recorded') },
    ]);
    expect(cut.packets).toBeGreaterThan(50);
  });
});
