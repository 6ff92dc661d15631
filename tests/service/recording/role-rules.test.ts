/** Which roles the service may act as (S8.4, S8.1). */
import { describe, expect, test } from 'vitest';
import { parseRoleArn, type RoleUse } from '../../../src/flow-logs/destinations.ts';
import type { DestinationType } from '../../../src/flow-logs/model.ts';
import { RoleRules } from '../../../src/service/recording/role-rules.ts';

const HERE = { account: '123456789012', region: 'eu-central-1' };
const OWN = `arn:aws:iam::${HERE.account}:role/flow-logs`;
const MAPPED = `arn:aws:iam::${HERE.account}:role/mapped/flow-logs`;
const THEIRS = 'arn:aws:iam::210987654321:role/mapped/flow-logs';
const RECEIVER = 'arn:aws:iam::210987654321:role/AWSLogDeliveryFirehoseCrossAccountRole';

const rules = new RoleRules({
  mappings: [
    { role: 'arn:aws:iam::*:role/mapped/*' },
    { role: 'arn:aws:iam::210987654321:role/AWSLogDeliveryFirehose*' },
  ],
  remote: new Set(['cloud-watch-logs']),
});

describe('a role', () => {
  test.each<[string, string, RoleUse, DestinationType, boolean]>([
    ['of the account, for what is embedded', OWN, 'deliver', 'kinesis-data-firehose', true],
    ['of another account, for what is embedded', THEIRS, 'deliver', 'kinesis-data-firehose', false],
    ['without a mapping, for what is not embedded', OWN, 'deliver', 'cloud-watch-logs', false],
    ['with a mapping', MAPPED, 'deliver', 'cloud-watch-logs', true],
    ['with a mapping, of another account', THEIRS, 'deliver', 'cloud-watch-logs', false],
    ['that receives, mapped', RECEIVER, 'deliver across accounts', 'kinesis-data-firehose', true],
    ['that receives, without a mapping', OWN, 'deliver across accounts', 'kinesis-data-firehose', false],
  ])('%s', (_, arn, use, type, is) => {
    expect(rules.assumable(HERE, parseRoleArn(arn)!, use, type)).toBe(is);
  });
});

test('of a stored flow log is told when its mapping has gone', () => {
  const question = {
    ...HERE,
    resourceId: 'vpc-1',
    resourceType: 'VPC',
    logDestinationType: 'cloud-watch-logs',
    logGroupName: 'g',
  };
  expect(rules.fault(question)).toBeUndefined();
  expect(rules.fault({ ...question, deliverLogsPermissionArn: MAPPED })).toBeUndefined();
  expect(rules.fault({ ...question, deliverLogsPermissionArn: OWN })).toBe(
    `the role ${OWN} cannot be assumed: no mapping of roles in weir.yaml is for it`,
  );
});
