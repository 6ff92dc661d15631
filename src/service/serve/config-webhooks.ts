/** `webhooks` of weir.yaml: who is told of new objects in the embedded S3 by a POST. (Queues are told of by the buckets'
 * own notification configuration.) */
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { type Fault, type Path, schemaFaults } from '../../base/yaml-file.ts';
import type { Webhook } from '../../standins/notifications/webhooks.ts';
import { LONGEST_KEY } from '../../standins/storage/objects-options.ts';
import { readVariable, VARIABLE, variableOf } from './config-variables.ts';

/** A text, or the name of an environment variable that holds it. */
export type TextOrVariable = { readonly text: string } | { readonly variable: string };

export interface WebhookConfig {
  /** What waits for it goes by it, through restarts. */
  readonly name: string;
  readonly url: TextOrVariable;
  /** undefined: of every bucket. */
  readonly buckets: readonly string[] | undefined;
  /** Of keys; empty for all. */
  readonly prefix: string;
  readonly suffix: string;
  readonly headers: Readonly<Record<string, TextOrVariable>>;
}

const MAX_WEBHOOKS = 20;
const MAX_BUCKETS = 100;
const MAX_HEADERS = 20;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,62}$/;
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/;
const HEADER_VALUE = /^[\t\x20-\x7e]{0,4096}$/;
/** What an HTTP request has anyway, and what the body is. */
const OWN_HEADERS: ReadonlySet<string> = new Set(['content-type', 'content-length', 'host', 'connection']);
const EVENTS = ['s3:ObjectCreated:*'];

const schema = z.strictObject({
  name: z
    .string()
    .refine((text) => NAME.test(text), {
      error:
        'is no name of a webhook: write up to 63 letters, digits and _ . : - that begin with a letter or digit',
    })
    .optional(),
  // Messages that do not begin with `is` keep to themselves what stands there: it may be a secret.
  url: z.string().refine((text) => VARIABLE.test(text) || isUrl(text), {
    error:
      'write a URL such as https://siem.example.net/hook, or $NAME of an environment variable that holds it',
  }),
  buckets: z.array(z.string().min(3).max(63)).min(1).max(MAX_BUCKETS).optional(),
  prefix: z.string().max(LONGEST_KEY).default(''),
  suffix: z.string().max(LONGEST_KEY).default(''),
  headers: z.record(z.string(), z.unknown()).default({}),
});

/** Reads the list of `webhooks`; what is wrong is added to `faults` at its place below `at`. */
export function parseWebhooks(list: readonly unknown[], at: Path, faults: Fault[]): readonly WebhookConfig[] {
  if (list.length > MAX_WEBHOOKS) {
    faults.push({ path: at, message: `webhooks: ${list.length} are too many: ${MAX_WEBHOOKS} is the most` });
    return [];
  }
  const names = new Set<string>();
  return list.flatMap((element, index) => {
    const path = [...at, index];
    const webhook = parseWebhook(element, path, faults);
    if (webhook === undefined) return [];
    if (names.has(webhook.name)) {
      const message = `name: "${webhook.name}" is the name of a webhook above: give each its own`;
      faults.push({ path: [...path, 'name'], message });
    }
    names.add(webhook.name);
    return [webhook];
  });
}

function parseWebhook(element: unknown, at: Path, faults: Fault[]): WebhookConfig | undefined {
  if (typeof element !== 'object' || element === null || Array.isArray(element)) {
    faults.push({ path: at, message: 'a webhook is a mapping: write { url: https://… }' });
    return undefined;
  }
  const result = schema.safeParse(element, { reportInput: true });
  if (!result.success) {
    faults.push(...schemaFaults(schema, result.error.issues, at, {}, 'the webhook'));
    return undefined;
  }
  const { url, buckets, prefix, suffix } = result.data;
  const address = textOrVariable(url);
  const headers = headersOf(result.data.headers, [...at, 'headers'], faults);
  // Not the whole URL, which may be a secret: it shows in logs and metrics.
  const name = result.data.name ?? ('text' in address ? new URL(url).hostname : address.variable);
  return { name, url: address, buckets, prefix, suffix, headers };
}

function headersOf(
  given: Readonly<Record<string, unknown>>,
  at: Path,
  faults: Fault[],
): Readonly<Record<string, TextOrVariable>> {
  const entries = Object.entries(given);
  if (entries.length > MAX_HEADERS) {
    faults.push({ path: at, message: `headers: ${entries.length} are too many: ${MAX_HEADERS} is the most` });
  }
  const taken = entries.slice(0, MAX_HEADERS).flatMap(([name, value]): [string, TextOrVariable][] => {
    if (!HEADER_NAME.test(name) || OWN_HEADERS.has(name.toLowerCase())) {
      faults.push({ path: at, key: name, message: `headers: "${name}" is no name of a header to be set` });
      return [];
    }
    if (typeof value === 'string' && HEADER_VALUE.test(value)) return [[name, textOrVariable(value)]];
    const message = `${name}: write a text in quotes, or $NAME of an environment variable that holds it`;
    faults.push({ path: at, key: name, message });
    return [];
  });
  return Object.fromEntries(taken);
}

function textOrVariable(text: string): TextOrVariable {
  const variable = variableOf(text);
  return variable === undefined ? { text } : { variable };
}

function isUrl(text: string): boolean {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return `${username}${password}` === ''; // fetch refuses them: headers have them
}

/**
 * The webhooks with what environment variables hold.
 * @throws {UserError} for a variable that is not set, or holds no URL
 */
export function readWebhooks(
  configs: readonly WebhookConfig[],
  environment: Readonly<Record<string, string | undefined>>,
): Webhook[] {
  return configs.map(({ name, url, buckets, prefix, suffix, headers }) => {
    const valueOf = (value: TextOrVariable): string =>
      'text' in value ? value.text : readVariable(value.variable, `webhook ${name}`, environment);
    const address = valueOf(url);
    if (!isUrl(address)) throw new UserError(`webhook ${name}: what its variable holds is no URL`);
    return {
      name,
      url: address,
      events: EVENTS,
      prefix,
      suffix,
      headers: Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, valueOf(value)])),
      ...(buckets === undefined ? {} : { buckets }),
    };
  });
}
