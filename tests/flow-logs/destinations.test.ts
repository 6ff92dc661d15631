import { describe, expect, test } from 'vitest';
import {
  destinationFailure,
  destinationKey,
  destinationName,
  parseDestination,
  parseRoleArn,
  type Presence,
} from '../../src/flow-logs/destinations.ts';
import { FlowLogFault } from '../../src/flow-logs/faults.ts';
import type { DestinationType } from '../../src/flow-logs/model.ts';
import { FakeDestinations, HERE } from './fakes.ts';

const LOGS = 'arn:aws:logs:eu-central-1:123456789012:log-group';
const STREAM = 'arn:aws:firehose:eu-central-1:123456789012:deliverystream';

describe('parseDestination', () => {
  test.each<[DestinationType, string, string, string]>([
    ['s3', 'arn:aws:s3:::bucket', 'bucket', 's3:bucket/'],
    ['s3', 'arn:aws:s3:::bucket/', 'bucket', 's3:bucket/'],
    ['s3', 'arn:aws:s3:::bucket/a', 'bucket', 's3:bucket/a/'],
    ['s3', 'arn:aws:s3:::my.bucket-1/my_subfolder/x=1/', 'my.bucket-1', 's3:my.bucket-1/my_subfolder/x=1/'],
    ['s3', 'arn:aws:s3:::bucket/awslogs', 'bucket', 's3:bucket/awslogs/'],
    ['s3', 'arn:aws:s3:::bucket/AWSLogs2/', 'bucket', 's3:bucket/AWSLogs2/'],
    ['s3', 'arn:aws-cn:s3:::bucket', 'bucket', 's3:bucket/'],
    [
      'cloud-watch-logs',
      `${LOGS}:my_group`,
      'my_group',
      'cloud-watch-logs:eu-central-1:123456789012:my_group',
    ],
    ['cloud-watch-logs', `${LOGS}:/a/b#1:*`, '/a/b#1', 'cloud-watch-logs:eu-central-1:123456789012:/a/b#1'],
    ['kinesis-data-firehose', `${STREAM}:s`, 's', 'kinesis-data-firehose:eu-central-1:123456789012:s'],
    ['kinesis-data-firehose', `${STREAM}/s`, 's', 'kinesis-data-firehose:eu-central-1:123456789012:s'],
  ])('%s %s', (type, arn, name, key) => {
    const destination = parseDestination(HERE, type, arn);
    expect(destinationName(destination)).toBe(name);
    expect(destinationKey(destination)).toBe(key);
  });

  test('refuses what only looks like one quickly', () => {
    const started = performance.now();
    for (const arn of [
      `arn:aws${'-a'.repeat(1000)}!`,
      `arn:aws:s3:::${'a'.repeat(2000)}/${'/'.repeat(40)}`,
    ]) {
      expect(() => parseDestination(HERE, 's3', arn)).toThrow(FlowLogFault);
      expect(parseRoleArn(`arn:aws:iam::123456789012:role/${'a/'.repeat(1000)}`)).toBeUndefined();
    }
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('destinationFailure', () => {
  test.each<[Presence, string | undefined, string | undefined]>([
    ['ready', undefined, undefined],
    ['unknown', undefined, undefined],
    ['missing', 'bucketMissing', undefined],
    ['denied', 'destinationDenied', 'destinationDenied'],
    ['undeliverable', 'destinationUndeliverable', 'destinationUndeliverable'],
  ])('%s', async (presence, ofBucket, ofLogGroup) => {
    const destinations = new FakeDestinations();
    const bucket = parseDestination(HERE, 's3', 'arn:aws:s3:::bucket');
    const group = parseDestination(HERE, 'cloud-watch-logs', `${LOGS}:g`);
    destinations.script.set(destinationKey(bucket), presence).set(destinationKey(group), presence);
    expect((await destinationFailure(destinations, HERE, bucket))?.situation).toBe(ofBucket);
    expect((await destinationFailure(destinations, HERE, group))?.situation).toBe(ofLogGroup);
  });
});

test('a role is taken apart', () => {
  const arn = 'arn:aws:iam::123456789012:role/path/a';
  expect(parseRoleArn(arn)).toEqual({ arn, account: '123456789012', name: 'a' });
});
