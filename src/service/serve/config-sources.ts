/** `sources` of weir.yaml: what the service records. Plain data, so that it reaches a recording thread as it is. */
import { basename } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../base/errors.ts';
import { type Fault, type Path, schemaFaults } from '../../base/yaml-file.ts';
import type { TunnelKind } from '../../capture/open.ts';
import { checkDeviceName, isNflog } from '../../sources/device.ts';
import { EXPORTER_SCHEMAS, exporterSource, type ExporterSourceConfig } from './config-exporters.ts';
import { MAX_LIST, sourceName, tunnels, vpcs } from './config-source-parts.ts';

/** Most sources of a service: each live one is a child process. */
const MAX_SOURCES = 64;
/** Half of what the kernel takes as one argument. */
const MAX_FILTER = 65_536;
const MAX_PATTERN = 1000;

/** What every source has. */
interface AnySource {
  /** Unique in the configuration: a label of metrics, and what `source` of a network file binds to. */
  readonly name: string;
  /** VPCs whose addresses the source sees (S2.1); undefined: all. */
  readonly vpcs: readonly string[] | undefined;
}

/** Of captures. */
interface Opened {
  /** Tunnels whose inner packets are recorded; undefined: none. */
  readonly tunnels: readonly TunnelKind[] | undefined;
}

/** Which prefixes of logged packets are verdicts, as regular expressions; undefined: those of the decoder. */
interface Verdicts {
  readonly acceptPrefix: string | undefined;
  readonly rejectPrefix: string | undefined;
}

/** How tcpdump captures; undefined: its own default. */
interface Capture {
  /** Bytes of each packet. */
  readonly snaplen: number | undefined;
  /** The kernel's buffer. */
  readonly bufferKiB: number | undefined;
}

/** An interface of this machine, or `any`. */
export interface LiveSourceConfig extends AnySource, Opened, Capture {
  readonly type: 'live';
  readonly interface: string;
  /** A capture filter, as tcpdump takes it. */
  readonly filter: string | undefined;
  readonly promiscuous: boolean;
}

/** A firewall's NFLOG group. */
export interface NflogSourceConfig extends AnySource, Opened, Capture, Verdicts {
  readonly type: 'nflog';
  readonly group: number;
  /** `verdict`: sets verdicts and counts nothing that another source counts (S2.8). */
  readonly role: 'verdict' | 'count';
}

/** Captures that are replayed when the service starts, merged by time. */
export interface FileSourceConfig extends AnySource, Opened, Verdicts {
  readonly type: 'file';
  readonly paths: readonly string[];
}

/** A capture on standard input. */
export interface StdinSourceConfig extends AnySource, Opened, Verdicts {
  readonly type: 'stdin';
}

export type { ExporterSourceConfig } from './config-exporters.ts';

export type SourceConfig =
  | LiveSourceConfig
  | NflogSourceConfig
  | ExporterSourceConfig
  | FileSourceConfig
  | StdinSourceConfig;
export type SourceType = SourceConfig['type'];

const TYPES: readonly SourceType[] = ['live', 'nflog', 'netflow', 'ipfix', 'sflow', 'file', 'stdin'];

const pattern = z
  .string()
  .min(1)
  .max(MAX_PATTERN)
  .refine(isPattern, { error: 'is no regular expression: write one such as ^DROP' })
  .optional();
const capture = {
  snaplen: z.int().min(64).max(262_144).optional(),
  buffer: z
    .int()
    .min(256)
    .max(2 << 20)
    .optional(),
};
const verdicts = { acceptPrefix: pattern, rejectPrefix: pattern };
const path = z.string().min(1);

const SCHEMAS = {
  ...EXPORTER_SCHEMAS,
  live: z.strictObject({
    type: z.literal('live'),
    name: sourceName,
    vpcs,
    interface: z.string().superRefine((text, context) => {
      const message = isNflog(text)
        ? `${text} is an NFLOG group: write type: nflog, and group`
        : wrongDevice(text);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    }),
    filter: z
      .string()
      .max(MAX_FILTER)
      .refine((text) => !text.includes('\0'), { error: 'holds a NUL: take it out' })
      .optional(),
    promiscuous: z.boolean().default(true),
    ...capture,
    tunnels,
  }),
  nflog: z.strictObject({
    type: z.literal('nflog'),
    name: sourceName,
    vpcs,
    group: z.int().min(0).max(0xffff),
    role: z.enum(['verdict', 'count']).optional(),
    ...capture,
    ...verdicts,
    tunnels,
  }),
  file: z.strictObject({
    type: z.literal('file'),
    name: sourceName,
    vpcs,
    path: path.optional(),
    paths: z.array(path).min(1).max(MAX_LIST).optional(),
    ...verdicts,
    tunnels,
  }),
  stdin: z.strictObject({ type: z.literal('stdin'), name: sourceName, vpcs, ...verdicts, tunnels }),
} as const;

type Parsed = z.output<(typeof SCHEMAS)[SourceType]>;

/**
 * Reads the list of `sources`. What is wrong is added to `faults` at its place below `at`; paths are resolved by
 * `beside`.
 */
export function parseSources(
  list: readonly unknown[],
  at: Path,
  beside: (path: string) => string,
  faults: Fault[],
): readonly SourceConfig[] {
  if (list.length > MAX_SOURCES) {
    faults.push({ path: at, message: `sources: ${list.length} are too many: ${MAX_SOURCES} is the most` });
    return [];
  }
  const parsed = list.flatMap((element, index): { data: Parsed; path: Path }[] => {
    const data = parseSource(element, [...at, index], faults);
    return data === undefined ? [] : [{ data, path: [...at, index] }];
  });
  const counting = parsed.some(({ data }) => data.type === 'live' || isExporter(data.type));
  const sources = parsed.map(({ data, path: place }) =>
    'exporters' in data ? exporterSource(data, place, faults) : sourceOf(data, counting, beside),
  );
  const paths = parsed.map((it) => it.path);
  refuseTwice(sources, paths, faults);
  return sources;
}

function parseSource(element: unknown, at: Path, faults: Fault[]): Parsed | undefined {
  if (typeof element !== 'object' || element === null || Array.isArray(element)) {
    faults.push({ path: at, message: 'a source is a mapping: write { type: live, interface: eth0 }' });
    return undefined;
  }
  // A type that is missing or unknown is told by the enum, the rest by the type's own schema.
  const kind = z.looseObject({ type: z.enum(TYPES) }).safeParse(element, { reportInput: true });
  if (!kind.success) {
    faults.push(...schemaFaults(SCHEMAS.stdin, kind.error.issues, at, {}, 'the source'));
    return undefined;
  }
  const schema = SCHEMAS[kind.data.type];
  const result = schema.safeParse(element, { reportInput: true });
  if (!result.success) {
    faults.push(...schemaFaults(schema, result.error.issues, at, {}, 'the source'));
    return undefined;
  }
  const { data } = result;
  if (data.type === 'file' && (data.path === undefined) === (data.paths === undefined)) {
    faults.push({ path: at, message: 'a file source has either path or paths: write one of them' });
    return undefined;
  }
  return data;
}

function isExporter(type: SourceType): boolean {
  return type === 'netflow' || type === 'ipfix' || type === 'sflow';
}

function sourceOf(
  data: Exclude<Parsed, { exporters: unknown }>,
  counting: boolean,
  beside: (path: string) => string,
): SourceConfig {
  const { vpcs: seen, tunnels: opened } = data;
  const common = { vpcs: seen, tunnels: opened };
  switch (data.type) {
    case 'live': {
      const { interface: device, filter, promiscuous, snaplen, buffer: bufferKiB } = data;
      const name = data.name ?? device;
      return { type: 'live', name, ...common, interface: device, filter, promiscuous, snaplen, bufferKiB };
    }
    case 'nflog': {
      const { group, snaplen, buffer: bufferKiB } = data;
      // A captured interface carries what the firewall logs: counted there, and once.
      const role = data.role ?? (counting ? 'verdict' : 'count');
      const name = data.name ?? `nflog:${group}`;
      return { type: 'nflog', name, ...common, group, role, snaplen, bufferKiB, ...verdictsOf(data) };
    }
    case 'file': {
      const paths = (data.paths ?? [data.path!]).map(beside);
      return { type: 'file', name: data.name ?? basename(paths[0]!), ...common, paths, ...verdictsOf(data) };
    }
    default:
      return { type: 'stdin', name: data.name ?? 'stdin', ...common, ...verdictsOf(data) };
  }
}

function verdictsOf(data: {
  acceptPrefix?: string | undefined;
  rejectPrefix?: string | undefined;
}): Verdicts {
  return { acceptPrefix: data.acceptPrefix, rejectPrefix: data.rejectPrefix };
}

/** Two sources of one name could not be told apart; two of one origin would count everything twice. */
function refuseTwice(sources: readonly SourceConfig[], paths: readonly Path[], faults: Fault[]): void {
  const names = new Set<string>();
  const origins = new Set<string>();
  for (const [index, source] of sources.entries()) {
    const origin = originOf(source);
    if (origin !== undefined && origins.has(origin)) {
      faults.push({
        path: paths[index]!,
        message: `${origin} is recorded by a source above: take one of them out`,
      });
    } else if (names.has(source.name)) {
      const message = `name: "${source.name}" is the name of a source above: give each its own`;
      faults.push({ path: [...paths[index]!, 'name'], message });
    }
    names.add(source.name);
    if (origin !== undefined) origins.add(origin);
  }
}

function originOf(source: SourceConfig): string | undefined {
  switch (source.type) {
    case 'live':
      return `the interface ${source.interface}`;
    case 'nflog':
      return `the NFLOG group ${source.group}`;
    case 'stdin':
      return 'standard input';
    case 'netflow':
    case 'ipfix':
    case 'sflow':
      // Of port 0 each has one of its own.
      return source.listen.endsWith(':0') ? undefined : `${source.transport.toUpperCase()} ${source.listen}`;
    default:
      return undefined;
  }
}

function wrongDevice(name: string): string | undefined {
  try {
    checkDeviceName(name);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}
