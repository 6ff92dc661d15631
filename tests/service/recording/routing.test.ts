/** One port, many protocols. */
import { expect, test } from 'vitest';
import { type Endpoints, routeTo } from '../../../src/service/serve/routing.ts';
import type { Endpoint } from '../../../src/wire/endpoint.ts';

const NAMES = ['api', 's3', 'logs', 'firehose', 'sqs', 'own', 'probes'] as const;
const endpoints = Object.fromEntries(
  NAMES.map((name) => [name, { maxBodyBytes: 0, name } as unknown as Endpoint]),
) as unknown as Endpoints;
const route = routeTo(endpoints);

function signed(service: string): [string, string] {
  return [
    'Authorization',
    `AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-central-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
  ];
}
const presigned = (service: string): string =>
  `X-Amz-Credential=AKIA%2F20260101%2Feu-central-1%2F${service}%2Faws4_request`;
const form: [string, string] = ['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8'];

test.each<[string, string, [string, string][], (typeof NAMES)[number]]>([
  ['POST', '/', [signed('ec2'), form], 'api'],
  ['POST', '/', [signed('sts'), form], 'api'],
  ['POST', '/', [signed('iam'), form], 'api'],
  ['GET', '/', [signed('s3')], 's3'],
  ['PUT', '/bucket/_weir/key', [signed('s3')], 's3'],
  ['PUT', '/_weir/uploads/a', [signed('s3')], 's3'],
  ['GET', '/metrics', [signed('s3')], 's3'],
  ['GET', `/metrics?${presigned('s3')}`, [], 's3'],
  ['GET', `/bucket/key?${presigned('s3')}`, [], 's3'],
  ['POST', '/', [signed('logs'), ['X-Amz-Target', 'Logs_20140328.GetLogEvents']], 'logs'],
  [
    'POST',
    '/',
    [
      ['X-Amz-Target', 'Logs_20140328.GetLogEvents'],
      ['Content-Type', 'application/x-amz-json-1.1'],
    ],
    'logs',
  ],
  ['POST', '/', [signed('firehose'), ['X-Amz-Target', 'Firehose_20150804.PutRecordBatch']], 'firehose'],
  ['POST', '/', [['X-Amz-Target', 'Firehose_20150804.PutRecord']], 'firehose'],
  ['POST', '/', [signed('sqs'), ['X-Amz-Target', 'AmazonSQS.ReceiveMessage']], 'sqs'],
  ['POST', '/123456789012/queue', [signed('sqs'), form], 'sqs'],
  ['GET', `/123456789012/queue?Action=ReceiveMessage&${presigned('sqs')}`, [], 'sqs'],
  ['POST', '/', [['X-Amz-Target', 'AmazonSQS.GetQueueUrl']], 'sqs'],
  ['POST', '/', [['X-Amz-Target', 'DynamoDB_20120810.GetItem']], 'api'],
  ['POST', '/_weir/replay', [signed('weir')], 'own'],
  ['GET', '/_weir/status', [], 'own'],
  ['GET', '/metrics', [], 'probes'],
  ['HEAD', '/healthz', [], 'probes'],
  ['GET', '/readyz?verbose', [], 'probes'],
  ['POST', '/metrics', [], 's3'],
  ['POST', '/', [form], 'api'],
  ['POST', '/', [], 'api'],
  ['GET', '/?Action=DescribeVpcs&Version=2016-11-15', [], 'api'],
  ['GET', '/', [], 's3'],
  ['GET', '/bucket/key?Action=x', [], 's3'],
  ['POST', '/bucket', [['Content-Type', 'multipart/form-data; boundary=x']], 's3'],
  ['OPTIONS', '*', [], 's3'],
])('%s %s %j', (method, target, headers, name) => {
  expect((route({ method, target, headers }) as unknown as { name: string }).name).toBe(name);
});
