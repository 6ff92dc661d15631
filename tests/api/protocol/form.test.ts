import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ServiceError } from '../../../src/base/service-error.ts';
import { readInput } from '../../../src/api/protocol/form.ts';
import { EC2 } from '../../../src/api/protocol/services.ts';
import { linkOperations, type ShapeTable } from '../../../src/api/protocol/shapes.ts';
import type { Parameter } from '../../../src/wire/query.ts';

const CREATE = EC2.operations.get('CreateFlowLogs')!.input;
const DESCRIBE = EC2.operations.get('DescribeFlowLogs')!.input;

function describeWith(parameters: Record<string, string>): unknown {
  return readInput(DESCRIBE, Object.entries(parameters));
}

function refusalOf(run: () => unknown): string {
  try {
    return `accepted: ${JSON.stringify(run())}`;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return `${error.status} ${error.code}: ${error.message}`;
  }
}

function missing(name: string): string {
  const text = `The request must include the ${name} parameter. Add the required parameter and retry the request.`;
  return `400 MissingParameter: ${text}`;
}

describe('readInput', () => {
  test('a whole CreateFlowLogs, as the clients send it', () => {
    const form: Parameter[] = [
      ['ResourceId.1', 'vpc-1'],
      ['ResourceId.2', 'vpc-2'],
      ['ResourceType', 'VPC'],
      ['DryRun', 'false'],
      ['MaxAggregationInterval', '60'],
      ['DestinationOptions.HiveCompatiblePartitions', 'true'],
      ['TagSpecification.1.ResourceType', 'vpc-flow-log'],
      ['TagSpecification.1.Tag.1.Key', 'k'],
      ['TagSpecification.1.Tag.1.Value', ''],
      ['TagFieldSpecification.1.TagKey.1', 'Name'],
      ['TagFieldSpecification.1.TagKey.2', 'Team'],
    ];
    const expected = {
      ResourceIds: ['vpc-1', 'vpc-2'],
      ResourceType: 'VPC',
      DryRun: false,
      MaxAggregationInterval: 60,
      DestinationOptions: { HiveCompatiblePartitions: true },
      TagSpecifications: [{ ResourceType: 'vpc-flow-log', Tags: [{ Key: 'k', Value: '' }] }],
      TagFieldSpecifications: [{ TagKeys: ['Name', 'Team'] }],
    };
    expect(readInput(CREATE, form)).toEqual(expected);
    expect(readInput(CREATE, [...form].reverse())).toEqual(expected); // the order of parameters says nothing
  });

  test('absent members are absent keys', () => {
    expect(Object.keys(readInput(DESCRIBE, []))).toEqual([]);
  });

  test('list items stand in the order of their indices, with gaps closed', () => {
    expect(
      describeWith({
        'FlowLogId.10': 'c',
        'FlowLogId.2': 'a',
        'FlowLogId.9': 'b',
        'FlowLogId.999999999': 'd',
      }),
    ).toEqual({ FlowLogIds: ['a', 'b', 'c', 'd'] });
  });

  test.each([
    ['Filters.1.Name', 'Filters'],
    ['ResourceIds.member.1', 'ResourceIds'],
    ['filter.1.Name', 'filter'],
    ['Filter', 'Filter'],
    ['Filter.1', 'Filter.1'],
    ['Filter.member.1.Name', 'member'],
    ['Filter.Item.1.Name', 'Item'],
    ['Filter.1.name', 'name'],
    ['Filter.1.Values.1', 'Values'],
    ['Filter.1.Value', 'Value'],
    ['Filter.0.Name', 'Filter.0'],
    ['Filter.-1.Name', 'Filter.-1'],
    ['Filter.01.Name', 'Filter.01'],
    ['Filter.1e3.Name', '1e3'],
    ['Filter.9999999999.Name', 'Filter.9999999999'],
    ['Filter.1.Name.1', 'Name.1'],
    ['MaxResults.Value', 'Value'],
    ['Filter.', 'Filter.'],
    ['Filter..Name', 'Filter..Name'],
    ['.Filter', '.Filter'],
    ['__proto__', '__proto__'],
    ['constructor.prototype', 'constructor'],
    ['Filter.__proto__.Name', '__proto__'],
    ['toString', 'toString'],
    [`${'Filter.1.'.repeat(100)}Name`, 'Filter'],
  ])('does not know %.60s', (name, reported) => {
    expect(refusalOf(() => describeWith({ [name]: 'x' }))).toBe(
      `400 UnknownParameter: The parameter ${reported} is not recognized`,
    );
    expect(({} as { Name?: unknown }).Name).toBeUndefined();
  });

  test('a literal __proto__ parameter', () => {
    expect(refusalOf(() => readInput(DESCRIBE, [['__proto__', 'x']]))).toMatch(/^400 UnknownParameter/);
  });

  test.each([
    '0x10',
    ' 5 ',
    '5 ',
    '+5',
    '1.5',
    '1.0',
    '1e3',
    '',
    'abc',
    'NaN',
    'Infinity',
    '05',
    '9007199254740993',
    '٥',
    '5\n',
    '--5',
  ])('refuses %j as an integer', (value) => {
    expect(refusalOf(() => describeWith({ MaxResults: value }))).toBe(
      `400 InvalidParameterValue: Value (${value}) for parameter MaxResults is invalid. Expecting an integer.`,
    );
  });

  test.each([
    ['0', 0],
    ['-0', 0],
    ['5', 5],
    ['-7', -7],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('reads %s as the integer %i', (text, value) => {
    expect(describeWith({ MaxResults: text })).toEqual({ MaxResults: value });
  });

  test.each(['True', 'TRUE', '1', '0', 'yes', '', ' true', 'true\n'])('refuses %j as a boolean', (value) => {
    expect(refusalOf(() => describeWith({ DryRun: value }))).toBe(
      `400 InvalidParameterValue: Value (${value}) for parameter DryRun is invalid. Expecting true or false.`,
    );
  });

  test('names the parameter of a bad value as it was sent', () => {
    const form: Parameter[] = [
      ['ResourceId.1', 'vpc-1'],
      ['ResourceType', 'VPC'],
      ['DestinationOptions.PerHourPartition', 'maybe'],
    ];
    expect(refusalOf(() => readInput(CREATE, form))).toBe(
      '400 InvalidParameterValue: Value (maybe) for parameter DestinationOptions.PerHourPartition is invalid.' +
        ' Expecting true or false.',
    );
  });

  test('cuts what it repeats', () => {
    expect(refusalOf(() => describeWith({ MaxResults: 'x'.repeat(100_000) })).length).toBeLessThan(400);
  });

  test('required members, by their name in the API', () => {
    expect(refusalOf(() => readInput(CREATE, [['ResourceType', 'VPC']]))).toBe(missing('ResourceIds'));
    expect(refusalOf(() => readInput(CREATE, [['ResourceId.1', 'vpc-1']]))).toBe(missing('ResourceType'));
    expect(refusalOf(() => readInput(CREATE, []))).toBe(missing('ResourceIds'));
    // What is unknown or malformed is said first.
    expect(refusalOf(() => readInput(CREATE, [['Nonsense', '1']]))).toMatch(/^400 UnknownParameter/);
    expect(refusalOf(() => readInput(CREATE, [['DryRun', '1']]))).toMatch(/^400 InvalidParameterValue/);
  });
});

describe('scalars that the served operations hardly use', () => {
  const table: ShapeTable = {
    structures: {
      Input: {
        members: [
          ['When', 'When', 'when', 'timestamp'],
          ['Data', 'Data', 'data', 'blob'],
        ],
      },
    },
    lists: {},
    operations: { Op: ['Input', ''] },
  };
  const { input } = linkOperations(table).get('Op')!;

  test.each([
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05.678Z'],
    ['2026-01-02T03:04:05+02:00', '2026-01-02T01:04:05.000Z'],
  ])('timestamp %s', (text, iso) => {
    expect(readInput(input, [['When', text]])).toEqual({ When: new Date(iso) });
  });

  test.each([
    '',
    '2026',
    '2026-13-01T00:00:00Z',
    '2026-01-01',
    '2026-01-01T00:00:00',
    '1767322245',
    'Thu, 01 Jan 2026 00:00:00 GMT',
  ])('refuses %j as a timestamp', (text) => {
    expect(refusalOf(() => readInput(input, [['When', text]]))).toMatch(/Expecting a timestamp\.$/);
  });

  test('blobs', () => {
    expect(readInput(input, [['Data', 'AP8=']])).toEqual({ Data: new Uint8Array([0, 255]) });
  });

  test.each(['A', 'AP8', '*', 'AP8=AP8=', 'A P8'])('refuses %j as a blob', (text) => {
    expect(refusalOf(() => readInput(input, [['Data', text]]))).toMatch(/Expecting base64 text\.$/);
  });
});

test('any parameters: an input or a ServiceError, nothing else', () => {
  const part = fc.constantFrom(
    'Filter',
    'Name',
    'Value',
    '1',
    '2',
    '0',
    '',
    '__proto__',
    'ResourceId',
    'DryRun',
    'x',
  );
  const name = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('.'));
  const value = fc.constantFrom('', 'true', '1', 'vpc-1', '\0');
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key }), (form) => {
      expect(refusalOf(() => readInput(DESCRIBE, form))).toMatch(/^(?:accepted|400 )/);
    }),
    { interruptAfterTimeLimit: 2_000, markInterruptAsFailure: false, numRuns: 5_000 },
  );
});
