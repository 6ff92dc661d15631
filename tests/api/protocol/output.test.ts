import { describe, expect, test } from 'vitest';
import { writeOutput } from '../../../src/api/protocol/output.ts';
import { EC2, STS } from '../../../src/api/protocol/services.ts';
import { linkOperations, type ShapeTable } from '../../../src/api/protocol/shapes.ts';
import type { DescribeFlowLogsResult } from '../../../src/api/protocol/types.generated.ts';

const DESCRIBE = EC2.operations.get('DescribeFlowLogs')!.output;

describe('writeOutput', () => {
  test('a flow log, in the order of the shape and with what is absent left out', () => {
    const output: DescribeFlowLogsResult = {
      FlowLogs: [
        {
          TrafficType: 'ALL',
          CreationTime: new Date('2020-02-04T11:46:13.831Z'),
          FlowLogId: 'fl-1',
          LogFormat: '${version} <&>',
          LogGroupName: undefined,
          Tags: [],
          MaxAggregationInterval: 600,
          DestinationOptions: { FileFormat: 'plain-text', PerHourPartition: false },
          TagFieldSpecifications: [{ ResourceType: 'instance', TagKeys: ['Name', 'Team'] }],
        },
      ],
    };
    expect(writeOutput(DESCRIBE, output)).toBe(
      '<flowLogSet><item><creationTime>2020-02-04T11:46:13.831Z</creationTime><flowLogId>fl-1</flowLogId>' +
        '<trafficType>ALL</trafficType><logFormat>${version} &lt;&amp;&gt;</logFormat><tagSet/>' +
        '<maxAggregationInterval>600</maxAggregationInterval><destinationOptions><fileFormat>plain-text</fileFormat>' +
        '<perHourPartition>false</perHourPartition></destinationOptions><tagFieldSpecificationSet><item>' +
        '<resourceType>instance</resourceType><tagKeySet><item>Name</item><item>Team</item></tagKeySet></item>' +
        '</tagFieldSpecificationSet></item></flowLogSet>',
    );
  });

  test('empty lists are empty elements, empty strings are elements with nothing in them', () => {
    expect(writeOutput(DESCRIBE, { FlowLogs: [], NextToken: '' })).toBe(
      '<flowLogSet/><nextToken></nextToken>',
    );
    expect(writeOutput(DESCRIBE, {})).toBe('');
  });

  test('STS writes the members under their own names', () => {
    const { output } = STS.operations.get('GetCallerIdentity')!;
    const identity = { UserId: 'u', Account: '123456789012', Arn: 'arn:aws:iam::123456789012:root' };
    expect(writeOutput(output, identity)).toBe(
      '<UserId>u</UserId><Account>123456789012</Account><Arn>arn:aws:iam::123456789012:root</Arn>',
    );
  });

  test.each([
    [{ NextToken: 5 }, 'NextToken'],
    [{ FlowLogs: 'x' }, 'FlowLogs'],
    [{ FlowLogs: ['x'] }, 'FlowLogs'],
    [{ FlowLogs: [{ CreationTime: '2020' }] }, 'CreationTime'],
    [{ FlowLogs: [{ CreationTime: new Date(Number.NaN) }] }, 'CreationTime'],
    [{ FlowLogs: [{ MaxAggregationInterval: Number.NaN }] }, 'MaxAggregationInterval'],
    [{ FlowLogs: [{ MaxAggregationInterval: '600' }] }, 'MaxAggregationInterval'],
    [{ FlowLogs: [{ DestinationOptions: { PerHourPartition: 'true' } }] }, 'PerHourPartition'],
  ])('a value of the wrong kind is a fault: %j', (output, member) => {
    expect(() => writeOutput(DESCRIBE, output)).toThrow(TypeError);
    expect(() => writeOutput(DESCRIBE, output)).toThrow(`member ${member} `);
  });

  test('blobs are base64', () => {
    const table: ShapeTable = {
      structures: { Out: { members: [['Data', 'Data', 'data', 'blob']] } },
      lists: {},
      operations: { Op: ['', 'Out'] },
    };
    const bytes = new Uint8Array([9, 0, 255, 9]).subarray(1, 3);
    expect(writeOutput(linkOperations(table).get('Op')!.output, { Data: bytes })).toBe('<data>AP8=</data>');
  });
});
