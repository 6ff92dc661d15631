/**
 * A consumer in the style of a SIEM over the embedded S3 and SQS, by boto3 alone: it loses and doubles nothing while the
 * service that it consumes from is killed and started again.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateFlowLogsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { Running } from '../service/delivery/running.ts';
import { NETWORK, VPC } from '../service/delivery/world.ts';
import { startWeir, type WeirProcess } from '../service/weir-process.ts';
import { weirCommand } from './destinations.ts';
import { debianPython, lack, leftOut, pathOf, type Program, pypiPython } from './programs.ts';

const BUCKET = 'siem-records';
const QUEUE = 'siem-objects';
const CAPTURES = 3;
const SECONDS = 1500;
/** Not in the consumer's way: records of any time are good. */
const START = 1_795_229_000;

interface Told {
  readonly kept: number;
  /** Messages of objects that were kept already. */
  readonly again: number;
  readonly tests: number;
  readonly errors: number;
}

interface Kept {
  readonly key: string;
  readonly lines: readonly string[];
}

async function freeAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `127.0.0.1:${port}`;
}

const script = new URL('siem.py', import.meta.url).pathname;

function python(path: string, weir: WeirProcess, ...args: string[]) {
  const { accessKeyId, secretAccessKey } = weir.credentials;
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: '/nonexistent',
    LANG: 'C.UTF-8',
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_DEFAULT_REGION: weir.region,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const child = spawn(path, ['-W', 'ignore', script, weir.url, ...args], { env: environment });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const closed = once(child, 'close');
  return {
    /** Ends its standard input with a text, and waits for its end. */
    async end(input = ''): Promise<string> {
      child.stdin.end(input);
      await closed;
      if (child.exitCode !== 0) throw new Error(`siem.py ended with ${child.exitCode}: ${stderr}`);
      return stdout;
    },
  };
}

async function createFlowLog({ url: endpoint, region, credentials }: WeirProcess): Promise<void> {
  const ec2 = new EC2Client({ endpoint, region, credentials });
  const made = await ec2.send(
    new CreateFlowLogsCommand({
      ResourceType: 'VPC',
      ResourceIds: [VPC],
      TrafficType: 'ALL',
      MaxAggregationInterval: 60,
      LogDestinationType: 's3',
      LogDestination: `arn:aws:s3:::${BUCKET}`,
    }),
  );
  ec2.destroy();
  expect(made.Unsuccessful).toEqual([]);
}

const pythons: readonly (readonly [string, Program])[] = [
  ['Debian', debianPython()],
  ['PyPI', await pypiPython()],
];

describe.each(pythons)('boto3 of %s', (name, program) => {
  test.skipIf(leftOut(program))(
    `nothing is lost or doubled through kill -9${lack(program)}, ${name}`,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'weir-siem-'));
      const directory = join(folder, 'data');
      const network = join(folder, 'network.json');
      writeFileSync(network, JSON.stringify(NETWORK));
      const config = join(folder, 'weir.yaml');
      writeFileSync(config, 'network: ./network.json\n');
      const kept = join(folder, 'kept.jsonl');
      writeFileSync(kept, '');
      const captures = Array.from({ length: CAPTURES }, (_, k) => {
        const path = join(folder, `traffic-${k}.pcap`);
        const options = { packets: 8_000, flows: 600, seconds: SECONDS, seed: 20 + k, hosts: 60 };
        const args = Object.entries({ ...options, start: START + k * SECONDS }).flatMap(([option, value]) => [
          `--${option}`,
          String(value),
        ]);
        weirCommand(['generate', ...args, '-o', path]);
        return path;
      });
      const count = (): number => readFileSync(kept, 'utf8').split('\n').length - 1;
      const listen = await freeAddress();
      let weir = await startWeir(directory, { config, listen });
      try {
        const path = pathOf(program);
        await python(path, weir, 'make').end(JSON.stringify({ bucket: BUCKET, queue: QUEUE }));
        await createFlowLog(weir);
        const consumer = python(path, weir, 'consume', QUEUE, kept);
        const replay = (capture: string): Running => new Running(['replay', capture, '--data', directory]);
        expect(await replay(captures[0]!).ended()).toMatchObject({ code: 0 });
        for (const capture of captures.slice(1)) {
          // In the middle: some of its objects are told of, some of those are taken in.
          const goal = count() + 1 + Math.floor(4 * Math.random());
          const killed = replay(capture);
          while (count() < goal && !killed.over) await sleep(1);
          await weir.kill();
          await killed.ended();
          await sleep(300);
          weir = await startWeir(directory, { config, listen });
          expect(await replay(capture).ended()).toMatchObject({ code: 0 });
        }
        const told = JSON.parse(await consumer.end()) as Told;
        const found = readFileSync(kept, 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as Kept);
        const base = join(directory, 's3', BUCKET);
        const objects = readdirSync(base, { recursive: true, withFileTypes: true })
          .filter((it) => it.isFile() && it.name.endsWith('.log.gz'))
          .map((it) => relative(base, join(it.parentPath, it.name)));
        expect(found.map(({ key }) => key).toSorted()).toEqual(objects.toSorted());
        const how = ['--network', network, '--interval', '60', '--no-header', '--summary', 'none'];
        const expected = captures.flatMap((capture) =>
          weirCommand(['record', capture, ...how])
            .trimEnd()
            .split('\n'),
        );
        expect(found.flatMap(({ lines }) => lines).toSorted()).toEqual(expected.toSorted());
        expect(told).toMatchObject({ kept: objects.length, tests: 1 });
        expect(told.errors).toBeGreaterThan(0);
        // Only messages that a kill kept from being deleted come again: those of one answer at most, for each.
        expect(told.again).toBeLessThanOrEqual(10 * (CAPTURES - 1));
      } finally {
        await weir.kill();
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
