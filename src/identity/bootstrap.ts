import { formatIPv4, parseAddress } from '../base/addresses.ts';
import { UsageError, UserError } from '../base/errors.ts';
import type { AccessKey } from '../store/store.ts';

/** Account of keys that name none. */
export const DEFAULT_ACCOUNT = '123456789012';

/** Key ids that stand in documentation, emulators and tutorials, in lower case. */
const WELL_KNOWN_IDS: ReadonlySet<string> = new Set([
  'akiaiosfodnn7example',
  'akiai44qh8dhbexample',
  'asiaiosfodnn7example',
  'akidexample',
  'lkiaqaaaaaaaaaaaaaaa',
  'minioadmin',
  'localstack',
  'accesskey',
  'access_key',
  'access',
  'aws',
  'admin',
  'root',
  'user',
  'weir',
  'key',
  'foo',
  'dummy',
  'fake',
  'mock',
  'mock_access_key',
  'fakemyaccesskeyid',
  'example',
  'local',
  'testing',
  'test',
  'anything',
]);

/** Secrets of the same sources, in lower case. */
const WELL_KNOWN_SECRETS: ReadonlySet<string> = new Set([
  'wjalrxutnfemi/k7mdeng/bpxrficyexamplekey',
  'je7mtgbclwbf/2zk9utk/h3ycu8wvbexamplekey',
  'wjalrxutnfemi/k7mdeng+bpxrficyexamplekey',
]);

/** Shortest secret that is taken beyond loopback, characters: half of what the service hands out. */
const SHORTEST_SECRET = 20;

const KEY_ID = /^[A-Za-z0-9_]{3,128}$/;
const SECRET = /^[\x21-\x7e]{1,128}$/;

/**
 * The key that CI gives through the environment: WEIR_ACCESS_KEY_ID and WEIR_SECRET_ACCESS_KEY, both or neither,
 * and WEIR_ACCOUNT_ID.
 * @throws {UsageError} when one is missing or malformed (values are not repeated)
 */
export function bootstrapKey(
  environment: Readonly<Record<string, string | undefined>>,
  defaultAccount: string = DEFAULT_ACCOUNT,
): AccessKey | undefined {
  const id = environment['WEIR_ACCESS_KEY_ID'] ?? '';
  const secret = environment['WEIR_SECRET_ACCESS_KEY'] ?? '';
  const account = environment['WEIR_ACCOUNT_ID'] ?? '';
  if (id === '' && secret === '') return undefined;
  if (id === '' || secret === '') {
    const [given, missing] =
      id === ''
        ? ['WEIR_SECRET_ACCESS_KEY', 'WEIR_ACCESS_KEY_ID']
        : ['WEIR_ACCESS_KEY_ID', 'WEIR_SECRET_ACCESS_KEY'];
    throw new UsageError(`${given} is set and ${missing} is not: set both or neither`);
  }
  if (!KEY_ID.test(id)) throw new UsageError('WEIR_ACCESS_KEY_ID must be 3 to 128 letters, digits and _');
  if (!SECRET.test(secret)) {
    throw new UsageError('WEIR_SECRET_ACCESS_KEY must be 1 to 128 printable ASCII characters without spaces');
  }
  if (account !== '' && !/^[0-9]{12}$/.test(account))
    throw new UsageError('WEIR_ACCOUNT_ID must be 12 digits');
  return {
    id,
    secret,
    account: account === '' ? defaultAccount : account,
    readOnly: false,
    label: 'from the environment',
    createdAt: Date.now(),
  };
}

/**
 * Refuses a bootstrap key that anyone could guess where others than this machine can reach the service.
 * @throws {UserError}
 */
export function checkBootstrapKey(key: Pick<AccessKey, 'id' | 'secret'>, listenHost: string): void {
  if (isLoopback(listenHost)) return;
  const id = key.id.toLowerCase();
  const secret = key.secret.toLowerCase();
  const known = WELL_KNOWN_IDS.has(id) || WELL_KNOWN_SECRETS.has(secret) || WELL_KNOWN_IDS.has(secret);
  if (known || id === secret || key.secret.length < SHORTEST_SECRET) {
    throw new UserError(
      `the access key of the environment is a well-known or short one, and ${listenHost} is not loopback: ` +
        'listen on 127.0.0.1, or give WEIR_ACCESS_KEY_ID and WEIR_SECRET_ACCESS_KEY values of your own ' +
        `(a secret of ${SHORTEST_SECRET} characters or more)`,
    );
  }
}

/** Whether only this machine reaches what listens on a host. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (bare === 'localhost') return true;
  const address = parseAddress(bare);
  if (address === undefined) return false;
  const [a, b, c, d] = address.words;
  const mapped = a === 0 && b === 0 && c === 0xffff;
  if (address.family === 4 || mapped) return formatIPv4(d).startsWith('127.');
  return a === 0 && b === 0 && c === 0 && d === 1;
}
