import { describe, expect, test } from 'vitest';
import { athenaColumns } from '../../../src/flow-logs/template/columns.ts';
import { type Integration, templateText } from '../../../src/flow-logs/template/document.ts';
import { tableLayout } from '../../../src/flow-logs/template/layout.ts';
import { HERE } from '../fakes.ts';
import { at, faultsOf, ofType, type Template } from './check.ts';
import {
  DAILY,
  DEFAULT_FORMAT,
  formatOf,
  INTEGRATIONS,
  MONTHLY,
  MONTHLY_OF_YEAR,
  OPTIONS,
  optionsName,
  PAST,
  sourceOf,
  WEEKLY,
  WIDE_FORMAT,
} from './sources.ts';

type Glue = { readonly Name: string; readonly Type: string };

function made(source: Parameters<typeof sourceOf>[0], integrations: readonly Integration[]): Template {
  return JSON.parse(templateText(sourceOf(source), integrations)) as Template;
}

const FORMATS = [
  ['default', DEFAULT_FORMAT],
  ['wide', WIDE_FORMAT],
  ['one field', formatOf('version')],
] as const;
const COMBINATIONS = OPTIONS.flatMap((options) =>
  FORMATS.map(([name, format]) => [`${optionsName(options)}, ${name} format`, options, format] as const),
);

describe.each(COMBINATIONS)('%s', (_, options, format) => {
  test('is sound with every integration alone, and with all together', () => {
    for (const integrations of [...INTEGRATIONS.map((it) => [it]), INTEGRATIONS]) {
      expect(faultsOf(made({ options, format }, integrations))).toEqual([]);
    }
  });

  test('its table has exactly the columns and partitions of the flow log', () => {
    const [table, ...others] = ofType(made({ options, format }, [DAILY]), 'AWS::Glue::Table');
    expect(others).toEqual([]);
    const input = at(table, 'Properties.TableInput') as Record<string, unknown>;
    const layout = tableLayout(HERE, { bucket: 'records', folder: 'edge/' }, options);
    const pairs = (columns: unknown): string[] => (columns as Glue[]).map((it) => `${it.Name} ${it.Type}`);
    expect(pairs(at(input, 'StorageDescriptor.Columns'))).toEqual(
      athenaColumns(format, options.fileFormat).map((it) => `${it.name} ${it.type}`),
    );
    expect(pairs(input['PartitionKeys'])).toEqual(layout.keys.map((it) => `${it.name} ${it.type}`));
    expect(at(input, 'StorageDescriptor.Location')).toBe(layout.location);
  });
});

test('text is split at spaces and its header skipped; Parquet is read as such', () => {
  const readers = OPTIONS.map((options) => {
    const [table] = ofType(made({ options }, [DAILY]), 'AWS::Glue::Table');
    const input = at(table, 'Properties.TableInput') as object;
    return [
      options.fileFormat,
      at(input, 'StorageDescriptor.SerdeInfo.SerializationLibrary'),
      (at(input, 'StorageDescriptor.SerdeInfo.Parameters') as Record<string, string>)['field.delim'],
      (at(input, 'Parameters') as Record<string, string>)['skip.header.line.count'],
    ];
  });
  const text = ['plain-text', 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe', ' ', '1'];
  const parquet = [
    'parquet',
    'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
    undefined,
    undefined,
  ];
  expect(readers).toEqual([text, text, text, text, parquet, parquet, parquet, parquet]);
});

describe('partitions', () => {
  test.each([
    ['daily', DAILY, 'cron(0 0 * * ? *)', '1'],
    ['weekly', WEEKLY, 'cron(0 0 ? * SUN *)', '7'],
    ['monthly', MONTHLY, 'cron(0 0 1 * ? *)', '31'],
  ] as const)('are loaded %s where no dates are given', (_name, integration, expression, days) => {
    const template = made({}, [integration]);
    const [rule, ...others] = ofType(template, 'AWS::Events::Rule');
    expect(others).toEqual([]);
    expect(rule!.Properties['ScheduleExpression']).toBe(expression);
    const [target] = rule!.Properties['Targets'] as [{ Input: string }];
    const [load] = ofType(template, 'Custom::VpcFlowLogsPartitions');
    const { ServiceToken: _, ...settings } = load!.Properties;
    expect(JSON.parse(target.Input)).toEqual(settings);
    expect(settings).toMatchObject({ Days: days });
    expect(settings).not.toHaveProperty('Start');
    expect(ofType(template, 'AWS::Lambda::Permission')).toHaveLength(1);
  });

  test.each([
    ['none', PAST],
    ['monthly', MONTHLY_OF_YEAR],
  ] as const)('are loaded once where dates are given: %s', (_, integration) => {
    const template = made({}, [integration]);
    expect(ofType(template, 'AWS::Events::Rule')).toEqual([]);
    expect(ofType(template, 'AWS::Lambda::Permission')).toEqual([]);
    const [load] = ofType(template, 'Custom::VpcFlowLogsPartitions');
    expect(load!.Properties).toMatchObject({ Start: integration.dates!.start, End: integration.dates!.end });
    expect(load!.Properties).not.toHaveProperty('Days');
  });
});

describe('named queries', () => {
  const namesOf = (template: Template): unknown[] =>
    ofType(template, 'AWS::Athena::NamedQuery').map((it) => it.Properties['Name']);

  test('are all sixteen where the format has their fields', () => {
    expect(namesOf(made({ format: WIDE_FORMAT }, [DAILY]))).toEqual(
      (
        'AcceptedTraffic AdminPortTraffic IPv4Traffic IPv6Traffic RejectedTCPTraffic RejectedTraffic ' +
        'SshRdpTraffic TopTalkers TopTalkersPacketLevel TopTalkingInstances TopTalkingSubnets TopTCPTraffic ' +
        'TotalBytesTransferred TotalBytesTransferredPacketLevel TrafficFrmSrcAddr TrafficToDstAddr'
      )
        .split(' ')
        .map((name) => `VpcFlowLogs${name}`),
    );
  });

  test('are fewer where it has not', () => {
    expect(namesOf(made({}, [DAILY]))).toEqual(
      (
        'AcceptedTraffic AdminPortTraffic RejectedTCPTraffic RejectedTraffic SshRdpTraffic TopTalkers ' +
        'TopTCPTraffic TotalBytesTransferred TrafficFrmSrcAddr TrafficToDstAddr'
      )
        .split(' ')
        .map((name) => `VpcFlowLogs${name}`),
    );
    expect(namesOf(made({ format: formatOf('instance-id', 'bytes', 'type') }, [DAILY]))).toEqual([
      'VpcFlowLogsIPv4Traffic',
      'VpcFlowLogsIPv6Traffic',
      'VpcFlowLogsTopTalkingInstances',
    ]);
    expect(namesOf(made({ format: formatOf('version') }, [DAILY]))).toEqual([]);
  });

  test('are over their own table, one set for each integration', () => {
    const template = made({}, [DAILY, PAST]);
    const tables = ofType(template, 'AWS::Athena::NamedQuery').map((it) =>
      /FROM "(\w+)"\."(\w+)"/.exec(it.Properties['QueryString'] as string)!.slice(1),
    );
    const database = 'vpcflowlogsathenadatabasefl021e77eb542d6567f';
    expect(tables).toEqual([
      ...Array.from({ length: 10 }, () => [database, 'fl021e77eb542d6567fdaily']),
      ...Array.from({ length: 10 }, () => [database, 'fl021e77eb542d6567fnone2021122920220102']),
    ]);
  });
});

test('the role reaches its own tables, workgroups and buckets, and nothing else', () => {
  const template = made({}, [DAILY, { ...PAST, results: { bucket: 'others', folder: '' } }]);
  const [role] = ofType(template, 'AWS::IAM::Role');
  const [policy] = role!.Properties['Policies'] as [
    { PolicyDocument: { Statement: { Resource: object[] }[] } },
  ];
  const resources = policy.PolicyDocument.Statement.flatMap((it) => it.Resource).map(
    (it) => (it as { 'Fn::Sub': string })['Fn::Sub'],
  );
  const glue = 'arn:${AWS::Partition}:glue:${AWS::Region}:${AWS::AccountId}';
  const s3 = 'arn:${AWS::Partition}:s3:::';
  const workGroup =
    'arn:${AWS::Partition}:athena:${AWS::Region}:${AWS::AccountId}:workgroup/fl021e77eb542d6567f';
  const database = 'vpcflowlogsathenadatabasefl021e77eb542d6567f';
  expect(resources).toEqual([
    'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/*',
    `${workGroup}dailyWorkGroup`,
    `${workGroup}none2021122920220102WorkGroup`,
    `${glue}:catalog`,
    `${glue}:database/${database}`,
    `${glue}:table/${database}/fl021e77eb542d6567fdaily`,
    `${glue}:table/${database}/fl021e77eb542d6567fnone2021122920220102`,
    ...['records', 'results', 'others'].map((bucket) => s3 + bucket),
    `${s3}records/edge/AWSLogs/*`,
    `${s3}results/athena/*`,
    `${s3}others/*`,
  ]);
});

test('the same flow log and integrations make the same bytes, within the limits of a template', () => {
  const source = sourceOf({ format: WIDE_FORMAT });
  expect(templateText(source, INTEGRATIONS)).toBe(templateText(structuredClone(source), INTEGRATIONS));
  const ten = Array.from({ length: 10 }, (_, n) => ({
    ...PAST,
    dates: { start: '2021-01-01', end: `2021-01-1${n}` },
  }));
  // A body that is passed with a request, and one that lies in a bucket.
  expect(templateText(source, [DAILY]).length).toBeLessThan(51_200);
  expect(templateText(source, ten).length).toBeLessThan(1_048_576);
  expect(faultsOf(made({ format: WIDE_FORMAT }, ten))).toEqual([]);
});

test('the checks of this test find faults', () => {
  const template = made({}, [DAILY]);
  const broken = JSON.parse(
    JSON.stringify(template)
      .replace('"Ref":"VpcFlowLogsWorkGroup"', '"Ref":"Nothing"')
      .replace('["PartitionLoader","Arn"]', '["PartitionLoader","Name"]')
      .replace('"Name":"vpcflowlogsathenadatabase', '"Name":"a b')
      .replace('arn:${AWS::Partition}', 'arn:${Partition}'),
  ) as Template;
  expect(faultsOf(broken)).toHaveLength(4);
});
