/** The demo's screens on records that are known. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  creatingCommands,
  launcher,
  readingCommands,
  showCommands,
} from '../../src/service/demo/commands.ts';
import { endName, readRecords, refusals, talks } from '../../src/service/demo/records.ts';
import { shippedScene } from '../../src/service/demo/scene.ts';
import { Screen, type ScreenOptions, screenOptions, wrapped } from '../../src/service/demo/screen.ts';
import { showAccount, showBucket, showCalls, showLogGroup, showScene } from '../../src/service/demo/show.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const ESCAPE = '\u001b';
const PIPE: ScreenOptions = { columns: undefined, color: false, unicode: false };
const HEADER =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status';
const same = (address: string): string => address;

function expected(name: string): string[] {
  return readFileSync(join(ROOT, 'examples', name, 'expected.txt'), 'utf8')
    .trim()
    .split('\n');
}

function drawn(draw: (screen: Screen) => void, options: ScreenOptions = PIPE): string {
  const screen = new Screen(options);
  draw(screen);
  return screen.text;
}

/** Lines beyond 80 columns. */
function long(text: string): string[] {
  return text.split('\n').filter((line) => line.length > 80);
}

const KEY = 'AWSLogs/123456789012/vpcflowlogs/eu-central-1/2026/11/21/1_vpcflowlogs_x.log.gz';
const lines = expected('web');
const bucketText = (options?: ScreenOptions): string =>
  drawn(
    (screen) => showBucket(screen, shippedScene(), 'b', [{ key: KEY, size: 1234, header: HEADER, lines }]),
    options,
  );

describe('the bucket', () => {
  test('names the object, shows its first lines as they are, and the rest with names', () => {
    const text = bucketText();
    expect(text).toContain('  s3://b/AWSLogs/123456789012/vpcflowlogs/eu-central-1/2026/11/21/\n');
    expect(text).toContain(`    14 records, 1,234 bytes of gzip\n\n${HEADER}\n${lines[0]}\n${lines[1]}\n`);
    expect(text).toMatch(/02:32:28 {2}web:http +outside:\d+ +4 {2}tcp +\d+ +[\d,]+ {2}ACCEPT\n/);
    // The 4 lines at the client's own interface are not web's.
    expect(text).toContain('Some of the 10 at web');
  });

  test('adds conversations up, both directions, and what two interfaces saw once', () => {
    const text = bucketText();
    // 446 + 1,958 + 446 asked and 510 + 62,603 + 458 answered.
    expect(text).toMatch(/outside +web http +107 +66,421 {2}#{22}\n/);
    // Seen at web and at the client: 7 + 5 packets, 453 + 788 bytes.
    expect(text).toMatch(/client +web http +12 +1,241 {2}#\n/);
  });

  test('fits into 80 columns but for keys and records, which are left as they are', () => {
    expect(long(bucketText()).filter((line) => !/^(?:version|2) | {4}\d+_vpcflowlogs/.test(line))).toEqual(
      [],
    );
    expect(bucketText()).toMatch(/^[\n -~]+$/);
    const terminal = bucketText({ columns: 80, color: true, unicode: true });
    const plain = terminal.replaceAll(new RegExp(`${ESCAPE}\\[\\d+m`, 'g'), '');
    expect(terminal).toContain(`${ESCAPE}[32mACCEPT${ESCAPE}[0m`);
    expect(long(plain)).toEqual([]);
  });
});

test('the log group: its streams, its first events, and who was refused what', () => {
  const fields = 'interface-id srcaddr dstaddr dstport protocol action';
  const events = [
    ['eni-1', '203.0.113.10 10.20.2.20 22 6 REJECT'],
    ['eni-1', '203.0.113.10 10.20.2.21 22 6 REJECT'],
    ['eni-1', '203.0.113.10 10.20.2.20 53 17 REJECT'],
    ['eni-2', '10.20.1.10 203.0.113.10 443 6 REJECT'],
    ['eni-2', '- - - - -'],
  ].map(([eni, rest]) => ({ logStreamName: `${eni}-reject`, message: `${eni} ${rest}` }));
  const text = drawn((screen) => showLogGroup(screen, shippedScene(), '/g', fields, events));
  expect(text).toContain('  /g  eni-1-reject  3 records\n  /g  eni-2-reject  1 record\n');
  expect(text).toContain(`  ${fields}\n  eni-1 203.0.113.10 10.20.2.20 22 6 REJECT\n`);
  expect(text).toContain('  outside > web     22 ssh, udp 53 dns\n  client > outside  443 https\n');
});

test('what came in, what was left out, and what could not be read, over all replays', () => {
  const summaries = [
    { packets: 1000, rejected: { not_ip: 2, malformed: 0 }, faults: [] },
    { packets: 36, rejected: { not_ip: 1, ip_version: 4 }, faults: [{ file: 'a.pcap', message: 'cut off' }] },
  ];
  const text = drawn((screen) => showAccount(screen, summaries));
  expect(text).toBe(
    '\n(1,036 packets came in; left out: 3 not ip, 4 ip version.)\na.pcap is not whole: cut off\n',
  );
});

test('calls with every parameter, long ones wrapped under themselves', () => {
  const call = { service: 'ec2', action: 'CreateFlowLogs', what: 'ALL', answer: 'fl-0a1b2c3d4e5f60718' };
  const form = {
    TrafficType: 'ALL',
    LogFormat: '${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${tcp-flags} ${action}',
  };
  const text = drawn((screen) => showCalls(screen, [call], form, 'http://127.0.0.1:1'));
  expect(text).toMatch(/ec2 +CreateFlowLogs +ALL +fl-0a1b2c3d4e5f60718\n/);
  expect(text).toContain('  TrafficType  ALL\n  LogFormat    ${srcaddr}');
  expect(text).toContain('\n               ${tcp-flags} ${action}\n');
  expect(long(text)).toEqual([]);
});

test('a scene says why it is not of this machine', () => {
  const text = drawn((screen) => showScene(screen, shippedScene(), 'nft (nftables)'));
  expect(text).toContain('lacks nft (nftables)');
  expect(drawn((screen) => showScene(screen, shippedScene(), undefined))).not.toContain('lacks');
});

describe('command lines', () => {
  const reach = {
    url: 'http://127.0.0.1:1',
    profile: 'weir',
    credentials: '/t/a b/credentials',
    config: '/t/config',
  };
  const names = {
    bucket: 'b',
    group: '/g',
    flowLog: 'fl-1',
    form: { TrafficType: 'ALL', 'ResourceId.1': 'vpc-1' },
  };

  test('each names the endpoint, and an option is the parameter in the words of the CLI', () => {
    const commands = [...readingCommands('U', 'b', '/g'), ...creatingCommands('U', 'fl-1', names.form)];
    expect(commands.every((command) => command.startsWith('aws --endpoint-url U '))).toBe(true);
    expect(commands.at(-1)).toBe(
      'aws --endpoint-url U ec2 create-flow-logs --traffic-type ALL \\\n  --resource-ids vpc-1',
    );
    const [, create] = creatingCommands('U', 'fl-1', {
      LogFormat: "${a} 'b'",
      DeliverLogsPermissionArn: 'x'.repeat(60),
    });
    expect(create).toBe(
      "aws --endpoint-url U ec2 create-flow-logs --log-format '${a} '\\''b'\\''' \\\n" +
        `  --deliver-logs-permission-arn ${'x'.repeat(60)}`,
    );
  });

  test('a service that stays comes with its files, one that ends with the way to keep it', () => {
    const kept = drawn((screen) => showCommands(screen, reach, { ...names, keep: true }));
    expect(kept).toContain("  export AWS_SHARED_CREDENTIALS_FILE='/t/a b/credentials'\n");
    expect(kept).toContain('until Ctrl-C');
    const ended = drawn((screen) => showCommands(screen, reach, { ...names, keep: false }));
    expect(ended).not.toContain('credentials');
    expect(ended.replaceAll(/\s+/g, ' ')).toContain(`"${launcher()} demo --keep"`);
  });
});

describe('records read back', () => {
  test('talks leave refusals out, and without ports take who is recorded for who answered', () => {
    const header = 'interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action';
    const some = [
      's a s 5000 80 6 1 10 0 0 ACCEPT',
      's s a 80 5000 6 2 200 0 0 ACCEPT',
      'a a s 5000 80 6 1 10 0 0 ACCEPT',
      's a s 5001 80 6 9 900 0 0 REJECT',
      's s b 8080 60000 6 3 100 0 0 ACCEPT',
      's s b 0 0 1 1 84 0 0 ACCEPT',
      's b s 0 0 1 1 84 0 0 ACCEPT',
    ];
    expect(talks(readRecords(header, some), same)).toEqual([
      { client: 'a', server: 's', service: 'http', records: 2, packets: 3, bytes: 210 },
      { client: 'b', server: 's', service: 'ping', records: 2, packets: 2, bytes: 168 },
      { client: 'b', server: 's', service: '8080', records: 1, packets: 3, bytes: 100 },
    ]);
  });

  test('refusals name each port once, TCP before UDP, the busiest pair first', () => {
    const header = 'srcaddr dstaddr dstport protocol action';
    const some = [
      'z y 22 6 ACCEPT',
      'b a 0 58 REJECT',
      'a b 53 17 REJECT',
      'a b 53 6 REJECT',
      'a b 53 6 REJECT',
      'a b 7 6 REJECT',
    ];
    expect(refusals(readRecords(header, some), same)).toEqual([
      { from: 'a', to: 'b', ports: ['7', '53 dns', 'udp 53 dns'] },
      { from: 'b', to: 'a', ports: ['icmpv6'] },
    ]);
  });

  test('an end has a port where its protocol has', () => {
    const [tcp, icmp] = readRecords('srcaddr srcport protocol', ['h 443 6', 'h 0 1']);
    expect(endName(tcp!, 'src', same)).toBe('h:https');
    expect(endName(icmp!, 'src', same)).toBe('h');
  });
});

describe('text', () => {
  test('is wrapped at spaces, and a long word is left whole', () => {
    expect(wrapped('one two three', 7, 0)).toEqual(['one two', 'three']);
    expect(wrapped('  one two three', 7, 2)).toEqual(['  one', '  two', '  three']);
    expect(wrapped('a muchlongerword b', 6, 0)).toEqual(['a', 'muchlongerword', 'b']);
  });

  test('tables align by what is seen, not by escape sequences', () => {
    const text = drawn(
      (screen) =>
        screen.table(
          [{ heading: 'a' }, { heading: 'n', right: true }],
          [
            [{ text: 'red', style: 'red' }, '1'],
            ['x', '22'],
          ],
        ),
      { columns: 80, color: true, unicode: false },
    );
    const plain = text.replaceAll(new RegExp(`${ESCAPE}\\[\\d+m`, 'g'), '');
    expect(plain).toBe('  a     n\n  red   1\n  x    22\n');
  });

  test('colours are for terminals that want them', () => {
    const terminal = { isTTY: true, columns: 100 };
    expect(screenOptions(terminal, { LANG: 'C.UTF-8' })).toEqual({
      columns: 100,
      color: true,
      unicode: true,
    });
    expect(screenOptions(terminal, { NO_COLOR: '1' }).color).toBe(false);
    expect(screenOptions(terminal, { NO_COLOR: '' }).color).toBe(true);
    expect(screenOptions(terminal, { TERM: 'dumb' }).color).toBe(false);
    expect(screenOptions({ columns: 100 }, {})).toEqual({ columns: undefined, color: false, unicode: false });
    expect(screenOptions(terminal, { LC_ALL: 'C', LANG: 'de_DE.UTF-8' }).unicode).toBe(false);
  });
});
