/** Sources of weir.yaml that listen for exported flows: NetFlow, IPFIX and sFlow. */
import { z } from 'zod';
import { parseAddress } from '../../base/addresses.ts';
import { messageOf } from '../../base/errors.ts';
import { familyBits, formatPrefix, parsePrefix, type Prefix } from '../../base/prefixes.ts';
import { type Fault, type Path, schemaFaults } from '../../base/yaml-file.ts';
import type { TunnelKind } from '../../capture/open.ts';
import { FLOW_GRACE_SECONDS } from '../../flows/recorder.ts';
import { parseListen } from '../../sources/exports/address.ts';
import { MAX_RECEIVERS } from '../../sources/exports/options.ts';
import { sourceName, tunnels, vpcs } from './config-source-parts.ts';
import { measure, parseSize } from './config-units.ts';

/** Most entries of an allow-list. */
const MAX_EXPORTERS = 10_000;
const MAX_RATE = 1_000_000;
const MAX_DATAGRAMS = 100_000_000;

/** Who may send, and what is configured for him. */
export interface ExporterConfig {
  readonly prefix: Prefix;
  readonly samplingRate: number | undefined;
  readonly clock: 'exporter' | 'receiver' | undefined;
  readonly maxDatagramsPerSecond: number | undefined;
  /** VPCs whose addresses these exporters see (S2.1); undefined: those of the source. */
  readonly vpcs: readonly string[] | undefined;
}

export interface ExporterSourceConfig {
  readonly type: 'netflow' | 'ipfix' | 'sflow';
  /** Unique in the configuration: a label of metrics, and what `source` of a network file binds to. */
  readonly name: string;
  /** VPCs whose addresses its exporters see (S2.1); undefined: all. */
  readonly vpcs: readonly string[] | undefined;
  readonly listen: string;
  readonly transport: 'udp' | 'tcp';
  /** The longest prefix that holds an address counts. */
  readonly exporters: readonly ExporterConfig[];
  readonly receiver: 'socket' | 'tcpdump';
  /** Threads; undefined: as many as the source has by default. */
  readonly receivers: number | undefined;
  /** Bytes; undefined likewise. */
  readonly receiveBuffer: number | undefined;
  /** Which are opened in headers that sFlow sampled. */
  readonly tunnels: readonly TunnelKind[] | undefined;
  /** Seconds after a window's end for which its flows are waited for (S3.3). */
  readonly grace: number;
}

const common = {
  name: sourceName,
  vpcs,
  listen: z.string().superRefine((text, context) => {
    const message = wrong(() => parseListen(text));
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  }),
  exporters: z
    .array(z.unknown())
    .max(MAX_EXPORTERS)
    .refine((list) => list.length > 0, { error: 'is empty: nobody could send; name prefixes or addresses' }),
  receiver: z.enum(['socket', 'tcpdump']).default('socket'),
  receivers: z.int().min(0).max(MAX_RECEIVERS).optional(),
  receiveBuffer: measure(parseSize, 1 << 16, 1 << 30, 'a size from 64KiB to 1GiB, such as 32MiB').optional(),
  grace: z.int().min(0).max(300).default(FLOW_GRACE_SECONDS),
};

/** By type; keys that say nothing to a type are none of its own. */
export const EXPORTER_SCHEMAS = {
  netflow: z.strictObject({ type: z.literal('netflow'), ...common }),
  ipfix: z.strictObject({
    type: z.literal('ipfix'),
    ...common,
    transport: z.enum(['udp', 'tcp']).default('udp'),
  }),
  sflow: z.strictObject({ type: z.literal('sflow'), ...common, tunnels }),
} as const;

type Parsed = z.output<(typeof EXPORTER_SCHEMAS)[keyof typeof EXPORTER_SCHEMAS]>;

const limit = { maxDatagramsPerSecond: z.int().min(1).max(MAX_DATAGRAMS).optional(), vpcs };
const text = z.string();
const sampled = z.strictObject({ prefix: text, ...limit });
const told = z.strictObject({
  prefix: text,
  samplingRate: z.int().min(1).max(MAX_RATE).optional(),
  clock: z.enum(['exporter', 'receiver']).optional(),
  ...limit,
});

/** The source that a parsed element describes. What is wrong with its exporters is added to `faults`, below `at`. */
export function exporterSource(data: Parsed, at: Path, faults: Fault[]): ExporterSourceConfig {
  const transport = data.type === 'ipfix' ? data.transport : 'udp';
  if (transport === 'tcp') {
    for (const key of ['receiver', 'receivers', 'receiveBuffer'] as const) {
      if (data[key] !== undefined && data[key] !== 'socket') faults.push(ofDatagrams(at, key));
    }
  }
  const { type, listen } = data;
  return {
    type,
    name: data.name ?? `${type}:${listen.slice(listen.lastIndexOf(':') + 1)}`,
    vpcs: data.vpcs,
    listen,
    transport,
    exporters: exportersOf(data.exporters, { type, transport }, [...at, 'exporters'], faults),
    receiver: data.receiver,
    receivers: data.receivers,
    receiveBuffer: data.receiveBuffer,
    tunnels: data.type === 'sflow' ? data.tunnels : undefined,
    grace: data.grace,
  };
}

/** A key that says how datagrams are taken, in a source that takes none. */
function ofDatagrams(at: Path, key: string): Fault {
  return { path: [...at, key], message: `${key} is of datagrams: take it out, or write transport: udp` };
}

function exportersOf(
  list: readonly unknown[],
  { type, transport }: Pick<ExporterSourceConfig, 'type' | 'transport'>,
  at: Path,
  faults: Fault[],
): ExporterConfig[] {
  const known = new Set<string>();
  return list.flatMap((element, index) => {
    const path = [...at, index];
    const read = exporterOf(element, type, path, faults);
    if (read === undefined) return [];
    const name = formatPrefix(read.prefix);
    if (known.has(name)) {
      faults.push({ path, message: `${name} is in the list already: take one of them out` });
    }
    known.add(name);
    if (transport === 'tcp' && read.maxDatagramsPerSecond !== undefined) {
      faults.push(ofDatagrams(path, 'maxDatagramsPerSecond'));
    }
    return [read];
  });
}

/** A prefix or an address, or a mapping with one. */
function exporterOf(
  element: unknown,
  type: Parsed['type'],
  at: Path,
  faults: Fault[],
): ExporterConfig | undefined {
  const schema = type === 'sflow' ? sampled : told;
  const mapping = typeof element === 'string' ? { prefix: element } : element;
  if (typeof mapping !== 'object' || mapping === null || Array.isArray(mapping)) {
    const message =
      'an exporter is a prefix, or a mapping: write 10.0.0.0/24 or { prefix: 10.0.0.0/24, samplingRate: 100 }';
    faults.push({ path: at, message });
    return undefined;
  }
  const result = schema.safeParse(mapping, { reportInput: true });
  if (!result.success) {
    faults.push(...schemaFaults(schema, result.error.issues, at, {}, 'the exporter'));
    return undefined;
  }
  // sFlow has some keys fewer.
  const data: z.output<typeof told> = result.data;
  const prefix = prefixOf(data.prefix);
  if (typeof prefix === 'string') {
    faults.push({ path: typeof element === 'string' ? at : [...at, 'prefix'], message: prefix });
    return undefined;
  }
  return {
    prefix,
    samplingRate: data.samplingRate,
    clock: data.clock,
    maxDatagramsPerSecond: data.maxDatagramsPerSecond,
    vpcs: data.vpcs,
  };
}

/** What is wrong with it, as a text. */
function prefixOf(of: string): Prefix | string {
  const address = parseAddress(of);
  if (address !== undefined) return { ...address, length: familyBits(address.family) };
  try {
    return parsePrefix(of);
  } catch (error) {
    return messageOf(error);
  }
}

function wrong(parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
