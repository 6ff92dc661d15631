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
import { BUCKET, type Case, deliver, type Delivered, expectedOf, foundIn, linesOf } from './delivered.ts';
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

async function eventsBySdk(logs: CloudWatchLogsClient, group: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const page of paginateFilterLogEvents({ client: logs }, { logGroupName: group })) {
    lines.push(...page.events!.map((event) => event.message!));
  }
  return lines;
}

/** Without the headers, which must be the format's fields. */
async function objectsBySdk(s3: S3Client, prefix: string, header: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: BUCKET, Prefix: prefix })) {
    for (const { Key } of page.Contents ?? []) {
      const got = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: Key! }));
      const text = gunzipSync(await got.Body!.transformToByteArray()).toString();
      const [first, ...rows] = text.trimEnd().split('\n');
      if (first !== header) throw new Error(`${Key!} begins with ${first}`);
      lines.push(...rows);
    }
  }
  return lines;
}

test('the SDK for JavaScript', async () => {
  const { weir, cases } = delivered;
  const options = { region: weir.region, endpoint: weir.url, credentials: weir.credentials };
  const s3 = new S3Client({ ...options, forcePathStyle: true });
  const logs = new CloudWatchLogsClient(options);
  const found: string[][] = [];
  for (const { place, fields } of cases) {
    found.push(
      'group' in place
        ? await eventsBySdk(logs, place.group)
        : await objectsBySdk(s3, place.prefix, fields.join(' ')),
    );
  }
  expect(foundIn(cases, found)).toEqual(expectedOf(cases));
  s3.destroy();
  logs.destroy();
});

const oldPython = debianPython();
describe.skipIf(leftOut(oldPython))(`boto3 of Debian${lack(oldPython)}`, () => {
  test('reads every record', async () => {
    const { cases } = delivered;
    expect(foundIn(cases, await askPython(pathOf(oldPython), 'boto3', cases))).toEqual(expectedOf(cases));
  });
});

const newPython = await pypiPython();
describe.skipIf(leftOut(newPython))(`boto3 and flowlogs-reader of PyPI${lack(newPython)}`, () => {
  test('boto3 reads every record', async () => {
    const { cases } = delivered;
    expect(foundIn(cases, await askPython(pathOf(newPython), 'boto3', cases))).toEqual(expectedOf(cases));
  });

  test('flowlogs-reader reads the default format from both destinations, unchanged', async () => {
    const cases = delivered.cases.filter((it) => it.fields[0] === 'version');
    const found = await askPython(pathOf(newPython), 'flowlogs-reader', cases);
    expect(foundIn(cases, found)).toEqual(expectedOf(cases));
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
      const cases = delivered.cases.filter((it) => 'bucket' in it.place);
      const found = cases.map(({ name }) => {
        // Its folder in the bucket has the case's name.
        const below = join(folder, name);
        const files = readdirSync(below, { recursive: true, encoding: 'utf8' });
        return files.filter((file) => file.endsWith('.gz')).flatMap((file) => linesOf(join(below, file)));
      });
      expect(foundIn(cases, found)).toEqual(expectedOf(cases));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('aws logs filter-log-events gives every event', async () => {
    // A process for each: one of each traffic type, interval and resource.
    const cases = delivered.cases.filter((it) => 'group' in it.place && it.fields[0] === 'version');
    const found: string[][] = [];
    for (const { place } of cases) {
      const group = 'group' in place ? place.group : '';
      const out = await aws('logs', 'filter-log-events', '--log-group-name', group, '--output', 'json');
      const { events } = JSON.parse(out) as { events: { message: string }[] };
      found.push(events.map((event) => event.message));
    }
    expect(foundIn(cases, found)).toEqual(expectedOf(cases));
  });
});
