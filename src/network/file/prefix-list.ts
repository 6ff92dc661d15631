import { z } from 'zod';
import { topKind } from './kind.ts';
import { name, named, prefix, region } from './schema-parts.ts';
import type { PrefixList } from '../prefix-list.ts';

/** Names of lists that the service keeps itself begin so. */
const SERVICE = /^com\.amazonaws\./;

/** `prefixLists` of network.yaml. */
export const prefixListKind = topKind(
  z.strictObject({
    ...named('prefixList'),
    name,
    region: region.optional(),
    prefixes: z.array(prefix).default([]),
  }),
  ({ name, prefixes, ...it }, base, around): PrefixList => ({
    ...base,
    region: it.region ?? around.region,
    name,
    ofService: SERVICE.test(name),
    prefixes,
  }),
);
