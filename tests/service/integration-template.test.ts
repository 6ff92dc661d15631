import * as ec2 from '@aws-sdk/client-ec2';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningService } from '../../src/service/serve/service.ts';
import { faultsOf, type Template } from '../flow-logs/template/check.ts';
import {
  ACCOUNT,
  clientOf,
  type Credentials,
  openService,
  OTHER_ACCOUNT,
  REGION,
  temporaryFolder,
} from './support.ts';

/** GetFlowLogsIntegrationTemplate with the official clients, into the embedded S3. */

const NETWORK = '{ vpcs: [{ id: vpc-0a1b2c3d, cidrs: [10.20.0.0/16] }] }';

let service: RunningService;
let client: ec2.EC2Client;
let s3: S3Client;
let flowLog: string;
let folder: ReturnType<typeof temporaryFolder>;

function s3Of(key: Credentials): S3Client {
  return new S3Client({
    region: REGION,
    endpoint: service.url,
    forcePathStyle: true,
    credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
    maxAttempts: 1,
  });
}

beforeAll(async () => {
  folder = temporaryFolder();
  service = await openService({ yaml: `network: ${folder.file('network.yaml', NETWORK)}\n` });
  const key = await service.keys.create({ account: ACCOUNT });
  client = clientOf(service.url, key);
  s3 = s3Of(key);
  for (const Bucket of ['flow-logs', 'templates', 'results'])
    await s3.send(new CreateBucketCommand({ Bucket }));
  const theirs = s3Of(await service.keys.create({ account: OTHER_ACCOUNT }));
  await theirs.send(new CreateBucketCommand({ Bucket: 'theirs' }));
  theirs.destroy();
  const { FlowLogIds } = await client.send(
    new ec2.CreateFlowLogsCommand({
      ResourceIds: ['vpc-0a1b2c3d'],
      ResourceType: 'VPC',
      TrafficType: 'ALL',
      LogDestinationType: 's3',
      LogDestination: 'arn:aws:s3:::flow-logs/edge/',
    }),
  );
  flowLog = FlowLogIds![0]!;
});
afterAll(async () => {
  client.destroy();
  s3.destroy();
  await service.close();
  folder.remove();
});

function command(
  given: Partial<ec2.GetFlowLogsIntegrationTemplateCommandInput> = {},
): ec2.GetFlowLogsIntegrationTemplateCommand {
  return new ec2.GetFlowLogsIntegrationTemplateCommand({
    FlowLogId: flowLog,
    ConfigDeliveryS3DestinationArn: 'arn:aws:s3:::templates/stacks/',
    IntegrateServices: {
      AthenaIntegrations: [
        { IntegrationResultS3DestinationArn: 'arn:aws:s3:::results/', PartitionLoadFrequency: 'daily' },
      ],
    },
    ...given,
  });
}

async function keys(): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'templates' }));
  return Contents.map((it) => it.Key!);
}

describe('GetFlowLogsIntegrationTemplate', () => {
  test('DryRun says that it would, and puts nothing', async () => {
    await expect(client.send(command({ DryRun: true }))).rejects.toMatchObject({ name: 'DryRunOperation' });
    expect(await keys()).toEqual([]);
  });

  test('answers with a template, and the bucket has the same bytes', async () => {
    const { Result } = await client.send(command());
    const [Key, ...others] = await keys();
    expect(others).toEqual([]);
    expect(Key).toMatch(
      new RegExp(
        `^stacks/VPCFlowLogsIntegrationTemplate_${flowLog}_\\w{3} \\w{3} \\d\\d \\S{8} UTC \\d{4}\\.yml$`,
      ),
    );
    const kept = await s3.send(new GetObjectCommand({ Bucket: 'templates', Key }));
    expect(await kept.Body!.transformToString()).toBe(Result);
    expect(kept.ContentType).toBe('application/json');
    const template = JSON.parse(Result!) as Template;
    expect(faultsOf(template)).toEqual([]);
    expect(Result).toContain(`s3://flow-logs/edge/AWSLogs/${ACCOUNT}/vpcflowlogs/${REGION}/`);
    const head = await s3.send(new HeadObjectCommand({ Bucket: 'templates', Key }));
    expect(head.ContentLength).toBe(Buffer.byteLength(Result!));
  });

  test('takes dates as clients write them', async () => {
    const { Result } = await client.send(
      command({
        IntegrateServices: {
          AthenaIntegrations: [
            {
              IntegrationResultS3DestinationArn: 'arn:aws:s3:::results/',
              PartitionLoadFrequency: 'none',
              PartitionStartDate: new Date('2021-07-21T00:40:00Z'),
              PartitionEndDate: new Date('2021-07-21T00:42:00Z'),
            },
          ],
        },
      }),
    );
    expect(Result).toContain(`${flowLog.replace('-', '')}none2021072120210721WorkGroup`);
  });

  test.each([
    [
      'theirs',
      'Access Denied for ConfigDeliveryS3DestinationArn: theirs. Please check the permissions of the bucket',
    ],
    ['nowhere', 'ConfigDeliveryS3DestinationArn: the bucket nowhere does not exist'],
  ])('does not write to %s', async (bucket, message) => {
    const refused = client.send(command({ ConfigDeliveryS3DestinationArn: `arn:aws:s3:::${bucket}` }));
    await expect(refused).rejects.toMatchObject({ name: 'InvalidParameter', message });
  });

  test('a key that may only describe cannot write by it', async () => {
    const before = await keys();
    const reader = clientOf(service.url, await service.keys.create({ account: ACCOUNT, readOnly: true }));
    await expect(
      reader.send(command({ ConfigDeliveryS3DestinationArn: 'arn:aws:s3:::templates' })),
    ).rejects.toMatchObject({
      name: 'InvalidParameter',
      message: expect.stringContaining('Access Denied') as string,
    });
    reader.destroy();
    expect(await keys()).toEqual(before);
  });

  test('a flow log that is gone has none', async () => {
    await expect(client.send(command({ FlowLogId: 'fl-00000000000000000' }))).rejects.toMatchObject({
      name: 'InvalidFlowLogId.NotFound',
    });
  });
});
