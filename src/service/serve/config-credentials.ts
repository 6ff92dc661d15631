/** `credentials` of weir.yaml: where an access key is found. The key itself never stands in the file. */
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { messageOf, UserError } from '../../base/errors.ts';
import type { Fault, Path } from '../../base/yaml-file.ts';
import type { AwsKey } from '../../delivery/aws/settings.ts';
import { readSection } from '../endpoint/shared-files.ts';
import { readVariable, VARIABLE, variableOf } from './config-variables.ts';

/** Names of environment variables, or a section of a file in the format of the AWS tools' shared files. */
export type CredentialsConfig =
  | {
      readonly from: 'environment';
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken: string | undefined;
    }
  | { readonly from: 'file'; readonly file: string; readonly section: string };

/** Permission bits of everybody: a secret that they can read, or write, is none. */
const EVERYBODY = 0o006;
const DEFAULT_SECTION = 'default';

// The message does not begin with `is`, which would show what stands there: it may be a secret.
const variable = z.string().regex(VARIABLE, {
  error: 'write the name of an environment variable, such as $S3_SECRET: a key itself does not stand here',
});

/** Of a mapping with either the names of variables, or a file. */
export const credentialsSchema = z.strictObject({
  accessKeyId: variable.optional(),
  secretAccessKey: variable.optional(),
  sessionToken: variable.optional(),
  file: z.string().min(1).optional(),
  profile: z.string().min(1).optional(),
});

/** Keys of `credentials`, for unknown ones. */
export const CREDENTIALS_KEYS = Object.keys(credentialsSchema.shape);

/** The sentence that says what is wrong with a mapping as a whole, or what it means. */
function credentialsOf(
  data: z.output<typeof credentialsSchema>,
  beside: (path: string) => string,
): CredentialsConfig | string {
  const { accessKeyId, secretAccessKey, sessionToken, file, profile } = data;
  const named = accessKeyId ?? secretAccessKey ?? sessionToken;
  if (file !== undefined) {
    if (named !== undefined) return 'credentials: has a file and variables: write one of them';
    return { from: 'file', file: beside(file), section: profile ?? DEFAULT_SECTION };
  }
  if (profile !== undefined) {
    return 'credentials: a profile of which file? name it by file, or write profile outside of credentials';
  }
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    return 'credentials: write accessKeyId and secretAccessKey, or file';
  }
  return {
    from: 'environment',
    accessKeyId: nameOf(accessKeyId),
    secretAccessKey: nameOf(secretAccessKey),
    sessionToken: sessionToken === undefined ? undefined : nameOf(sessionToken),
  };
}

function nameOf(text: string): string {
  return variableOf(text)!;
}

/** What is wrong with a mapping that has credentials and a profile in their place. */
export const PROFILE_TOO = 'profile: credentials are there too: write one of them';

/** The credentials of the mapping at `at`; what is wrong with them is added to `faults`. */
export function credentialsIn(
  data: z.output<typeof credentialsSchema> | undefined,
  at: Path,
  beside: (path: string) => string,
  faults: Fault[],
): CredentialsConfig | undefined {
  if (data === undefined) return undefined;
  const credentials = credentialsOf(data, beside);
  if (typeof credentials !== 'string') return credentials;
  faults.push({ path: [...at, 'credentials'], message: credentials });
  return undefined;
}

/**
 * The key that a configuration names; `where` it stands is for messages.
 * @throws {UserError} when it is not there, or everybody can read the file
 */
export function readCredentials(
  config: CredentialsConfig,
  where: string,
  environment: Readonly<Record<string, string | undefined>>,
): AwsKey {
  return config.from === 'file' ? ofFile(config, where) : ofEnvironment(config, where, environment);
}

function ofEnvironment(
  config: Extract<CredentialsConfig, { from: 'environment' }>,
  where: string,
  environment: Readonly<Record<string, string | undefined>>,
): AwsKey {
  const valueOf = (name: string): string => readVariable(name, where, environment);
  const { sessionToken } = config;
  return {
    accessKeyId: valueOf(config.accessKeyId),
    secretAccessKey: valueOf(config.secretAccessKey),
    ...(sessionToken === undefined ? {} : { sessionToken: valueOf(sessionToken) }),
  };
}

function ofFile({ file, section }: Extract<CredentialsConfig, { from: 'file' }>, where: string): AwsKey {
  const values = readSection(readSecretFile(file, where), section);
  const accessKeyId = values.get('aws_access_key_id') ?? '';
  const secretAccessKey = values.get('aws_secret_access_key') ?? '';
  const sessionToken = values.get('aws_session_token') ?? '';
  if (accessKeyId === '' || secretAccessKey === '') {
    throw new UserError(
      `${where}: ${file} has no aws_access_key_id and aws_secret_access_key in its section [${section}]`,
    );
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken === '' ? {} : { sessionToken }) };
}

/** The text of a file that holds a secret. @throws {UserError} also when everybody can read or change it */
export function readSecretFile(file: string, where: string): string {
  try {
    if ((statSync(file).mode & EVERYBODY) !== 0) {
      throw new UserError(`${where}: everybody on this machine can read ${file}: chmod 600 it`);
    }
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${where}: ${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
