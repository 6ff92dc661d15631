/**
 * Roles that Weir assumes at moto server's STS: what they may do is done with the keys that STS gave, and those are asked
 * for again before they expire.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateFlowLogsCommand, type CreateFlowLogsCommandInput, EC2Client } from '@aws-sdk/client-ec2';
import { CreateDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWeir } from '../../src/index.ts';
import { defaultFieldsOf } from '../../src/records/catalogue.ts';
import { type Asked, FaultProxy } from '../service/delivery/fault-proxy.ts';
import { Destinations, flowsAmong, REGION, whenDelivered } from './destinations.ts';
import { type Moto, MOTO_ACCOUNT, MOTO_KEY, startMoto } from './moto-server.ts';
import { makeWorld, RESOURCES } from './moto-world.ts';
import { lack, leftOut, pathOf, pypiPython } from './programs.ts';

const OTHER = '210987654321';
const ROLE = `arn:aws:iam::${MOTO_ACCOUNT}:role/flow-logs`;
const RECEIVER = `arn:aws:iam::${OTHER}:role/AWSLogDeliveryFirehoseCrossAccountRole`;
/** Keys are asked for again five minutes before they expire: these last two seconds. */
const LASTS_MS = 5 * 60_000 + 2_000;
const FIELDS = defaultFieldsOf('vpc').map(({ id }) => id);

interface Assumed {
  readonly role: string;
  readonly session: string;
  /** What it was assumed with. */
  readonly by: string;
  readonly key: string;
}

/** moto's STS, whose keys expire sooner; what was assumed, in order. */
async function openSts(moto: Moto): Promise<{ server: Server; url: string; assumed: Assumed[] }> {
  const assumed: Assumed[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks).toString();
      const { authorization = '', 'content-type': type = '' } = request.headers;
      const token = request.headers['x-amz-security-token']?.toString();
      const answer = await fetch(moto.url, {
        method: 'POST',
        headers: {
          authorization,
          'content-type': type,
          ...(token === undefined ? {} : { 'x-amz-security-token': token }),
        },
        body,
      });
      const expires = new Date(Date.now() + LASTS_MS).toISOString();
      const text = (await answer.text()).replace(/<Expiration>[^<]*/, `<Expiration>${expires}`);
      const asked = new URLSearchParams(body);
      assumed.push({
        role: asked.get('RoleArn')!,
        session: asked.get('RoleSessionName')!,
        by: /Credential=([^/]+)\//.exec(authorization)![1]!,
        key: /<AccessKeyId>([^<]+)/.exec(text)![1]!,
      });
      response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(text);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, assumed, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const python = await pypiPython();
describe.skipIf(leftOut(python))(`roles at moto server of PyPI${lack(python)}`, () => {
  let folder: string;
  let moto: Moto;
  let proxy: FaultProxy;
  let sts: Awaited<ReturnType<typeof openSts>>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'weir-moto-roles-'));
    moto = await startMoto(pathOf(python), REGION);
    proxy = await FaultProxy.open(moto.url);
    sts = await openSts(moto);
  });
  afterAll(async () => {
    sts?.server.close();
    sts?.server.closeAllConnections();
    await proxy?.close();
    await moto?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A stream of the other account, which its bucket belongs to as well. */
  async function makeStream(name: string, bucket: string): Promise<void> {
    const client = new STSClient({ endpoint: moto.url, region: REGION, credentials: MOTO_KEY });
    const { Credentials: given } = await client.send(
      new AssumeRoleCommand({ RoleArn: RECEIVER, RoleSessionName: 'test' }),
    );
    const credentials = {
      accessKeyId: given!.AccessKeyId!,
      secretAccessKey: given!.SecretAccessKey!,
      sessionToken: given!.SessionToken!,
    };
    const firehose = new FirehoseClient({ endpoint: moto.url, region: REGION, credentials });
    await firehose.send(
      new CreateDeliveryStreamCommand({
        DeliveryStreamName: name,
        DeliveryStreamType: 'DirectPut',
        ExtendedS3DestinationConfiguration: {
          RoleARN: `arn:aws:iam::${OTHER}:role/firehose`,
          BucketARN: `arn:aws:s3:::${bucket}`,
          Prefix: `${name}/`,
        },
      }),
    );
    client.destroy();
    firehose.destroy();
  }

  test('sign what is delivered, one assumes the other, and their keys are renewed', async () => {
    const destinations = new Destinations(pathOf(python), moto);
    const world = makeWorld(folder);
    const [vpc] = RESOURCES;
    const expected = world.recorded(vpc!, FIELDS, 60).toSorted();
    await destinations.make(['across']);
    await makeStream('theirs', 'across');
    const { destinations: reached, ...config } = destinations.config(folder, proxy.url) as {
      destinations: Record<string, object>;
    };
    const withSts = Object.fromEntries(
      Object.entries(reached).map(([name, it]) => [name, { ...it, stsEndpoint: sts.url }]),
    );
    const weir = await startWeir({
      network: world.network,
      config: {
        ...config,
        account: MOTO_ACCOUNT,
        destinations: withSts,
        roles: [
          { role: ROLE, assume: true },
          { role: RECEIVER, assume: true },
        ],
      },
    });
    const { url: endpoint, region, credentials } = weir;
    const ec2 = new EC2Client({ endpoint, region, credentials });
    const create = async (wish: Partial<CreateFlowLogsCommandInput>): Promise<void> => {
      const { Unsuccessful } = await ec2.send(
        new CreateFlowLogsCommand({
          ResourceType: 'VPC',
          ResourceIds: [vpc!.id],
          TrafficType: 'ALL',
          MaxAggregationInterval: 60,
          DeliverLogsPermissionArn: ROLE,
          ...wish,
        }),
      );
      expect(Unsuccessful).toEqual([]);
    };
    try {
      await create({ LogGroupName: '/weir/roles' });
      await create({
        LogDestinationType: 'kinesis-data-firehose',
        LogDestination: `arn:aws:firehose:${REGION}:${OTHER}:deliverystream/theirs`,
        DeliverCrossAccountRole: RECEIVER,
      });
      const rounds: { readonly asked: readonly Asked[]; readonly assumed: number }[] = [];
      for (const [k, capture] of world.captures.entries()) {
        // By now the keys of the round before are to be renewed.
        if (k > 0) await sleep(3_000);
        const before = proxy.passed.length;
        await weir.replay([capture]);
        rounds.push({ asked: proxy.passed.slice(before), assumed: sts.assumed.length });
      }
      await whenDelivered(weir, 2 * flowsAmong(expected, FIELDS), 120);
      const keys = (role: string): Set<string> =>
        new Set(sts.assumed.filter((it) => it.role === role).map(({ key }) => key));
      const signers = ({ asked }: (typeof rounds)[number], operation: string): Set<string> =>
        new Set(asked.filter((it) => it.operation === operation).map(({ key }) => key!));
      for (const [operation, role] of [
        ['PutLogEvents', ROLE],
        ['PutRecordBatch', RECEIVER],
      ] as const) {
        const [first, second] = rounds.map((round) => signers(round, operation));
        expect(first!.size).toBeGreaterThan(0);
        expect(second!.size).toBeGreaterThan(0);
        for (const key of [...first!, ...second!]) expect(keys(role)).toContain(key);
        // None of the first round's keys signs what comes later.
        expect([...second!].filter((key) => first!.has(key))).toEqual([]);
      }
      // The receiver's role is assumed with the first role's key, and that with Weir's own.
      expect(new Set(sts.assumed.map(({ session }) => session))).toEqual(new Set([`weir-${MOTO_ACCOUNT}`]));
      const by = (role: string): Set<string> =>
        new Set(sts.assumed.filter((it) => it.role === role).map((it) => it.by));
      expect(by(ROLE)).toEqual(new Set([MOTO_KEY.accessKeyId]));
      expect([...by(RECEIVER)].filter((key) => !keys(ROLE).has(key))).toEqual([]);
      // Not for each request: as long as a key is good it is kept.
      expect(sts.assumed.length).toBeLessThan(proxy.passed.length / 2);
    } finally {
      ec2.destroy();
      await weir.close();
    }
    const [group, stream] = await destinations.read([
      { group: '/weir/roles' },
      { bucket: 'across', prefix: 'theirs/', form: 'messages' },
    ]);
    // Each replay says by itself where there was no traffic.
    const flows = (lines: readonly string[]): string[] => lines.filter((it) => it.endsWith(' OK')).toSorted();
    expect(flows(expected).length).toBeGreaterThan(50);
    expect(flows(group!.lines)).toEqual(flows(expected));
    expect(flows(stream!.lines)).toEqual(flows(expected));
  });
});
