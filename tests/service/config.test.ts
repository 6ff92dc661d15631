import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { compareConfigs } from '../../src/service/serve/config-change.ts';
import { parseDuration, parseSize } from '../../src/service/serve/config-units.ts';
import { defaultConfig, parseConfig } from '../../src/service/serve/config.ts';

/** `sources`, `spool`, `grace` and `maxFlows` of weir.yaml; `destinations`, `roles` and `tls` are in
 * destinations/config.test.ts, the other keys in service.test.ts. */

function parse(text: string): ReturnType<typeof parseConfig> {
  return parseConfig(text, '/etc/weir/weir.yaml');
}

/** The message that a text is refused with, without the file's name. */
function refusal(text: string): string {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message.replaceAll('/etc/weir/weir.yaml:', '');
  }
  throw new RangeError('it was taken');
}

describe('defaults', () => {
  test('are all there', () => {
    expect(defaultConfig()).toEqual({
      account: '123456789012',
      region: 'eu-central-1',
      listen: { host: '127.0.0.1', port: 4580 },
      tls: undefined,
      network: undefined,
      ipRanges: undefined,
      watch: true,
      flowLogsPerResource: 250,
      sources: [],
      destinations: {
        s3: { type: 'filesystem', path: undefined },
        logs: { type: 'filesystem', path: undefined },
        firehose: { type: 'filesystem', path: undefined },
      },
      roles: [],
      webhooks: [],
      spool: { maxBytes: 10 * 2 ** 30, maxAge: 7 * 86_400 },
      grace: 2,
      maxFlows: 1 << 20,
    });
  });
});

describe('sources', () => {
  test('of every type, with every key', () => {
    const { sources } = parse(`
sources:
  - name: lan
    type: live
    interface: eth0
    filter: not port 4580
    snaplen: 256
    buffer: 65536
    promiscuous: false
    tunnels: [vxlan, gre]
    vpcs: [vpc-0a1b2c3d4e5f60718, vpc-0a1b2c3d]
  - { name: firewall, type: nflog, group: 5, role: count, acceptPrefix: ^OK, rejectPrefix: ^DROP, snaplen: 128, buffer: 256 }
  - { name: old, type: file, paths: [a.pcap, /var/b.pcap.gz], acceptPrefix: ok }
  - { name: pipe, type: stdin, rejectPrefix: no, vpcs: [vpc-0a1b2c3d] }
`);
    const none = { acceptPrefix: undefined, rejectPrefix: undefined, tunnels: undefined };
    expect(sources).toEqual([
      {
        name: 'lan',
        type: 'live',
        interface: 'eth0',
        filter: 'not port 4580',
        snaplen: 256,
        bufferKiB: 65_536,
        promiscuous: false,
        vpcs: ['vpc-0a1b2c3d4e5f60718', 'vpc-0a1b2c3d'],
        tunnels: ['vxlan', 'gre'],
      },
      {
        name: 'firewall',
        type: 'nflog',
        group: 5,
        role: 'count',
        acceptPrefix: '^OK',
        rejectPrefix: '^DROP',
        snaplen: 128,
        bufferKiB: 256,
        vpcs: undefined,
        tunnels: undefined,
      },
      {
        ...none,
        name: 'old',
        type: 'file',
        paths: ['/etc/weir/a.pcap', '/var/b.pcap.gz'],
        acceptPrefix: 'ok',
        vpcs: undefined,
      },
      { ...none, name: 'pipe', type: 'stdin', rejectPrefix: 'no', vpcs: ['vpc-0a1b2c3d'] },
    ]);
  });

  test('have a name by what they record', () => {
    const { sources } = parse(
      'sources: [{ type: live, interface: any }, { type: nflog, group: 5 }, { type: file, path: x/y.pcap }, { type: stdin }]',
    );
    expect(sources.map((source) => source.name)).toEqual(['any', 'nflog:5', 'y.pcap', 'stdin']);
  });

  test.each<[string, string, string]>([
    ['alone, count', '[{ type: nflog, group: 5 }]', 'count'],
    [
      'beside a captured interface, set verdicts',
      '[{ type: nflog, group: 5 }, { type: live, interface: eth0 }]',
      'verdict',
    ],
    [
      'beside a file, which is a recording of its own, count',
      '[{ type: nflog, group: 5 }, { type: file, path: a }]',
      'count',
    ],
    [
      'do as they are told',
      '[{ type: nflog, group: 5, role: count }, { type: live, interface: eth0 }]',
      'count',
    ],
  ])('NFLOG groups %s', (_, list, role) => {
    expect(parse(`sources: ${list}`).sources[0]).toMatchObject({ role });
  });

  test.each<[string, string, string]>([
    ['nothing', 'sources:\n', '1:9: sources is empty: give it a list, or take it out'],
    ['no list', 'sources: eth0\n', '1:10: sources must be a list'],
    ['no mapping', 'sources: [eth0]\n', '1:11: a source is a mapping: write { type: live, interface: eth0 }'],
    [
      'no type',
      'sources:\n  - name: lan\n',
      '2:5: type is missing: write one of live, nflog, netflow, ipfix, sflow, file, stdin',
    ],
    ['a mistyped type', 'sources: [{ type: life }]\n', '1:19: type: "life" is unknown: did you mean live?'],
    ['no interface', 'sources: [{ type: live }]\n', '1:11: interface is missing: give it a text'],
    [
      'an option for an interface',
      'sources: [{ type: live, interface: --help }]\n',
      '1:36: interface: "--help" cannot be the name of an interface: it begins with a dash, like an option',
    ],
    [
      'a group for an interface',
      'sources: [{ type: live, interface: "nflog:5" }]\n',
      '1:36: interface: nflog:5 is an NFLOG group: write type: nflog, and group',
    ],
    [
      'a path for an interface',
      'sources: [{ type: live, interface: a/b }]\n',
      '1:36: interface: "a/b" cannot be the name of an interface: it holds a slash or a colon',
    ],
    [
      'a mistyped key',
      'sources: [{ type: live, interface: eth0, fliter: ip }]\n',
      '1:42: unknown key "fliter" in sources: did you mean filter?',
    ],
    [
      'a key of another type',
      'sources: [{ type: live, interface: eth0, group: 5 }]\n',
      '1:42: unknown key "group" in sources: it has type, name, vpcs, interface, filter, promiscuous, snaplen, buffer, tunnels',
    ],
    [
      'a filter with a NUL',
      'sources: [{ type: live, interface: eth0, filter: "a\\0" }]\n',
      '1:50: filter: holds a NUL: take it out',
    ],
    [
      'a short snaplen',
      'sources: [{ type: live, interface: eth0, snaplen: 10 }]\n',
      '1:51: snaplen: "10" is too small: 64 is the least',
    ],
    [
      'a large buffer',
      'sources: [{ type: live, interface: eth0, buffer: 3000000 }]\n',
      '1:50: buffer: "3000000" is too large: 2097152 is the most',
    ],
    [
      'no truth',
      'sources: [{ type: live, interface: eth0, promiscuous: 1 }]\n',
      '1:55: promiscuous must be true or false',
    ],
    [
      'a bad name',
      'sources: [{ type: stdin, name: a b }]\n',
      '1:32: name: "a b" is no name of a source: write up to 63 letters, digits and _ . : @ - that begin with a letter or digit',
    ],
    [
      'no VPC',
      'sources: [{ type: stdin, vpcs: [] }]\n',
      '1:32: vpcs: "[]" is empty: name VPCs, or take it out for all of them',
    ],
    [
      'a VPC that is none',
      'sources: [{ type: stdin, vpcs: [vpc-1] }]\n',
      '1:33: vpcs: "vpc-1" is no VPC id: write one like vpc-0a1b2c3d',
    ],
    ['no group', 'sources: [{ type: nflog }]\n', '1:11: group is missing: give it a whole number'],
    [
      'a group beyond 65535',
      'sources: [{ type: nflog, group: 65536 }]\n',
      '1:33: group: "65536" is too large: 65535 is the most',
    ],
    [
      'a role that is none',
      'sources: [{ type: nflog, group: 5, role: both }]\n',
      '1:42: role: "both" is unknown: write one of verdict, count',
    ],
    [
      'a broken pattern',
      'sources: [{ type: nflog, group: 5, rejectPrefix: "(" }]\n',
      '1:50: rejectPrefix: "(" is no regular expression: write one such as ^DROP',
    ],
    [
      'a file without a path',
      'sources: [{ type: file }]\n',
      '1:11: a file source has either path or paths: write one of them',
    ],
    [
      'a file with both',
      'sources: [{ type: file, path: a, paths: [b] }]\n',
      '1:11: a file source has either path or paths: write one of them',
    ],
    [
      'a name twice',
      'sources:\n  - { type: live, interface: eth0 }\n  - { type: stdin, name: eth0 }\n',
      '3:26: name: "eth0" is the name of a source above: give each its own',
    ],
    [
      'an interface twice',
      'sources:\n  - { type: live, interface: eth0 }\n  - { type: live, interface: eth0, name: b }\n',
      '3:5: the interface eth0 is recorded by a source above: take one of them out',
    ],
    [
      'standard input twice',
      'sources: [{ type: stdin }, { type: stdin, name: b }]\n',
      '1:28: standard input is recorded by a source above: take one of them out',
    ],
  ])('with %s', (_, text, message) => {
    expect(refusal(text)).toBe(message);
  });

  test('are bounded', () => {
    const list = Array.from({ length: 65 }, (_, n) => `{ type: nflog, group: ${n} }`).join(', ');
    expect(refusal(`sources: [${list}]\n`)).toBe('1:10: sources: 65 are too many: 64 is the most');
  });

  test('are all told with what else is wrong', () => {
    expect(
      refusal('account: 1\nsources: [{ type: live }]\ndestinations: { s3: { type: s4 } }\n').split('\n'),
    ).toHaveLength(3);
  });
});

describe('bounds', () => {
  test('are read with their units', () => {
    expect(parse('spool: { maxBytes: 20 GiB, maxAge: 12h }\ngrace: 5\nmaxFlows: 2048\n')).toMatchObject({
      spool: { maxBytes: 20 * 2 ** 30, maxAge: 43_200 },
      grace: 5,
      maxFlows: 2048,
    });
    expect(parse('spool: { maxBytes: 100000000, maxAge: 7200 }\n').spool).toEqual({
      maxBytes: 1e8,
      maxAge: 7200,
    });
    expect(parse('spool: { maxAge: 1d }\n').spool).toEqual({ maxBytes: 10 * 2 ** 30, maxAge: 86_400 });
  });

  test.each<[string, number | undefined]>([
    ['1', 1],
    ['1kb', 1000],
    ['1 KiB', 1024],
    ['3TB', 3e12],
    ['2tib', 2 * 2 ** 40],
    ['1.5GB', undefined],
    ['GB', undefined],
    ['-1', undefined],
    ['1 zb', undefined],
    ['1constructor', undefined],
  ])('a size of %s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each<[string, number | undefined]>([
    ['90', 90],
    ['90s', 90],
    ['5 m', 300],
    ['2h', 7200],
    ['7D', 604_800],
    ['1w', undefined],
    ['', undefined],
  ])('a time of %s', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  test.each<[string, string, string]>([
    [
      'a small spool',
      'spool: { maxBytes: 1MB }\n',
      '1:20: maxBytes: "1MB" is none that can be: write a size from 16MiB to 1024TiB, such as 10GiB',
    ],
    [
      'a spool of a list',
      'spool: { maxBytes: [1] }\n',
      '1:20: maxBytes: "[1]" is none that can be: write a size from 16MiB to 1024TiB, such as 10GiB',
    ],
    [
      'a short age',
      'spool: { maxAge: 5m }\n',
      '1:18: maxAge: "5m" is none that can be: write a time from 1h to 3650d, such as 7d',
    ],
    [
      'an unknown key',
      'spool: { maxbytes: 1GiB }\n',
      '1:10: unknown key "maxbytes" in spool: did you mean maxBytes?',
    ],
    ['an endless grace', 'grace: 301\n', '1:8: grace: "301" is too large: 300 is the most'],
    ['half a second', 'grace: 0.5\n', '1:8: grace must be a whole number'],
    ['few flows', 'maxFlows: 1000\n', '1:11: maxFlows: "1000" is too small: 1024 is the least'],
    [
      'too many flows',
      'maxFlows: 33554433\n',
      '1:11: maxFlows: "33554433" is too large: 33554432 is the most',
    ],
  ])('refuse %s', (_, text, message) => {
    expect(refusal(text)).toBe(message);
  });
});

describe('a configuration that is read again', () => {
  const before = parse(
    'sources: [{ type: live, interface: eth0 }, { type: nflog, group: 5, role: count }]\n',
  );

  test('is the same when it says the same', () => {
    const again = parse(
      '# other words\nsources:\n  - { interface: eth0, type: live }\n  - { type: nflog, group: 5, role: count }\n',
    );
    expect(compareConfigs(before, again)).toEqual({
      applied: [],
      restartNeeded: [],
      sources: { added: [], removed: [], changed: [] },
    });
  });

  test('tells what takes effect now and what waits for a restart', () => {
    const after = parse(
      'network: n.yaml\nregion: us-east-1\nlisten: 127.0.0.1:0\nspool: { maxAge: 1d }\n' +
        'sources: [{ type: live, interface: eth0, filter: ip }, { type: live, interface: eth1 }]\n',
    );
    const { applied, restartNeeded, sources } = compareConfigs(before, after);
    expect(applied).toEqual(['network', 'sources']);
    expect(restartNeeded).toEqual(['listen', 'region', 'spool']);
    expect(sources.added.map((source) => source.name)).toEqual(['eth1']);
    expect(sources.removed.map((source) => source.name)).toEqual(['nflog:5']);
    expect(sources.changed).toMatchObject([{ name: 'eth0', filter: 'ip' }]);
  });
});

/** How many sources a text has, or its refusal. */
function outcomeOf(text: string): number | UserError {
  try {
    return parse(text).sources.length;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

test('whatever a file holds, it is a configuration or a refusal with a place', () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  const keys = [
    'sources',
    'destinations',
    'roles',
    'webhooks',
    'tls',
    'spool',
    'grace',
    'maxFlows',
    'listen',
    'network',
  ];
  const file = fc.oneof(
    fc.dictionary(fc.constantFrom(...keys), value),
    fc.record({
      sources: fc.array(
        fc.record(
          {
            type: fc.constantFrom('live', 'nflog', 'file', 'stdin'),
            name: value,
            vpcs: value,
            interface: value,
            group: value,
            paths: value,
          },
          { requiredKeys: [] },
        ),
      ),
    }),
    fc.record({
      destinations: fc.dictionary(
        fc.constantFrom('s3', 'logs', 'firehose'),
        fc.record(
          {
            type: fc.constantFrom('filesystem', 's3', 'cloudwatch-logs', 'firehose'),
            path: value,
            endpoint: fc.oneof(value, fc.webUrl()),
            profile: value,
            credentials: value,
            sse: value,
            partSize: value,
          },
          { requiredKeys: [] },
        ),
      ),
      roles: fc.array(
        fc.record({ role: fc.oneof(value, fc.constant('arn:aws:iam::*:role/*')), assume: value }),
      ),
    }),
  );
  fc.assert(
    fc.property(file, (data) => {
      const text = JSON.stringify(data);
      const outcome = outcomeOf(text);
      // A text with a line end may stand in a message: what begins it is the place.
      const shown = outcome instanceof UserError ? outcome.message : `${outcome} sources`;
      const count = (data as { sources?: unknown[] }).sources?.length ?? 0;
      const known = shown === `${count} sources` || shown.startsWith('/etc/weir/weir.yaml:1:');
      expect({ shown, known }).toEqual({ shown, known: true });
    }),
    { numRuns: 2000, interruptAfterTimeLimit: 2000 },
  );
});
