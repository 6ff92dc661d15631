/** `destinations`, `roles` and `tls` of weir.yaml, and the keys that they name. */
import { chmodSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { remoteSettings } from '../../../src/service/serve/aws-settings.ts';
import { tlsFromFlags } from '../../../src/service/serve/config-tls.ts';
import { readWebhooks } from '../../../src/service/serve/config-webhooks.ts';
import { parseConfig, type ServiceConfig } from '../../../src/service/serve/config.ts';
import { type Folder, temporaryFolder } from '../support.ts';

const FILE = '/etc/weir/weir.yaml';
const EMBEDDED = { type: 'filesystem', path: undefined };
const ROLE = 'arn:aws:iam::123456789012:role/flow-logs';
const KMS = 'arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d';

function parse(text: string): ServiceConfig {
  return parseConfig(text, FILE);
}

function refusal(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message.replaceAll(`${FILE}:`, '');
  }
  throw new RangeError('it was taken');
}

describe('destinations', () => {
  test('have folders beside the file, or below the data directory', () => {
    const text =
      'destinations: { s3: { type: filesystem, path: ./s3 }, logs: { type: filesystem }, firehose: { type: filesystem, path: /f } }\n';
    expect(parse(text).destinations).toEqual({
      s3: { type: 'filesystem', path: '/etc/weir/s3' },
      logs: EMBEDDED,
      firehose: { type: 'filesystem', path: '/f' },
    });
  });

  test('are of other programs, with every key', () => {
    const { destinations } = parse(`
destinations:
  s3:
    type: s3
    endpoint: https://minio.example.net:9000/below
    stsEndpoint: https://sts.example.net
    region: eu-west-1
    credentials: { accessKeyId: $MINIO_KEY, secretAccessKey: $MINIO_SECRET, sessionToken: $MINIO_TOKEN }
    pathStyle: false
    sse: aws:kms
    kmsKey: ${KMS}
    bucketKey: true
    acl: false
    conditional: false
    partSize: 16MiB
  logs: { type: cloudwatch-logs, profile: prod }
  firehose: { type: firehose, credentials: { file: ./keys, profile: streams } }
`);
    const none = {
      endpoint: undefined,
      stsEndpoint: undefined,
      region: undefined,
      profile: undefined,
      credentials: undefined,
    };
    expect(destinations).toEqual({
      s3: {
        type: 's3',
        endpoint: 'https://minio.example.net:9000/below',
        stsEndpoint: 'https://sts.example.net',
        region: 'eu-west-1',
        profile: undefined,
        credentials: {
          from: 'environment',
          accessKeyId: 'MINIO_KEY',
          secretAccessKey: 'MINIO_SECRET',
          sessionToken: 'MINIO_TOKEN',
        },
        pathStyle: false,
        sse: 'aws:kms',
        kmsKey: KMS,
        bucketKey: true,
        acl: false,
        conditional: false,
        partSize: 16 * 2 ** 20,
      },
      logs: { ...none, type: 'cloudwatch-logs', profile: 'prod' },
      firehose: {
        ...none,
        type: 'firehose',
        credentials: { from: 'file', file: '/etc/weir/keys', section: 'streams' },
      },
    });
  });

  test.each<[string, string, string]>([
    ['no mapping', 'destinations: s3\n', '1:15: destinations must be a mapping of keys to values'],
    [
      'an unknown key',
      'destinations: { s4: { type: filesystem } }\n',
      '1:17: unknown key "s4" in destinations: it has s3, logs, firehose',
    ],
    [
      'the type of another',
      'destinations: { s3: { type: firehose } }\n',
      '1:29: type: "firehose" is unknown: write one of filesystem, s3',
    ],
    [
      'an unknown type',
      'destinations: { logs: { type: cloudwatch-log } }\n',
      '1:31: type: "cloudwatch-log" is unknown: did you mean cloudwatch-logs?',
    ],
    ['no type', 'destinations: { s3: { path: a } }\n', '1:21: type is missing: write one of filesystem, s3'],
    [
      'nothing',
      'destinations: { s3: }\n',
      '1:21: s3 is no destination: write { type: filesystem }, or take it out',
    ],
    [
      'an empty path',
      'destinations: { s3: { type: filesystem, path: "" } }\n',
      '1:47: path: "" is too small: 1 is the least',
    ],
    [
      'an unknown key inside',
      'destinations: { s3: { type: filesystem, pat: a } }\n',
      '1:41: unknown key "pat" in s3: did you mean path?',
    ],
    [
      'a key of another type',
      'destinations: { s3: { type: s3, path: a } }\n',
      '1:33: unknown key "path" in s3: it has type, endpoint, stsEndpoint, region, profile, credentials, pathStyle, sse, kmsKey, bucketKey, acl, conditional, partSize',
    ],
    [
      'a key of S3 for logs',
      'destinations: { logs: { type: cloudwatch-logs, pathStyle: true } }\n',
      '1:48: unknown key "pathStyle" in logs: it has type, endpoint, stsEndpoint, region, profile, credentials',
    ],
    [
      'one folder for two',
      'destinations: { s3: { type: filesystem, path: a }, firehose: { type: filesystem, path: ./a } }\n',
      '1:88: path: s3 and firehose each need a folder of their own',
    ],
    [
      'an endpoint that is no URL',
      'destinations: { s3: { type: s3, endpoint: "minio:9000" } }\n',
      '1:43: endpoint: "minio:9000" is no URL of a service: write one such as https://minio.example.net:9000',
    ],
    [
      'an unknown region',
      'destinations: { s3: { type: s3, region: EU } }\n',
      '1:41: region: "EU" is no region name: write one like eu-central-1',
    ],
    [
      'an unknown encryption',
      'destinations: { s3: { type: s3, sse: kms } }\n',
      '1:38: sse: "kms" is unknown: write one of AES256, aws:kms',
    ],
    [
      'the id of a KMS key, which the service does not take',
      'destinations: { s3: { type: s3, sse: "aws:kms", kmsKey: 0a1b2c3d } }\n',
      '1:57: kmsKey: "0a1b2c3d" is no ARN of a KMS key: write one like arn:aws:kms:eu-central-1:123456789012:key/…',
    ],
    [
      'a KMS key without KMS',
      `destinations: { s3: { type: s3, kmsKey: "${KMS}" } }\n`,
      '1:33: kmsKey goes with sse: aws:kms: write that too, or take it out',
    ],
    [
      'small parts',
      'destinations: { s3: { type: s3, partSize: 1MiB } }\n',
      '1:43: partSize: "1MiB" is none that can be: write a size from 5MiB to 512MiB, such as 8MiB',
    ],
    [
      'a profile and credentials',
      'destinations: { s3: { type: s3, profile: a, credentials: { file: f } } }\n',
      '1:42: profile: credentials are there too: write one of them',
    ],
    [
      'half of a key',
      'destinations: { s3: { type: s3, credentials: { accessKeyId: $A } } }\n',
      '1:46: credentials: write accessKeyId and secretAccessKey, or file',
    ],
    [
      'a file and variables',
      'destinations: { s3: { type: s3, credentials: { accessKeyId: $A, file: f } } }\n',
      '1:46: credentials: has a file and variables: write one of them',
    ],
    [
      'a section of no file',
      'destinations: { s3: { type: s3, credentials: { profile: a } } }\n',
      '1:46: credentials: a profile of which file? name it by file, or write profile outside of credentials',
    ],
    [
      'an unknown key of credentials',
      'destinations: { s3: { type: s3, credentials: { secretKey: $A } } }\n',
      '1:48: unknown key "secretKey" in credentials: it has accessKeyId, secretAccessKey, sessionToken, file, profile',
    ],
  ])('with %s', (_, text, message) => {
    expect(refusal(() => parse(text))).toBe(message);
  });

  test('never show a secret that stands in the file', () => {
    const secret = 'wJalrXUtnFEMI-K7MDENG';
    const said = refusal(() =>
      parse(
        `destinations: { s3: { type: s3, endpoint: "https://me:${secret}@h", credentials: { accessKeyId: $A, secretAccessKey: ${secret} } } }\n`,
      ),
    );
    expect(said).toContain(
      'secretAccessKey: write the name of an environment variable, such as $S3_SECRET: a key itself does not stand here',
    );
    expect(said).not.toContain(secret);
  });
});

describe('roles', () => {
  test('stand for others, by ARN and by pattern', () => {
    const { roles } = parse(`
roles:
  - { role: "${ROLE}", profile: prod }
  - { role: "arn:aws:iam::*:role/delivery/*", assume: true, externalId: weir-1 }
  - { role: "arn:aws-cn:iam::1234*:role/*", credentials: { accessKeyId: $A, secretAccessKey: $B } }
  - { role: "arn:aws:iam::*:role/*" }
`);
    const none = { profile: undefined, credentials: undefined, assume: false, externalId: undefined };
    expect(roles).toEqual([
      { ...none, role: ROLE, profile: 'prod' },
      { ...none, role: 'arn:aws:iam::*:role/delivery/*', assume: true, externalId: 'weir-1' },
      {
        ...none,
        role: 'arn:aws-cn:iam::1234*:role/*',
        credentials: { from: 'environment', accessKeyId: 'A', secretAccessKey: 'B', sessionToken: undefined },
      },
      { ...none, role: 'arn:aws:iam::*:role/*' },
    ]);
  });

  test.each<[string, string, string]>([
    ['no list', 'roles: x\n', '1:8: roles must be a list'],
    ['no mapping', `roles: ["${ROLE}"]\n`, '1:9: a role is a mapping: write { role: ARN, profile: NAME }'],
    ['no role', 'roles: [{ profile: a }]\n', '1:9: role is missing: give it a text'],
    [
      'an ARN of something else',
      'roles: [{ role: "arn:aws:iam::123456789012:user/x" }]\n',
      '1:17: role: "arn:aws:iam::123456789012:user/x" is no ARN of a role, nor a pattern of them: write one like arn:aws:iam::123456789012:role/flow-logs or arn:aws:iam::*:role/*',
    ],
    [
      'everything',
      'roles: [{ role: "*" }]\n',
      '1:17: role: "*" is no ARN of a role, nor a pattern of them: write one like arn:aws:iam::123456789012:role/flow-logs or arn:aws:iam::*:role/*',
    ],
    [
      'an external id without STS',
      `roles: [{ role: "${ROLE}", externalId: weir-1 }]\n`,
      '1:61: externalId goes with assume: true: write that too',
    ],
    [
      'a profile and credentials',
      `roles: [{ role: "${ROLE}", profile: a, credentials: { file: f } }]\n`,
      '1:61: profile: credentials are there too: write one of them',
    ],
    [
      'half of a key',
      `roles: [{ role: "${ROLE}", credentials: { accessKeyId: $A } }]\n`,
      '1:74: credentials: write accessKeyId and secretAccessKey, or file',
    ],
  ])('with %s', (_, text, message) => {
    expect(refusal(() => parse(text))).toBe(message);
  });

  test('are bounded', () => {
    const list = Array.from({ length: 1001 }, () => `{ role: "${ROLE}" }`).join(', ');
    expect(refusal(() => parse(`roles: [${list}]\n`))).toBe(
      '1:8: roles: 1001 are too many: 1000 is the most',
    );
  });
});

describe('webhooks', () => {
  test('have a name by their host, and what they send from the environment', () => {
    const { webhooks } = parse(`
webhooks:
  - { url: "https://siem.example.net/hook?x=1" }
  - { name: two, url: $HOOK, buckets: [flow-logs], prefix: AWSLogs/, suffix: .gz, headers: { Authorization: $TOKEN, x-from: weir } }
`);
    const all = { buckets: undefined, prefix: '', suffix: '', headers: {} };
    expect(webhooks).toEqual([
      { ...all, name: 'siem.example.net', url: { text: 'https://siem.example.net/hook?x=1' } },
      {
        name: 'two',
        url: { variable: 'HOOK' },
        buckets: ['flow-logs'],
        prefix: 'AWSLogs/',
        suffix: '.gz',
        headers: { Authorization: { variable: 'TOKEN' }, 'x-from': { text: 'weir' } },
      },
    ]);
    const events = ['s3:ObjectCreated:*'];
    expect(readWebhooks(webhooks, { HOOK: 'http://h/x', TOKEN: 'Bearer 1' })).toEqual([
      {
        name: 'siem.example.net',
        url: 'https://siem.example.net/hook?x=1',
        events,
        prefix: '',
        suffix: '',
        headers: {},
      },
      {
        name: 'two',
        url: 'http://h/x',
        events,
        buckets: ['flow-logs'],
        prefix: 'AWSLogs/',
        suffix: '.gz',
        headers: { Authorization: 'Bearer 1', 'x-from': 'weir' },
      },
    ]);
    expect(refusal(() => readWebhooks(webhooks, { HOOK: 'http://h/x' }))).toBe(
      'webhook two: the environment variable TOKEN is not set: set it',
    );
    expect(refusal(() => readWebhooks(webhooks, { HOOK: 'secret', TOKEN: 'x' }))).toBe(
      'webhook two: what its variable holds is no URL',
    );
  });

  test.each<[string, string, string]>([
    ['no list', 'webhooks: x\n', '1:11: webhooks must be a list'],
    ['no mapping', 'webhooks: [x]\n', '1:12: a webhook is a mapping: write { url: https://… }'],
    ['no URL', 'webhooks: [{ name: a }]\n', '1:12: url is missing: give it a text'],
    [
      'a URL of something else, which may be a secret',
      'webhooks: [{ url: "ftp://h/secret" }]\n',
      '1:19: url: write a URL such as https://siem.example.net/hook, or $NAME of an environment variable that holds it',
    ],
    [
      'a name twice',
      'webhooks: [{ url: "http://h/1" }, { url: "http://h/2" }]\n',
      '1:35: name: "h" is the name of a webhook above: give each its own',
    ],
    [
      'a header of its own',
      'webhooks: [{ url: "http://h/1", headers: { Host: a } }]\n',
      '1:44: headers: "Host" is no name of a header to be set',
    ],
    [
      'a header of a number',
      'webhooks: [{ url: "http://h/1", headers: { x: 1 } }]\n',
      '1:44: x: write a text in quotes, or $NAME of an environment variable that holds it',
    ],
    [
      'an unknown key',
      'webhooks: [{ url: "http://h/1", bucket: a }]\n',
      '1:33: unknown key "bucket" in webhooks: did you mean buckets?',
    ],
  ])('with %s', (_, text, message) => {
    expect(refusal(() => parse(text))).toBe(message);
  });
});

describe('tls', () => {
  test('is a certificate of files, or one that is made', () => {
    expect(parse('tls: generated\n').tls).toEqual({ type: 'generated' });
    expect(parse('tls: { certificate: ./c.pem, key: /k.pem }\n').tls).toEqual({
      type: 'files',
      certificate: '/etc/weir/c.pem',
      key: '/k.pem',
      ca: undefined,
    });
    expect(parse('tls: { certificate: c, key: k, ca: ca.pem }\n').tls).toMatchObject({
      ca: '/etc/weir/ca.pem',
    });
  });

  test.each<[string, string, string]>([
    [
      'true',
      'tls: true\n',
      '1:6: tls: write generated, or { certificate: FILE, key: FILE }, or take it out for plain HTTP',
    ],
    [
      'nothing',
      'tls:\n',
      '1:5: tls: write generated, or { certificate: FILE, key: FILE }, or take it out for plain HTTP',
    ],
    ['no key', 'tls: { certificate: c }\n', '1:6: key is missing: give it a text'],
    ['an unknown key', 'tls: { cert: c, key: k }\n', '1:6: certificate is missing: give it a text'],
  ])('with %s', (_, text, message) => {
    expect(refusal(() => parse(text)).split('\n')[0]).toBe(message);
  });

  test('by flags', () => {
    expect(tlsFromFlags({})).toBeUndefined();
    expect(tlsFromFlags({ tls: true })).toEqual({ type: 'generated' });
    expect(tlsFromFlags({ tlsCert: 'c', tlsKey: 'k' })).toEqual({
      type: 'files',
      certificate: 'c',
      key: 'k',
      ca: undefined,
    });
    expect(refusal(() => tlsFromFlags({ tlsCert: 'c' }))).toBe('--tls-cert needs --tls-key too');
    expect(refusal(() => tlsFromFlags({ tlsKey: 'k' }))).toBe('--tls-key needs --tls-cert too');
    expect(refusal(() => tlsFromFlags({ tls: true, tlsKey: 'k' }))).toBe(
      '--tls makes a certificate: leave out --tls-cert and --tls-key',
    );
  });
});

describe('keys that are named', () => {
  let folder: Folder;
  beforeEach(() => (folder = temporaryFolder()));
  afterEach(() => folder.remove());

  const ofVariables = parse(
    `destinations: { s3: { type: s3, pathStyle: true, sse: AES256, partSize: 5MiB, credentials: { accessKeyId: $A, secretAccessKey: $B } } }\n` +
      `roles: [{ role: "${ROLE}", credentials: { accessKeyId: $C, secretAccessKey: $D, sessionToken: $E } }]\n`,
  );

  test('nothing is read without a destination of another program', () => {
    expect(remoteSettings({ ...ofVariables, destinations: parse('').destinations }, {})).toEqual({});
  });

  test('come from the environment', () => {
    const environment = { A: 'id', B: 'secret', C: 'id2', D: 'secret2', E: 'token2' };
    const roles = [
      {
        role: ROLE,
        assume: false,
        credentials: { accessKeyId: 'id2', secretAccessKey: 'secret2', sessionToken: 'token2' },
      },
    ];
    const settings = remoteSettings(ofVariables, environment);
    expect(settings).toEqual({
      s3: {
        destination: {
          credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
          pathStyle: true,
          roles,
        },
        options: { encryption: { type: 'AES256' }, partBytes: 5 * 2 ** 20 },
      },
    });
    expect(structuredClone(settings)).toEqual(settings); // goes to the writing thread
    const missing = (left: Record<string, string>): string =>
      refusal(() => remoteSettings(ofVariables, left));
    expect(missing({ ...environment, B: '' })).toBe(
      'destinations.s3.credentials: the environment variable B is not set: set it',
    );
    expect(missing({ A: 'id', B: 'secret' })).toBe(
      'roles[0].credentials: the environment variable C is not set: set it',
    );
  });

  test('come from a file that not everybody can read', () => {
    const file = folder.file(
      'keys',
      '[default]\naws_access_key_id = A\naws_secret_access_key = S\n[two]\naws_access_key_id=B\naws_secret_access_key=T\naws_session_token=U\n',
    );
    chmodSync(file, 0o600);
    const settings = (members: string): unknown =>
      remoteSettings(
        parse(
          `destinations: { logs: { type: cloudwatch-logs, credentials: { file: ${file}${members} } } }\n`,
        ),
        {},
      );
    expect(settings('')).toEqual({
      logs: { destination: { credentials: { accessKeyId: 'A', secretAccessKey: 'S' }, roles: [] } },
    });
    expect(settings(', profile: two')).toMatchObject({
      logs: { destination: { credentials: { accessKeyId: 'B', secretAccessKey: 'T', sessionToken: 'U' } } },
    });
    expect(refusal(() => settings(', profile: three'))).toBe(
      `destinations.logs.credentials: ${file} has no aws_access_key_id and aws_secret_access_key in its section [three]`,
    );
    chmodSync(file, 0o644);
    expect(refusal(() => settings(''))).toBe(
      `destinations.logs.credentials: everybody on this machine can read ${file}: chmod 600 it`,
    );
    expect(
      refusal(() =>
        remoteSettings(
          parse('destinations: { firehose: { type: firehose, credentials: { file: /none/there } } }\n'),
          {},
        ),
      ),
    ).toMatch(/^destinations\.firehose\.credentials: \/none\/there cannot be read: ENOENT/);
  });
});
