import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { id } from '../../flow-logs/fakes.ts';
import { BUCKET, GROUP, type Refusal } from './create-refusals.ts';
import { type Api, createApi, createdIds, type Form, list, text, texts } from './support.ts';

let api: Api;
let made: string[];
beforeAll(async () => {
  api = await createApi();
  made = [];
  for (let i = 1; i <= 12; i++) {
    const form = i % 2 === 0 ? BUCKET : GROUP;
    const tags = {
      'TagSpecification.1.ResourceType': 'vpc-flow-log',
      'TagSpecification.1.Tag.1.Key': 'Owner',
      'TagSpecification.1.Tag.1.Value': i % 3 === 0 ? 'TeamA' : 'TeamB',
    };
    made.push(
      ...createdIds(
        (await api.ask('CreateFlowLogs', { ...form, ...tags, 'ResourceId.1': id('vpc', i) })).body,
      ),
    );
  }
});
afterAll(() => api.store.close());

const VALUE = 'InvalidParameterValue';
const UNKNOWN = id('fl', 1);

function filters(...given: readonly (readonly [name: string, ...values: string[]])[]): Form {
  return Object.assign(
    {},
    ...given.map(([name, ...values], i) => ({
      [`Filter.${i + 1}.Name`]: name,
      ...list(`Filter.${i + 1}.Value`, values),
    })),
  ) as Form;
}

const DESCRIBE_REFUSALS: readonly Refusal[] = [
  [
    'a page of 4',
    { MaxResults: '4' },
    400,
    VALUE,
    'Value ( 4 ) for parameter maxResults is invalid. Expecting a value greater than 5.',
  ],
  [
    'a page of 0',
    { MaxResults: '0' },
    400,
    VALUE,
    'Value ( 0 ) for parameter maxResults is invalid. Expecting a value greater than 5.',
  ],
  [
    'a page of -1',
    { MaxResults: '-1' },
    400,
    VALUE,
    'Value ( -1 ) for parameter maxResults is invalid. Expecting a value greater than 5.',
  ],
  [
    'a page size that is no number',
    { MaxResults: 'all' },
    400,
    VALUE,
    'Value (all) for parameter MaxResults is invalid. Expecting an integer.',
  ],
  [
    'a page size with a fraction',
    { MaxResults: '5.5' },
    400,
    VALUE,
    'Value (5.5) for parameter MaxResults is invalid. Expecting an integer.',
  ],
  [
    '1001 ids',
    list(
      'FlowLogId',
      Array.from({ length: 1001 }, (_, i) => id('fl', i)),
    ),
    400,
    VALUE,
    "Too many values for parameter 'FlowLogIds': 1001. The limit is 1000.",
  ],
  ['an unknown filter', filters(['colour', 'red']), 400, VALUE, "The filter 'colour' is invalid"],
  ['a filter in capitals', filters(['Resource-Id', 'x']), 400, VALUE, "The filter 'Resource-Id' is invalid"],
  ['a tag filter without a key', filters(['tag:', 'x']), 400, VALUE, "The filter 'tag:' is invalid"],
  [
    'a filter of a response member',
    filters(['log-destination', 'x']),
    400,
    VALUE,
    "The filter 'log-destination' is invalid",
  ],
  [
    'a filter without values',
    filters(['resource-id']),
    400,
    'InvalidParameter',
    "The filter 'resource-id' has no values",
  ],
  [
    'a filter without a name',
    { 'Filter.1.Value.1': 'x' },
    400,
    'MissingParameter',
    'The request must include the Filters.1.Name parameter. Add the required parameter and retry the request.',
  ],
  [
    '51 filters',
    filters(...Array.from({ length: 51 }, () => ['tag-key', 'x'] as const)),
    400,
    VALUE,
    "Too many values for parameter 'Filters': 51. The limit is 50.",
  ],
  [
    '201 values of a filter',
    filters(['tag-key', ...Array.from({ length: 201 }, (_, i) => String(i))]),
    400,
    VALUE,
    "Too many values for parameter 'Filters.1.Values': 201. The limit is 200.",
  ],
  [
    'the plural of the parameter',
    { 'Filters.1.Name': 'tag-key' },
    400,
    'UnknownParameter',
    'The parameter Filters is not recognized',
  ],
  [
    'a token of nobody',
    { NextToken: 'AAAA' },
    400,
    'InvalidPaginationToken',
    'The specified pagination token is not valid or is expired.',
  ],
  [
    'an empty token',
    { NextToken: '' },
    400,
    'InvalidPaginationToken',
    'The specified pagination token is not valid or is expired.',
  ],
  [
    'DryRun',
    { DryRun: 'true' },
    412,
    'DryRunOperation',
    'Request would have succeeded, but DryRun flag is set.',
  ],
  [
    'DryRun with a wrong member',
    { DryRun: 'true', MaxResults: '1' },
    400,
    VALUE,
    'Value ( 1 ) for parameter maxResults is invalid. Expecting a value greater than 5.',
  ],
];

const DELETE_REFUSALS: readonly Refusal[] = [
  [
    'no ids',
    {},
    400,
    'MissingParameter',
    'The request must include the FlowLogIds parameter. Add the required parameter and retry the request.',
  ],
  [
    '1001 ids',
    list(
      'FlowLogId',
      Array.from({ length: 1001 }, (_, i) => id('fl', i)),
    ),
    400,
    VALUE,
    "Too many values for parameter 'FlowLogIds': 1001. The limit is 1000.",
  ],
  [
    'an empty id',
    { 'FlowLogId.1': '' },
    400,
    VALUE,
    "1 validation error detected: Value '' at 'flowLogId' has an invalid format",
  ],
  [
    'null',
    { 'FlowLogId.1': 'null' },
    400,
    VALUE,
    "1 validation error detected: Value 'null' at 'flowLogId' has an invalid format",
  ],
  [
    'the id of a VPC',
    { 'FlowLogId.1': id('vpc', 1) },
    400,
    VALUE,
    `1 validation error detected: Value '${id('vpc', 1)}' at 'flowLogId' has an invalid format`,
  ],
  [
    'an unknown id',
    { 'FlowLogId.1': UNKNOWN },
    400,
    'InvalidFlowLogId.NotFound',
    `These flow log ids in the input list are not found: [TotalCount: 1] ${UNKNOWN}`,
  ],
  [
    'unknown ids, one of them twice',
    list('FlowLogId', ['fl-1a2b3c4d', 'fl-2b3c4d5e', 'fl-1a2b3c4d']),
    400,
    'InvalidFlowLogId.NotFound',
    'These flow log ids in the input list are not found: [TotalCount: 2] fl-1a2b3c4d fl-2b3c4d5e',
  ],
  [
    'DryRun with an unknown id',
    { 'FlowLogId.1': UNKNOWN, DryRun: 'true' },
    400,
    'InvalidFlowLogId.NotFound',
    `These flow log ids in the input list are not found: [TotalCount: 1] ${UNKNOWN}`,
  ],
  [
    'an unknown parameter',
    { 'FlowLogId.1': UNKNOWN, Force: 'true' },
    400,
    'UnknownParameter',
    'The parameter Force is not recognized',
  ],
];

describe('DescribeFlowLogs refuses', () => {
  test.each<Refusal>([...DESCRIBE_REFUSALS])('%s', async (_, form, status, code, message) => {
    const answer = await api.ask('DescribeFlowLogs', form);
    expect([answer.status, answer.code, answer.message]).toEqual([status, code, message]);
  });
});

describe('DeleteFlowLogs refuses', () => {
  test.each<Refusal>([...DELETE_REFUSALS])('%s', async (_, form, status, code, message) => {
    const answer = await api.ask('DeleteFlowLogs', form);
    expect([answer.status, answer.code, answer.message]).toEqual([status, code, message]);
  });

  test('all when one is unknown: nothing is deleted', async () => {
    const answer = await api.ask('DeleteFlowLogs', list('FlowLogId', [made[0]!, UNKNOWN]));
    expect(answer.message).toBe(
      `These flow log ids in the input list are not found: [TotalCount: 1] ${UNKNOWN}`,
    );
    expect(texts((await api.ask('DescribeFlowLogs', {})).body, 'flowLogId')).toEqual(made);
  });

  test('a key that may only describe, before DryRun', async () => {
    const form = { 'FlowLogId.1': made[0], DryRun: 'true' };
    expect(await api.ask('DeleteFlowLogs', form, { readOnly: true })).toMatchObject({
      status: 403,
      code: 'UnauthorizedOperation',
    });
    expect((await api.ask('DeleteFlowLogs', form)).code).toBe('DryRunOperation');
    expect(texts((await api.ask('DescribeFlowLogs', {})).body, 'flowLogId')).toEqual(made);
  });
});

/** Which of the flow logs an answer shows, by number. */
async function found(form: Form): Promise<number[]> {
  const { status, body } = await api.ask('DescribeFlowLogs', form);
  expect(status).toBe(200);
  return texts(body, 'flowLogId').map((it) => made.indexOf(it) + 1);
}

describe('DescribeFlowLogs', () => {
  test('of unknown ids is an empty list, and without a token', async () => {
    const { body } = await api.ask('DescribeFlowLogs', { 'FlowLogId.1': UNKNOWN, 'FlowLogId.2': 'fl-null' });
    expect(body).toContain('<requestId>req-1</requestId><flowLogSet/></DescribeFlowLogsResponse>');
  });

  test('by ids gives each once, in the order of creation', async () => {
    expect(await found(list('FlowLogId', [made[4]!, made[1]!, made[4]!]))).toEqual([2, 5]);
  });

  test('takes 1000 ids', async () => {
    const ids = Array.from({ length: 999 }, (_, i) => id('fl', i));
    expect(await found(list('FlowLogId', [...ids, made[2]!]))).toEqual([3]);
  });

  test.each<[string, Form, number[]]>([
    ['deliver-log-status', filters(['deliver-log-status', 'FAILED']), []],
    ['log-destination-type', filters(['log-destination-type', 's3']), [2, 4, 6, 8, 10, 12]],
    ['resource-id', filters(['resource-id', id('vpc', 3), id('vpc', 7)]), [3, 7]],
    ['log-group-name', filters(['log-group-name', 'fl?ws']), [1, 3, 5, 7, 9, 11]],
    ['traffic-type', filters(['traffic-type', 'ALL', 'REJECT']), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
    ['tag:Owner', filters(['tag:Owner', 'TeamA']), [3, 6, 9, 12]],
    ['tag:Owner in lower case', filters(['tag:owner', 'TeamA']), []],
    ['tag-key', filters(['tag-key', 'Own*']), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
    ['two filters', filters(['tag:Owner', '*A'], ['log-destination-type', 's3']), [6, 12]],
    ['the same filter twice', filters(['resource-id', '*'], ['resource-id', id('vpc', 5)]), [5]],
    ['wildcards', filters(['log-destination-type', 'cloud*']), [1, 3, 5, 7, 9, 11]],
    ['escaped wildcards', filters(['log-destination-type', 'cloud\\*']), []],
    ['another case', filters(['log-destination-type', 'S3']), []],
    ['an absent member', filters(['log-group-name', '*'], ['log-destination-type', 's3']), []],
  ])('filters by %s', async (_, form, expected) => {
    expect(await found(form)).toEqual(expected);
  });

  test('filters by flow-log-id, together with FlowLogIds', async () => {
    expect(await found(filters(['flow-log-id', made[3]!, made[8]!]))).toEqual([4, 9]);
    const both = { ...filters(['flow-log-id', made[3]!]), ...list('FlowLogId', [made[3]!, made[5]!]) };
    expect(await found(both)).toEqual([4]);
  });

  test('pages by MaxResults, also with FlowLogIds, and leaves the token out at the end', async () => {
    for (const extra of [{}, list('FlowLogId', made)]) {
      const pages: number[][] = [];
      let token: string | undefined;
      do {
        const { body } = await api.ask('DescribeFlowLogs', { ...extra, MaxResults: '5', NextToken: token });
        pages.push(texts(body, 'flowLogId').map((it) => made.indexOf(it) + 1));
        token = text(body, 'nextToken');
      } while (token !== undefined);
      expect(pages).toEqual([
        [1, 2, 3, 4, 5],
        [6, 7, 8, 9, 10],
        [11, 12],
      ]);
    }
    expect((await api.ask('DescribeFlowLogs', { MaxResults: '12' })).body).not.toContain('nextToken');
    expect(await found({ MaxResults: '100000' })).toHaveLength(12);
  });

  test('takes a token only for what it was given for', async () => {
    const { body } = await api.ask('DescribeFlowLogs', { MaxResults: '5' });
    const NextToken = text(body, 'nextToken')!;
    const wrong: [Form, object][] = [
      [{ NextToken }, { region: 'us-east-1' }],
      [{ NextToken }, { account: '210987654321' }],
      [{ NextToken, ...filters(['tag-key', 'Owner']) }, {}],
      [{ NextToken, 'FlowLogId.1': made[0] }, {}],
      [{ NextToken: NextToken.slice(0, -1) }, {}],
      [{ NextToken: `${NextToken} ` }, {}],
    ];
    for (const [form, sender] of wrong) {
      expect((await api.ask('DescribeFlowLogs', form, sender)).code).toBe('InvalidPaginationToken');
    }
    expect(await found({ NextToken })).toEqual([6, 7, 8, 9, 10, 11, 12]);
  });

  test('shows a key that may only describe the same', async () => {
    const { body } = await api.ask('DescribeFlowLogs', {}, { readOnly: true });
    expect(texts(body, 'flowLogId')).toEqual(made);
  });
});

describe('accounts and regions (S8.1)', () => {
  test.each([{ account: '210987654321' }, { region: 'us-east-1' }])(
    '%o sees and changes nothing of here',
    async (elsewhere) => {
      expect((await api.ask('DescribeFlowLogs', {}, elsewhere)).body).toContain('<flowLogSet/>');
      expect((await api.ask('DescribeFlowLogs', list('FlowLogId', made), elsewhere)).body).toContain(
        '<flowLogSet/>',
      );
      const deleted = await api.ask('DeleteFlowLogs', list('FlowLogId', made), elsewhere);
      expect(deleted.code).toBe('InvalidFlowLogId.NotFound');
      expect((await api.ask('CreateFlowLogs', BUCKET, elsewhere)).code).toBe('InvalidVpcID.NotFound');
      expect(texts((await api.ask('DescribeFlowLogs', {})).body, 'flowLogId')).toEqual(made);
    },
  );
});

describe('DeleteFlowLogs', () => {
  test('deletes with tags, answers an empty list, and does not find them again', async () => {
    const own = await createApi();
    const form = {
      ...BUCKET,
      'TagSpecification.1.ResourceType': 'vpc-flow-log',
      'TagSpecification.1.Tag.1.Key': 'a',
    };
    const [flowLog] = createdIds((await own.ask('CreateFlowLogs', form)).body);
    const answer = await own.ask('DeleteFlowLogs', { 'FlowLogId.1': flowLog, 'FlowLogId.2': flowLog });
    expect(answer.body).toContain('<requestId>req-1</requestId><unsuccessful/></DeleteFlowLogsResponse>');
    expect((await own.ask('DescribeFlowLogs', {})).body).toContain('<flowLogSet/>');
    expect((await own.ask('DeleteFlowLogs', { 'FlowLogId.1': flowLog })).code).toBe(
      'InvalidFlowLogId.NotFound',
    );
    await own.store.close();
  });
});
