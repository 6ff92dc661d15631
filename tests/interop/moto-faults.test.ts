/**
 * moto server behind a proxy that fails some of the requests: what boto3 reads back in the end are the lines of
 * `weir record`. Each run fails others: CRASH_SEED repeats one.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateFlowLogsCommand, type CreateFlowLogsCommandInput, EC2Client } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWeir } from '../../src/index.ts';
import { defaultFieldsOf } from '../../src/records/catalogue.ts';
import { seededRandom } from '../api/protocol/random-values.ts';
import { type Asked, type Fault, FaultProxy, jsonError, SLOW_DOWN } from '../service/delivery/fault-proxy.ts';
import { seedFrom } from '../seed.ts';
import {
  type Contents,
  Destinations,
  flowsAmong,
  type Place,
  REGION,
  whenDelivered,
} from './destinations.ts';
import { type Moto, MOTO_ACCOUNT, startMoto } from './moto-server.ts';
import { makeWorld, RESOURCES } from './moto-world.ts';
import { lack, leftOut, pathOf, pypiPython } from './programs.ts';

const SEED = seedFrom('CRASH_SEED');
/** Of the requests that deliver. */
const FAILING_SHARE = 0.25;
const ROLE = `arn:aws:iam::${MOTO_ACCOUNT}:role/flow-logs`;
const [VPC] = RESOURCES;
const FIELDS = defaultFieldsOf('vpc').map(({ id }) => id);
const LOGS_BUSY = jsonError('ServiceUnavailableException', 'The service cannot complete the request.', 503);

interface Wanted {
  readonly name: 'text' | 'parquet' | 'group' | 'stream';
  readonly wish: Partial<CreateFlowLogsCommandInput>;
  readonly place: Place;
}

/** One flow log of each kind; `run` keeps those of the tests apart. */
function wantedOf(run: string): readonly Wanted[] {
  const toBucket = (name: 'text' | 'parquet', FileFormat: 'plain-text' | 'parquet'): Wanted => ({
    name,
    wish: {
      LogDestinationType: 's3',
      LogDestination: `arn:aws:s3:::${run}/${name}/`,
      DestinationOptions: { FileFormat, HiveCompatiblePartitions: true, PerHourPartition: true },
    },
    place: { bucket: run, prefix: `${name}/`, form: name },
  });
  return [
    toBucket('text', 'plain-text'),
    toBucket('parquet', 'parquet'),
    {
      name: 'group',
      wish: { LogGroupName: `/weir/${run}`, DeliverLogsPermissionArn: ROLE },
      place: { group: `/weir/${run}` },
    },
    {
      name: 'stream',
      wish: {
        LogDestinationType: 'kinesis-data-firehose',
        LogDestination: `arn:aws:firehose:${REGION}:${MOTO_ACCOUNT}:deliverystream/${run}`,
      },
      place: { bucket: run, prefix: 'stream/', form: 'messages' },
    },
  ];
}

/** What fails some requests that deliver: by their kind. */
function failing(random: () => number, choose: (asked: Asked) => Fault): (asked: Asked) => Fault | undefined {
  return (asked) => {
    const { method, operation } = asked;
    const delivers =
      operation === undefined ? method === 'PUT' : /^(?:PutLogEvents|PutRecordBatch)$/.test(operation);
    return delivers && random() < FAILING_SHARE ? choose(asked) : undefined;
  };
}

const python = await pypiPython();
describe.skipIf(leftOut(python))(`moto server of PyPI that fails, seed ${SEED}${lack(python)}`, () => {
  let folder: string;
  let moto: Moto;
  let proxy: FaultProxy;
  let destinations: Destinations;
  let world: ReturnType<typeof makeWorld>;
  let expected: readonly string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'weir-moto-faults-'));
    moto = await startMoto(pathOf(python), REGION);
    proxy = await FaultProxy.open(moto.url);
    world = makeWorld(folder);
    destinations = new Destinations(pathOf(python), moto);
    expected = world.recorded(VPC!, FIELDS, 60).toSorted();
  });
  afterAll(async () => {
    await proxy?.close();
    await moto?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function deliver(run: string, faults: (asked: Asked) => Fault | undefined): Promise<Contents[]> {
    const wanted = wantedOf(run);
    await destinations.make([run], [{ name: run, bucket: run, prefix: 'stream/' }]);
    const weir = await startWeir({
      network: world.network,
      config: destinations.config(folder, proxy.url),
    });
    const { url: endpoint, region, credentials } = weir;
    const ec2 = new EC2Client({ endpoint, region, credentials });
    try {
      for (const { name, wish } of wanted) {
        const made = await ec2.send(
          new CreateFlowLogsCommand({
            ResourceType: 'VPC',
            ResourceIds: [VPC!.id],
            TrafficType: 'ALL',
            MaxAggregationInterval: 60,
            ...wish,
          }),
        );
        expect([name, made.Unsuccessful]).toEqual([name, []]);
      }
      proxy.failing(faults);
      await weir.replay(world.captures);
      await whenDelivered(weir, wanted.length * flowsAmong(expected, FIELDS), 120);
    } finally {
      proxy.repair();
      ec2.destroy();
      await weir.close();
    }
    return [...(await destinations.read(wanted.map(({ place }) => place)))];
  }

  test('503 and connections that end: every record is there once', async () => {
    const random = seededRandom(SEED);
    const before = proxy.faults;
    const found = await deliver(
      'refused',
      failing(random, ({ operation }) => {
        if (random() < 0.5) return { do: 'reset' };
        return operation === undefined ? SLOW_DOWN : LOGS_BUSY;
      }),
    );
    expect(proxy.faults - before).toBeGreaterThan(10);
    expect(expected.length).toBeGreaterThan(50);
    expect(found.map(({ lines }) => lines.toSorted())).toEqual(found.map(() => expected));
  });

  test('answers that are lost: objects are there once, events and records at least once', async () => {
    const random = seededRandom(SEED + 1);
    const before = proxy.faults;
    const found = await deliver(
      'lost',
      failing(random, () => ({ do: 'lose' })),
    );
    expect(proxy.faults - before).toBeGreaterThan(10);
    const [text, parquet, group, stream] = found.map(({ lines }) => lines.toSorted());
    expect({ text, parquet }).toEqual({ text: expected, parquet: expected });
    const kinds = [...new Set(expected)];
    for (const lines of [group!, stream!]) {
      expect([...new Set(lines)]).toEqual(kinds);
      expect(lines.length).toBeGreaterThan(expected.length);
    }
  });
});
