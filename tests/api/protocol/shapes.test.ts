import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EC2_OPERATIONS, generate, STS_OPERATIONS } from '../../../scripts/generate-shapes.ts';
import { EC2, STS } from '../../../src/api/protocol/services.ts';
import {
  linkOperations,
  type Shape,
  type ShapeTable,
  type Structure,
} from '../../../src/api/protocol/shapes.ts';

describe('the generated files', () => {
  test.each(['shapes.generated.ts', 'types.generated.ts'])('%s is what the script makes', async (name) => {
    const checkedIn = readFileSync(new URL(`../../../src/api/protocol/${name}`, import.meta.url), 'utf8');
    // Not toEqual: its message would print both files.
    expect((await generate())[name] === checkedIn, 'run scripts/generate-shapes.ts').toBe(true);
  });

  test('hold the operations that are asked for, in both services', () => {
    expect([...EC2.operations.keys()]).toEqual(EC2_OPERATIONS);
    expect([...STS.operations.keys()]).toEqual(STS_OPERATIONS);
  });
});

/** The members of a shape as paths: `TagSpecification[].Tag[].Key`, by what stands on the wire. */
function paths(shape: Shape, name: (member: Structure['members'][number]) => string, prefix = ''): string[] {
  if (shape.kind === 'list') return paths(shape.item, name, `${prefix}[]`);
  if (shape.kind !== 'structure') return [`${prefix}:${shape.kind}`];
  return shape.members.flatMap((member) =>
    paths(member.shape, name, prefix === '' ? name(member) : `${prefix}.${name(member)}`),
  );
}

/** The flow log calls member by member, as the API's documents list them and as clients put them on the wire. */
describe('the flow log operations on the wire', () => {
  test('CreateFlowLogs request', () => {
    expect(paths(EC2.operations.get('CreateFlowLogs')!.input, (m) => m.key).sort()).toEqual([
      'ClientToken:string',
      'DeliverCrossAccountRole:string',
      'DeliverLogsPermissionArn:string',
      'DestinationOptions.FileFormat:string',
      'DestinationOptions.HiveCompatiblePartitions:boolean',
      'DestinationOptions.PerHourPartition:boolean',
      'DryRun:boolean',
      'LogDestination:string',
      'LogDestinationType:string',
      'LogFormat:string',
      'LogGroupName:string',
      'MaxAggregationInterval:integer',
      'ResourceId[]:string',
      'ResourceType:string',
      'TagFieldSpecification[].ResourceType:string',
      'TagFieldSpecification[].TagKey[]:string',
      'TagSpecification[].ResourceType:string',
      'TagSpecification[].Tag[].Key:string',
      'TagSpecification[].Tag[].Value:string',
      'TrafficType:string',
    ]);
  });

  test('CreateFlowLogs response', () => {
    expect(paths(EC2.operations.get('CreateFlowLogs')!.output, (m) => m.element).sort()).toEqual([
      'clientToken:string',
      'flowLogIdSet[]:string',
      'unsuccessful[].error.code:string',
      'unsuccessful[].error.message:string',
      'unsuccessful[].resourceId:string',
    ]);
  });

  test('DescribeFlowLogs request', () => {
    expect(paths(EC2.operations.get('DescribeFlowLogs')!.input, (m) => m.key).sort()).toEqual([
      'DryRun:boolean',
      'Filter[].Name:string',
      'Filter[].Value[]:string',
      'FlowLogId[]:string',
      'MaxResults:integer',
      'NextToken:string',
    ]);
  });

  test('DescribeFlowLogs response', () => {
    const flowLog = [
      'creationTime:timestamp',
      'deliverCrossAccountRole:string',
      'deliverLogsErrorMessage:string',
      'deliverLogsPermissionArn:string',
      'deliverLogsStatus:string',
      'destinationOptions.fileFormat:string',
      'destinationOptions.hiveCompatiblePartitions:boolean',
      'destinationOptions.perHourPartition:boolean',
      'flowLogId:string',
      'flowLogStatus:string',
      'logDestination:string',
      'logDestinationType:string',
      'logFormat:string',
      'logGroupName:string',
      'maxAggregationInterval:integer',
      'resourceId:string',
      'tagFieldSpecificationSet[].resourceType:string',
      'tagFieldSpecificationSet[].tagKeySet[]:string',
      'tagSet[].key:string',
      'tagSet[].value:string',
      'trafficType:string',
    ];
    expect(paths(EC2.operations.get('DescribeFlowLogs')!.output, (m) => m.element).sort()).toEqual([
      ...flowLog.map((path) => `flowLogSet[].${path}`),
      'nextToken:string',
    ]);
  });

  test('DeleteFlowLogs, both ways', () => {
    const { input, output } = EC2.operations.get('DeleteFlowLogs')!;
    expect(paths(input, (m) => m.key)).toEqual(['FlowLogId[]:string', 'DryRun:boolean']);
    expect(paths(output, (m) => m.element)).toEqual([
      'unsuccessful[].error.code:string',
      'unsuccessful[].error.message:string',
      'unsuccessful[].resourceId:string',
    ]);
  });

  test('GetFlowLogsIntegrationTemplate, both ways', () => {
    const { input, output } = EC2.operations.get('GetFlowLogsIntegrationTemplate')!;
    expect(paths(input, (m) => m.key).sort()).toEqual([
      'ConfigDeliveryS3DestinationArn:string',
      'DryRun:boolean',
      'FlowLogId:string',
      'IntegrateService.AthenaIntegration[].IntegrationResultS3DestinationArn:string',
      'IntegrateService.AthenaIntegration[].PartitionEndDate:timestamp',
      'IntegrateService.AthenaIntegration[].PartitionLoadFrequency:string',
      'IntegrateService.AthenaIntegration[].PartitionStartDate:timestamp',
    ]);
    expect(paths(output, (m) => m.element)).toEqual(['result:string']);
  });

  test('required members are those that the documents mark', () => {
    expect(required('CreateFlowLogs')).toEqual(['ResourceIds', 'ResourceType']);
    expect(required('DescribeFlowLogs')).toEqual([]);
    expect(required('DeleteFlowLogs')).toEqual(['FlowLogIds']);
    expect(required('GetFlowLogsIntegrationTemplate')).toEqual([
      'FlowLogId',
      'ConfigDeliveryS3DestinationArn',
      'IntegrateServices',
    ]);
  });
});

function required(operation: string): string[] {
  const { members } = EC2.operations.get(operation)!.input;
  return members.filter((m) => m.required).map((m) => m.name);
}

describe('linkOperations', () => {
  test('links shapes that hold themselves', () => {
    const table: ShapeTable = {
      structures: {
        Tree: {
          members: [
            ['Name', 'Name', 'name', 'string'],
            ['Leaves', 'Leaf', 'leafSet', 'Trees'],
          ],
        },
      },
      lists: { Trees: ['item', 'Tree'] },
      operations: { Grow: ['Tree', ''] },
    };
    const grow = linkOperations(table).get('Grow')!;
    const leaves = grow.input.byKey.get('Leaf')!.shape;
    expect(leaves).toMatchObject({ kind: 'list', element: 'item' });
    expect(leaves.kind === 'list' && leaves.item).toBe(grow.input);
    expect(grow.output.members).toEqual([]);
  });

  test('refuses a target that is not there', () => {
    const table: ShapeTable = {
      structures: { A: { members: [['B', 'B', 'b', 'constructor']] } },
      lists: {},
      operations: { X: ['A', ''] },
    };
    expect(() => linkOperations(table)).toThrow(RangeError);
  });
});
