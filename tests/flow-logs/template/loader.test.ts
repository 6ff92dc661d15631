import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { objectKey } from '../../../src/delivery/keys.ts';
import type { DestinationOptions } from '../../../src/flow-logs/model.ts';
import { type Integration, templateText } from '../../../src/flow-logs/template/document.ts';
import { HERE } from '../fakes.ts';
import { ofType, type Template } from './check.ts';
import { DAILY, FLOW_LOG, MONTHLY, OPTIONS, optionsName, PAST, sourceOf, WEEKLY } from './sources.ts';

/** The loader's own code, run by Python over an Athena that takes notes. */

const PYTHON = 'python3';
const inCi = process.env['CI'] === 'true';
const missing = spawnSync(PYTHON, ['--version']).status !== 0 && !inCi;

interface Ran {
  readonly statements: readonly { QueryString: string; WorkGroup: string; QueryExecutionContext: object }[];
  readonly told: readonly { status: string; data: object; physical: string }[];
  readonly error: string | null;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-loader-'));
  const template = templateOf(OPTIONS[0]!, DAILY);
  const [loader] = ofType(template, 'AWS::Lambda::Function');
  writeFileSync(join(folder, 'index.py'), (loader!.Properties['Code'] as { ZipFile: string }).ZipFile);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function templateOf(options: DestinationOptions, integration: Integration, place = 'edge/'): Template {
  const source = sourceOf({ options, place: { bucket: 'records', folder: place } });
  return JSON.parse(templateText(source, [integration])) as Template;
}

function run(event: object, outcome = 'SUCCEEDED', day = '2026-03-04'): Ran {
  const script = new URL('loader.py', import.meta.url).pathname;
  const input = JSON.stringify({ event, outcome, day });
  const done = spawnSync(PYTHON, [script, join(folder, 'index.py')], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (done.status !== 0) throw new Error(done.stderr);
  return JSON.parse(done.stdout) as Ran;
}

/** The request that the stack makes. */
function stackEvent(template: Template, RequestType = 'Create'): object {
  const [load] = ofType(template, 'Custom::VpcFlowLogsPartitions');
  return { RequestType, ResponseURL: 'https://example.com/', ResourceProperties: load!.Properties };
}

/** The partitions that statements add, as [values, location]. */
function partitionsOf({ statements }: Ran): [values: string, location: string][] {
  return statements.flatMap(({ QueryString }) => {
    const added = /^ALTER TABLE `\w+` ADD IF NOT EXISTS (PARTITION .*)$/.exec(QueryString)![1]!;
    const clauses = [...added.matchAll(/PARTITION \(([^)]*)\) LOCATION '((?:[^'\\]|\\.)*)'(?: |$)/g)];
    expect(clauses.map((it) => it[0]).join('')).toBe(added);
    return clauses.map((it): [string, string] => [it[1]!, it[2]!]);
  });
}

/** The folders that objects of some days are delivered to, in order. */
function foldersOf(options: DestinationOptions, from: string, to: string): string[] {
  const { fileFormat: format, hiveCompatiblePartitions: hive, perHourPartition: perHour } = options;
  const target = {
    type: 's3',
    bucket: '',
    folder: 'edge/',
    header: '',
    layout: { format, hive, perHour },
  } as const;
  const folders = new Set<string>();
  for (let at = Date.parse(from); at < Date.parse(to) + 86_400_000; at += 300_000) {
    const key = objectKey(
      { flowLog: FLOW_LOG, ...HERE, interval: 600, to: target },
      at / 300_000,
      '0123abcd',
    );
    folders.add(`s3://records/${key.slice(0, key.lastIndexOf('/') + 1)}`);
  }
  return [...folders];
}

describe.skipIf(missing)(`the partition loader${missing ? ` (left out: ${PYTHON} is missing)` : ''}`, () => {
  test('is Python, short enough to be in a template', () => {
    const compiled = spawnSync(PYTHON, ['-m', 'py_compile', join(folder, 'index.py')], { encoding: 'utf8' });
    expect([compiled.stderr, compiled.status]).toEqual(['', 0]);
    const [loader] = ofType(templateOf(OPTIONS[0]!, DAILY), 'AWS::Lambda::Function');
    expect((loader!.Properties['Code'] as { ZipFile: string }).ZipFile.length).toBeLessThan(4096);
  });

  test.each(OPTIONS.map((it) => [optionsName(it), it] as const))(
    'adds the folders that objects of the dates are in: %s',
    (_, options) => {
      const ran = run(stackEvent(templateOf(options, PAST)));
      expect(ran.told).toEqual([
        {
          status: 'SUCCESS',
          data: { Reason: 'done' },
          physical: 'fl021e77eb542d6567fnone2021122920220102',
        },
      ]);
      const added = partitionsOf(ran);
      expect(added.map(([, location]) => location)).toEqual(foldersOf(options, '2021-12-29', '2022-01-02'));
      expect(new Set(added.map(([values]) => values)).size).toBe(added.length);
      expect(ran.statements[0]).toMatchObject({
        WorkGroup: 'fl021e77eb542d6567fnone2021122920220102WorkGroup',
        QueryExecutionContext: { Database: 'vpcflowlogsathenadatabasefl021e77eb542d6567f' },
      });
    },
  );

  test.each([
    ['daily', DAILY, '2026-03-03', '2026-03-05'],
    ['weekly', WEEKLY, '2026-02-25', '2026-03-11'],
    ['monthly', MONTHLY, '2026-02-01', '2026-04-04'],
  ] as const)('by its schedule adds days around its own: %s', (_name, integration, from, to) => {
    const template = templateOf(OPTIONS[0]!, integration);
    const [rule] = ofType(template, 'AWS::Events::Rule');
    const [target] = rule!.Properties['Targets'] as [{ Input: string }];
    const ran = run(JSON.parse(target.Input) as object);
    expect(ran.told).toEqual([]);
    expect(partitionsOf(ran).map(([, location]) => location)).toEqual(foldersOf(OPTIONS[0]!, from, to));
    // The stack does the same when it is made.
    expect(run(stackEvent(template)).statements).toEqual(ran.statements);
  });

  test('cuts what is long into statements that Athena takes', () => {
    const byHour = OPTIONS.find((it) => it.perHourPartition && it.hiveCompatiblePartitions)!;
    const year = { ...PAST, dates: { start: '2025-01-01', end: '2025-12-31' } };
    const ran = run(stackEvent(templateOf(byHour, year, 'a/'.repeat(344))));
    expect(partitionsOf(ran)).toHaveLength(365 * 24);
    expect(ran.statements).toHaveLength(88);
    for (const { QueryString } of ran.statements) expect(QueryString.length).toBeLessThan(262_144);
  });

  test('a quote in a folder stays in its text', () => {
    const ran = run(stackEvent(templateOf(OPTIONS[0]!, PAST, "it's/")));
    const [[, location]] = partitionsOf(ran) as [[string, string]];
    expect(location).toBe("s3://records/it\\'s/AWSLogs/123456789012/vpcflowlogs/eu-central-1/2021/12/29/");
  });

  test('tells the stack when it cannot, and fails by itself when scheduled', () => {
    const template = templateOf(OPTIONS[0]!, DAILY);
    const ran = run(stackEvent(template), 'FAILED');
    expect(ran.told).toMatchObject([{ status: 'FAILED', data: { Reason: 'FAILED: told so' } }]);
    const [rule] = ofType(template, 'AWS::Events::Rule');
    const [target] = rule!.Properties['Targets'] as [{ Input: string }];
    expect(run(JSON.parse(target.Input) as object, 'CANCELLED').error).toBe('CANCELLED: told so');
  });

  test('has nothing to do when the stack goes', () => {
    const ran = run(stackEvent(templateOf(OPTIONS[0]!, DAILY), 'Delete'));
    expect(ran.statements).toEqual([]);
    expect(ran.told).toMatchObject([{ status: 'SUCCESS' }]);
  });
});
