/** A writing thread that dies in the middle of a service is started anew, and the service goes on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateFlowLogsCommand } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/service/serve/config.ts';
import { type RunningService, startService } from '../../../src/service/serve/service.ts';
import { addedUp } from '../../../src/service/serve/writing-sums.ts';
import { missingForLive } from '../../sources/namespace.ts';
import { amountsOf, writingStats } from '../endpoint/support.ts';
import { until, Wire } from '../recording/wire.ts';
import { ACCOUNT, clientOf, REGION } from '../support.ts';

const EXAMPLES = new URL('../../../examples/', import.meta.url).pathname;
const NETWORK = join(EXAMPLES, 'web/network.yaml');
const CAPTURE = join(EXAMPLES, 'web/web.pcap');
const VPC = 'vpc-020200a0b0c0d0e0f';
const PATIENCE = 60_000;

let folder: string;
let service: RunningService;
let workers: Worker[];
const onWorker = (worker: Worker): void => void workers.push(worker);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-restart-'));
  workers = [];
  process.on('worker', onWorker);
});
afterEach(async () => {
  process.off('worker', onWorker);
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(yaml: string, restartMs: readonly [number, number]): Promise<CloudWatchLogsClient> {
  service = await startService({
    config: parseConfig(`listen: 127.0.0.1:0\n${yaml}`, 'weir.yaml'),
    directory: join(folder, 'data'),
    times: { restartMs },
  });
  const key = await service.keys.create({ account: ACCOUNT });
  const credentials = { accessKeyId: key.id, secretAccessKey: key.secret };
  const ec2 = clientOf(service.url, key);
  const { Unsuccessful } = await ec2.send(
    new CreateFlowLogsCommand({
      ResourceIds: [VPC],
      ResourceType: 'VPC',
      TrafficType: 'ALL',
      MaxAggregationInterval: 60,
      LogGroupName: 'all',
      DeliverLogsPermissionArn: `arn:aws:iam::${ACCOUNT}:role/flow-logs`,
    }),
  );
  expect(Unsuccessful ?? []).toEqual([]);
  ec2.destroy();
  return new CloudWatchLogsClient({ region: REGION, endpoint: service.url, credentials, maxAttempts: 1 });
}

/** The first thread that a service starts. */
async function killWriting(): Promise<void> {
  await workers[0]!.terminate();
}

async function events(logs: CloudWatchLogsClient): Promise<string[]> {
  const messages: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await logs.send(new FilterLogEventsCommand({ logGroupName: 'all', nextToken }));
    messages.push(...(page.events ?? []).map((it) => it.message!));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return messages;
}

test(
  'flow logs are recorded again, replays meanwhile fail clearly, /readyz and /metrics say so',
  async () => {
    const logs = await open(`network: ${NETWORK}\n`, [1_500, 3_000]);
    await service.control.replay([CAPTURE]);
    const first = await events(logs);
    expect(first.length).toBeGreaterThan(0);
    await until('numbers', () => (service.control.status().writing?.lines ?? 0) >= first.length);
    const { writing: before } = service.control.status();
    await killWriting();
    const ready = await fetch(`${service.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain('the writing thread failed, and is started anew');
    await expect(service.control.replay([CAPTURE])).rejects.toThrow(
      /the replay failed: the writing thread has gone; replay it again/,
    );
    await until('the thread', () => service.control.status().notReady.length === 0, 20);
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
    expect(service.control.metrics().writingRestarts).toBe(1);
    const text = await (await fetch(`${service.url}/metrics`)).text();
    expect(text).toMatch(/^\S*writing_thread_restarts_total 1$/m);
    // The same capture as other packets: a producer of its own.
    await service.control.replay([CAPTURE], { vpcs: [VPC] });
    expect((await events(logs)).toSorted()).toEqual([...first, ...first].toSorted());
    await until('the numbers', () => service.control.status().writing!.lines >= 2 * before!.lines);
    const { amounts } = service.control.status().flowLogs[0]!;
    expect(amounts!.selected).toEqual(amounts!.delivered);
    expect(amounts!.selected.rows).toBe(2 * first.length);
    logs.destroy();
  },
  PATIENCE,
);

const missing = missingForLive();
(missing === undefined ? describe : describe.skip)(
  `a live recording${missing === undefined ? '' : ` (needs ${missing})`}`,
  () => {
    test(
      'begins anew under a generation of its own, and what is missing is told',
      async () => {
        const wire = new Wire();
        wire.make();
        try {
          const logs = await open(
            `network: ${NETWORK}\nsources: [{ name: lan, type: live, interface: ${wire.name}, filter: udp }]\n`,
            [200, 1_000],
          );
          const healthy = (): boolean =>
            service.control.status().recordings[0]?.stats?.sources[0]?.healthy === true;
          const current = (): string | undefined => service.control.status().recordings[0]?.producer;
          await until('capture', healthy);
          const producer = current();
          wire.send('10.20.1.20', '10.20.2.20', [1, 2, 3]);
          await until('packets', () => service.control.status().recordings[0]!.stats!.recorder.rows >= 3);
          // A flow log records from the next minute on (S3.6): the account tells of the packets before that.
          const written = (): number => {
            const account = service.control.status().writing?.account;
            return (account?.recordedPackets ?? 0) + (account?.excludedPackets ?? 0);
          };
          await service.control.flush();
          await until('what is written', () => written() === 3);
          await killWriting();
          await until(
            'a new recording',
            () => current() !== undefined && current() !== producer && healthy(),
            30,
          );
          await until('readiness', () => service.control.status().notReady.length === 0);
          wire.send('10.20.1.20', '10.20.2.20', [4, 5]);
          await until('packets', () => service.control.status().recordings[0]!.stats!.recorder.rows >= 2);
          await service.control.flush();
          await until('what is written', () => written() === 5);
          expect(Number(/\d+$/.exec(current()!)![0])).toBeGreaterThan(Number(/\d+$/.exec(producer!)![0]));
          logs.destroy();
        } finally {
          wire.remove();
        }
      },
      PATIENCE,
    );
  },
);

test('counters go on over a restart, and the identity of amounts holds', () => {
  const past = writingStats(new Map([['fl-1', amountsOf(10)]]));
  const now = writingStats(
    new Map([
      ['fl-1', amountsOf(1)],
      ['fl-2', amountsOf(1)],
    ]),
  );
  const sum = addedUp(past, now);
  expect(sum.windows).toBe(past.windows + now.windows);
  expect(sum.account.recordedPackets).toBe(past.account.recordedPackets + now.account.recordedPackets);
  expect(sum.spoolBytes).toBe(now.spoolBytes);
  const one = sum.amounts.get('fl-1')!;
  const was = past.amounts.get('fl-1')!;
  const is = now.amounts.get('fl-1')!;
  expect(one.spooled).toEqual(is.spooled);
  expect(one.delivered.rows).toBe(was.delivered.rows + is.delivered.rows);
  const lacking = (it: typeof one): number =>
    it.selected.rows - it.delivered.rows - it.spooled.rows - it.givenUp.rows;
  expect(lacking(one)).toBe(lacking(was) + lacking(is));
  expect(sum.amounts.get('fl-2')).toEqual(now.amounts.get('fl-2'));
});
