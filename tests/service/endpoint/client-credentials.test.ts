import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { findPlace, parseUrl } from '../../../src/service/endpoint/client-credentials.ts';

let folder: string;
let data: string;
let shared: Record<string, string>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-place-'));
  data = join(folder, 'data');
  mkdirSync(data);
  writeFileSync(
    join(data, 'credentials'),
    '[weir]\naws_access_key_id = AKIADATA\naws_secret_access_key = of/data+\n',
  );
  writeFileSync(
    join(data, 'config'),
    '[profile weir]\nregion = eu-west-1\nendpoint_url = http://[::1]:4580\n',
  );
  shared = {
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
    AWS_CONFIG_FILE: join(folder, 'config'),
  };
  writeFileSync(
    shared['AWS_SHARED_CREDENTIALS_FILE']!,
    '# keys\n[default]\naws_access_key_id=AKIADEFAULT\naws_secret_access_key=of default\n; more\n[lab]\n' +
      'aws_access_key_id = AKIALAB\naws_secret_access_key = of lab\n[half]\naws_access_key_id = AKIAHALF\n',
  );
  writeFileSync(
    shared['AWS_CONFIG_FILE']!,
    '[default]\nregion = us-east-1\n[profile lab]\ns3 =\n  endpoint_url = http://nested:1\nendpoint_url = http://lab:4580\n',
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

const seen = (flags: Parameters<typeof findPlace>[0], environment: Record<string, string> = {}): string[] => {
  const { url, region, accessKeyId, secretAccessKey } = findPlace(flags, { ...shared, ...environment });
  return [url.origin, region, accessKeyId, secretAccessKey];
};

describe('a service and its key', () => {
  test.each<[string, Parameters<typeof findPlace>[0], Record<string, string>, string[]]>([
    ['of a profile', { profile: 'lab' }, {}, ['http://lab:4580', 'eu-central-1', 'AKIALAB', 'of lab']],
    [
      'of the default profile',
      { profile: 'default', to: 'http://h:1' },
      {},
      ['http://h:1', 'us-east-1', 'AKIADEFAULT', 'of default'],
    ],
    [
      'of the environment',
      { to: 'https://h' },
      { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'S', AWS_REGION: 'r-1', AWS_PROFILE: 'lab' },
      ['https://h', 'r-1', 'A', 'S'],
    ],
    [
      'of the environment’s profile',
      { to: 'http://h:2' },
      { AWS_PROFILE: 'lab', AWS_DEFAULT_REGION: 'r-2' },
      ['http://h:2', 'r-2', 'AKIALAB', 'of lab'],
    ],
  ])('%s', (_, flags, environment, expected) => {
    expect(seen(flags, environment)).toEqual(expected);
  });

  test('of a data directory, whatever the environment says', () => {
    const environment = { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'S', AWS_REGION: 'r-1' };
    expect(seen({ data }, environment)).toEqual(['http://[::1]:4580', 'eu-west-1', 'AKIADATA', 'of/data+']);
    expect(seen({ data, to: 'http://h:9' })).toEqual(['http://h:9', 'eu-west-1', 'AKIADATA', 'of/data+']);
  });

  test.each<[string, Parameters<typeof findPlace>[0], RegExp]>([
    ['nothing', {}, /name the service: --to URL or --data DIR/],
    ['a URL alone', { to: 'http://h:1' }, /--to needs an access key/],
    ['half a profile', { to: 'http://h:1', profile: 'half' }, /the profile half has no access key in/],
    ['a profile without an endpoint', { profile: 'default' }, /names no endpoint_url: give --to URL/],
    ['no directory', { data: '/nowhere/at/all' }, /there is no data directory \/nowhere\/at\/all/],
  ])('of %s are refused', (_, flags, message) => {
    expect(() => seen(flags)).toThrow(UserError);
    expect(() => seen(flags)).toThrow(message);
  });
});

test.each(['', 'h:1', 'ftp://h', 'http://', 'http://h/x', 'http://h/?a', 'http://u:p@h', 'file:///etc'])(
  '%j is no URL of a service',
  (text) => {
    expect(() => parseUrl(text)).toThrow(/--to .*: write /);
  },
);
