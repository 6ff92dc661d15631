/** `weir record` of transit gateways, lists of address ranges, and what refuses them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseStrict } from '../reference/strict-parser.ts';
import { weir } from '../record/run.ts';

const SCENARIOS = new URL('../../examples/scenarios/', import.meta.url).pathname;
const TRANSIT = join(SCENARIOS, 'transit-gateway-records');
const SERVICES = join(SCENARIOS, 'all-fields');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-kinds-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

function record(...args: string[]): ReturnType<typeof weir> {
  return weir(['record', join(TRANSIT, 'capture.pcap'), ...args]);
}

describe('--kind transit-gateway', () => {
  const network = join(TRANSIT, 'network.yaml');

  test('the default format, of 60 s; the summary says what follows from routes', () => {
    const run = record('--kind', 'transit-gateway', '--network', network);
    const text = run.stdout.toString();
    const [header, ...lines] = text.trimEnd().split('\n');
    expect(lines.toSorted()).toEqual(
      readFileSync(join(TRANSIT, 'expected.txt'), 'utf8').trimEnd().split('\n').toSorted(),
    );
    const fields = header!.split(' ');
    expect(fields).toHaveLength(36);
    for (const line of lines) parseStrict(line, fields, 'transit-gateway');
    expect(run.stderr).toContain(`${lines.length} records follow from the routes of transit gateways`);
    const json = record('--kind', 'transit-gateway', '--network', network, '--summary', 'json');
    expect(JSON.parse(json.stderr)).toMatchObject({
      identity: true,
      derived: { records: lines.length },
      records: lines.length,
    });
  });

  test('the same with threads and without', () => {
    const args = ['--kind', 'transit-gateway', '--network', network, '--summary', 'none'];
    const one = record(...args, '--workers', '0').stdout;
    expect(record(...args, '--workers', '2').stdout.equals(one)).toBe(true);
  });

  test('fields of its own', () => {
    const run = record('--kind', 'transit-gateway', '--network', network, '--format', '${tgw-id} ${action}');
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(/unknown field "action".*it is a field of VPC flow logs only/);
  });

  test.each([
    [
      '600 s',
      ['--network', network, '--interval', '600'],
      2,
      /--interval 600: records of transit gateways are of 60 s/,
    ],
    ['a verdict', ['--network', network, '--traffic-type', 'ALL'], 2, /--traffic-type: .* have no verdict/],
    ['no network', [], 2, /add --network FILE/],
    [
      'a network without any',
      ['--network', join(SERVICES, 'network.yaml')],
      1,
      /has no attachment of a transit gateway/,
    ],
  ])('is refused with %s', (_, args, status, message) => {
    const run = record('--kind', 'transit-gateway', ...args);
    expect(run.stderr).toMatch(message);
    expect(run.status).toBe(status);
  });

  test('without it nothing of attachments is written', () => {
    const run = record('--network', network, '--interval', '60', '--format', '${interface-id} ${log-status}');
    expect(run.stdout.toString()).not.toContain('tgw-');
    expect(run.stdout.toString()).toContain('eni-');
  });
});

describe('--ip-ranges', () => {
  const args = ['--network', join(SERVICES, 'network.yaml'), '--interval', '60', '--no-header', '--format'];
  const ranges = join(SERVICES, 'ip-ranges.json');
  function services(...more: string[]): Set<string> {
    const captures = ['wire.pcap', 'firewall.pcap'].map((name) => join(SERVICES, name));
    const run = weir(['record', ...captures, ...args, '${pkt-dst-aws-service}', ...more]);
    return new Set(run.stdout.toString().trimEnd().split('\n'));
  }

  test('says whose addresses are whose', () => {
    expect(services()).toEqual(new Set(['-']));
    expect(services('--ip-ranges', ranges)).toEqual(new Set(['-', 'S3']));
  });

  test('is checked, with the place of a fault', () => {
    const bad = file(
      'bad.json',
      '{"prefixes": [{"ip_prefix": "192.0.2.0/99", "service": "S3"}], "ipv6_prefixes": []}',
    );
    const run = record('--ip-ranges', bad);
    expect(run.status).toBe(1);
    expect(run.stderr).toContain(bad);
    const none = record('--ip-ranges', join(folder, 'none.json'));
    expect(none.stderr).toMatch(/none\.json/);
    expect(none.status).toBe(1);
  });

  test('weir check knows it, alone and in weir.yaml', () => {
    expect(weir(['check', ranges]).stdout.toString()).toMatch(
      /ip-ranges\.json: good \(address ranges of \d+ services?\)/,
    );
    const good = file('weir.yaml', `ipRanges: ${ranges}\n`);
    expect(weir(['check', good]).stdout.toString()).toMatch(/ip-ranges\.json: address ranges of \d+ service/);
    const missing = weir(['check', file('missing.yaml', 'ipRanges: nowhere.json\n')]);
    expect(missing.status).toBe(1);
    expect(missing.stderr).toMatch(/nowhere\.json/);
    const key = weir(['check', file('wrong.yaml', 'listen: 127.0.0.1:1\nwatch: often\n')]);
    expect(key.stderr).toMatch(/wrong\.yaml:2:\d+: watch/);
  });

  test('a replay without a service takes it; one into a service does not', () => {
    const data = join(folder, 'data');
    const run = weir(['replay', join(SERVICES, 'wire.pcap'), '--data', data, '--ip-ranges', ranges]);
    expect(run.stderr).toMatch(/packets/);
    expect(run.status).toBe(0);
    const bad = weir([
      'replay',
      join(SERVICES, 'wire.pcap'),
      '--data',
      data,
      '--ip-ranges',
      join(folder, 'none'),
    ]);
    expect(bad.status).toBe(1);
    const to = weir([
      'replay',
      join(SERVICES, 'wire.pcap'),
      '--to',
      'http://127.0.0.1:9',
      '--ip-ranges',
      ranges,
    ]);
    expect(to.status).toBe(2);
    expect(to.stderr).toMatch(/the running one has its own/);
  });
});
