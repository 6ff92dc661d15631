/** `destinations` of weir.yaml: where the embedded S3 and CloudWatch Logs keep what is delivered. */
import { z } from 'zod';
import { type Fault, type Path, schemaFaults } from '../../base/yaml-file.ts';

/** A folder of this machine; undefined: one of that name in the data directory. */
export interface FilesystemDestination {
  readonly type: 'filesystem';
  readonly path: string | undefined;
}

export interface DestinationsConfig {
  readonly s3: FilesystemDestination;
  readonly logs: FilesystemDestination;
}

export const DEFAULT_DESTINATIONS: DestinationsConfig = {
  s3: { type: 'filesystem', path: undefined },
  logs: { type: 'filesystem', path: undefined },
};

/** Types that the design has and this version does not, by key. */
const LATER: Readonly<Record<string, readonly string[]>> = { s3: ['s3'], logs: ['cloudwatch-logs'] };

const outer = z.strictObject({ s3: z.unknown().optional(), logs: z.unknown().optional() });
const inner = z.strictObject({ type: z.enum(['filesystem']), path: z.string().min(1).optional() });

/** Reads the mapping of `destinations`; what is wrong is added to `faults`. */
export function parseDestinations(
  data: unknown,
  at: Path,
  beside: (path: string) => string,
  faults: Fault[],
): DestinationsConfig {
  if (typeof data === 'object' && data !== null && 'firehose' in data) {
    const message = 'firehose destinations are not there yet: take this out';
    faults.push({ path: at, key: 'firehose', message });
    return DEFAULT_DESTINATIONS;
  }
  const result = outer.safeParse(data, { reportInput: true });
  if (!result.success) {
    const keys = { destinations: Object.keys(outer.shape) };
    faults.push(...schemaFaults(outer, result.error.issues, at, keys, 'destinations'));
    return DEFAULT_DESTINATIONS;
  }
  const s3 = parseOne(result.data.s3, 's3', at, beside, faults);
  const logs = parseOne(result.data.logs, 'logs', at, beside, faults);
  if (s3.path !== undefined && s3.path === logs.path) {
    faults.push({
      path: [...at, 'logs', 'path'],
      message: 'path: s3 and logs each need a folder of their own',
    });
  }
  return { s3, logs };
}

function parseOne(
  data: unknown,
  name: 's3' | 'logs',
  at: Path,
  beside: (path: string) => string,
  faults: Fault[],
): FilesystemDestination {
  if (data === undefined) return DEFAULT_DESTINATIONS[name];
  const path = [...at, name];
  if (typeof data !== 'object' || data === null) {
    faults.push({ path, message: `${name} is no destination: write { type: filesystem }, or take it out` });
    return DEFAULT_DESTINATIONS[name];
  }
  const { type } = data as { type?: unknown };
  if (typeof type === 'string' && LATER[name]!.includes(type)) {
    const message = `type: ${name} destinations of type ${type} are not there yet: write filesystem`;
    faults.push({ path: [...path, 'type'], message });
    return DEFAULT_DESTINATIONS[name];
  }
  const result = inner.safeParse(data, { reportInput: true });
  if (!result.success) {
    const keys = { [name]: Object.keys(inner.shape) };
    faults.push(...schemaFaults(inner, result.error.issues, path, keys, name));
    return DEFAULT_DESTINATIONS[name];
  }
  const folder = result.data.path;
  return { type: 'filesystem', path: folder === undefined ? undefined : beside(folder) };
}
