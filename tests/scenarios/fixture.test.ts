/** `weir fixture`: what it lists, writes, delivers and refuses. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultFieldsOf } from '../../src/records/catalogue.ts';
import { deliverScenario } from '../../src/service/fixture/flow-log.ts';
import { MALFORMED_FILES, MALFORMED_LINES, malformedText } from '../../src/service/fixture/malformed.ts';
import { readScenario, scenarioNames } from '../../src/service/fixture/scenario.ts';
import { startWeir } from '../../src/service/library/start-weir.ts';
import { type Run, weir } from '../record/run.ts';
import { parseStrict } from '../reference/strict-parser.ts';
import { intoBucket, recordsOf } from '../service/library/flow-logs.ts';
import { weir as weirBeside } from '../service/support.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-fixture-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function expectedOf(name: string): string[] {
  return readFileSync(readScenario(name).expected, 'utf8').split('\n').slice(0, -1);
}

/** The standard output of a command that must do well. */
function wrote(args: readonly string[]): string {
  const { status, stdout, stderr } = weir(['fixture', ...args]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.toString();
}

function refused(args: readonly string[]): Pick<Run, 'status' | 'stderr'> {
  const { status, stdout, stderr } = weir(['fixture', ...args]);
  expect(stdout.toString()).toBe('');
  return { status, stderr };
}

describe('the command', () => {
  test('lists every scenario with its title', () => {
    const names = wrote([])
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split(' ')[0]!);
    expect(names).toEqual([...scenarioNames(), 'malformed'].sort());
    expect(wrote([])).toContain(readScenario('tags').title);
  });

  test('says what a scenario is', () => {
    const said = wrote(['nodata', '--about']);
    for (const part of [
      /Documented in: Amazon VPC/,
      /Note: /,
      /Network: .*network\.yaml/,
      /Capture: .*\.pcap/,
    ])
      expect(said).toMatch(part);
  });

  test('writes records with their header, in the format of the scenario or another one', () => {
    const [header, ...lines] = wrote(['nat-gateway']).split('\n').slice(0, -1);
    expect(header).toBe('instance-id interface-id srcaddr dstaddr pkt-srcaddr pkt-dstaddr');
    expect(lines).toEqual(expectedOf('nat-gateway'));
    const other = wrote(['nat-gateway', '--format', '${srcaddr} ${packets}', '--no-header']);
    expect(other.split('\n').slice(0, -1).sort()).toEqual([
      '10.0.0.220 10',
      '10.0.0.220 12',
      '10.0.1.5 12',
      '10.0.1.5 12',
      '203.0.113.5 10',
      '203.0.113.5 10',
    ]);
  });

  test('keeps the tag keys that a format needs, or takes others', () => {
    const kept = wrote(['tags', '--no-header', '--format', '${interface-id} ${asg-tag}']).split('\n');
    expect(kept).toContain('eni-0000000000000001a front');
    const other = ['--format', '${asg-tag}', '--tag-field', 'auto-scaling-group=release'];
    expect(wrote(['tags', '--no-header', ...other])).toContain('2026%2D06%2D09\n');
  });

  test('writes another interval, and a gzip file', () => {
    const path = join(folder, 'minutes.gz');
    wrote(['default-accepted', '--interval', '60', '--no-header', '-o', path]);
    const lines = gunzipSync(readFileSync(path)).toString().split('\n').slice(0, -1);
    const sums = lines.reduce((sum, line) => sum + Number(line.split(' ')[8]), 0);
    expect(lines).toHaveLength(4);
    expect(sums).toBe(38);
  });

  test.each([
    [['transit-gatway'], /there is no scenario "transit-gatway": did you mean transit-gateway\?/],
    [['nothing-like-it'], /weir fixture lists them/],
    [['nodata', '--format', '${no-such}'], /--format: .*no-such/],
    [['transit-gateway-records', '--interval', '600'], /of 60 s/],
    [['skipdata', '--data', 'none-such'], /cannot be replayed/],
    [['skipdata', '--to', 'http://127.0.0.1:9'], /cannot be replayed/],
    [['nodata', '--data', 'none-such', '-o', 'x'], /one of them/],
    [['malformed', '--interval', '60'], /default format/],
    [['nodata', '--files', 'x'], /--files is for/],
  ])('refuses %j', (args, message) => {
    const { status, stderr } = refused(args);
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
    expect(existsSync('none-such')).toBe(false);
  });
});

describe('flow logs', () => {
  const { signal } = new AbortController();

  const deliverable = scenarioNames().filter((name) => readScenario(name).losses.length === 0);
  test.each(deliverable)('a data directory of its own has the lines of %s', async (name) => {
    const directory = join(folder, name);
    const done = await deliverScenario(readScenario(name), directory, { signal });
    const lines = done.keys.flatMap((key) =>
      gunzipSync(readFileSync(join(done.bucket, key)))
        .toString()
        .split('\n')
        .slice(1, -1),
    );
    expect(lines.sort()).toEqual(expectedOf(name).sort());
    expect(done.records).toBe(lines.length);
  });

  test('as Parquet, by the command', () => {
    const directory = join(folder, 'parquet');
    const file = join(folder, 'ipv6.parquet');
    const { status, stdout, stderr } = weir(['fixture', 'ipv6', '--data', directory, '--output', 'parquet']);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.stringContaining('2 records in 1 object'),
    });
    expect(stdout.toString()).toMatch(/\.log\.parquet\n$/);
    expect(weir(['fixture', 'ipv6', '--output', 'parquet', '-o', file]).status).toBe(0);
    // One window, one row group: the object is the file.
    const object = readFileSync(join(directory, 's3', 'weir-fixture', stdout.toString().trimEnd()));
    expect(object.equals(readFileSync(file))).toBe(true);
  });

  test('by the command, once', () => {
    const directory = join(folder, 'commanded');
    const { status, stdout, stderr } = weir(['fixture', 'ipv6', '--data', directory]);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.stringContaining('2 records in 1 object'),
    });
    expect(stdout.toString()).toMatch(
      /^AWSLogs\/123456789010\/vpcflowlogs\/us-east-1\/2016\/10\/31\/.*\.log\.gz\n$/,
    );
    expect(readdirSync(directory)).toContain('s3');
  });

  test('a running service records it by its own network', async () => {
    const text = readFileSync(readScenario('secondary-address').network, 'utf8');
    const service = await startWeir({ network: text.replace('us-east-1', 'eu-central-1') });
    try {
      await intoBucket(service, 'mine');
      const args = ['fixture', 'secondary-address', '--to', service.url];
      const { accessKeyId, secretAccessKey } = service.credentials;
      const { status, stderr } = await weirBeside(args, {
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_REGION: service.region,
      });
      expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
      expect(stderr).toMatch(/says the network of the service/);
      expect(await recordsOf(service, 'mine')).toHaveLength(4);
    } finally {
      await service.close();
    }
  });
});

describe('malformed', () => {
  const ids = defaultFieldsOf('vpc').map(({ id }) => id);

  test('no line is one that a strict parser takes', () => {
    const taken = MALFORMED_LINES.filter(({ content }) => {
      try {
        parseStrict(Buffer.from(content).toString('latin1'), ids);
        return true;
      } catch {
        return false;
      }
    });
    expect(taken.map(({ name }) => name)).toEqual([]);
    expect(MALFORMED_LINES.length).toBeGreaterThan(20);
  });

  test('the lines stand between good ones', () => {
    const lines = malformedText(true).toString('latin1').split('\n').slice(0, -1);
    expect(lines).toHaveLength(2 + 2 * MALFORMED_LINES.length);
    const good = lines.filter((line, k) => k % 2 === 1 && parseStrict(line, ids).get('packets') === '20');
    expect(good).toHaveLength(1 + MALFORMED_LINES.length);
    expect(Buffer.from(wrote(['malformed'])).toString()).toBe(malformedText(true).toString());
  });

  test('the files are wrong as they say', () => {
    wrote(['malformed', '--files', join(folder, 'wrong')]);
    const read = (name: string): string => gunzipSync(readFileSync(join(folder, 'wrong', name))).toString();
    expect(readdirSync(join(folder, 'wrong')).sort()).toEqual(
      ['lines.log', ...MALFORMED_FILES.map(({ name }) => name)].sort(),
    );
    expect(() => read('truncated.log.gz')).toThrow(/unexpected end of file/);
    expect(() => read('wrong-crc.log.gz')).toThrow(/incorrect data check/);
    expect(() => read('not-gzip.log.gz')).toThrow(/incorrect header check/);
    expect(readFileSync(join(folder, 'wrong', 'empty.log.gz'))).toHaveLength(0);
    expect(read('two-members.log.gz').split('\n')).toHaveLength(4);
    expect(read('header-only.log.gz')).toBe(`${ids.join(' ')}\n`);
    expect(read('no-header.log.gz').startsWith('2 ')).toBe(true);
    expect(read('no-last-line-end.log.gz').endsWith('OK')).toBe(true);
    expect(read('byte-order-mark.log.gz').codePointAt(0)).toBe(0xfeff);
  });

  test('each is named once, and explained', () => {
    const all = [...MALFORMED_LINES, ...MALFORMED_FILES];
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    const said = wrote(['malformed', '--about']);
    expect(all.filter(({ name, explains }) => !said.includes(`${name}: ${explains}\n`))).toEqual([]);
  });
});
