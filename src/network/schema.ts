/** The shape of network.yaml, one schema for each kind of resource. Lists of other resources are left as they
 * are (`unknown`): each element is read by itself, so that one bad element hides no fault of the others. */
import { z } from 'zod';
import { parseAddress, type Address } from '../base/addresses.ts';
import { messageOf } from '../base/errors.ts';
import { parsePrefix } from '../base/prefixes.ts';
import {
  ID_PREFIXES,
  isAccountId,
  isId,
  isRegion,
  isSublocationId,
  isZoneId,
  parseMac,
  type IdKind,
} from './ids.ts';
import { INTERFACE_KINDS, SUBLOCATION_TYPES } from './interface.ts';
import { MAX_TAGS, tagKeyFault, tagValueFault } from './tags.ts';

const MAX_NAME = 255;

function text(good: (text: string) => boolean, message: string): z.ZodType<string> {
  return z.string().refine(good, { error: message });
}

function id(kind: IdKind): z.ZodType<string> {
  const prefix = ID_PREFIXES[kind];
  const message = `is no id of this kind: write ${prefix}- and 8 or 17 hex digits in lower case, such as ${prefix}-0a1b2c3d`;
  return text((value) => isId(kind, value), message);
}

const account = text(isAccountId, 'is no account id: write 12 digits, in quotes');
const region = text(isRegion, 'is no region name: write one like eu-central-1 (a-z, 0-9 and hyphens)');
const zoneId = text(
  isZoneId,
  'is no Availability Zone id: write one like euc1-az1 (the id, not the name eu-central-1a)',
);
const name = text(
  (value) => value.length > 0 && value.length <= MAX_NAME && !/\p{Cc}/u.test(value),
  `is no name: write 1 to ${MAX_NAME} printable characters`,
);

const prefix = z.string().transform((value, context) => {
  try {
    return parsePrefix(value);
  } catch (error) {
    context.issues.push({ code: 'custom', message: messageOf(error), input: value });
    return z.NEVER;
  }
});

function address(family: 4 | 6): z.ZodType<Address> {
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

const mac = z.string().transform((value, context) => {
  const parsed = parseMac(value);
  if (parsed !== undefined) return parsed;
  const message = 'is no MAC address of one station: write one like 02:42:ac:11:00:02';
  context.issues.push({ code: 'custom', message, input: value });
  return z.NEVER;
});

const tags = z.record(z.string(), z.string()).superRefine((value, context) => {
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

const placement = z.strictObject({
  sublocationType: z.enum(SUBLOCATION_TYPES),
  sublocationId: text(
    isSublocationId,
    'is no sublocation id: up to 64 letters, digits, dots, hyphens and underscores',
  ),
});

const binding = z.strictObject({
  source: name.optional(),
  ifIndex: z.int().min(0).max(0xffffffff).optional(),
  vlan: z.int().min(1).max(4094).optional(),
});

const elements = z.array(z.unknown()).default([]);

export const fileSchema = z.strictObject({
  account: account.optional(),
  region: region.optional(),
  accounts: elements,
  regions: elements,
  vpcs: elements,
  instances: elements,
});

export const accountSchema = z.strictObject({ id: account, name: name.optional() });

export const regionSchema = z.strictObject({
  name: region,
  zones: z.array(z.strictObject({ id: zoneId, name: name.optional() })).default([]),
});

export const vpcSchema = z.strictObject({
  id: id('vpc'),
  account: account.optional(),
  region: region.optional(),
  cidrs: z.array(prefix),
  awsReserved: z.boolean().default(false),
  tags: tags.default({}),
  subnets: elements,
});

export const subnetSchema = z.strictObject({
  id: id('subnet'),
  account: account.optional(),
  cidrs: z.array(prefix),
  azId: zoneId.optional(),
  discover: z.boolean().default(false),
  placement: placement.optional(),
  tags: tags.default({}),
  interfaces: elements,
});

export const interfaceSchema = z.strictObject({
  id: id('interface'),
  account: account.optional(),
  kind: z.enum(INTERFACE_KINDS).default('interface'),
  primary: address(4).optional(),
  secondary: z.array(address(4)).default([]),
  ipv6: z.array(address(6)).default([]),
  mac: mac.optional(),
  instance: id('instance').optional(),
  placement: placement.optional(),
  bind: z.array(binding).default([]),
  tags: tags.default({}),
});

export const instanceSchema = z.strictObject({
  id: id('instance'),
  account: account.optional(),
  nitro: z.boolean().default(false),
  tags: tags.default({}),
});

/** Keys of the objects that lie inside of a resource, for suggestions; by the member they lie at. */
export const INNER_KEYS: Readonly<Record<string, readonly string[]>> = {
  placement: Object.keys(placement.shape),
  bind: Object.keys(binding.shape),
  zones: ['id', 'name'],
};
