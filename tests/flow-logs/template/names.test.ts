import { expect, test } from 'vitest';
import {
  databaseName,
  tableName,
  templateKey,
  templateUrl,
  workGroupName,
} from '../../../src/flow-logs/template/names.ts';
import { FLOW_LOG } from './sources.ts';

test('names are those that are seen in use', () => {
  const dates = { start: '2021-12-29', end: '2021-12-29' };
  expect(databaseName(FLOW_LOG)).toBe('vpcflowlogsathenadatabasefl021e77eb542d6567f');
  const table = tableName(FLOW_LOG, 'daily', dates);
  expect(table).toBe('fl021e77eb542d6567fdaily2021122920211229');
  expect(workGroupName(table)).toBe('fl021e77eb542d6567fdaily2021122920211229WorkGroup');
  expect(tableName(FLOW_LOG, 'weekly', undefined)).toBe('fl021e77eb542d6567fweekly');
});

test('the object of a template is called as the service’s', () => {
  const key = templateKey('athena-templates/', 'fl-0c4cf2c9e927d09c5', new Date('2022-11-12T23:16:02.345Z'));
  expect(key).toBe(
    'athena-templates/VPCFlowLogsIntegrationTemplate_fl-0c4cf2c9e927d09c5_Sat Nov 12 23:16:02 UTC 2022.yml',
  );
  const example = templateKey('', 'fl-1234567890abcdef0', new Date('2021-07-21T00:57:56Z'));
  expect(templateUrl('us-east-2', 'amzn-s3-demo-bucket', example)).toBe(
    'https://amzn-s3-demo-bucket.s3.us-east-2.amazonaws.com/VPCFlowLogsIntegrationTemplate_fl-1234567890abcdef0_Wed%20Jul%2021%2000%3A57%3A56%20UTC%202021.yml',
  );
  expect(templateKey('', FLOW_LOG, new Date('2026-01-04T00:00:00Z'))).toContain(
    '_Sun Jan 04 00:00:00 UTC 2026.',
  );
  expect(templateUrl('r', 'b', 'a/b c')).toBe('https://b.s3.r.amazonaws.com/a/b%20c');
});
