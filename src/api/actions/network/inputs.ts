/** Values of requests that several actions take. */
import { hash } from 'node:crypto';
import { parseAddress, type Address } from '../../../base/addresses.ts';
import { familyBits, prefixOf, type Prefix } from '../../../base/prefixes.ts';
import type { ResourceKind, ResourceOf } from '../../../network/resources.ts';
import type { OnceKey, Turn } from '../../../network/registry.ts';
import type { Switch } from '../../../network/transit-gateway.ts';
import type { ActionContext } from '../../actions.ts';
import { refusal } from '../../errors.ts';
import { notFound } from './lookup.ts';

/** Refuses members that the service has and this one has not: they are never ignored. */
export function refuseUnsupported<T extends object>(input: T, names: readonly (keyof T & string)[]): void {
  for (const name of names) {
    const value = input[name];
    if (value === undefined || value === false || (Array.isArray(value) && value.length === 0)) continue;
    throw refusal('unsupportedParameter', { name });
  }
}

/**
 * A CIDR block. Bits behind the prefix length are cleared, as the service does.
 *
 * @throws ServiceError InvalidParameterValue for what is none of the family
 */
export function cidrOf(text: string, family: 4 | 6, name: string): Prefix {
  const [address, length, ...rest] = text.split('/');
  const parsed = parseAddress(address ?? '');
  const bits = /^(?:0|[1-9][0-9]{0,2})$/.test(length ?? '') ? Number(length) : Number.NaN;
  if (rest.length > 0 || parsed?.family !== family || !(bits <= familyBits(family))) {
    throw refusal('invalidCidr', { value: text, name });
  }
  return prefixOf(parsed, bits);
}

/** An address of a family. */
export function addressOf(text: string, family: 4 | 6, name: string): Address {
  const parsed = parseAddress(text);
  if (parsed?.family !== family) {
    throw refusal('invalidValue', { value: text, name, reason: `It is not a valid IPv${family} address.` });
  }
  return parsed;
}

/** One of the values of an enumeration. */
export function oneOf<const T extends string>(value: string, values: readonly T[], name: string): T {
  if (!(values as readonly string[]).includes(value)) {
    throw refusal('badEnum', { value, name, values: values.join(', ') });
  }
  return value as T;
}

export function switchOf(value: string | undefined, otherwise: Switch, name: string): Switch {
  return value === undefined ? otherwise : oneOf(value, ['enable', 'disable'], name);
}

/** A text of bounded length. */
export function textOf(value: string | undefined, max: number, name: string): string | undefined {
  if (value !== undefined && value.length > max) throw refusal('tooLong', { name, max });
  return value;
}

/** A count that a request asks for. */
export function countOf(value: number | undefined, max: number, name: string): number {
  if (value === undefined) return 0;
  if (value >= 0 && value <= max) return value;
  throw refusal('invalidValue', { value, name, reason: `It must be between 0 and ${max}.` });
}

const MAX_CLIENT_TOKEN = 64;

/** What makes two requests under a client token the same: all members but the token and DryRun. */
export function onceKeyOf(
  action: string,
  input: { readonly ClientToken?: string | undefined; readonly DryRun?: boolean | undefined },
): OnceKey | undefined {
  const { ClientToken: token, DryRun: _, ...rest } = input;
  if (token === undefined) return undefined;
  textOf(token, MAX_CLIENT_TOKEN, 'clientToken');
  return { action, token, digest: hash('sha256', JSON.stringify(rest), 'hex') };
}

/** What an earlier request under the same client token made; undefined when there was none. */
export async function madeBefore<K extends ResourceKind>(
  turn: Turn,
  context: ActionContext,
  kind: K,
  once: OnceKey | undefined,
): Promise<ResourceOf[K] | undefined> {
  const found = once === undefined ? undefined : await turn.repeated(once, context.now);
  if (found === undefined) return undefined;
  if (found === 'mismatch') throw refusal('idempotentMismatch');
  const resource = turn.state.get(context, kind, found.id);
  if (resource === undefined) throw notFound(kind, found.id);
  return resource;
}
