/** `weir serve` ends in time, with code 0, at a destination that hangs: what waits is delivered by the next run. */
import { execFileSync } from 'node:child_process';
import { createReadStream, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { CreateFlowLogsCommand, DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WeirClient } from '../../../src/service/endpoint/client.ts';
import { findPlace } from '../../../src/service/endpoint/client-credentials.ts';
import { startWeir, type WeirProcess } from '../weir-process.ts';
import { weir } from '../../record/run.ts';

const CAPTURE = new URL('../../../examples/web/web.pcap', import.meta.url).pathname;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-hang-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function linesIn(s3: S3Client): Promise<number> {
  let lines = 0;
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'hangs' }));
  for (const { Key } of Contents) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'hangs', Key: Key! }));
    lines +=
      gunzipSync(await Body!.transformToByteArray())
        .toString()
        .trimEnd()
        .split('\n').length - 1;
  }
  return lines;
}

function s3Of(it: WeirProcess): S3Client {
  const { url, region, credentials } = it;
  return new S3Client({ endpoint: url, region, credentials, forcePathStyle: true, maxAttempts: 1 });
}

test('the end of a service whose bucket hangs', async () => {
  const data = join(folder, 'data');
  const first = await startWeir(data);
  const { url, region, credentials } = first;
  const ec2 = new EC2Client({ endpoint: url, region, credentials, maxAttempts: 1 });
  const s3 = s3Of(first);
  await s3.send(new CreateBucketCommand({ Bucket: 'hangs' }));
  const { Vpcs } = await ec2.send(new DescribeVpcsCommand({}));
  await ec2.send(
    new CreateFlowLogsCommand({
      ResourceIds: [Vpcs![0]!.VpcId!],
      ResourceType: 'VPC',
      TrafficType: 'ALL',
      LogDestinationType: 's3',
      LogDestination: 'arn:aws:s3:::hangs',
      MaxAggregationInterval: 60,
    }),
  );
  // Whoever opens this file waits for ever, inside of a call of the system, as with a file server that is gone.
  const record = join(data, 's3', 'hangs', '.bucket.json');
  renameSync(record, join(folder, 'kept'));
  execFileSync('mkfifo', [record]);
  const client = new WeirClient(findPlace({ data, to: undefined, profile: undefined }, {}));
  await client.upload('web', createReadStream(CAPTURE) as AsyncIterable<Uint8Array>);
  const summary = await client.replay({ uploads: ['web'], flush: false });
  expect(summary.packets).toBeGreaterThan(0);
  // The destination is being written to, or is about to be.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const begun = performance.now();
  const code = await first.stop();
  const took = performance.now() - begun;
  expect(first.log()).toContain('hangs at a destination');
  expect(code).toBe(0);
  expect(took).toBeLessThan(10_000);
  rmSync(record);
  renameSync(join(folder, 'kept'), record);
  ec2.destroy();
  s3.destroy();

  const second = await startWeir(data);
  const again = s3Of(second);
  try {
    await expect.poll(() => linesIn(again), { timeout: 15_000, interval: 200 }).toBe(recorded());
  } finally {
    again.destroy();
    expect(await second.stop()).toBe(0);
  }
}, 60_000);

/** How many lines `weir record` makes of the capture in the network of a service without a configuration. */
function recorded(): number {
  const { stdout } = weir(['record', CAPTURE, '--interval', '60', '--no-header', '--summary', 'none']);
  return stdout.toString().trimEnd().split('\n').length;
}
