import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CreateRequest } from '../../../src/flow-logs/members.ts';
import { integrationTemplate } from '../../../src/flow-logs/template/integration.ts';
import type { AthenaRequest, TemplateRequest } from '../../../src/flow-logs/template/request.ts';
import { bucketRequest, callOf, createWorld, HERE, id, NOW, refusedBy, ROLE, type World } from '../fakes.ts';
import { faultsOf, type Template } from './check.ts';

const MINE = { account: HERE.account, region: HERE.region };
const DAY_MS = 86_400_000;

let world: World;
let flowLog: string;
beforeEach(async () => {
  world = await createWorld();
  flowLog = await create(bucketRequest());
  for (const name of ['flow-logs', 'templates', 'results']) world.templates.buckets.set(name, MINE);
  world.templates.buckets.set('theirs', { ...MINE, account: '210987654321' });
  world.templates.buckets.set('far', { ...MINE, region: 'us-east-1' });
  world.templates.buckets.set('secret', 'denied');
  world.templates.buckets.set('untold', { ...MINE, account: undefined });
});
afterEach(() => world.store.close());

async function create(request: CreateRequest): Promise<string> {
  return (await world.flowLogs.create(callOf(), request)).flowLogIds[0]!;
}

function integration(given: Partial<AthenaRequest> = {}): AthenaRequest {
  return { resultArn: 'arn:aws:s3:::results/athena/', frequency: 'daily', ...given };
}

function requestOf(given: Partial<TemplateRequest> = {}): TemplateRequest {
  return {
    flowLogId: flowLog,
    templateArn: 'arn:aws:s3:::templates/stacks',
    athena: [integration()],
    mayWrite: true,
    ...given,
  };
}

function ask(given: Partial<TemplateRequest> = {}, call = callOf()): Promise<string> {
  return world.flowLogs.integrationTemplate(call, requestOf(given));
}

function daysFromNow(days: number): Date {
  return new Date(NOW.getTime() + days * DAY_MS);
}

describe('a template', () => {
  test('is answered, and the same bytes are in the bucket', async () => {
    const text = await ask();
    const key = `templates/stacks/VPCFlowLogsIntegrationTemplate_${flowLog}_Fri Jan 02 03:04:05 UTC 2026.yml`;
    expect([...world.templates.objects]).toEqual([[key, text]]);
    expect(faultsOf(JSON.parse(text) as Template)).toEqual([]);
  });

  test('is the same later, for the same flow log and dates', async () => {
    const dates = { start: daysFromNow(-9), end: daysFromNow(-1) };
    const request = { athena: [integration({ frequency: 'none', ...dates })] };
    const first = await ask(request);
    expect(await ask(request, callOf(HERE, daysFromNow(5)))).toBe(first);
    expect([...world.templates.objects.values()]).toEqual([first, first]);
    expect(first).toContain('none2025122420260101');
  });

  test('can be answered by its URL', async () => {
    const answered = integrationTemplate(world, callOf(), requestOf(), 'its URL');
    expect(await answered).toBe(
      `https://templates.s3.eu-central-1.amazonaws.com/stacks/VPCFlowLogsIntegrationTemplate_${flowLog}_Fri%20Jan%2002%2003%3A04%3A05%20UTC%202026.yml`,
    );
  });

  test('has what is asked for twice once, as in the service’s example', async () => {
    expect(await ask({ athena: [integration(), integration()] })).toBe(await ask());
  });

  test('is made of regional NAT gateways’ flow logs too, and of any options', async () => {
    const nat = await create(
      bucketRequest({
        resourceType: 'RegionalNatGateway',
        resourceIds: [id('nat', 1)],
        destinationOptions: { fileFormat: 'parquet', hiveCompatiblePartitions: true },
        logFormat: '${instance-id} ${bytes} ${instance-tag}',
        tagFieldSpecifications: [{ resourceType: 'instance', tagKeys: ['Name'] }],
      }),
    );
    const text = await ask({ flowLogId: nat });
    expect(text).toContain('ParquetHiveSerDe');
    expect(text).toContain('"instance_tag"');
    expect(text).toContain('aws-account-id');
  });

  test('may go to a bucket of an owner that is not known, with records in one that is gone', async () => {
    world.templates.buckets.delete('flow-logs');
    const text = await ask({ templateArn: 'arn:aws:s3:::untold' });
    expect([...world.templates.objects.values()]).toEqual([text]);
  });

  test('with future dates is made where partitions are loaded by frequency', async () => {
    const dates = { start: daysFromNow(-1), end: daysFromNow(20) };
    expect(await ask({ athena: [integration({ frequency: 'monthly', ...dates })] })).toContain(
      'monthly20260101',
    );
  });
});

/** In the order of the checks: each request is wrong in its own way and in those below. */
const past = { start: daysFromNow(-2), end: daysFromNow(-1) };
const NONE = integration({ frequency: 'none' });
const GONE = { flowLogId: 'fl-00000000000000000' };
const DENIED = { mayWrite: false };
const REFUSALS: readonly (readonly [string, () => Partial<TemplateRequest>, string])[] = [
  ['no flow log id', () => ({ flowLogId: 'vpc-1', templateArn: 'x', athena: [] }), 'badFormat'],
  [
    'a place that is no ARN',
    () => ({ ...GONE, templateArn: 'templates', athena: [] }),
    'invalidBucketLocation',
  ],
  [
    'a place among records',
    () => ({ ...GONE, templateArn: 'arn:aws:s3:::templates/a/AWSLogs/b', athena: [] }),
    'invalidBucketLocation',
  ],
  [
    'a long place',
    () => ({ ...GONE, templateArn: `arn:aws:s3:::templates/${'a/'.repeat(1100)}`, athena: [] }),
    'tooLong',
  ],
  ['no integration', () => ({ ...GONE, athena: [] }), 'missingParameter'],
  ['too many', () => ({ ...GONE, athena: Array.from({ length: 11 }, () => NONE) }), 'tooMany'],
  [
    'results that are nowhere',
    () => ({ ...GONE, athena: [integration({ resultArn: '', frequency: 'x' })] }),
    'invalidBucketLocation',
  ],
  ['a frequency', () => ({ ...GONE, athena: [NONE, integration({ frequency: 'Daily' })] }), 'badEnum'],
  ['none without dates', () => ({ ...GONE, athena: [NONE] }), 'partitionDatesNeeded'],
  ['none with one date', () => ({ ...GONE, athena: [{ ...NONE, end: past.end }] }), 'partitionDatesNeeded'],
  ['one date', () => ({ ...GONE, athena: [integration({ start: past.start })] }), 'partitionDatesPaired'],
  [
    'dates that end before they start',
    () => ({ ...GONE, athena: [{ ...NONE, start: daysFromNow(3), end: daysFromNow(2) }] }),
    'partitionDatesOrder',
  ],
  [
    'none with dates to come',
    () => ({ ...GONE, athena: [{ ...NONE, start: past.start, end: daysFromNow(1) }] }),
    'partitionDatesPast',
  ],
  [
    'one table with two places for results',
    () => ({ ...GONE, athena: [integration(), integration({ resultArn: 'arn:aws:s3:::results' })] }),
    'integrationTwice',
  ],
  ['no such flow log', () => ({ ...GONE, templateArn: 'arn:aws:s3:::nowhere' }), 'flowLogsNotFound'],
  [
    'more partitions than can be loaded',
    () => ({
      templateArn: 'arn:aws:s3:::nowhere',
      athena: [{ ...NONE, start: new Date('1990-01-01'), end: past.end }],
    }),
    'partitionDatesSpan',
  ],
  ['no such bucket', () => ({ templateArn: 'arn:aws:s3:::nowhere', ...DENIED }), 'locationMissing'],
  [
    'no such bucket of results',
    () => ({ athena: [integration({ resultArn: 'arn:aws:s3:::nowhere' })], ...DENIED }),
    'locationMissing',
  ],
  ['another’s bucket', () => ({ templateArn: 'arn:aws:s3:::theirs', ...DENIED }), 'locationDenied'],
  [
    'another’s bucket of results',
    () => ({ athena: [integration({ resultArn: 'arn:aws:s3:::theirs/a' })], ...DENIED }),
    'locationDenied',
  ],
  [
    'a bucket that is not to be known',
    () => ({ templateArn: 'arn:aws:s3:::secret', ...DENIED }),
    'locationDenied',
  ],
  ['a bucket of another region', () => ({ templateArn: 'arn:aws:s3:::far', ...DENIED }), 'locationRegion'],
  ['a caller that may only describe', () => DENIED, 'locationDenied'],
];

describe('refused is', () => {
  test.each(REFUSALS)('%s', async (_, given, situation) => {
    const permitted: string[] = [];
    const call = { ...callOf(), permit: () => void permitted.push('asked') };
    expect(await refusedBy(ask(given(), call))).toMatchObject({ situation });
    expect(permitted).toEqual([]);
    expect(world.templates.objects.size).toBe(0);
  });

  test('the last check, with nothing put', async () => {
    const dry = new RangeError('dry');
    const call = {
      ...callOf(),
      permit: () => {
        throw dry;
      },
    };
    await expect(ask({}, call)).rejects.toBe(dry);
    expect(world.templates.objects.size).toBe(0);
  });

  test.each([
    ['missing', 'locationMissing'],
    ['denied', 'locationDenied'],
  ] as const)('a bucket that turns out to be %s when it is written to', async (outcome, situation) => {
    world.templates.outcome = outcome;
    expect(await refusedBy(ask())).toEqual({
      situation,
      values: [{ name: 'ConfigDeliveryS3DestinationArn', bucket: 'templates' }],
    });
  });

  test('records in another region than the caller’s', async () => {
    const far = await create(bucketRequest({ logDestination: 'arn:aws:s3:::far/x' }));
    expect(await refusedBy(ask({ flowLogId: far }))).toEqual({
      situation: 'locationRegion',
      values: [{ name: 'LogDestination', bucket: 'far', region: HERE.region }],
    });
  });

  test('a flow log of a log group', async () => {
    const group = await create({
      resourceIds: [id('vpc', 1)],
      resourceType: 'VPC',
      trafficType: 'ALL',
      logGroupName: 'edge',
      deliverLogsPermissionArn: ROLE,
    });
    expect(await refusedBy(ask({ flowLogId: group }))).toEqual({
      situation: 'integrationDestination',
      values: [{ id: group }],
    });
  });

  test.each(['TransitGateway', 'TransitGatewayAttachment'])('a flow log of a %s', async (resourceType) => {
    const resource = resourceType === 'TransitGateway' ? 'tgw' : 'tgw-attach';
    const { trafficType: _, ...rest } = bucketRequest({ resourceType, resourceIds: [id(resource, 1)] });
    const transit = await create(rest);
    expect(await refusedBy(ask({ flowLogId: transit }))).toEqual({
      situation: 'integrationResource',
      values: [{ id: transit, type: resourceType }],
    });
  });

  test.each([
    ['account', { ...HERE, account: '210987654321' }],
    ['region', { ...HERE, region: 'us-east-1' }],
  ])('a flow log of another %s', async (_, scope) => {
    expect(await refusedBy(ask({}, callOf(scope)))).toEqual({
      situation: 'flowLogsNotFound',
      values: [{ count: 1, ids: [flowLog] }],
    });
    expect(world.templates.asked).toEqual([]);
  });

  test('dates of hours sooner than dates of days', async () => {
    const athena = [{ ...NONE, start: daysFromNow(-1000), end: past.end }];
    expect(await ask({ athena })).toContain('none');
    const byHour = await create(bucketRequest({ destinationOptions: { perHourPartition: true } }));
    expect(await refusedBy(ask({ flowLogId: byHour, athena }))).toEqual({
      situation: 'partitionDatesSpan',
      values: [{ count: 24_000, max: 10_000 }],
    });
  });
});
