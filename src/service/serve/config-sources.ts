/** `sources` of weir.yaml: what the service records. Plain data, so that it reaches a recording thread as it is. */
import { basename } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../base/errors.ts';
import { type Fault, type Path, schemaFaults } from '../../base/yaml-file.ts';
import { isId } from '../../network/ids.ts';
import { checkDeviceName, isNflog } from '../../sources/device.ts';

/** Most sources of a service: each live one is a child process. */
const MAX_SOURCES = 64;
/** Most VPCs that a source names, and most files of one. */
const MAX_LIST = 1000;
/** Half of what the kernel takes as one argument. */
const MAX_FILTER = 65_536;
const MAX_PATTERN = 1000;
const SOURCE_NAME = /^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,62}$/;

/** What every source has. */
interface AnySource {
  /** Unique in the configuration: a label of metrics, and what `source` of a network file binds to. */
  readonly name: string;
  /** VPCs whose addresses the source sees (S2.1); undefined: all. */
  readonly vpcs: readonly string[] | undefined;
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
export interface LiveSourceConfig extends AnySource, Capture {
  readonly type: 'live';
  readonly interface: string;
  /** A capture filter, as tcpdump takes it. */
  readonly filter: string | undefined;
  readonly promiscuous: boolean;
}

/** A firewall's NFLOG group. */
export interface NflogSourceConfig extends AnySource, Capture, Verdicts {
  readonly type: 'nflog';
  readonly group: number;
  /** `verdict`: sets verdicts and counts nothing that another source counts (S2.8). */
  readonly role: 'verdict' | 'count';
}

/** Captures that are replayed when the service starts, merged by time. */
export interface FileSourceConfig extends AnySource, Verdicts {
  readonly type: 'file';
  readonly paths: readonly string[];
}

/** A capture on standard input. */
export interface StdinSourceConfig extends AnySource, Verdicts {
  readonly type: 'stdin';
}

export type SourceConfig = LiveSourceConfig | NflogSourceConfig | FileSourceConfig | StdinSourceConfig;
export type SourceType = SourceConfig['type'];

const LATER: ReadonlySet<string> = new Set(['netflow', 'ipfix', 'sflow']);
const TYPES: readonly SourceType[] = ['live', 'nflog', 'file', 'stdin'];

const sourceName = z
  .string()
  .refine((text) => SOURCE_NAME.test(text), {
    error:
      'is no name of a source: write up to 63 letters, digits and _ . : @ - that begin with a letter or digit',
  })
  .optional();
const vpcs = z
  .array(
    z.string().refine((text) => isId('vpc', text), { error: 'is no VPC id: write one like vpc-0a1b2c3d' }),
  )
  .max(MAX_LIST)
  .refine((list) => list.length > 0, { error: 'is empty: name VPCs, or take it out for all of them' })
  .optional();
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
  }),
  nflog: z.strictObject({
    type: z.literal('nflog'),
    name: sourceName,
    vpcs,
    group: z.int().min(0).max(0xffff),
    role: z.enum(['verdict', 'count']).optional(),
    ...capture,
    ...verdicts,
  }),
  file: z.strictObject({
    type: z.literal('file'),
    name: sourceName,
    vpcs,
    path: path.optional(),
    paths: z.array(path).min(1).max(MAX_LIST).optional(),
    ...verdicts,
  }),
  stdin: z.strictObject({ type: z.literal('stdin'), name: sourceName, vpcs, ...verdicts }),
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
  const counting = parsed.some(({ data }) => data.type === 'live');
  const sources = parsed.map(({ data }) => sourceOf(data, counting, beside));
  const paths = parsed.map((it) => it.path);
  refuseTwice(sources, paths, faults);
  return sources;
}

function parseSource(element: unknown, at: Path, faults: Fault[]): Parsed | undefined {
  if (typeof element !== 'object' || element === null || Array.isArray(element)) {
    faults.push({ path: at, message: 'a source is a mapping: write { type: live, interface: eth0 }' });
    return undefined;
  }
  const { type } = element as { type?: unknown };
  if (typeof type === 'string' && LATER.has(type)) {
    const message = `type: ${type} sources are not there yet: write one of ${TYPES.join(', ')}`;
    faults.push({ path: [...at, 'type'], message });
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

function sourceOf(data: Parsed, counting: boolean, beside: (path: string) => string): SourceConfig {
  const { vpcs } = data;
  switch (data.type) {
    case 'live': {
      const { interface: device, filter, promiscuous, snaplen, buffer: bufferKiB } = data;
      const name = data.name ?? device;
      return { type: 'live', name, vpcs, interface: device, filter, promiscuous, snaplen, bufferKiB };
    }
    case 'nflog': {
      const { group, snaplen, buffer: bufferKiB } = data;
      // A captured interface carries what the firewall logs: counted there, and once.
      const role = data.role ?? (counting ? 'verdict' : 'count');
      const name = data.name ?? `nflog:${group}`;
      return { type: 'nflog', name, vpcs, group, role, snaplen, bufferKiB, ...verdictsOf(data) };
    }
    case 'file': {
      const paths = (data.paths ?? [data.path!]).map(beside);
      return { type: 'file', name: data.name ?? basename(paths[0]!), vpcs, paths, ...verdictsOf(data) };
    }
    default:
      return { type: 'stdin', name: data.name ?? 'stdin', vpcs, ...verdictsOf(data) };
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
