import { isAbsolute, join, dirname } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../../base/errors.ts';
import { type Fault, readTextFile, schemaFaults, YamlFile } from '../../base/yaml-file.ts';
import { DEFAULT_QUOTA } from '../../flow-logs/create.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../network/defaults.ts';
import { isAccountId, isRegion } from '../../network/ids.ts';
import { DEFAULT_DESTINATIONS, type DestinationsConfig, parseDestinations } from './config-destinations.ts';
import { parseRoles, type RoleConfig } from './config-roles.ts';
import { parseSources, type SourceConfig } from './config-sources.ts';
import { parseTls, type TlsConfig } from './config-tls.ts';
import { parseWebhooks, type WebhookConfig } from './config-webhooks.ts';
import { measure, parseDuration, parseSize } from './config-units.ts';

export type * from './config-destinations.ts';
export type { RoleConfig } from './config-roles.ts';
export type * from './config-sources.ts';

/** Where the service listens unless told otherwise: this machine only. */
export const DEFAULT_LISTEN = '127.0.0.1:4580';
/** Where its state lives unless told otherwise. */
export const DEFAULT_DATA = './data';
/** Longest configuration file, in bytes. */
const MAX_CONFIG_FILE = 1 << 20;
const MAX_PORT = 65_535;
/** What may wait for destinations on disk: bytes, and seconds. */
const DEFAULT_SPOOL = { maxBytes: 10 * 2 ** 30, maxAge: 7 * 86_400 };
/** Seconds that captures and NFLOG are waited for (S3.3). */
const DEFAULT_GRACE = 2;
/** Flows of one window: those of `weir record`. */
const DEFAULT_MAX_FLOWS = 1 << 20;

export interface ListenAt {
  readonly host: string;
  /** 0 is any free port. */
  readonly port: number;
}

/** What `weir serve` runs by: weir.yaml, and flags above it. */
export interface ServiceConfig {
  readonly account: string;
  readonly region: string;
  readonly listen: ListenAt;
  /** undefined: plain HTTP. */
  readonly tls: TlsConfig | undefined;
  /** Path of network.yaml; undefined: one VPC that discovers the private ranges. */
  readonly network: string | undefined;
  /** Path of an ip-ranges.json; undefined: pkt-src-aws-service and pkt-dst-aws-service are not known. */
  readonly ipRanges: string | undefined;
  /** The two files above are read again when they change. */
  readonly watch: boolean;
  /** Most flow logs of one resource. */
  readonly flowLogsPerResource: number;
  /** In the order of the file. */
  readonly sources: readonly SourceConfig[];
  readonly destinations: DestinationsConfig;
  /** The first whose pattern is a role's stands for it. */
  readonly roles: readonly RoleConfig[];
  /** Told of new objects in the embedded S3. */
  readonly webhooks: readonly WebhookConfig[];
  readonly spool: SpoolConfig;
  /** Seconds after a window's end for which its late packets are waited for (S3.3). */
  readonly grace: number;
  /** Flows held of one window. */
  readonly maxFlows: number;
}

/** How much may wait for destinations: what is beyond is given up, and shown as SKIPDATA (S5.5). */
export interface SpoolConfig {
  readonly maxBytes: number;
  /** Seconds. */
  readonly maxAge: number;
}

const schema = z.strictObject({
  account: z
    .string()
    .refine(isAccountId, { error: 'is no account id: write 12 digits, in quotes' })
    .default(DEFAULT_ACCOUNT),
  region: z
    .string()
    .refine(isRegion, { error: `is no region name: write one like ${DEFAULT_REGION}` })
    .default(DEFAULT_REGION),
  listen: z
    .string()
    .refine((text) => parseListen(text) !== undefined, {
      error: 'is no address to listen at: write HOST:PORT, such as 127.0.0.1:4580 or [::1]:4580',
    })
    .default(DEFAULT_LISTEN),
  tls: z.unknown().optional(),
  network: z.string().min(1).optional(),
  ipRanges: z.string().min(1).optional(),
  watch: z.boolean().default(true),
  flowLogsPerResource: z.int().min(1).max(100_000).default(DEFAULT_QUOTA),
  sources: z.array(z.unknown()).default([]),
  destinations: z.looseObject({}).optional(),
  roles: z.array(z.unknown()).default([]),
  webhooks: z.array(z.unknown()).default([]),
  spool: z
    .strictObject({
      maxBytes: measure(
        parseSize,
        2 ** 24,
        2 ** 50,
        'a size from 16MiB to 1024TiB, such as 10GiB',
      ).optional(),
      maxAge: measure(parseDuration, 3600, 3650 * 86_400, 'a time from 1h to 3650d, such as 7d').optional(),
    })
    .optional(),
  grace: z.int().min(0).max(300).default(DEFAULT_GRACE),
  maxFlows: z
    .int()
    .min(1024)
    .max(1 << 25)
    .default(DEFAULT_MAX_FLOWS),
});

/** Keys of the mappings inside, for unknown ones. */
const INNER_KEYS = { spool: ['maxBytes', 'maxAge'] };

/** Keys that tell a configuration from a network file. */
export const CONFIG_ONLY_KEYS = [
  'listen',
  'tls',
  'network',
  'ipRanges',
  'watch',
  'flowLogsPerResource',
  'sources',
  'destinations',
  'roles',
  'webhooks',
  'spool',
  'grace',
  'maxFlows',
] as const;

/** Every default. */
export function defaultConfig(): ServiceConfig {
  return parseConfig('', 'weir.yaml');
}

/** Reads weir.yaml. A UserError with every fault at its line and column. */
export function readConfigFile(file: string): ServiceConfig {
  return parseConfig(readTextFile(file, 'configuration', MAX_CONFIG_FILE), file);
}

/** The configuration that a text describes; paths in it are taken from the folder of `file`. */
export function parseConfig(text: string, file: string): ServiceConfig {
  const document = new YamlFile(text, file);
  const read = document.data() ?? {};
  const result = schema.safeParse(read, { reportInput: true });
  const faults: Fault[] = result.success
    ? []
    : schemaFaults(schema, result.error.issues, [], INNER_KEYS, 'the configuration');
  const beside = (path: string): string => (isAbsolute(path) ? path : join(dirname(file), path));
  // What stands inside is looked at even when the rest is wrong: every fault is told at once.
  const inner = read as Readonly<Record<'sources' | 'destinations' | 'roles' | 'webhooks' | 'tls', unknown>>;
  const sources = Array.isArray(inner.sources)
    ? parseSources(inner.sources, ['sources'], beside, faults)
    : [];
  const destinations =
    typeof inner.destinations === 'object' && inner.destinations !== null
      ? parseDestinations(inner.destinations, ['destinations'], beside, faults)
      : DEFAULT_DESTINATIONS;
  const roles = Array.isArray(inner.roles) ? parseRoles(inner.roles, ['roles'], beside, faults) : [];
  const webhooks = Array.isArray(inner.webhooks) ? parseWebhooks(inner.webhooks, ['webhooks'], faults) : [];
  const tls = inner.tls === undefined ? undefined : parseTls(inner.tls, ['tls'], beside, faults);
  if (!result.success || faults.length > 0) return document.refuse(faults);
  const { data } = result;
  return {
    account: data.account,
    region: data.region,
    listen: parseListen(data.listen)!,
    tls,
    network: data.network === undefined ? undefined : beside(data.network),
    ipRanges: data.ipRanges === undefined ? undefined : beside(data.ipRanges),
    watch: data.watch,
    flowLogsPerResource: data.flowLogsPerResource,
    sources,
    destinations,
    roles,
    webhooks,
    spool: {
      maxBytes: data.spool?.maxBytes ?? DEFAULT_SPOOL.maxBytes,
      maxAge: data.spool?.maxAge ?? DEFAULT_SPOOL.maxAge,
    },
    grace: data.grace,
    maxFlows: data.maxFlows,
  };
}

/** HOST:PORT, an IPv6 host in brackets; undefined for what is none. */
export function parseListen(text: string): ListenAt | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  return port > MAX_PORT ? undefined : { host: (match[1] ?? match[2])!, port };
}

/** The same for a flag: wrong use when it is none. */
export function listenFromFlag(text: string): ListenAt {
  const at = parseListen(text);
  if (at === undefined) throw new UsageError(`--listen ${text}: write HOST:PORT, such as ${DEFAULT_LISTEN}`);
  return at;
}

/** A host as it stands in a URL. */
export function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
