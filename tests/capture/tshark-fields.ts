/** tshark as an independent decoder: what it prints of the fields of packets. */
import { spawnSync } from 'node:child_process';

const missing = spawnSync('tshark', ['-v']).status !== 0;
/** Whether its tests are left out: never in CI. */
export const withoutTshark = missing && process.env['CI'] !== 'true';

/** Fragments stay as they are. */
const ALONE = ['-o', 'ip.defragment:FALSE', '-o', 'ipv6.defragment:FALSE'];

interface Asked<Field extends string> {
  readonly fields: readonly Field[];
  /** Of a field that a packet has more than once. */
  readonly occurrence: 'first' | 'all';
  /** Other options. */
  readonly options: readonly string[];
}

/** The fields of each packet of a capture; what a packet lacks is empty. */
export function tsharkFields<Field extends string>(
  path: string,
  { fields, occurrence, options }: Asked<Field>,
): Readonly<Record<Field, string>>[] {
  const form = ['-T', 'fields', '-E', 'separator=|', '-E', `occurrence=${occurrence[0]}`];
  const wanted = fields.flatMap((field) => ['-e', field]);
  const args = ['-n', '-r', path, ...form, ...ALONE, ...options, ...wanted];
  const { stdout, status, stderr } = spawnSync('tshark', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`tshark: ${stderr}`);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const values = line.split('|');
      return Object.fromEntries(fields.map((field, i) => [field, values[i] ?? ''])) as Record<Field, string>;
    });
}
