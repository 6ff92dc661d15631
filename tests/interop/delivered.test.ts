/** Official clients read every delivered record back from the embedded S3 and CloudWatch Logs: exactly the lines
 * that `weir record` makes of the same packets. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUCKET, type Case, deliver, type Delivered, linesOf } from './delivered.ts';
import { debianCli, debianPython, lack, leftOut, pathOf, pypiPython } from './programs.ts';

const run = promisify(execFile);
let delivered: Delivered;

beforeAll(async () => {
  delivered = await deliver();
});
afterAll(() => delivered?.close());

/** Asks records.py for the lines of many flow logs at once. */
async function askPython(python: string, reader: string, cases: readonly Case[]): Promise<string[][]> {
  const { weir, environment, from, to } = delivered;
  const script = new URL('records.py', import.meta.url).pathname;
  const options = { env: environment, maxBuffer: 512 << 20 };
  const child = run(python, ['-W', 'ignore', script, weir.url, reader], options);
  child.child.stdin!.end(JSON.stringify(cases.map(({ place }) => ({ ...place, from, to }))));
  return JSON.parse((await child).stdout) as string[][];
}

function expectAll(cases: readonly Case[], lines: readonly (readonly string[])[]): void {
  expect(lines).toHaveLength(cases.length);
  for (const [k, it] of cases.entries()) expect(lines[k]!.toSorted(), it.name).toEqual(it.expected);
}

test('the cases have something to tell apart', () => {
  const { cases } = delivered;
  expect(cases).toHaveLength(72);
  const sizes = new Set(cases.map((it) => it.expected.length));
  expect(sizes.size).toBeGreaterThan(10);
  expect(cases.filter((it) => it.expected.length < 2)).toEqual([]);
  const refused = cases.filter(
    (it) => it.traffic === 'REJECT' && it.expected.some((line) => line.includes('REJECT')),
  );
  expect(refused.length).toBeGreaterThan(12);
});

test('the SDK for JavaScript', async () => {
  const { weir, cases } = delivered;
  const options = { region: weir.region, endpoint: weir.url, credentials: weir.credentials };
  const s3 = new S3Client({ ...options, forcePathStyle: true });
  const logs = new CloudWatchLogsClient(options);
  for (const it of cases) {
    const lines: string[] = [];
    if ('group' in it.place) {
      const pages = paginateFilterLogEvents({ client: logs }, { logGroupName: it.place.group });
      for await (const page of pages) lines.push(...page.events!.map((event) => event.message!));
    } else {
      const pages = paginateListObjectsV2({ client: s3 }, { Bucket: BUCKET, Prefix: it.place.prefix });
      for await (const page of pages) {
        for (const { Key } of page.Contents ?? []) {
          const got = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: Key! }));
          const text = gunzipSync(await got.Body!.transformToByteArray()).toString();
          const [header, ...rows] = text.trimEnd().split('\n');
          expect(header).toBe(it.fields.join(' '));
          lines.push(...rows);
        }
      }
    }
    expect(lines.toSorted(), it.name).toEqual(it.expected);
  }
  s3.destroy();
  logs.destroy();
});

const oldPython = debianPython();
describe.skipIf(leftOut(oldPython))(`boto3 of Debian${lack(oldPython)}`, () => {
  test('reads every record', async () => {
    expectAll(delivered.cases, await askPython(pathOf(oldPython), 'boto3', delivered.cases));
  });
});

const newPython = await pypiPython();
describe.skipIf(leftOut(newPython))(`boto3 and flowlogs-reader of PyPI${lack(newPython)}`, () => {
  test('boto3 reads every record', async () => {
    expectAll(delivered.cases, await askPython(pathOf(newPython), 'boto3', delivered.cases));
  });

  test('flowlogs-reader reads the default format from both destinations, unchanged', async () => {
    const cases = delivered.cases.filter((it) => it.fields[0] === 'version');
    expectAll(cases, await askPython(pathOf(newPython), 'flowlogs-reader', cases));
  });
});

const cli = debianCli();
describe.skipIf(leftOut(cli))(`the AWS CLI of Debian${lack(cli)}`, () => {
  async function aws(...args: readonly string[]): Promise<string> {
    const { weir, environment } = delivered;
    const all = [...args, '--endpoint-url', weir.url];
    return (await run(pathOf(cli), all, { env: environment, maxBuffer: 512 << 20 })).stdout;
  }

  test('aws s3 sync brings every object', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-sync-'));
    try {
      await aws('s3', 'sync', `s3://${BUCKET}`, folder, '--only-show-errors');
      for (const it of delivered.cases) {
        if ('group' in it.place) continue;
        const below = join(folder, it.place.prefix);
        const files = readdirSync(below, { recursive: true, encoding: 'utf8' }).filter((name) =>
          name.endsWith('.gz'),
        );
        const lines = files.flatMap((name) => linesOf(join(below, name)));
        expect(lines.toSorted(), it.name).toEqual(it.expected);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('aws logs filter-log-events gives every event', async () => {
    // A process for each: one of each traffic type, interval and resource.
    const cases = delivered.cases.filter((it) => 'group' in it.place && it.fields[0] === 'version');
    for (const it of cases) {
      if (!('group' in it.place)) continue;
      const out = await aws(
        'logs',
        'filter-log-events',
        '--log-group-name',
        it.place.group,
        '--output',
        'json',
      );
      const { events } = JSON.parse(out) as { events: { message: string }[] };
      expect(events.map((event) => event.message).toSorted(), it.name).toEqual(it.expected);
    }
  });
});
