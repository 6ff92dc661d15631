import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { intoBucket, recordsOf, type Service } from '../service/library/flow-logs.ts';
import { weir, WeirProcess } from '../service/support.ts';

/** `weir replay` the whole way: from a capture to objects that a client reads. */

const EXAMPLE = new URL('../../examples/ssh/', import.meta.url).pathname;
const CAPTURE = join(EXAMPLE, 'ssh.pcap');
const EXPECTED = readFileSync(join(EXAMPLE, 'expected.txt'), 'utf8').trimEnd().split('\n').sort();

let folder: string;
let data: string;
let config: string;
const running: WeirProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-replay-'));
  data = join(folder, 'data');
  config = join(folder, 'weir.yaml');
  writeFileSync(config, `network: ${join(EXAMPLE, 'network.yaml')}\n`);
});
afterEach(async () => {
  for (const it of running.splice(0)) {
    it.kill('SIGKILL');
    await it.finished();
  }
  rmSync(folder, { recursive: true });
});

async function serve(): Promise<{ process: WeirProcess; service: Service }> {
  const process = new WeirProcess([
    'serve',
    '--config',
    config,
    '--data',
    data,
    '--listen',
    '127.0.0.1:0',
    '--output',
    'json',
  ]);
  running.push(process);
  const { url, region } = JSON.parse(await process.readyLine()) as { url: string; region: string };
  const text = readFileSync(join(data, 'credentials'), 'utf8');
  const of = (name: string): string => new RegExp(`^${name} = (.+)$`, 'm').exec(text)![1]!;
  const credentials = { accessKeyId: of('aws_access_key_id'), secretAccessKey: of('aws_secret_access_key') };
  return { process, service: { url, region, credentials } };
}

const flows = (records: readonly string[]): string[] => records.filter((record) => record.endsWith(' OK'));

describe('a replay', () => {
  test('into the service that runs on a data directory; tail sees it, flush ends well', async () => {
    const { process, service } = await serve();
    const id = await intoBucket(service, 'flow-logs');
    const tail = new WeirProcess(['tail', id, '--data', data]);
    running.push(tail);
    const first = tail.readyLine();
    // The tail must be there first: what was committed before is not told.
    for (let n = 0; n < 200; n++) {
      const page = await (await fetch(`${service.url}/metrics`)).text();
      if (page.includes('action="GetTail",status="200"')) break;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    const replay = await weir(['replay', CAPTURE, '--data', data]);
    expect(replay).toMatchObject({
      status: 0,
      stdout: '',
      stderr: expect.stringMatching(/^weir: \d+ packets, [\d,]+ bytes, 10 not ip; \d+ windows, /),
    });
    expect(flows(await recordsOf(service, 'flow-logs'))).toEqual(EXPECTED);
    expect(EXPECTED).toContain((await first).trimEnd());
    expect(await weir(['flush', '--data', data])).toMatchObject({ status: 0 });
    process.kill('SIGTERM');
    expect((await process.finished()).status).toBe(0);
    const { status, stdout } = await tail.finished();
    expect(status).toBe(0);
    expect(flows(stdout.trimEnd().split('\n').sort())).toEqual(EXPECTED);
  });

  test('through a data directory that no service runs on', async () => {
    const before = await serve();
    await intoBucket(before.service, 'flow-logs');
    before.process.kill('SIGTERM');
    await before.process.finished();
    const replay = await weir(['replay', CAPTURE, '--data', data, '--config', config]);
    expect(replay).toMatchObject({ status: 0, stdout: '' });
    expect(replay.stderr).toMatch(/^weir: \d+ packets, [\d,]+ bytes, 10 not ip; \d+ windows, [^\n]*\n$/);
    const after = await serve();
    expect(flows(await recordsOf(after.service, 'flow-logs'))).toEqual(EXPECTED);
  });

  test('that cannot deliver says how many records wait, and the service delivers them', async () => {
    const before = await serve();
    await intoBucket(before.service, 'flow-logs');
    before.process.kill('SIGTERM');
    await before.process.finished();
    const bucket = join(data, 's3/flow-logs');
    renameSync(bucket, join(folder, 'aside'));
    const replay = await weir(['replay', CAPTURE, '--data', data, '--config', config]);
    expect(replay.stderr).toMatch(/^weir: \d+ records of fl-\w+ to \S+flow-logs\/ wait in the spool$/m);
    expect(replay.stderr).toContain(
      `weir: what waits goes out when the service runs: weir serve --data ${data}\n`,
    );
    expect(replay.status).toBe(0);
    renameSync(join(folder, 'aside'), bucket);
    const after = await serve();
    let records: string[] = [];
    for (let n = 0; n < 200 && records.length < EXPECTED.length; n++) {
      records = flows(await recordsOf(after.service, 'flow-logs'));
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    expect(records).toEqual(EXPECTED);
  });

  test('of a capture that is cut off ends with 1, its place, and what came before', async () => {
    const cut = join(folder, 'cut.pcap');
    writeFileSync(cut, readFileSync(CAPTURE).subarray(0, -10));
    const { status, stderr } = await weir(['replay', cut, '--data', data, '--config', config]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/there is no flow log that shows it: create one/);
    expect(stderr).toMatch(/^weir: \S*cut\.pcap: .*at byte \d+.*what came before is recorded$/m);
  });
});

test('a broken configuration keeps the last good one on SIGHUP, and a good one is taken up', async () => {
  const { process, service } = await serve();
  const reloads = async (): Promise<string[]> =>
    (await (await fetch(`${service.url}/metrics`)).text()).match(/^weir_reloads_total.*$/gm) ?? [];
  const until = async (line: string): Promise<void> => {
    for (let n = 0; n < 200 && !(await reloads()).includes(line); n++)
      await new Promise((resolve) => setTimeout(resolve, 25));
    expect(await reloads()).toContain(line);
  };
  writeFileSync(config, 'sources: [{ type: life }]\n');
  process.kill('SIGHUP');
  await until('weir_reloads_total{result="refused"} 1');
  writeFileSync(config, `network: ${join(EXAMPLE, 'network.yaml')}\nflowLogsPerResource: 1\n`);
  process.kill('SIGHUP');
  await until('weir_reloads_total{result="done"} 1');
  await intoBucket(service, 'one');
  await expect(intoBucket(service, 'two')).rejects.toThrow(/FlowLogsLimitExceeded|flow logs/i);
  process.kill('SIGTERM');
  const { stderr, status } = await process.finished();
  expect(status).toBe(0);
  expect(stderr).toContain('did you mean live?');
});
