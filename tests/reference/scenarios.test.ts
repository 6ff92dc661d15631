/** The reference against the expected lines of every scenario: two readings of the documentation. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readNetworkFile } from '../../src/network/yaml.ts';
import type { IpRanges } from './derived.ts';
import { referenceLines, type ReferenceOptions } from './lines.ts';

const SCENARIOS = new URL('../../examples/scenarios/', import.meta.url).pathname;

/** What scenario.json says of how the lines are made. */
interface Scenario {
  readonly captures?: readonly string[];
  readonly format?: string;
  readonly interval?: 60 | 600;
  readonly kind?: 'vpc' | 'transit-gateway';
  readonly ipRanges?: string;
  readonly tagFields?: NonNullable<ReferenceOptions['tagFields']>;
  readonly owner?: string;
  /** Packets that a source lost: the reference loses none. */
  readonly losses?: unknown;
}

const names = existsSync(SCENARIOS)
  ? readdirSync(SCENARIOS).filter((name) => existsSync(join(SCENARIOS, name, 'scenario.json')))
  : [];
const scenarios = names.sort().map((name) => {
  const folder = join(SCENARIOS, name);
  const scenario = JSON.parse(readFileSync(join(folder, 'scenario.json'), 'utf8')) as Scenario;
  return { name, folder, scenario };
});

describe.skipIf(names.length === 0)('the reference writes what a scenario expects', () => {
  test.each(scenarios.filter(({ scenario }) => scenario.losses === undefined))(
    '$name',
    ({ folder, scenario }) => {
      const network = readNetworkFile(join(folder, 'network.yaml'), {
        account: '123456789012',
        region: 'eu-central-1',
      });
      const captures = (scenario.captures ?? ['capture.pcap']).map((name) => join(folder, name));
      const { format, interval = 600, kind = 'vpc', ipRanges, tagFields, owner } = scenario;
      const { lines } = referenceLines(captures, {
        network,
        interval,
        kind,
        ...(format !== undefined && { fields: format.match(/[a-z0-9-]+/g)! }),
        ...(ipRanges !== undefined && {
          ipRanges: JSON.parse(readFileSync(join(folder, ipRanges), 'utf8')) as IpRanges,
        }),
        ...(tagFields !== undefined && { tagFields }),
        ...(owner !== undefined && { owner }),
      });
      const expected = readFileSync(join(folder, 'expected.txt'), 'utf8').split('\n').slice(0, -1);
      expect(expected.length).toBeGreaterThan(0);
      expect(lines).toEqual(expected.sort());
    },
  );
});
