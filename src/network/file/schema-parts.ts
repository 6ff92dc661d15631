/** Parts of the schemas of network.yaml: what many kinds of resources have. Messages that begin with "is" follow
 * the value. */
import { z } from 'zod';
import { formatAddress, parseAddress, type Address } from '../../base/addresses.ts';
import { messageOf } from '../../base/errors.ts';
import { parsePrefix, type Prefix } from '../../base/prefixes.ts';
import { ID_PREFIXES, isAccountId, isId, isRegion, isZoneId, parseMac, type IdKind } from '../ids.ts';
import type { Binding } from '../interface.ts';
import { MAX_TAGS, tagKeyFault, tagValueFault } from '../tags.ts';

const MAX_NAME = 255;

export function text(good: (text: string) => boolean, message: string): z.ZodType<string> {
  return z.string().refine(good, { error: message });
}

export function id(kind: IdKind): z.ZodType<string> {
  const prefix = ID_PREFIXES[kind];
  const message = `is no id of this kind: write ${prefix}- and 8 or 17 hex digits in lower case, such as ${prefix}-0a1b2c3d`;
  return text((value) => isId(kind, value), message);
}

export const account = text(isAccountId, 'is no account id: write 12 digits, in quotes');
export const region = text(isRegion, 'is no region name: write one like eu-central-1 (a-z, 0-9 and hyphens)');
export const zoneId = text(
  isZoneId,
  'is no Availability Zone id: write one like euc1-az1 (the id, not the name eu-central-1a)',
);
export const name = text(
  (value) => value.length > 0 && value.length <= MAX_NAME && !/\p{Cc}/u.test(value),
  `is no name: write 1 to ${MAX_NAME} printable characters`,
);

export const prefix = z.string().transform((value, context) => {
  try {
    return parsePrefix(value);
  } catch (error) {
    context.issues.push({ code: 'custom', message: messageOf(error), input: value });
    return z.NEVER;
  }
});

export function address(family: 4 | 6): z.ZodType<Address> {
  const example = family === 4 ? '10.0.1.10' : '2001:db8::10';
  return z.string().transform((value, context) => {
    const parsed = parseAddress(value);
    if (parsed?.family === family) return parsed;
    context.issues.push({
      code: 'custom',
      message: `is no IPv${family} address: write one like ${example}`,
      input: value,
    });
    return z.NEVER;
  });
}

export const mac = z.string().transform((value, context) => {
  const parsed = parseMac(value);
  if (parsed !== undefined) return parsed;
  const message = 'is no MAC address of one station: write one like 02:42:ac:11:00:02';
  context.issues.push({ code: 'custom', message, input: value });
  return z.NEVER;
});

export const tags = z.record(z.string(), z.string()).superRefine((value, context) => {
  const keys = Object.keys(value);
  if (keys.length > MAX_TAGS) {
    context.addIssue({
      code: 'custom',
      message: `a resource has at most ${MAX_TAGS} tags, this one ${keys.length}`,
    });
  }
  for (const key of keys) {
    const message = tagKeyFault(key) ?? tagValueFault(value[key]!);
    if (message !== undefined) context.addIssue({ code: 'custom', message, path: [key] });
  }
});

/** An exporter's address as the packet path names it. */
const exporter = z.string().transform((value, context) => {
  const parsed = parseAddress(value);
  if (parsed !== undefined) return formatAddress(unmapped(parsed));
  const message = 'is no address: write one like 192.0.2.1 or 2001:db8::1';
  context.issues.push({ code: 'custom', message, input: value });
  return z.NEVER;
});

/** What tells where traffic is seen: of a `bind` entry and of a `scopes` entry. */
export const seenAt = {
  source: name.optional(),
  exporter: exporter.optional(),
  ifIndex: z.int().min(0).max(0xffffffff).optional(),
  vlan: z.int().min(1).max(4094).optional(),
  tunnel: z.int().min(0).max(0xffffffff).optional(),
};

const binding = z.strictObject(seenAt).transform(({ source, exporter, ifIndex, vlan, tunnel }): Binding => {
  return { source, exporter, ifIndex, vlan, tunnel };
});

/** `bind` of all that traffic can be bound to. */
export const bindings = z.array(binding).default([]);

/** Keys of a bind entry, for suggestions. */
export const BINDING_KEYS = Object.keys(seenAt);

/** A prefix, or an id of one of some kinds; `message` for what is neither. */
export function prefixOrId(kinds: readonly IdKind[], message: string): z.ZodType<Prefix | string> {
  return z.string().transform((value, context) => {
    if (kinds.some((kind) => isId(kind, value))) return value;
    try {
      return parsePrefix(value);
    } catch (error) {
      const isPrefix = value.includes('/');
      context.issues.push({ code: 'custom', message: isPrefix ? messageOf(error) : message, input: value });
      return z.NEVER;
    }
  });
}

/** An IPv4-mapped IPv6 address (RFC 4291, section 2.5.5.2) as the IPv4 address that it stands for. */
function unmapped(address: Address): Address {
  const [a, b, c, d] = address.words;
  const mapped = address.family === 6 && a === 0 && b === 0 && c === 0xffff;
  return mapped ? { family: 4, words: [0, 0, 0, d] } : address;
}

/** Lists of resources are left as they are: each element is read by itself, so that one bad element hides no
 * fault of the others. */
export const elements = z.array(z.unknown()).default([]);

/** The same for a resource of which there is one at most. */
export const element = z.unknown().optional();

/** What every kind begins with. */
export function named(kind: IdKind) {
  return { id: id(kind), account: account.optional(), tags: tags.default({}) };
}

/** An AS number. */
export const asNumber = z.int().min(1).max(4_294_967_294);
