/** The folders of examples/: each a capture, its network and the lines that they make. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readNetworkFile } from '../../src/network/yaml.ts';
import { referenceLines, type Reference } from './lines.ts';

const EXAMPLES = new URL('../../examples/', import.meta.url).pathname;

export interface Example {
  readonly name: string;
  readonly capture: string;
  readonly network: string;
  readonly expected: string;
}

/** All examples, by name. */
export function examples(): Example[] {
  return readdirSync(EXAMPLES)
    .filter((name) => existsSync(join(EXAMPLES, name, 'network.yaml')))
    .sort()
    .map((name) => {
      const folder = join(EXAMPLES, name);
      const captures = readdirSync(folder).filter((file) => /\.pcap(?:ng)?(?:\.gz)?$/.test(file));
      if (captures.length !== 1) throw new Error(`${folder} has ${captures.length} captures instead of one`);
      return {
        name,
        capture: join(folder, captures[0]!),
        network: join(folder, 'network.yaml'),
        expected: join(folder, 'expected.txt'),
      };
    });
}

/** What the reference makes of an example. */
export function referenceOf(
  example: Example,
  interval: 60 | 600 = 60,
  fields?: readonly string[],
): Reference {
  const network = readNetworkFile(example.network, { account: '123456789012', region: 'eu-central-1' });
  return referenceLines([example.capture], { network, interval, ...(fields && { fields }) });
}
