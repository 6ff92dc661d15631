/** examples/scenarios: each prints its expected.txt to the byte, and the documented lines are among them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CAPTURES } from '../../scripts/scenarios/captures.ts';
import { defaultFieldsOf, fieldsOf } from '../../src/records/catalogue.ts';
import type { LogFormat } from '../../src/records/formats.ts';
import { recordScenario } from '../../src/service/fixture/record.ts';
import { readScenario, type Scenario, scenarioNames } from '../../src/service/fixture/scenario.ts';
import { openOutput, type Output } from '../../src/service/record/output.ts';
import { weir } from '../record/run.ts';
import { parseStrictText } from '../reference/strict-parser.ts';
import { GOLDEN } from './golden.ts';

const scenarios = scenarioNames().map((name) => [name, readScenario(name)] as const);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-scenarios-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function expectedOf({ expected }: Scenario): string {
  return readFileSync(expected, 'utf8');
}

/** The fields of a scenario's lines. */
function fieldsIn({ kind, format }: Scenario): string[] {
  if (format === undefined) return defaultFieldsOf(kind).map(({ id }) => id);
  return format.split(' ').map((token) => token.slice(2, -1));
}

/** What `weir record` is asked for a scenario. */
function recordArguments(scenario: Scenario): string[] {
  const { captures, network, kind, interval, format, ipRanges, tagFields } = scenario;
  const tags = Object.entries(tagFields).flatMap(([type, keys]) => [
    '--tag-field',
    `${type}=${keys.join(',')}`,
  ]);
  return [
    'record',
    ...captures,
    '--network',
    network,
    '--kind',
    kind,
    '--interval',
    String(interval),
    '--no-header',
    '--summary',
    'none',
    ...(format === undefined ? [] : ['--format', format]),
    ...(ipRanges === undefined ? [] : ['--ip-ranges', ipRanges]),
    ...tags,
  ];
}

describe('the catalogue', () => {
  test('has what the documentation shows, and more', () => {
    expect(scenarioNames()).toEqual(expect.arrayContaining(Object.keys(GOLDEN)));
    expect(scenarios.length).toBeGreaterThanOrEqual(26);
  });

  test.each(scenarios)('%s: scenario.json has no other keys, and no empty texts', (_name, scenario) => {
    const known =
      'title shows source note captures ipRanges kind format tagFields interval owner losses'.split(' ');
    const text = readFileSync(join(dirname(scenario.expected), 'scenario.json'), 'utf8');
    const keys = Object.keys(JSON.parse(text) as object);
    expect(keys.filter((key) => !known.includes(key))).toEqual([]);
    for (const key of ['title', 'shows', 'source'] as const) expect(scenario[key].length).toBeGreaterThan(10);
    expect(scenario.title.length).toBeLessThan(80);
    expect([60, 600]).toContain(scenario.interval);
  });

  test.each(scenarios)('%s: its folder holds what it names, and nothing else', (name, scenario) => {
    const { captures, network, ipRanges, expected } = scenario;
    const files = [...captures, network, expected, ...(ipRanges === undefined ? [] : [ipRanges])];
    expect(readdirSync(dirname(expected)).sort()).toEqual(
      [...files.map((file) => basename(file)), 'scenario.json'].sort(),
    );
    expect(Object.keys(CAPTURES[name] ?? {})).toEqual(captures.map((capture) => basename(capture)));
  });

  test.each(scenarios)('%s: its captures are those that scripts/scenarios.ts makes', (name, { captures }) => {
    for (const path of captures) {
      const written = readFileSync(path);
      const capture = path.endsWith('.gz') ? gunzipSync(written) : written;
      expect(capture.equals(CAPTURES[name]![basename(path)]!().bytes())).toBe(true);
    }
  });
});

describe('lines', () => {
  test.each(scenarios)('%s', async (name, scenario) => {
    for (const workers of [0, 2]) {
      const path = join(folder, `${name}-${workers}.txt`);
      const open = (format: LogFormat): Output => openOutput(path, 'text', format);
      const lines = await recordScenario(scenario, { open, form: 'text', header: false, workers });
      expect(readFileSync(path, 'utf8')).toBe(expectedOf(scenario));
      expect(lines).toBe(expectedOf(scenario).split('\n').length - 1);
    }
  });

  /** What a file does not tell, and whose subscription it is, `weir record` cannot say. */
  const recordable = scenarios.filter(([, { losses, owner }]) => losses.length === 0 && owner === undefined);
  test.each(recordable)('%s, by weir record', (_name, scenario) => {
    const { status, stdout, stderr } = weir(recordArguments(scenario));
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.toString()).toBe(expectedOf(scenario));
  });

  test('only two are left out of that', () => {
    const left = scenarios.filter(([, scenario]) => !recordable.some(([, other]) => other === scenario));
    expect(left.map(([name]) => name)).toEqual(['shared-subnet', 'skipdata']);
  });

  test.each(scenarios)('%s: a strict parser takes them', (_name, scenario) => {
    const records = parseStrictText(expectedOf(scenario), fieldsIn(scenario), scenario.kind);
    expect(records.length).toBeGreaterThan(0);
  });
});

describe('documented lines', () => {
  test.each(Object.entries(GOLDEN))('of %s', (name, { format, lines }) => {
    const scenario = readScenario(name);
    expect(fieldsIn(scenario).join(' ')).toBe(format);
    const printed = expectedOf(scenario)
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split(' '));
    for (const line of lines) {
      const documented = line.split(' ');
      expect(documented).toHaveLength(format.split(' ').length);
      const found = printed.filter((values) =>
        values.every((value, k) => documented[k] === '*' || documented[k] === value),
      );
      expect({ line, found: found.length }).toEqual({ line, found: 1 });
    }
  });

  test('that have a star are explained by the note', () => {
    const starred = Object.entries(GOLDEN).filter(([, { lines }]) =>
      lines.some((line) => line.includes('*')),
    );
    expect(starred.map(([name]) => name)).toEqual([
      'nodata',
      'skipdata',
      'tcp-flags',
      'regional-nat-gateway',
    ]);
    for (const [name] of starred) expect(readScenario(name).note).toMatch(/documented/);
  });

  test('are 37 in all', () => {
    expect(Object.values(GOLDEN).reduce((sum, { lines }) => sum + lines.length, 0)).toBe(37);
  });
});

describe('fields', () => {
  const filled = (kind: Scenario['kind']): Set<string> => {
    const ids = new Set<string>();
    for (const [, scenario] of scenarios) {
      if (scenario.kind !== kind) continue;
      for (const record of parseStrictText(expectedOf(scenario), fieldsIn(scenario), kind)) {
        for (const [id, value] of record) if (value !== '-') ids.add(id);
      }
    }
    return ids;
  };

  test('all 54 of VPC records are filled somewhere, and all by all-fields alone', () => {
    const all = fieldsOf('vpc').map(({ id }) => id);
    expect(all.filter((id) => !filled('vpc').has(id))).toEqual([]);
    const scenario = readScenario('all-fields');
    expect(fieldsIn(scenario)).toEqual(all);
    const records = parseStrictText(expectedOf(scenario), all);
    expect(all.filter((id) => records.every((record) => record.get(id) === '-'))).toEqual([]);
  });

  test('all 36 of transit gateway records are filled somewhere', () => {
    const all = fieldsOf('transit-gateway').map(({ id }) => id);
    expect(all).toHaveLength(36);
    expect(all.filter((id) => !filled('transit-gateway').has(id))).toEqual([]);
  });
});
